"""What the coalitions of a cluster pay when nothing but their own lines limits them; each cluster solved once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from cachetools import LRUCache

from lempart.conic import SolverSettings
from lempart.cost.cluster_cost import ClusterCost, Plan, Share
from lempart.cost.cluster_part import ClusterPart
from lempart.cost.clusters import Cluster, ClusterFinder, Span
from lempart.cost.prices import boundary_prices, unlimited_energy_cost
from lempart.cost.setting import Setting
from lempart.dispatch import Dispatch, DispatchProblem
from lempart.errors import InfeasibleError, SolverError
from lempart.partition import Subgraph, mask_of
from lempart.typing import BoolArray, ComplexArray, FloatArray

KEPT = 100_000
"""Dispatches and costs that are kept; after so many those that weren't asked for longest are forgotten."""

KEPT_PARTS = 1_000
"""The same for parts of the grid, each with a half-built program."""


class ClusterDispatcher:
    """Dispatches clusters on their own parts of the grid, and keeps the results by who is in them."""

    def __init__(self, setting: Setting, finder: ClusterFinder, settings: SolverSettings | None = None) -> None:
        self._setting = setting
        self._finder = finder
        self._settings = settings
        self._parts: LRUCache[int, ClusterPart] = LRUCache(KEPT_PARTS)
        self._plans: LRUCache[tuple[int, tuple[int, ...]], Plan | None] = LRUCache(KEPT)
        self._solved: LRUCache[tuple[int, ...], ClusterCost | None] = LRUCache(KEPT)

    def cost(
        self, cluster: Cluster, territories: Sequence[Subgraph], own: Sequence[int], spans: Sequence[Span]
    ) -> ClusterCost | None:
        """Return the costs of a cluster of the given coalitions, or None where it can't be dispatched.

        Parameters
        ----------
        territories, own, spans
            Of all coalitions of the partition: the subgraph, the mask of the prosumers, and where they exchange power.
        """
        key = tuple(sorted(own[place] for place in cluster.places))
        if key not in self._solved:
            inside = {own[place]: territories[place] for place in cluster.places}
            try:
                self._solved[key] = self._solve(cluster, inside, spans)
            except (InfeasibleError, SolverError):
                self._solved[key] = None
        return self._solved[key]

    def plan(self, cluster: Cluster, spans: Sequence[Span]) -> Plan | None:
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

    def _planned(self, part: ClusterPart, exchanged: Sequence[tuple[int, int]]) -> Plan | None:
        if part.dispatcher.limited:
            return None
        problem = part.problem(part.sums(exchanged))
        if not exchanged and part.sweep.within(problem.forecast):  # nobody has flexibility
            return Plan(part.prosumers, np.zeros_like(problem.forecast), np.zeros(len(part.prosumers)))
        solved = part.dispatcher.dispatch(problem)
        if solved.problem.line_steps != ():
            return None
        return Plan.of(part.prosumers, solved)

    def _solve(self, cluster: Cluster, territories: Mapping[int, Subgraph], spans: Sequence[Span]) -> ClusterCost:
        plan, part = self.plan(cluster, spans), self._part(cluster)
        exchanges = part.exchanges(list(territories.values()))
        problem, solved = part.problem(exchanges), None
        if plan is None:
            solved = part.dispatcher.dispatch(problem)
            plan = Plan.of(part.prosumers, solved)
        flows = part.realized_flows(plan.flexible_mva)
        exchanged: ComplexArray = np.asarray(exchanges.matrix @ flows)
        tax = problem.tariffs.tax * problem.step_hours
        taxed = (np.abs(exchanged) * tax).sum(axis=1)
        energy, dependent, known_to = self._energy(part, problem, plan, solved, exchanged)
        line = part.line_cost(flows)
        owner = {int(prosumer): index for index, prosumer in enumerate(part.prosumers)}
        shares = {}
        for index, (mask, territory) in enumerate(territories.items()):
            at = exchanges.coalition == index
            net = float((np.abs(exchanged[at].sum(axis=0)) * tax).sum())
            shares[mask] = Share(
                flexibility=float(plan.flexibility_cost[[owner[m] for m in territory.prosumers]].sum()),
                energy=float(energy[at].sum()),
                tax=float(taxed[at].sum()),
                line=float(line[[part.position[edge] for edge in territory.edges]].sum()),
                transit_tax=float(taxed[at].sum()) - net,
                price_dependent=bool(dependent[at].any()),
                known_to=float(known_to[at].sum()),
            )
        return ClusterCost(part.prosumers, plan.flexible_mva, shares, plan.burning, plan.gap)

    def _energy(
        self, part: ClusterPart, problem: DispatchProblem, plan: Plan, solved: Dispatch | None, exchanged: ComplexArray
    ) -> tuple[FloatArray, BoolArray, FloatArray]:
        """Return what each exchange costs at the price of its node, whether that depends on the choice, how far off."""
        cost = None
        if solved is None:
            cost = unlimited_energy_cost(problem, part.sweep.flows(problem.forecast + plan.flexible_mva), exchanged)
        if cost is not None:
            none = np.zeros(len(exchanged))
            return cost.sum(axis=1) * problem.step_hours, none.astype(bool), none
        prices = boundary_prices(solved or part.dispatcher.dispatch(problem), exchanged, self._settings)
        hours = problem.step_hours
        return prices.energy_cost.sum(axis=1) * hours, prices.dependent, prices.known_to * hours

    def _part(self, cluster: Cluster) -> ClusterPart:
        found = self._parts.get(cluster.prosumers)
        if found is None:
            found = ClusterPart.of(self._setting, self._finder, cluster, self._settings)
            self._parts[cluster.prosumers] = found
        return found

    @cached_property
    def _flexible(self) -> int:
        """Return the mask of the prosumers who have flexibility."""
        return mask_of(m for m, prosumer in enumerate(self._setting.case.prosumers) if prosumer.flexibility)
