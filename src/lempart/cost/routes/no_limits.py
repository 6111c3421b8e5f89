"""What a coalition pays where no limit of the grid is reached, without costing the rest of the partition.

Its own cluster's dispatch and the prices that follow (:mod:`lempart.cost.routes.closed_form`) say all but its share of
balancing, which everyone's forecast errors give.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from lempart.cost.equations.balancing import imbalance_mva, shared_by_imbalance
from lempart.cost.routes.by_cluster import ByCluster
from lempart.cost.routes.closed_form import ClosedForm, CoalitionAround
from lempart.cost.routes.cluster_records import ClusterDispatch
from lempart.cost.routes.clusters import Cluster, Span
from lempart.errors import InfeasibleError, SolverError
from lempart.grid.limits import line_excess, voltage_excess
from lempart.partition import Partition, mask_of, members

MAX_CLOSED_FORMS_KEPT = 20_000
"""Coalitions and dispatches of which it is kept what follows from them."""


@dataclass(eq=False)
class NoLimits:
    """``phi`` of single coalitions of partitions that reach no limit, neither ex-ante nor ex-post."""

    by_cluster: ByCluster

    @cached_property
    def always(self) -> bool:
        """Return whether no device can make any partition reach a limit, ex-ante or ex-post."""
        return self.by_cluster.reach.never_limited and self.by_cluster.reach.never_violated

    def cost(self, coalition: int, partition: Partition) -> float | None:
        """Return ``phi(F; P)``, in currency over the horizon; None where it has to be looked into more closely.

        That is where a limit is reached, or exceeded, and where an exchange that the price depends on may be zero at
        some step: then the price isn't unique.
        """
        around = [self._around(mask) for mask in partition] + self._regular
        place = partition.coalitions.index(coalition)
        spans = [one.span for one in around]
        clusters = self.by_cluster.finder.clusters(spans, [one.own for one in around])
        cluster = next(c for c in clusters if place in c.places)
        plans = self._plans([cluster] if self.always else clusters, spans)
        if plans is None or not (self.always or self._reaches_no_limit(plans)):
            return None
        plan = next(plan for plan in plans if around[place].members[0] in plan.prosumers)
        crossed = _crossed(place, around[place].own, spans, cluster)
        paid = self._priced(plan).paid(around[place], crossed)
        if paid is None:
            return None
        return paid + self._balancing(around, place)

    def settles(self, partition: Partition) -> bool:
        """Return whether :meth:`cost` finds what its coalitions pay, but for prices that aren't unique."""
        if self.always:
            return True
        around = [self._around(mask) for mask in partition] + self._regular
        spans = [one.span for one in around]
        plans = self._plans(self.by_cluster.finder.clusters(spans, [one.own for one in around]), spans)
        return plans is not None and self._reaches_no_limit(plans)

    def _plans(self, clusters: Sequence[Cluster], spans: Sequence[Span]) -> list[ClusterDispatch] | None:
        """Return how clusters are dispatched; None where limits of the grid may shape that of one."""
        found = []
        for cluster in clusters:
            try:
                plan = self.by_cluster.dispatcher.plan(cluster, spans)
            except (InfeasibleError, SolverError):
                return None
            if plan is None:
                return None
            found.append(plan)
        return found

    def _reaches_no_limit(self, plans: Sequence[ClusterDispatch]) -> bool:
        """Return whether everyone's dispatch reaches no limit, and what really happens exceeds none."""
        realized = self.by_cluster.realized((plan.prosumers, plan.flexible_mva) for plan in plans)
        if realized is None:
            return False
        grid, flow_map = self.by_cluster.prepared.grid, self.by_cluster.prepared.flow_map
        line = line_excess(grid, realized.flows_mva, flow_map.rated)
        return not (line.any() or voltage_excess(grid, realized.deviations, flow_map.banded).any())

    def _balancing(self, around: Sequence[CoalitionAround], place: int) -> float:
        """Return a coalition's share of balancing (Eq 8e)."""
        scenarios = self.by_cluster.scenarios
        imbalances = np.array([one.imbalance_mva for one in around])
        shared = shared_by_imbalance(scenarios.balancing, imbalances, scenarios.largest_forecast_mva)
        return float(shared.paid[place])

    @cached_property
    def _regular(self) -> list[CoalitionAround]:
        prepared = self.by_cluster.prepared
        return [self._new(mask_of(t.prosumers), t.edge_mask) for t in prepared.regular_territories]

    @cached_property
    def _around(self) -> Callable[[int], CoalitionAround]:
        family = self.by_cluster.prepared.family
        return lru_cache(MAX_CLOSED_FORMS_KEPT)(
            lambda mask: self._new(mask_of(family.prosumers(mask)), family.edge_mask(mask))
        )

    @cached_property
    def _priced(self) -> Callable[[ClusterDispatch], ClosedForm]:
        return lru_cache(MAX_CLOSED_FORMS_KEPT)(lambda plan: ClosedForm(self.by_cluster.scenarios, plan))

    def _new(self, own: int, edge_mask: int) -> CoalitionAround:
        at = list(members(own))
        imbalance = imbalance_mva(self.by_cluster.scenarios.mismatch_mva, at)
        return CoalitionAround(own, at, self.by_cluster.finder.span(edge_mask), imbalance)


def _crossed(place: int, own: int, spans: Sequence[Span], cluster: Cluster) -> tuple[int, ...]:
    """Return whose sums an injection inside a coalition is part of: at its top, and through all who carry it."""
    crossed = [spans[place].carried]
    for other in cluster.places:
        entered = next((who for _, who in spans[other].through if who & own), None)
        if other != place and entered is not None:
            crossed += [entered, spans[other].carried]
    return tuple(sorted(crossed))
