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

from lempart.bills.shares import (
    carried_to_root,
    directions,
    imbalance_shares,
    line_shares,
    voltage_shares,
    worth_of,
)
from lempart.cost import CoalitionParts, CostModel, edge_allocation, push_down
from lempart.cost.dispatched import DispatchedPart
from lempart.cost.equations.edge_allocation import in_closed_form
from lempart.cost.equations.losses import average_losses, counted_flows, loss_prices
from lempart.cost.equations.nodal_prices import KINK
from lempart.partition import Partition
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
    loss
        Its share of what losses cost the market, by its part of the flows; None where they aren't priced.
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
    loss: FloatArray | None = None

    @classmethod
    def of_none(cls, coalition: int) -> CausedParts:
        """Return that nothing is known of what the players of a coalition cause."""
        return cls(*(np.zeros(coalition.bit_count()) for one in fields(cls) if one.name != "loss"))

    @property
    def parts(self) -> dict[str, FloatArray]:
        """Return the parts of the cost by name, in order; without losses where they aren't priced."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "energy_mwh"}
        return {name: amounts for name, amounts in given.items() if amounts is not None}

    @property
    def total(self) -> FloatArray:
        """Return the sum of the parts, shape ``(prosumers,)``."""
        total: FloatArray = np.sum(tuple(self.parts.values()), axis=0)
        return total

    def of_players(self, places: Sequence[Sequence[int]]) -> CausedParts:
        """Return the sums over the prosumers of each player; ``places`` are positions among the prosumers."""
        given = {**self.parts, "energy_mwh": self.energy_mwh}
        summed = {name: np.array([amounts[list(own)].sum() for own in places]) for name, amounts in given.items()}
        return CausedParts(**summed)


def caused_parts(costs: CostModel, partition: Partition) -> dict[int, CausedParts]:
    """Return what each player of each coalition causes; keys are coalitions, entries as its players are listed.

    Raises
    ------
    InfeasibleError
        The partition, or one of its coalitions, can't be dispatched.
    """
    found, family = costs.partition(partition), costs.prepared.family
    whole = {family.edge_mask(mask): (mask, cost) for mask, cost in zip(partition, found.coalitions, strict=True)}
    parts: dict[int, CausedParts] = {}
    for part in costs.dispatched(partition):
        for index, territory in enumerate(part.territories):
            if territory.edge_mask not in whole:  # a regular customer
                continue
            mask, cost = whole[territory.edge_mask]
            assert cost.parts is not None
            place = {prosumer: at for at, prosumer in enumerate(territory.prosumers)}
            players = [[place[m] for m in family.players[i]] for i in range(family.player_count) if mask >> i & 1]
            parts[mask] = _completed(_caused(part, index), cost.parts).of_players(players)
    return {mask: parts[mask] for mask in partition}


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
        loss=None if caused.loss is None else filled(caused.loss, whole.as_dict()["loss"]),
    )


def _caused(part: DispatchedPart, index: int) -> CausedParts:
    """Return what the prosumers of the market ``index`` of a part cause of its cost (Eq 8 or 9)."""
    territory, realized = part.territories[index], part.realized_mva
    own = np.searchsorted(part.prosumers, territory.prosumers)
    edges, nodes = part.answers_for(territory)
    energy, tax, trade = _traded(part, index, own)
    return CausedParts(
        flexibility=part.solved.flexibility_cost[own],
        energy=energy,
        tax=tax,
        trade=trade,
        line=line_shares(part.grid, part.realized, part.line_cost, edges, realized)[own],
        voltage=voltage_shares(part.grid, part.realized, part.voltage_cost, nodes, realized)[own],
        imbalance=imbalance_shares(part.mismatch_mva[own], part.imbalance_rate),
        energy_mwh=np.abs(realized[own].real).sum(axis=1) * part.hours,
        loss=_loss_shares(part, part.realized.flows_mva, edges, own),
    )


def _loss_shares(part: DispatchedPart, flows_mva: ComplexArray, edges: BoolArray, own: IntArray) -> FloatArray | None:
    """Return shares of what losses cost: by prosumers' parts of the flows whose losses their market pays for."""
    problem = part.solved.problem
    if problem.losses is None:
        return None
    average = part.exchanges is not None and part.prepared.case.market.loss_pricing == "average"
    weight = problem.losses.weight if average else np.where(edges[:, None], problem.losses.weight, 0.0)
    flows = counted_flows(flows_mva, active_only=problem.balance == "active")
    leaf = part.grid.tree.leaf[own]
    return average_losses(loss_prices(part.grid, weight, flows)[leaf], flows[leaf], part.hours)


def _traded(part: DispatchedPart, index: int, own: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what prosumers cause of energy and tax, and what trade inside their market is worth to them."""
    exchanges, tariffs, hours = part.exchanges, part.solved.problem.tariffs, part.hours
    if exchanges is None:
        nothing = np.zeros(len(own))
        return nothing, nothing, _trade_apart(part)
    at = np.flatnonzero(exchanges.coalition == index)
    carried = carried_to_root(part.grid)  # flows per unit of injection, shape (nodes, prosumers)
    reach = np.asarray((exchanges.matrix[at] @ carried)[:, own])
    price = part.charged_prices
    outside = price[exchanges.node[at]]
    nothing_mw = KINK * part.solved.problem.power_scale_mw
    direction, planned = (
        directions(tariffs.taxable(part.exchanged_mva(state)[at]), nothing_mw)
        for state in (part.realized, part.planned)
    )
    boundary = reach.T @ (outside - tariffs.tax * planned)
    wedge = price[part.grid.tree.leaf[own]] - boundary
    return (
        -worth_of(reach.T @ outside, part.realized_mva[own]) * hours,
        worth_of(reach.T @ (tariffs.tax * direction), part.realized_mva[own]) * hours,
        -worth_of(wedge, part.planned_mva[own]) * hours,
    )


def _trade_apart(part: DispatchedPart) -> FloatArray:
    """Return what prosumers pay each other at nodal prices, congestion rents given back to those below the edge.

    With hard limits that is the closed-form allocation of Theorem VI.1 without flexibility costs, and without losses.
    """
    solved, problem = part.solved, part.solved.problem
    if problem.limits == "hard" and in_closed_form(solved):
        trade = push_down(problem.grid.tree, edge_allocation(solved)) - solved.flexibility_cost
        everyone = np.arange(len(trade))
        planned = _loss_shares(part, solved.ex_ante_flows_mva, np.ones(problem.grid.node_count, dtype=bool), everyone)
        return trade if planned is None else trade - planned
    price = solved.nodal_prices[problem.grid.tree.leaf]
    return -worth_of(price, problem.forecast + solved.flexible_mva) * problem.step_hours
