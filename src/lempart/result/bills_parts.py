"""What each prosumer causes of its market's cost: energy, tax, flexibility, violations, imbalance.

Every part of a market's cost is a modulus or an inner product of powers that add up over its members. So each part is
split by what a member's own power contributes to it (Euler's theorem: for ``|S|`` that is ``Re(conj(S/|S|) S_m)``); who
lowers it is credited. What no member's power explains, such as power carried through the market for others, is shared
equally by its prosumers. The members' parts sum to the market's, part by part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost import (
    CoalitionParts,
    Costs,
    CoupledCosts,
    DecoupledCosts,
    edge_allocation,
    push_down,
)
from lempart.cost.coupled import CoupledStage
from lempart.cost.decoupled import own_grid
from lempart.cost.price_face import KINK
from lempart.dispatch import Dispatch, dispatch, realized_state
from lempart.partition import Partition, Subgraph
from lempart.result.bills_shares import (
    carried_to_root,
    directions,
    imbalance_shares,
    line_shares,
    voltage_shares,
    worth_of,
)
from lempart.typing import FloatArray


@dataclass(frozen=True, slots=True)
class CausedParts:
    """What the prosumers of one market cause, in currency over the horizon; each of shape ``(prosumers,)``.

    Attributes
    ----------
    flexibility
        ``c_m(u_m)``: what its own flexibility costs; borne by who owns it.
    energy
        Its net injection at the nodal price of the market's boundary; negative where it earns.
    tax
        Its share of the tax on what the market exchanges; negative where its power lowers the exchange.
    trade
        Trade inside the market: its scheduled injection at what the nodal price at home differs from boundary price and
        tax; congestion revenue is given back. Sums to 0 over the market.
    line, voltage
        Its share of the violations inside the market.
    imbalance
        Its share of balancing and of violations common to all, by the part of its error that points the way of the
        market's.
    energy_mwh
        Energy that passes its meter, imported and exported alike, at the realisation.
    """

    flexibility: FloatArray
    energy: FloatArray
    tax: FloatArray
    trade: FloatArray
    line: FloatArray
    voltage: FloatArray
    imbalance: FloatArray
    energy_mwh: FloatArray

    @property
    def total(self) -> FloatArray:
        """Return the sum of the parts, shape ``(prosumers,)``."""
        parts = (self.flexibility, self.energy, self.tax, self.trade, self.line, self.voltage, self.imbalance)
        total: FloatArray = np.sum(parts, axis=0)
        return total

    def of_players(self, places: Sequence[Sequence[int]]) -> CausedParts:
        """Return the sums over the prosumers of each player; ``places`` are positions among the prosumers."""
        return CausedParts(
            *(np.array([getattr(self, field.name)[list(own)].sum() for own in places]) for field in fields(self))
        )


def caused_parts(costs: Costs, partition: Partition, settings: SolverSettings | None = None) -> dict[int, CausedParts]:
    """Return what each player of each coalition causes; keys are coalitions, entries as its players are listed.

    Raises
    ------
    InfeasibleError
        The partition, or one of its coalitions, can't be dispatched.
    """
    found = costs.partition(partition)
    family = costs.setting.family
    stage = costs.stage(partition) if isinstance(costs, CoupledCosts) else None
    parts: dict[int, CausedParts] = {}
    for index, (mask, cost) in enumerate(zip(partition, found.coalitions, strict=True)):
        territory = family.subgraph(mask)
        if isinstance(costs, DecoupledCosts):
            own = _apart(costs, territory, settings)
        else:
            assert stage is not None
            own = _coupled(stage, index)
        assert cost.parts is not None
        place = {prosumer: at for at, prosumer in enumerate(territory.prosumers)}
        players = [[place[m] for m in family.players[i]] for i in range(family.player_count) if mask >> i & 1]
        parts[mask] = _completed(own, cost.parts).of_players(players)
    return parts


def _completed(caused: CausedParts, whole: CoalitionParts) -> CausedParts:
    """Return the parts with what is missing to the market's own shared equally."""

    def filled(shares: FloatArray, total: float) -> FloatArray:
        whole_shares: FloatArray = shares + (total - shares.sum()) / len(shares)
        return whole_shares

    return CausedParts(
        flexibility=filled(caused.flexibility, whole.flexibility),
        energy=filled(caused.energy, whole.energy),
        tax=filled(caused.tax, whole.tax),
        trade=filled(caused.trade, 0.0),
        line=filled(caused.line, whole.line),
        voltage=filled(caused.voltage, whole.voltage),
        imbalance=filled(caused.imbalance, whole.imbalance),
        energy_mwh=caused.energy_mwh,
    )


def _coupled(stage: CoupledStage, index: int) -> CausedParts:
    """Return what the prosumers of the market ``index`` cause of ``phi`` (Eq 8)."""
    setting, hours, tariffs = stage.setting, stage.hours, stage.problem.tariffs
    territory = stage.territories[index]
    own = list(territory.prosumers)
    scheduled = stage.problem.forecast + stage.solved.flexible_mva
    realized = setting.case.scenario.realization + stage.solved.flexible_mva
    at = np.flatnonzero(stage.exchanges.coalition == index)
    carried = carried_to_root(setting.grid)  # flows per unit of injection, shape (nodes, prosumers)
    reach = np.asarray((stage.exchanges.matrix[at] @ carried)[:, own])
    price = stage.nodal_prices
    outside = price[stage.exchanges.node[at]]
    nothing_mw = KINK * stage.problem.power_scale_mw
    direction = directions(stage.exchanged_mva[at], nothing_mw)
    planned = directions(np.asarray(stage.exchanges.matrix[at] @ stage.solved.ex_ante_flows_mva), nothing_mw)
    boundary = reach.T @ (outside - tariffs.tax * planned)
    wedge = price[setting.grid.tree.leaf[own]] - boundary
    edges, nodes = stage.internal(territory)
    mismatch = stage.mismatch_mva()[own]
    return CausedParts(
        flexibility=stage.solved.flexibility_cost[own],
        energy=-worth_of(reach.T @ outside, realized[own]) * hours,
        tax=worth_of(reach.T @ (tariffs.tax * direction), realized[own]) * hours,
        trade=-worth_of(wedge, scheduled[own]) * hours,
        line=line_shares(setting.grid, stage.state, stage.line_cost(), edges, realized)[own],
        voltage=voltage_shares(setting.grid, stage.state, stage.voltage_cost(), nodes, realized)[own],
        imbalance=imbalance_shares(mismatch, stage.imbalance_rate),
        energy_mwh=np.abs(realized[own].real).sum(axis=1) * hours,
    )


def _apart(costs: DecoupledCosts, territory: Subgraph, settings: SolverSettings | None) -> CausedParts:
    """Return what the prosumers of a coalition on its own graph cause of ``phi_0`` (Eq 9)."""
    setting, own = costs.setting, list(territory.prosumers)
    problem = costs.problem(territory)
    solved = dispatch(problem, settings)
    scenario, hours = setting.case.scenario, problem.step_hours
    realized = scenario.realization[own] + solved.flexible_mva
    grid = own_grid(setting.grid, territory)
    state = realized_state(grid, realized)
    every = np.ones(grid.node_count, dtype=bool)
    line = problem.tariffs.line_penalty[:, None] * state.line_excess_mva * hours
    voltage = problem.tariffs.voltage_penalty[:, None] * state.voltage_excess * hours
    mismatch = scenario.realization[own] - scenario.forecast[own]
    nothing = np.zeros(len(own))
    return CausedParts(
        flexibility=solved.flexibility_cost,
        energy=nothing,
        tax=nothing,
        trade=_trade_apart(solved),
        line=line_shares(grid, state, line, every, realized),
        voltage=voltage_shares(grid, state, voltage, every, realized),
        imbalance=imbalance_shares(mismatch, setting.case.market.imbalance_penalty_per_mwh) * hours,
        energy_mwh=np.abs(realized.real).sum(axis=1) * hours,
    )


def _trade_apart(solved: Dispatch) -> FloatArray:
    """Return what prosumers pay each other at nodal prices, congestion rents given back to those below the edge.

    With hard limits that is the closed-form allocation of Theorem VI.1 without flexibility costs.
    """
    problem = solved.problem
    if problem.limits == "hard":
        return push_down(problem.grid.tree, edge_allocation(solved)) - solved.flexibility_cost
    price = solved.nodal_prices[problem.grid.tree.leaf]
    return -worth_of(price, problem.forecast + solved.flexible_mva) * problem.step_hours
