"""What a coalition pays where no limit of the grid is reached, without costing the rest of the partition.

Only taxes then make a price differ from ``lambda_0``. Write ``g_W`` for the ex-ante direction ``S / |S|`` of the sum
``S`` of the injections of prosumers ``W``. An injection inside a coalition ``F`` is part of every exchange on its way
up: that of ``F`` at its top and, where a coalition carries ``F``, two of that one. So the price inside ``F`` is the
same everywhere, ``lambda_F = lambda_0 - kappa sum of g_W``. At a boundary node further down, where ``F`` takes in the
power of ``W``, it is less by ``kappa g_W``, and at its top more by ``kappa g``. Put into Eq 8, with ``u`` the dispatch,
exchanges at realised flows and ``d_nb`` their directions ex-ante::

    phi(F; P) = sum over m in F of ( c_m(u_m) - <lambda_F, U_m + u_m> )
                + kappa sum over exchanges of F of ( |S_nb| - <d_nb, S_nb> ) + its share of balancing

An exchange costs extra only as far as it turned out another way than planned. What a home pays depends on the dispatch
and ``lambda_F`` alone, what an exchange adds on the dispatch and on whose power it is: both are kept, so that most
coalitions cost no more than a few additions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from lempart.cost.cluster_dispatch import Plan
from lempart.cost.clusters import Cluster, Span
from lempart.cost.joined import JoinedCosts
from lempart.cost.prices import KINK
from lempart.cost.setting import Setting
from lempart.dispatch.exante import unit
from lempart.errors import InfeasibleError, SolverError
from lempart.partition import Partition, mask_of, members
from lempart.typing import ComplexArray, FloatArray

KEPT = 20_000
"""Coalitions and dispatches of which it is kept what follows from them."""

MANY = 500
"""Coalitions after which it pays to find out whether limits can be reached at all: that takes dozens of programs."""

UNSURE = 100.0 * KINK
"""An ex-ante exchange below this share of the largest forecast may be at the kink of the tax."""


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

    def _balancing(self, around: Sequence[_Around], place: int) -> float:
        """Return a coalition's share of balancing (Eq 8e)."""
        total: FloatArray = np.sum([one.imbalance_mva for one in around], axis=0)
        charged = total > 1e-12 * self.joined.power_scale_mw
        share = np.divide(around[place].imbalance_mva, total, out=np.zeros_like(total), where=charged)
        return float(share @ self.joined.balancing_per_step)

    @cached_property
    def _regular(self) -> list[_Around]:
        setting = self.joined.setting
        return [self._new(mask_of(t.prosumers), t.edge_mask) for t in setting.regular_territories]

    @cached_property
    def _around(self) -> Callable[[int], _Around]:
        family = self.joined.setting.family
        return lru_cache(KEPT)(lambda mask: self._new(mask_of(family.prosumers(mask)), family.edge_mask(mask)))

    @cached_property
    def _priced(self) -> Callable[[Plan], _Priced]:
        return lru_cache(KEPT)(lambda plan: _Priced(self.joined.setting, plan))

    def _new(self, own: int, edge_mask: int) -> _Around:
        at = list(members(own))
        scenario = self.joined.setting.case.scenario
        imbalance = np.abs((scenario.realization[at] - scenario.forecast[at]).sum(axis=0))
        return _Around(own, at, self.joined.finder.span(edge_mask), imbalance)


@dataclass(frozen=True, eq=False, slots=True)
class _Around:
    """A coalition: mask and list of its prosumers, where it exchanges power, ``|sum of U - U_hat|`` per step."""

    own: int
    members: list[int]
    span: Span
    imbalance_mva: FloatArray


@dataclass(frozen=True, eq=False)
class _Priced:
    """What follows from one dispatch for whoever is in it."""

    setting: Setting
    plan: Plan
    _extra: dict[int, float | None] = field(default_factory=dict)
    _homes: dict[tuple[int, ...], FloatArray] = field(default_factory=dict)

    def paid(self, one: _Around, crossed: tuple[int, ...]) -> float | None:
        """Return what a coalition pays but for balancing.

        ``crossed`` says whose sums an injection of its own is part of.
        """
        extra = [self._of_exchange(who) for _, who in one.span.exchanges]
        if None in extra or any(self._of_exchange(who) is None for who in crossed):
            return None
        if crossed not in self._homes:
            self._homes[crossed] = self._of_homes(crossed)
        return float(self._homes[crossed][one.members].sum()) + sum(cost for cost in extra if cost is not None)

    def _of_exchange(self, who: int) -> float | None:
        """Return ``kappa (|S| - <d, S>)`` over the horizon; None where the direction isn't sure at some step."""
        if who not in self._extra:
            planned, actual = self._sums(who)
            sure = np.abs(planned) > UNSURE * self._largest
            tariffs, hours = self.setting.tariffs, self.setting.case.horizon.step_hours
            along = (planned.conj() * actual).real / np.abs(np.where(sure, planned, 1.0))
            cost = float((tariffs.tax * (np.abs(actual) - along)).sum()) * hours
            self._extra[who] = cost if np.all(sure | (tariffs.tax == 0.0)) else None
        return self._extra[who]

    def _of_homes(self, crossed: tuple[int, ...]) -> FloatArray:
        """Return ``c_m - <lambda_F, U_m + u_m>`` over the horizon of everyone in the dispatch, by prosumer's number."""
        tariffs, scenario = self.setting.tariffs, self.setting.case.scenario
        price = tariffs.price.astype(complex)
        for who in crossed:
            planned, _ = self._sums(who)
            price -= tariffs.tax * unit(planned)
        sold = scenario.realization[self.plan.prosumers] + self.plan.flexible_mva
        energy = (price.conj() * sold).real.sum(axis=1) * self.setting.case.horizon.step_hours
        homes = np.zeros(len(scenario.forecast))
        homes[self.plan.prosumers] = self.plan.flexibility_cost - energy
        return homes

    def _sums(self, who: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the sum of some prosumers' injections per step, ex-ante and ex-post, complex MVA."""
        at = list(members(who))
        flexible = self.plan.flexible_mva[np.searchsorted(self.plan.prosumers, at)].sum(axis=0)
        scenario = self.setting.case.scenario
        return scenario.forecast[at].sum(axis=0) + flexible, scenario.realization[at].sum(axis=0) + flexible

    @property
    def _largest(self) -> float:
        return float(np.abs(self.setting.case.scenario.forecast).max(initial=0.0)) or 1.0


def _crossed(place: int, own: int, spans: Sequence[Span], cluster: Cluster) -> tuple[int, ...]:
    """Return whose sums an injection inside a coalition is part of: at its top, and through all who carry it."""
    crossed = [spans[place].carried]
    for other in cluster.places:
        entered = next((who for _, who in spans[other].through if who & own), None)
        if other != place and entered is not None:
            crossed += [entered, spans[other].carried]
    return tuple(sorted(crossed))
