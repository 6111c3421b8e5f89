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
from lempart.cost.joined import JoinedCosts
from lempart.cost.unlimited_prices import CoalitionAround, PricedPlan
from lempart.errors import InfeasibleError, SolverError
from lempart.partition import Partition, mask_of, members
from lempart.typing import FloatArray

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
        scenario = self.joined.setting.case.scenario
        flexible = np.zeros_like(scenario.forecast)
        for plan in plans:
            flexible[plan.prosumers] = plan.flexible_mva
        if not self.joined.expected.within(scenario.forecast + flexible):
            return False
        state = self.joined.realized.state(scenario.realization + flexible)
        return not (state.line_excess_mva.any() or state.voltage_excess.any())

    def _balancing(self, around: Sequence[CoalitionAround], place: int) -> float:
        """Return a coalition's share of balancing (Eq 8e)."""
        total: FloatArray = np.sum([one.imbalance_mva for one in around], axis=0)
        charged = total > 1e-12 * self.joined.setting.largest_forecast_mva
        share = np.divide(around[place].imbalance_mva, total, out=np.zeros_like(total), where=charged)
        return float(share @ self.joined.balancing_per_step)

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
        return lru_cache(KEPT)(lambda plan: PricedPlan(self.joined.setting, plan))

    def _new(self, own: int, edge_mask: int) -> CoalitionAround:
        at = list(members(own))
        return CoalitionAround(own, at, self.joined.finder.span(edge_mask), self.joined.imbalance_mva(at))


def _crossed(place: int, own: int, spans: Sequence[Span], cluster: Cluster) -> tuple[int, ...]:
    """Return whose sums an injection inside a coalition is part of: at its top, and through all who carry it."""
    crossed = [spans[place].carried]
    for other in cluster.places:
        entered = next((who for _, who in spans[other].through if who & own), None)
        if other != place and entered is not None:
            crossed += [entered, spans[other].carried]
    return tuple(sorted(crossed))
