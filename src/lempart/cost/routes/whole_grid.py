"""Dispatches of the whole grid (Eq 4), one for each partition: the last resort of the other routes.

Many partitions are dispatched together. One by one is the slow twin, and what is left where that doesn't do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from lempart.conic import SolverSettings
from lempart.conic.settings import LANES
from lempart.cost.dispatched import DispatchedPart
from lempart.cost.equations.exchanges import exchanged_mva
from lempart.cost.equations.losses import loss_prices, losses_paid
from lempart.cost.equations.nodal_prices import LossPricing, TaxOnPrices, traded_at_nodal_prices
from lempart.cost.equations.settlement import Settlement, Traded, own_costs
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import whole_grid_problem
from lempart.cost.records import PartitionCost, PartitionOutline
from lempart.cost.routes.taxable import flows_to_tax
from lempart.cost.scenarios import Scenarios
from lempart.cost.settled import partition_cost, partition_outline
from lempart.dispatch import Dispatch, DispatchTogether, Exchanges, FlowBook, LazyDispatcher
from lempart.errors import InfeasibleError, SolverError
from lempart.optional import installed
from lempart.partition import Partition, Subgraph

Found = TypeVar("Found")

FEWEST_PLAYERS = 5
"""With fewer there are hardly enough partitions to be worth setting up a batch."""

TYPICAL = 16
"""How many partitions are looked at to tell which limits matter."""


class WholeGrid:
    """Costs partitions by one dispatch each: bit for bit the same whatever was costed before, and in which process.

    ``one_by_one`` dispatches none together.
    """

    def __init__(self, scenarios: Scenarios, solver: SolverSettings | None = None, *, one_by_one: bool = False) -> None:
        self._scenarios, self._solver, self._one_by_one = scenarios, solver, one_by_one

    @cached_property
    def _dispatcher(self) -> LazyDispatcher:
        """Return one that knows at which steps limits matter where nobody is taxed: most partitions need the same."""
        found = LazyDispatcher(self._solver)
        with suppress(InfeasibleError, SolverError):  # told of the partition that is asked for
            found.dispatch(whole_grid_problem(self._scenarios.prepared, ()))
        return found

    def dispatch(self, territories: tuple[Subgraph, ...]) -> Dispatch:
        """Return the dispatch of a partition with these coalitions, alone; ``InfeasibleError`` as for :meth:`cost`."""
        return self._dispatcher.forked().dispatch(whole_grid_problem(self._scenarios.prepared, territories))

    @cached_property
    def _together(self) -> DispatchTogether | None:
        """Return what dispatches many partitions together; None where that isn't done."""
        if self._flows is None:
            return None
        line, voltage = self._dispatcher.steps
        problem = replace(whole_grid_problem(self._scenarios.prepared, ()), line_steps=line, voltage_steps=voltage)
        return DispatchTogether(problem, self._flows, [self._exchanges(p) for p in self._typical], self._solver)

    @property
    def _typical(self) -> list[Partition]:
        """Return the same partitions in each process, that tell a batch which limits matter."""
        drawn = np.random.default_rng(0)
        return [self._scenarios.prepared.family.sample(drawn) for _ in range(TYPICAL)]

    def _exchanges(self, partition: Partition) -> Exchanges:
        prepared = self._scenarios.prepared
        return Exchanges.of(prepared.territories(partition), prepared.grid)

    @cached_property
    def _flows(self) -> FlowBook | None:
        """Return all flows to tax; None where partitions are few, flows have no end, or numba isn't installed."""
        prepared = self._scenarios.prepared
        if self._one_by_one or prepared.family.player_count < FEWEST_PLAYERS or not installed("numba"):
            return None
        return flows_to_tax(prepared)

    @property
    def together(self) -> int:
        """Return how many partitions are dispatched together for hardly more than one."""
        return 1 if self._flows is None else LANES

    def set_up(self) -> None:
        """Set up what dispatches partitions together, which is else done when they are first dispatched."""
        self._dispatched(self._typical[:1])

    def costs_if_any(self, partitions: Sequence[Partition]) -> list[PartitionCost | None]:
        """Return what :meth:`cost` returns of each partition, None where there is none."""
        return list(self.each_cost_if_any(partitions))

    def each_cost_if_any(self, partitions: Sequence[Partition]) -> Iterator[PartitionCost | None]:
        """Yield the same one by one: all are dispatched together before the first, then each is told its prices."""
        return self._each_if_any(partitions, self._priced)

    def outlines_if_any(self, partitions: Sequence[Partition]) -> list[PartitionOutline | None]:
        """Return what :meth:`outline` returns of each partition, None where there is none."""
        return list(self._each_if_any(partitions, self._outlined))

    def _each_if_any(
        self, partitions: Sequence[Partition], settled: Callable[[Partition, Dispatch], Found]
    ) -> Iterator[Found | None]:
        for partition, solved in zip(partitions, self._dispatched(partitions), strict=True):
            try:
                yield settled(partition, solved or self._alone(partition))
            except (InfeasibleError, SolverError):
                yield None

    def _dispatched(self, partitions: Sequence[Partition]) -> Sequence[Dispatch | None]:
        """Return dispatches of partitions found together; None where one is to be dispatched alone."""
        if self._together is None:
            return [None] * len(partitions)
        return self._together.dispatch([self._exchanges(partition) for partition in partitions])

    def cost(self, partition: Partition) -> PartitionCost:
        """Return the costs of a partition.

        Raises
        ------
        InfeasibleError
            When the forecast can't be met.
        """
        return self._priced(partition, self._one(partition))

    def outline(self, partition: Partition) -> PartitionOutline:
        """Return what a partition costs, found without prices; raises as :meth:`cost` does."""
        return self._outlined(partition, self._one(partition))

    def _one(self, partition: Partition) -> Dispatch:
        (solved,) = self._dispatched([partition])
        return solved or self._alone(partition)

    def _alone(self, partition: Partition) -> Dispatch:
        return self.dispatch(self._scenarios.prepared.territories(partition))

    def _priced(self, partition: Partition, solved: Dispatch) -> PartitionCost:
        """Return the costs of a partition with this dispatch."""
        settlement = self._settlement(partition, solved, priced=True)
        return partition_cost(partition, settlement, solved.burning, solved.gap, tie_open=solved.tie_open)

    def _outlined(self, partition: Partition, solved: Dispatch) -> PartitionOutline:
        """Return what a partition costs with this dispatch, before prices say who pays it."""
        settlement = self._settlement(partition, solved, priced=False)
        return partition_outline(partition, settlement, solved.burning, solved.gap, tie_open=solved.tie_open)

    def _settlement(self, partition: Partition, solved: Dispatch, *, priced: bool) -> Settlement:
        """Return what a partition costs with this dispatch and, where it is priced, who pays it."""
        scenarios, prepared = self._scenarios, self._scenarios.prepared
        territories = prepared.territories(partition)
        exchanges, hours = solved.problem.exchanges, prepared.case.horizon.step_hours
        assert exchanges is not None
        realized = prepared.flow_map.at(scenarios.realization + solved.flexible_mva)
        exchanged = exchanged_mva(exchanges, realized.flows_mva)
        members, pricing, losses = [territory.prosumers for territory in territories], None, None
        if prepared.losses is not None:
            weight, planned, rule = prepared.losses.weight, solved.ex_ante_flows_mva, prepared.case.market.loss_pricing
            pricing = LossPricing(rule, loss_prices(prepared.grid, weight, planned))
            edges = [territory.edges for territory in territories]
            losses = losses_paid(rule, prepared.grid, weight, planned, realized.flows_mva, edges, members, hours)
        if priced:
            taxed, typical = TaxOnPrices(exchanges, solved.problem.grid), float(scenarios.typical_power_mw)
            traded = traded_at_nodal_prices(solved, exchanged, taxed, typical, self._solver, pricing)
        else:
            traded = Traded.unpriced(exchanges, exchanged)
        own = own_costs(solved.flexibility_cost, members, traded, prepared.tariffs, hours)
        accounts = [scenarios.account(territory) for territory in territories]
        return scenarios.settle(accounts, own, realized, losses=losses)


def whole_grid_part(prepared: PreparedCase, territories: tuple[Subgraph, ...], solved: Dispatch) -> DispatchedPart:
    """Return the whole grid as the one part that a partition is dispatched on."""
    nodes, prosumers = np.arange(prepared.grid.node_count), np.arange(len(prepared.case.prosumers))
    return DispatchedPart(prepared, prepared.grid, nodes, prosumers, territories, solved)
