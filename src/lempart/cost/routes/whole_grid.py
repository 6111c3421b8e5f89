"""One dispatch of the whole grid for each partition (Eq 4): slow twin and last resort of the other routes."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.dispatched import DispatchedPart
from lempart.cost.equations.exchanges import exchanged_mva
from lempart.cost.equations.nodal_prices import TaxOnPrices, traded_at_nodal_prices
from lempart.cost.equations.settlement import own_costs
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import whole_grid_problem
from lempart.cost.records import PartitionCost
from lempart.cost.scenarios import Scenarios
from lempart.cost.settled import partition_cost
from lempart.dispatch import Dispatch, LazyDispatcher
from lempart.errors import InfeasibleError, SolverError
from lempart.partition import Partition, Subgraph


class WholeGrid:
    """Costs partitions by one dispatch each: bit for bit the same whatever was costed before, and in which process."""

    def __init__(self, scenarios: Scenarios, solver: SolverSettings | None = None) -> None:
        self._scenarios, self._solver = scenarios, solver

    @cached_property
    def _dispatcher(self) -> LazyDispatcher:
        """Return one that knows at which steps limits matter where nobody is taxed: most partitions need the same."""
        found = LazyDispatcher(self._solver)
        with suppress(InfeasibleError, SolverError):  # told of the partition that is asked for
            found.dispatch(whole_grid_problem(self._scenarios.prepared, ()))
        return found

    def dispatch(self, territories: tuple[Subgraph, ...]) -> Dispatch:
        """Return the dispatch of a partition with these coalitions; ``InfeasibleError`` as for :meth:`cost`."""
        return self._dispatcher.forked().dispatch(whole_grid_problem(self._scenarios.prepared, territories))

    def cost_if_any(self, partition: Partition, territories: tuple[Subgraph, ...]) -> PartitionCost | None:
        """Return the same as :meth:`cost`; None where there is none."""
        try:
            return self.cost(partition, territories)
        except (InfeasibleError, SolverError):
            return None

    def cost(self, partition: Partition, territories: tuple[Subgraph, ...]) -> PartitionCost:
        """Return the costs of a partition with these coalitions.

        Raises
        ------
        InfeasibleError
            When the forecast can't be met.
        """
        scenarios, prepared = self._scenarios, self._scenarios.prepared
        solved = self.dispatch(territories)
        exchanges, hours = solved.problem.exchanges, prepared.case.horizon.step_hours
        assert exchanges is not None
        realized = prepared.flow_map.at(scenarios.realization + solved.flexible_mva)
        exchanged = exchanged_mva(exchanges, realized.flows_mva)
        taxed = TaxOnPrices(exchanges, solved.problem.grid)
        typical = float(scenarios.typical_power_mw)
        traded = traded_at_nodal_prices(solved, exchanged, taxed, typical, self._solver)
        members = [territory.prosumers for territory in territories]
        own = own_costs(solved.flexibility_cost, members, traded, prepared.tariffs.tax, hours)
        accounts = [scenarios.account(territory) for territory in territories]
        settlement = scenarios.settle(accounts, own, realized)
        return partition_cost(partition, settlement, solved.burning, solved.gap, tie_open=solved.tie_open)


def whole_grid_part(prepared: PreparedCase, territories: tuple[Subgraph, ...], solved: Dispatch) -> DispatchedPart:
    """Return the whole grid as the one part that a partition is dispatched on."""
    nodes, prosumers = np.arange(prepared.grid.node_count), np.arange(len(prepared.case.prosumers))
    return DispatchedPart(prepared, prepared.grid, nodes, prosumers, territories, solved)
