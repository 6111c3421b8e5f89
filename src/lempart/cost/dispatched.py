"""A partition dispatched, part of the grid by part: with externalities the whole grid is one, else every coalition."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lempart.cost.equations.balancing import balancing_cost
from lempart.cost.equations.exchanges import exchanged_mva
from lempart.cost.equations.losses import counted_flows, loss_cost, loss_prices
from lempart.cost.equations.nodal_prices import LossPricing, chosen_prices
from lempart.cost.equations.violations import violation_cost
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.scenarios import Scenarios
from lempart.dispatch import Dispatch, Exchanges
from lempart.grid import RadialGrid, RealizedState
from lempart.grid.limits import state_at
from lempart.partition import Subgraph
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class DispatchedPart:
    """Coalitions that were dispatched together on a part of the grid.

    Attributes
    ----------
    grid
        The part, with the limits that hold ex-post; its root is the PCC, or a coalition's own.
    nodes, prosumers
        Their numbers in the whole case, in the order of the part.
    territories
        Of the coalitions, by numbers of the whole case.
    solved
        Their dispatch.
    """

    prepared: PreparedCase
    grid: RadialGrid
    nodes: IntArray
    prosumers: IntArray
    territories: tuple[Subgraph, ...]
    solved: Dispatch

    @property
    def exchanges(self) -> Exchanges | None:
        """Return where the coalitions are taxed and trade; None under strict self-consumption."""
        return self.solved.problem.exchanges

    @property
    def hours(self) -> float:
        """Return the length of a step."""
        return self.solved.problem.step_hours

    @cached_property
    def planned_mva(self) -> ComplexArray:
        """Return ``U_hat + u``, complex MVA, shape ``(prosumers, steps)``."""
        return self.solved.problem.forecast + self.solved.flexible_mva

    @cached_property
    def realized_mva(self) -> ComplexArray:
        """Return ``U + u``, complex MVA, shape ``(prosumers, steps)``."""
        return self.prepared.case.scenario.realization[self.prosumers] + self.solved.flexible_mva

    @cached_property
    def mismatch_mva(self) -> ComplexArray:
        """Return ``U - U_hat``, complex MVA, shape ``(prosumers, steps)``."""
        scenario, at = self.prepared.case.scenario, self.prosumers
        mismatch: ComplexArray = scenario.realization[at] - scenario.forecast[at]
        return mismatch

    @cached_property
    def planned(self) -> RealizedState:
        """Return the part at the forecast."""
        return state_at(self.grid, self.planned_mva, losses=self.prepared.has_losses)

    @cached_property
    def realized(self) -> RealizedState:
        """Return the part at the realisation."""
        return state_at(self.grid, self.realized_mva, losses=self.prepared.has_losses)

    def exchanged_mva(self, state: RealizedState) -> ComplexArray:
        """Return ``S_nb`` in a state (Eq 2), shape ``(exchanges, steps)``."""
        assert self.exchanges is not None
        return exchanged_mva(self.exchanges, state.flows_mva)

    @property
    def own_nodes(self) -> slice:
        """Return which of its nodes are its own: of a coalition's own part, all but its root, where others meet."""
        return slice(1 if self.exchanges is None else 0, None)

    @cached_property
    def nodal_prices(self) -> ComplexArray:
        """Return ``lambda_n``, shape ``(nodes, steps)``: of several optimal ones those closest to ``lambda_0``."""
        if self.exchanges is None:
            return self.solved.nodal_prices
        return chosen_prices(self.solved, float(Scenarios.of(self.prepared).typical_power_mw))

    @cached_property
    def charged_prices(self) -> ComplexArray:
        """Return the prices that energy is paid at, shape ``(nodes, steps)``: losses may be billed apart from it."""
        losses, market = self.solved.problem.losses, self.prepared.case.market
        if losses is None:
            return self.nodal_prices
        planned = loss_prices(self.grid, losses.weight, self.solved.ex_ante_flows_mva)
        return LossPricing(market.loss_pricing, planned).charged(self.nodal_prices)

    @cached_property
    def line_cost(self) -> FloatArray:
        """Return what violations of each edge cost per step, shape ``(nodes, steps)``."""
        return violation_cost(self.solved.problem.tariffs.line_penalty, self.realized.line_excess_mva, self.hours)

    @cached_property
    def voltage_cost(self) -> FloatArray:
        """Return what violations at each node cost per step, shape ``(nodes, steps)``."""
        return violation_cost(self.solved.problem.tariffs.voltage_penalty, self.realized.voltage_excess, self.hours)

    @cached_property
    def imbalance_rate(self) -> FloatArray:
        """Return what an MVA of imbalance costs its coalition per step (Eq 8e, or 9c), shape ``(steps,)``."""
        if self.exchanges is None:
            penalty = self.prepared.case.market.imbalance_penalty_per_mwh
            return balancing_cost(penalty, np.ones(len(penalty)), self.hours)
        scenarios = Scenarios.of(self.prepared)
        accounts = [scenarios.account(territory) for territory in self.territories]
        return scenarios.common(accounts, self.prepared.flow_map.at(self.realized_mva)).shared.rate

    @cached_property
    def loss_cost(self) -> FloatArray | None:
        """Return what losses of each edge cost over the horizon, shape ``(nodes,)``; None where they aren't priced."""
        problem = self.solved.problem
        if problem.losses is None:
            return None
        flows = counted_flows(self.realized.flows_mva, active_only=problem.balance == "active")
        return loss_cost(problem.losses.weight, flows, self.hours)

    def answers_for(self, territory: Subgraph) -> tuple[BoolArray, BoolArray]:
        """Return which edges and nodes of the part a coalition answers for (Eq 5b): of a part of its own, all."""
        edges = np.full(self.grid.node_count, self.exchanges is None)
        nodes = edges.copy()
        if self.exchanges is not None:
            edges[list(territory.edges)] = nodes[list(territory.internal_nodes)] = True
        return edges, nodes
