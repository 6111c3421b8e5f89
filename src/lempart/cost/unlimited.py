"""What a coalition pays where no limit of the grid is reached, without costing the rest of the partition.

Its own cluster's dispatch and the prices that follow (:mod:`lempart.cost.unlimited_prices`) say all but its share of
balancing, which everyone's forecast errors give.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from lempart.cost.cluster_cost import Plan
from lempart.cost.clusters import Cluster, Span
from lempart.cost.equations.balancing import imbalance_mva, shared_by_imbalance
from lempart.cost.joined import JoinedCosts
from lempart.cost.unlimited_prices import CoalitionAround, PricedPlan
from lempart.errors import InfeasibleError, SolverError
from lempart.grid.limits import line_excess, voltage_excess
from lempart.partition import Partition, mask_of, members

KEPT = 20_000
"""Coalitions and dispatches of which it is kept what follows from them."""

MANY = 500
"""Coalitions after which it pays to find out whether limits can be reached at all: that takes dozens of programs."""


@dataclass(eq=False)
class UnlimitedCosts:
    """``phi`` of single coalitions of partitions that reach no limit, neither ex-ante nor ex-post.

    Attributes
    ----------
    costed
        How many there were so far.
    """

    joined: JoinedCosts
    costed: int = 0

    @cached_property
    def always(self) -> bool:
        """Return whether no device can make any partition reach a limit, ex-ante or ex-post."""
        return self.joined.reach.never_limited and self.joined.reach.never_violated

    def cost(self, coalition: int, partition: Partition) -> float | None:
        """Return ``phi(F; P)``, in currency over the horizon; None where it has to be looked into more closely.

        That is where a limit binds or is exceeded, and where an exchange that the price depends on may be zero at some
        step: then the price isn't unique.
        """
        around = [self._around(mask) for mask in partition] + self._regular
        place = partition.coalitions.index(coalition)
        spans = [one.span for one in around]
        clusters = self.joined.finder.clusters(spans, [one.own for one in around])
        cluster = next(c for c in clusters if place in c.places)
        sure = self.costed >= MANY and self.always
        plans = self._plans([cluster] if sure else clusters, spans)
        if plans is None or not (sure or self._reaches_no_limit(plans)):
            return None
        plan = next(plan for plan in plans if around[place].members[0] in plan.prosumers)
        crossed = _crossed(place, around[place].own, spans, cluster)
        paid = self._priced(plan).paid(around[place], crossed)
        if paid is None:
            return None
        self.costed += 1
        return paid + self._balancing(around, place)

    def _plans(self, clusters: Sequence[Cluster], spans: Sequence[Span]) -> list[Plan] | None:
        """Return how clusters are dispatched; None where limits of the grid may shape that of one."""
        found = []
        for cluster in clusters:
            try:
                plan = self.joined.dispatcher.plan(cluster, spans)
            except (InfeasibleError, SolverError):
                return None
            if plan is None:
                return None
            found.append(plan)
        return found

    def _reaches_no_limit(self, plans: Sequence[Plan]) -> bool:
        """Return whether everyone's dispatch keeps all limits, and so does what really happens."""
        realized = self.joined.realized((plan.prosumers, plan.flexible_mva) for plan in plans)
        if realized is None:
            return False
        grid, flow_map = self.joined.setting.grid, self.joined.setting.flow_map
        line = line_excess(grid, realized.flows_mva, flow_map.rated)
        return not (line.any() or voltage_excess(grid, realized.deviations, flow_map.banded).any())

    def _balancing(self, around: Sequence[CoalitionAround], place: int) -> float:
        """Return a coalition's share of balancing (Eq 8e)."""
        scenarios = self.joined.scenarios
        imbalances = np.array([one.imbalance_mva for one in around])
        shared = shared_by_imbalance(scenarios.balancing, imbalances, scenarios.largest_forecast_mva)
        return float(shared.paid[place])

    @cached_property
    def _regular(self) -> list[CoalitionAround]:
        setting = self.joined.setting
        return [self._new(mask_of(t.prosumers), t.edge_mask) for t in setting.regular_territories]

    @cached_property
    def _around(self) -> Callable[[int], CoalitionAround]:
        family = self.joined.setting.family
        return lru_cache(KEPT)(lambda mask: self._new(mask_of(family.prosumers(mask)), family.edge_mask(mask)))

    @cached_property
    def _priced(self) -> Callable[[Plan], PricedPlan]:
        return lru_cache(KEPT)(lambda plan: PricedPlan(self.joined.scenarios, plan))

    def _new(self, own: int, edge_mask: int) -> CoalitionAround:
        at = list(members(own))
        imbalance = imbalance_mva(self.joined.scenarios.mismatch_mva, at)
        return CoalitionAround(own, at, self.joined.finder.span(edge_mask), imbalance)


def _crossed(place: int, own: int, spans: Sequence[Span], cluster: Cluster) -> tuple[int, ...]:
    """Return whose sums an injection inside a coalition is part of: at its top, and through all who carry it."""
    crossed = [spans[place].carried]
    for other in cluster.places:
        entered = next((who for _, who in spans[other].through if who & own), None)
        if other != place and entered is not None:
            crossed += [entered, spans[other].carried]
    return tuple(sorted(crossed))
