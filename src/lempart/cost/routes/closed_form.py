"""Bills that follow from one dispatch where no limit of the grid is reached.

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

from dataclasses import dataclass, field

import numpy as np

from lempart.cost.equations.nodal_prices import KINK
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.routes.cluster_records import ClusterDispatch
from lempart.cost.routes.clusters import Span
from lempart.cost.scenarios import Scenarios
from lempart.dispatch.exante import unit
from lempart.partition import members
from lempart.typing import ComplexArray, FloatArray

UNSURE = 100.0 * KINK
"""An ex-ante exchange below this share of the typical power may be at the kink of the tax."""


@dataclass(frozen=True, eq=False, slots=True)
class CoalitionAround:
    """A coalition: mask and list of its prosumers, where it exchanges power, ``|sum of U - U_hat|`` per step."""

    own: int
    members: list[int]
    span: Span
    imbalance_mva: FloatArray


@dataclass(frozen=True, eq=False)
class ClosedForm:
    """What follows from one dispatch for whoever is in it."""

    scenarios: Scenarios
    plan: ClusterDispatch
    _extra: dict[int, float | None] = field(default_factory=dict)
    _homes: dict[tuple[int, ...], FloatArray] = field(default_factory=dict)

    def paid(self, one: CoalitionAround, crossed: tuple[int, ...]) -> float | None:
        """Return what a coalition pays but for balancing.

        ``crossed`` says whose sums an injection of its own is part of.
        """
        extra = [self._of_exchange(who) for _, who in one.span.exchanges]
        if None in extra or any(self._of_exchange(who) is None for who in crossed):
            return None
        if crossed not in self._homes:
            self._homes[crossed] = self._of_homes(crossed)
        return float(self._homes[crossed][one.members].sum()) + sum(cost for cost in extra if cost is not None)

    @property
    def prepared(self) -> PreparedCase:
        """Return the case."""
        return self.scenarios.prepared

    def _of_exchange(self, who: int) -> float | None:
        """Return ``kappa (|S| - <d, S>)`` over the horizon; None where the direction isn't sure at some step."""
        if who not in self._extra:
            planned, actual = map(self.prepared.tariffs.taxable, self._sums(who))
            sure = np.abs(planned) > UNSURE * self.scenarios.typical_power_mw
            tariffs, hours = self.prepared.tariffs, self.prepared.case.horizon.step_hours
            along = (planned.conj() * actual).real / np.abs(np.where(sure, planned, 1.0))
            cost = float((tariffs.tax * (np.abs(actual) - along)).sum()) * hours
            self._extra[who] = cost if np.all(sure | (tariffs.tax == 0.0)) else None
        return self._extra[who]

    def _of_homes(self, crossed: tuple[int, ...]) -> FloatArray:
        """Return ``c_m - <lambda_F, U_m + u_m>`` over the horizon of everyone in the dispatch, by prosumer's number."""
        tariffs, scenario = self.prepared.tariffs, self.scenarios
        price = tariffs.price.astype(complex)
        for who in crossed:
            planned, _ = self._sums(who)
            price -= tariffs.tax * unit(tariffs.taxable(planned))
        sold = scenario.realization[self.plan.prosumers] + self.plan.flexible_mva
        energy = (price.conj() * sold).real.sum(axis=1) * self.prepared.case.horizon.step_hours
        homes = np.zeros(len(scenario.forecast))
        homes[self.plan.prosumers] = self.plan.flexibility_cost - energy
        return homes

    def _sums(self, who: int) -> tuple[ComplexArray, ComplexArray]:
        """Return the sum of some prosumers' injections per step, ex-ante and ex-post, complex MVA."""
        at = list(members(who))
        flexible = self.plan.flexible_mva[np.searchsorted(self.plan.prosumers, at)].sum(axis=0)
        scenario = self.scenarios
        return scenario.forecast[at].sum(axis=0) + flexible, scenario.realization[at].sum(axis=0) + flexible
