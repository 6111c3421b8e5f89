"""Partition and coalition costs under coupled power flow (Eqs 7 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.parts import CoalitionParts, PartitionParts
from lempart.cost.prices import BoundaryPrices, boundary_prices
from lempart.cost.results import CoalitionCost, PartitionCost
from lempart.cost.setting import Setting
from lempart.dispatch import Dispatch, DispatchProblem, Exchanges, LazyDispatcher, RealizedState, realized_state
from lempart.partition import Partition, Subgraph
from lempart.typing import BoolArray, ComplexArray, FloatArray


class CoupledCosts:
    """``Phi`` and ``phi`` of every partition, computed once; satisfies ``game.PartitionGame``.

    The costs of all partitions are kept, because a deviation's partition is a partition.
    """

    def __init__(self, setting: Setting, settings: SolverSettings | None = None) -> None:
        self.setting = setting
        self._settings = settings
        self._dispatcher = LazyDispatcher(settings)
        self._cache: dict[Partition, PartitionCost] = {}

    def total(self, partition: Partition) -> float:
        """Return ``Phi`` (Eq 7)."""
        return self.partition(partition).total

    def coalition_cost(self, coalition: int, partition: Partition) -> float:
        """Return ``phi(F; P)`` (Eq 8)."""
        return self.partition(partition).coalitions[partition.coalitions.index(coalition)].total

    def partition(self, partition: Partition) -> PartitionCost:
        """Return the costs of a partition with all their parts.

        Raises
        ------
        InfeasibleError
            When the forecast can't be met; the feasible region is the same for all partitions.
        """
        if partition not in self._cache:
            self._cache[partition] = self._evaluate(partition)
        return self._cache[partition]

    def territories(self, partition: Partition) -> tuple[Subgraph, ...]:
        """Return the subgraphs of all coalitions: the players', then the regular customers'."""
        own = tuple(self.setting.family.subgraph(coalition) for coalition in partition)
        return own + self.setting.regular_territories

    def problem(self, partition: Partition) -> DispatchProblem:
        """Return the ex-ante problem of a partition (Eq 4)."""
        setting = self.setting
        return DispatchProblem(
            grid=setting.dispatch_grid,
            prosumers=setting.case.prosumers,
            forecast=setting.case.scenario.forecast,
            step_hours=setting.case.horizon.step_hours,
            tariffs=setting.tariffs,
            exchanges=Exchanges.of(self.territories(partition), setting.grid),
            balance="market",
            limits=setting.case.dispatch.limits,
            tie_break=setting.tie_break,
            margins=setting.has_margins,
        )

    def _evaluate(self, partition: Partition) -> PartitionCost:
        problem = self.problem(partition)
        solved = self._dispatcher.dispatch(problem)
        realization = self.setting.case.scenario.realization
        state = realized_state(self.setting.grid, realization + solved.flexible_mva)
        stage = _Stage(self.setting, self.territories(partition), problem, solved, state)
        prices = boundary_prices(solved, stage.exchanged_mva, self._settings)
        parts = stage.partition_parts()
        costs, unrecovered = stage.coalition_costs(prices)
        paid = sum(cost.total for cost in costs)
        players = len(partition)
        return PartitionCost(
            partition=partition,
            parts=parts,
            coalitions=costs[:players],
            regular=costs[players:],
            network_surplus=paid - parts.total + unrecovered,
            unrecovered=unrecovered,
        )


@dataclass(frozen=True, eq=False)
class _Stage:
    """One partition, dispatched and realised; the equations that share its cost."""

    setting: Setting
    territories: tuple[Subgraph, ...]
    problem: DispatchProblem
    solved: Dispatch
    state: RealizedState

    @property
    def exchanges(self) -> Exchanges:
        assert self.problem.exchanges is not None
        return self.problem.exchanges

    @property
    def hours(self) -> float:
        return self.problem.step_hours

    @cached_property
    def exchanged_mva(self) -> ComplexArray:
        """Return ``S_nb`` at the realised flows (Eq 2), shape ``(exchanges, steps)``."""
        exchanged: ComplexArray = np.asarray(self.exchanges.matrix @ self.state.flows_mva)
        return exchanged

    def line_cost(self) -> FloatArray:
        """Return what violations of each edge cost per step, shape ``(nodes, steps)``."""
        return self.problem.tariffs.line_penalty[:, None] * self.state.line_excess_mva * self.hours

    def voltage_cost(self) -> FloatArray:
        """Return what violations at each node cost per step, shape ``(nodes, steps)``."""
        return self.problem.tariffs.voltage_penalty[:, None] * self.state.voltage_excess * self.hours

    def tax(self) -> FloatArray:
        """Return the tax of each exchange per step, shape ``(exchanges, steps)``."""
        tax: FloatArray = np.abs(self.exchanged_mva) * self.problem.tariffs.tax * self.hours
        return tax

    def mismatch_mva(self) -> ComplexArray:
        """Return ``U - U_hat`` per prosumer."""
        scenario = self.setting.case.scenario
        return scenario.realization - scenario.forecast

    def balancing(self) -> FloatArray:
        """Return ``Gamma_b`` per step (Eq 6)."""
        rate = self.setting.case.market.imbalance_penalty_per_mwh
        cost: FloatArray = rate * np.abs(self.mismatch_mva().sum(axis=0)) * self.hours
        return cost

    def partition_parts(self) -> PartitionParts:
        """Return the parts of ``Phi`` (Eq 7): the ex-ante costs at realised flows, violations and balancing."""
        price, at_pcc = self.problem.tariffs.price, self.state.flows_mva[0]
        return PartitionParts(
            flexibility=float(self.solved.flexibility_cost.sum()),
            import_=-float((price.conj() * at_pcc).real.sum()) * self.hours,
            tax=float(self.tax().sum()),
            line=float(self.line_cost().sum()),
            voltage=float(self.voltage_cost().sum()),
            imbalance=float(self.balancing().sum()),
        )

    def coalition_costs(self, prices: BoundaryPrices) -> tuple[tuple[CoalitionCost, ...], float]:
        """Return ``phi`` of every coalition (Eq 8) and what Eq 8e can't recover."""
        line, voltage, tax = self.line_cost(), self.voltage_cost(), self.tax()
        inside = [self._internal(territory) for territory in self.territories]
        edges_inside = np.any([edges for edges, _ in inside], axis=0)
        nodes_inside = np.any([nodes for _, nodes in inside], axis=0)
        common = line[~edges_inside].sum(axis=0) + voltage[~nodes_inside].sum(axis=0)
        shares, unrecovered = self._imbalance_shares(common)
        energy = prices.energy_cost * self.hours
        costs = []
        for index, (territory, (edges, nodes)) in enumerate(zip(self.territories, inside, strict=True)):
            own = self.exchanges.coalition == index
            parts = CoalitionParts(
                flexibility=float(self.solved.flexibility_cost[list(territory.prosumers)].sum()),
                energy=float(energy[own].sum()),
                tax=float(tax[own].sum()),
                line=float(line[edges].sum()),
                voltage=float(voltage[nodes].sum()),
                imbalance=float(shares[index]),
            )
            net = np.abs(self.exchanged_mva[own].sum(axis=0)) * self.problem.tariffs.tax * self.hours
            dependent = bool(prices.dependent[own].any())
            costs.append(CoalitionCost(parts, dependent, transit_tax=float(tax[own].sum() - net.sum())))
        return tuple(costs), unrecovered

    def _internal(self, territory: Subgraph) -> tuple[BoolArray, BoolArray]:
        """Return which edges and which (non-boundary) nodes a coalition answers for (Eq 5b)."""
        edges = np.zeros(self.problem.grid.node_count, dtype=bool)
        nodes = edges.copy()
        edges[list(territory.edges)] = True
        nodes[list(territory.internal_nodes)] = True
        return edges, nodes

    def _imbalance_shares(self, common: FloatArray) -> tuple[FloatArray, float]:
        """Return each coalition's share of balancing and common violations (Eq 8e), and what can't be charged."""
        mismatch = self.mismatch_mva()
        own = np.abs([mismatch[list(territory.prosumers)].sum(axis=0) for territory in self.territories])
        total = own.sum(axis=0)
        shared = self.balancing() + common
        charged = total > 1e-12 * self.problem.power_scale_mw
        rate = np.divide(shared, total, out=np.zeros_like(shared), where=charged)
        return own @ rate, float(shared[~charged].sum())
