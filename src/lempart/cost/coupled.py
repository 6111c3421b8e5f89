"""Partition and coalition costs under coupled power flow (Eqs 7 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from cachetools import LRUCache

from lempart.conic import SolverSettings
from lempart.cost.bounds import CoupledBounds
from lempart.cost.cluster_dispatch import KEPT
from lempart.cost.joined import JoinedCosts
from lempart.cost.parts import CoalitionParts, PartitionParts
from lempart.cost.prices import BoundaryPrices, boundary_prices, chosen_prices
from lempart.cost.results import CoalitionCost, PartitionCost
from lempart.cost.setting import Setting
from lempart.cost.unlimited import UnlimitedCosts
from lempart.dispatch import Dispatch, DispatchProblem, Exchanges, LazyDispatcher, RealizedState, realized_state
from lempart.partition import Partition, Subgraph
from lempart.typing import BoolArray, ComplexArray, FloatArray


class CoupledCosts:
    """``Phi`` and ``phi`` of every partition, computed once; satisfies ``game.PartitionGame``.

    The costs of all partitions are kept, because a deviation's partition is a partition.

    Parameters
    ----------
    join
        Whether to dispatch coalitions that don't carry each other's power apart, and join them where no limit of the
        grid couples them: the same costs at a fraction of the work. Otherwise every partition is one dispatch.

    Attributes
    ----------
    joined, coupled
        How many partitions were costed either way.
    """

    def __init__(self, setting: Setting, settings: SolverSettings | None = None, *, join: bool = True) -> None:
        self.setting = setting
        self.joined = self.coupled = 0
        self._settings = settings
        self._joined = JoinedCosts(setting, settings) if join else None
        self._unlimited = UnlimitedCosts(self._joined) if self._joined is not None else None
        self._dispatcher = LazyDispatcher(settings)
        self._cache: LRUCache[Partition, PartitionCost] = LRUCache(KEPT)

    def turnover(self, mask: int) -> float:
        """Return what the players of ``mask`` turn over, in currency: what tolerances are a share of."""
        return self.setting.turnover(mask)

    def total(self, partition: Partition) -> float:
        """Return ``Phi`` (Eq 7)."""
        return self.partition(partition).total

    def coalition_cost(self, coalition: int, partition: Partition) -> float:
        """Return ``phi(F; P)`` (Eq 8)."""
        known = isinstance(partition, Partition) and partition in self._cache
        if not known or coalition not in partition:
            self.setting.require(partition, coalition)
        if not known and self._unlimited is not None:
            found = self._unlimited.cost(coalition, partition)
            if found is not None:
                return found
        return self.partition(partition).coalitions[partition.coalitions.index(coalition)].total

    def partition(self, partition: Partition) -> PartitionCost:
        """Return the costs of a partition with all their parts.

        Raises
        ------
        UsageError
            The grid doesn't admit the partition: players are missing, or coalitions share an edge.
        InfeasibleError
            When the forecast can't be met; the feasible region is the same for all partitions.
        """
        found = self._cache.get(partition) if isinstance(partition, Partition) else None
        if found is None:
            self.setting.require(partition)
            found = self._cache[partition] = self._evaluate(partition)
        return found

    @cached_property
    def bounds(self) -> CoupledBounds:
        """Return lower bounds on the costs of partitions, additive over coalitions."""
        return CoupledBounds(self.setting, self._joined or JoinedCosts(self.setting, self._settings), self._settings)

    @cached_property
    def without_burning(self) -> CoupledCosts:
        """Return the same costs where no battery charges and discharges at once, as far as is quickly found."""
        return CoupledCosts(self.setting.compared, self._settings)

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
            exclusive=setting.exclusive,
        )

    def stage(self, partition: Partition) -> CoupledStage:
        """Return a partition dispatched and realised, from which all its costs follow.

        Raises
        ------
        InfeasibleError
            When the forecast can't be met.
        """
        problem = self.problem(partition)
        solved = self._dispatcher.dispatch(problem)
        realization = self.setting.case.scenario.realization
        state = realized_state(self.setting.grid, realization + solved.flexible_mva)
        return CoupledStage(self.setting, self.territories(partition), problem, solved, state)

    def _evaluate(self, partition: Partition) -> PartitionCost:
        found = self._joined.cost(partition) if self._joined is not None else None
        if found is not None:
            self.joined += 1
            return found
        self.coupled += 1
        stage = self.stage(partition)
        prices = boundary_prices(stage.solved, stage.exchanged_mva, self._settings)
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
            burning=stage.solved.burning,
            gap=stage.solved.gap,
        )


@dataclass(frozen=True, eq=False)
class CoupledStage:
    """One partition, dispatched and realised; the equations that share its cost."""

    setting: Setting
    territories: tuple[Subgraph, ...]
    problem: DispatchProblem
    solved: Dispatch
    state: RealizedState

    @property
    def exchanges(self) -> Exchanges:
        """Return the boundary exchanges of all coalitions."""
        assert self.problem.exchanges is not None
        return self.problem.exchanges

    @property
    def hours(self) -> float:
        """Return the length of a step."""
        return self.problem.step_hours

    @cached_property
    def exchanged_mva(self) -> ComplexArray:
        """Return ``S_nb`` at the realised flows (Eq 2), shape ``(exchanges, steps)``."""
        exchanged: ComplexArray = np.asarray(self.exchanges.matrix @ self.state.flows_mva)
        return exchanged

    @cached_property
    def nodal_prices(self) -> ComplexArray:
        """Return ``lambda_n``, shape ``(nodes, steps)``: of several optimal ones those closest to ``lambda_0``."""
        return chosen_prices(self.solved)

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
        inside = [self.internal(territory) for territory in self.territories]
        shares, unrecovered = self._imbalances_mva @ self.imbalance_rate, self._unrecovered
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
            transit_tax, known_to = float(tax[own].sum() - net.sum()), float(prices.known_to[own].sum()) * self.hours
            costs.append(CoalitionCost(parts, dependent, transit_tax, known_to=known_to))
        return tuple(costs), unrecovered

    def internal(self, territory: Subgraph) -> tuple[BoolArray, BoolArray]:
        """Return which edges and which (non-boundary) nodes a coalition answers for (Eq 5b)."""
        edges = np.zeros(self.problem.grid.node_count, dtype=bool)
        nodes = edges.copy()
        edges[list(territory.edges)] = True
        nodes[list(territory.internal_nodes)] = True
        return edges, nodes

    @cached_property
    def imbalance_rate(self) -> FloatArray:
        """Return ``alpha_t^dE`` (Eq 8e): balancing and common violations per MVA of imbalance, shape ``(steps,)``.

        0 where no coalition has an imbalance.
        """
        total, charged = self._imbalances_mva.sum(axis=0), self._charged
        rate: FloatArray = np.divide(self._shared_cost, total, out=np.zeros_like(self._shared_cost), where=charged)
        return rate

    @cached_property
    def _imbalances_mva(self) -> FloatArray:
        """Return ``|sum of U - U_hat|`` of every coalition, shape ``(coalitions, steps)``."""
        mismatch = self.mismatch_mva()
        own = [mismatch[list(territory.prosumers)].sum(axis=0) for territory in self.territories]
        size: FloatArray = np.abs(own)
        return size

    @cached_property
    def _shared_cost(self) -> FloatArray:
        """Return what balancing and violations that are nobody's own cost per step, shape ``(steps,)``."""
        inside = [self.internal(territory) for territory in self.territories]
        edges_inside = np.any([edges for edges, _ in inside], axis=0)
        nodes_inside = np.any([nodes for _, nodes in inside], axis=0)
        common = self.line_cost()[~edges_inside].sum(axis=0) + self.voltage_cost()[~nodes_inside].sum(axis=0)
        shared: FloatArray = self.balancing() + common
        return shared

    @property
    def _charged(self) -> BoolArray:
        charged: BoolArray = self._imbalances_mva.sum(axis=0) > 1e-12 * self.problem.power_scale_mw
        return charged

    @property
    def _unrecovered(self) -> float:
        """Return the shared cost at steps at which no coalition has an imbalance; nobody can be charged for it."""
        return float(self._shared_cost[~self._charged].sum())
