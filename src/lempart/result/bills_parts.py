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
from lempart.cost.prices import KINK
from lempart.dispatch import Dispatch, RealizedState, dispatch, realized_state
from lempart.grid import RadialGrid
from lempart.partition import Partition, Subgraph
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray


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
    carried = _carried_to_root(setting.grid)  # flows per unit of injection, shape (nodes, prosumers)
    reach = np.asarray((stage.exchanges.matrix[at] @ carried)[:, own])
    price = stage.solved.nodal_prices
    outside = price[stage.exchanges.node[at]]
    nothing_mw = KINK * stage.problem.power_scale_mw
    direction = _directions(stage.exchanged_mva[at], nothing_mw)
    planned = _directions(np.asarray(stage.exchanges.matrix[at] @ stage.solved.ex_ante_flows_mva), nothing_mw)
    boundary = reach.T @ (outside - tariffs.tax * planned)
    wedge = price[setting.grid.tree.leaf[own]] - boundary
    edges, nodes = stage.internal(territory)
    mismatch = stage.mismatch_mva()[own]
    return CausedParts(
        flexibility=stage.solved.flexibility_cost[own],
        energy=-_worth(reach.T @ outside, realized[own]) * hours,
        tax=_worth(reach.T @ (tariffs.tax * direction), realized[own]) * hours,
        trade=-_worth(wedge, scheduled[own]) * hours,
        line=_line_shares(setting.grid, stage.state, stage.line_cost(), edges, realized)[own],
        voltage=_voltage_shares(setting.grid, stage.state, stage.voltage_cost(), nodes, realized)[own],
        imbalance=_imbalance_shares(mismatch, stage.imbalance_rate),
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
        line=_line_shares(grid, state, line, every, realized),
        voltage=_voltage_shares(grid, state, voltage, every, realized),
        imbalance=_imbalance_shares(mismatch, setting.case.market.imbalance_penalty_per_mwh) * hours,
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
    return -_worth(price, problem.forecast + solved.flexible_mva) * problem.step_hours


def _worth(price: ComplexArray, power_mva: ComplexArray) -> FloatArray:
    """Return ``<price, power>`` summed over the steps, shape ``(prosumers,)``."""
    worth: FloatArray = (price.conj() * power_mva).real.sum(axis=1)
    return worth


def _imbalance_shares(mismatch_mva: ComplexArray, rate: FloatArray) -> FloatArray:
    """Return shares of ``sum_t rate_t |sum_m D_m|``, as :func:`~lempart.cost.balancing_allocation` has them.

    Errors that cancel but for rounding point nowhere: nobody pays for their direction.
    """
    total = mismatch_mva.sum(axis=0)
    direction = _directions(total, KINK * float(np.abs(mismatch_mva).max(initial=0.0)))
    return _worth(np.broadcast_to(direction * rate, mismatch_mva.shape), mismatch_mva)


def _directions(power_mva: ComplexArray, nothing_mw: float = 0.0) -> ComplexArray:
    """Return unit vectors, 0 where there is no more than ``nothing_mw``."""
    size = np.abs(power_mva)
    return np.divide(power_mva, size, out=np.zeros_like(power_mva), where=size > nothing_mw)


def _carried_to_root(grid: RadialGrid) -> FloatArray:
    """Return which edges carry each prosumer's power, shape ``(nodes, prosumers)``."""
    carried: FloatArray = grid.path_matrix[grid.tree.leaf].toarray().T
    return carried


def _line_shares(
    grid: RadialGrid, state: RealizedState, cost: FloatArray, which: BoolArray, injection_mva: ComplexArray
) -> FloatArray:
    """Return shares of the cost of overloaded edges: by how much of ``|S_e|`` a prosumer's power makes up."""
    edges: IntArray = np.flatnonzero(which & (cost.sum(axis=1) > 0.0))
    flow, cost = state.flows_mva[edges], cost[edges]
    rate = np.divide(cost, np.abs(flow), out=np.zeros_like(cost), where=cost > 0.0)
    price = grid.path_matrix[grid.tree.leaf][:, edges] @ (rate * _directions(flow))
    return _worth(np.asarray(price), injection_mva)


def _voltage_shares(
    grid: RadialGrid, state: RealizedState, cost: FloatArray, which: BoolArray, injection_mva: ComplexArray
) -> FloatArray:
    """Return shares of the cost of voltages outside their band: by how much of ``dv_n`` a prosumer's power makes up."""
    nodes: IntArray = np.flatnonzero(which & (cost.sum(axis=1) > 0.0))
    deviation, cost = state.deviations[nodes], cost[nodes]
    rate = np.divide(cost, deviation, out=np.zeros_like(cost), where=cost > 0.0)
    impedance = 2.0 * (grid.r_pu + 1j * grid.x_pu)
    common = grid.path_matrix[grid.tree.leaf].multiply(impedance[None, :]) @ grid.path_matrix[nodes].T
    return _worth(np.asarray(common @ rate), injection_mva)
