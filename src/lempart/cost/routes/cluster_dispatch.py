"""What the coalitions of a cluster pay when nothing but their own lines limits them; each cluster solved once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from cachetools import LRUCache

from lempart.conic import SolverSettings
from lempart.cost.equations.exchanges import exchanged_mva
from lempart.cost.equations.nodal_prices import TaxOnPrices, traded_at_nodal_prices
from lempart.cost.equations.settlement import Traded, own_costs
from lempart.cost.routes.cluster_grid import ClusterGrid
from lempart.cost.routes.cluster_records import ClusterCost, ClusterDispatch, OwnAmounts
from lempart.cost.routes.clusters import Cluster, ClusterFinder, Span
from lempart.cost.scenarios import Scenarios
from lempart.dispatch import Dispatch, DispatchProblem
from lempart.errors import GaveUpError, InfeasibleError, SolverError
from lempart.partition import Subgraph, mask_of
from lempart.typing import ComplexArray

MAX_COSTS_KEPT = 100_000
"""Dispatches and costs that are kept; after so many those that weren't asked for longest are forgotten."""

CACHED_GRIDS = 1_000
"""The same for parts of the grid, each with a half-built program."""


class ClusterDispatcher:
    """Dispatches clusters on their own parts of the grid, and keeps the results by who is in them."""

    def __init__(self, scenarios: Scenarios, finder: ClusterFinder, solver: SolverSettings | None = None) -> None:
        self._scenarios, self._setting = scenarios, scenarios.prepared
        self._finder = finder
        self._solver = solver
        self._parts: LRUCache[int, ClusterGrid] = LRUCache(CACHED_GRIDS)
        self._plans: LRUCache[tuple[int, tuple[int, ...]], ClusterDispatch | None] = LRUCache(MAX_COSTS_KEPT)
        self._solved: LRUCache[tuple[int, ...], ClusterCost | None] = LRUCache(MAX_COSTS_KEPT)

    def cost(
        self, cluster: Cluster, territories: Sequence[Subgraph], own: Sequence[int], spans: Sequence[Span]
    ) -> ClusterCost | None:
        """Return the costs of a cluster of the given coalitions, or None where it can't be dispatched.

        Parameters
        ----------
        territories, own, spans
            Of all coalitions of the partition: the subgraph, the mask of the prosumers, and where they exchange power.

        Raises
        ------
        GaveUpError
            When it takes too many dispatches to keep batteries from burning energy.
        """
        key = tuple(sorted(own[place] for place in cluster.places))
        if key not in self._solved:
            inside = {own[place]: territories[place] for place in cluster.places}
            try:
                self._solved[key] = self._solve(cluster, inside, spans)
            except GaveUpError:  # all the more work for the whole grid
                raise
            except (InfeasibleError, SolverError):  # which the whole grid may be spared, and says more precisely
                self._solved[key] = None
        return self._solved[key]

    def plan(self, cluster: Cluster, spans: Sequence[Span]) -> ClusterDispatch | None:
        """Return how a cluster is dispatched, or None where limits of the grid may shape that.

        Exchanges that the forecast gives bear on nobody's dispatch: clusters that differ in those alone have one plan.
        ``spans`` as in :meth:`cost`.

        Raises
        ------
        InfeasibleError, SolverError
            Where it can't be dispatched.
        """
        at = {who: node for place in cluster.places for node, who in spans[place].exchanges}
        every = sorted(who for place in cluster.places for _, who in spans[place].exchanges if who & self._flexible)
        key = cluster.prosumers, tuple(every)
        if key not in self._plans:
            self._plans[key] = self._planned(self._part(cluster), [(at[who], who) for who in every])
        return self._plans[key]

    def _planned(self, part: ClusterGrid, exchanged: Sequence[tuple[int, int]]) -> ClusterDispatch | None:
        if part.dispatcher.limited:
            return None
        problem = part.problem(part.sums(exchanged))
        if not exchanged and part.reaches_no_limit(problem.forecast):  # nobody has flexibility
            return ClusterDispatch(part.prosumers, np.zeros_like(problem.forecast), np.zeros(len(part.prosumers)))
        solved = part.dispatcher.dispatch(problem)
        if solved.problem.line_steps != ():
            return None
        return ClusterDispatch.of(part.prosumers, solved)

    def _solve(self, cluster: Cluster, territories: Mapping[int, Subgraph], spans: Sequence[Span]) -> ClusterCost:
        plan, part = self.plan(cluster, spans), self._part(cluster)
        exchanges = part.exchanges(list(territories.values()))
        problem, solved = part.problem(exchanges), None
        if plan is None:
            solved = part.dispatcher.dispatch(problem)
            plan = ClusterDispatch.of(part.prosumers, solved)
        realization = self._scenarios.realization[part.prosumers]
        exchanged = exchanged_mva(exchanges, part.flow_map.flows(realization + plan.flexible_mva))
        traded = self._traded(part, problem, plan, solved, exchanged)
        owner = {int(prosumer): index for index, prosumer in enumerate(part.prosumers)}
        members = [[owner[m] for m in territory.prosumers] for territory in territories.values()]
        own = own_costs(plan.flexibility_cost, members, traded, problem.tariffs, problem.step_hours)
        rows = dict(zip(territories, OwnAmounts.rows(own), strict=True))
        return ClusterCost(
            part.prosumers, part.nodes[1:], plan.flexible_mva, rows, plan.burning, plan.gap, plan.tie_open
        )

    def _traded(
        self,
        part: ClusterGrid,
        problem: DispatchProblem,
        plan: ClusterDispatch,
        solved: Dispatch | None,
        exchanged: ComplexArray,
    ) -> Traded:
        """Return what exchanges cost; in closed form where no limit shaped the dispatch and nothing is at a kink."""
        assert problem.exchanges is not None
        taxed = TaxOnPrices(problem.exchanges, part.grid)
        typical = float(self._scenarios.typical_power_mw)
        if solved is None:
            flows = part.flow_map.flows(problem.forecast + plan.flexible_mva)
            planned = exchanged_mva(problem.exchanges, flows)
            if not taxed.at_kink(planned, problem.tariffs, typical).any():
                prices = taxed.without_limits(planned, problem.tariffs)
                return Traded.at(prices, problem.exchanges, exchanged, problem.step_hours)
            solved = part.dispatcher.dispatch(problem)
        return traded_at_nodal_prices(solved, exchanged, taxed, typical, self._solver)

    def _part(self, cluster: Cluster) -> ClusterGrid:
        found = self._parts.get(cluster.prosumers)
        if found is None:
            found = ClusterGrid.of(self._setting, self._finder, cluster, self._solver)
            self._parts[cluster.prosumers] = found
        return found

    @cached_property
    def _flexible(self) -> int:
        """Return the mask of the prosumers who have flexibility."""
        return mask_of(m for m, prosumer in enumerate(self._setting.case.prosumers) if prosumer.flexibility)
