"""Lower bounds on what coalitions pay of a partition's cost by their own injections, and homes carried by others.

The terms are those of :mod:`lempart.cost.bounds.additive`. Of a single home that hangs alone between others, two things
are bounded here: its own term, and its own term together with what its carrier pays to carry it. Nobody else may bound
either of them: whoever adds up bounds asks for both at once, as a :class:`HomeBound`, so that what carrying adds is
always counted from the very number that stands for the home alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.bounds.hindsight import HindsightCosts
from lempart.cost.bounds.limits_in_reach import largest_ties
from lempart.cost.bounds.transit import least_carried
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.routes.by_cluster import ByCluster
from lempart.errors import InfeasibleError
from lempart.typing import ComplexArray, FloatArray

SLACK, SLACK_OF_TURNOVER = 1e-7, 1e-8
"""What a bound gives way for solvers' tolerances, as a share of its size and of the money that changes hands in it."""


@dataclass(frozen=True, slots=True)
class HomeBound:
    """What a single home adds to a partition's cost at least, in currency over the horizon.

    Attributes
    ----------
    alone
        A bound on its own term ``O``, wherever it hangs.
    carried
        A bound on ``O + K``, with ``K`` what a coalition pays that carries it and nobody else at one of its boundary
        nodes. Not below ``alone``, since ``K >= 0``.
    """

    alone: float
    carried: float

    @property
    def carrying(self) -> float:
        """Return what may be added to ``alone``, and to nothing else, once the home is carried."""
        return self.carried - self.alone


@dataclass(eq=False)
class OwnBounds:
    """Bounds on own terms (``H(s)`` and ``O``) and on carrying terms (``K(s)``), each from a dispatch or two."""

    prepared: PreparedCase
    by_cluster: ByCluster
    solver: SolverSettings | None = None
    _homes: dict[int, HomeBound] = field(default_factory=dict, init=False, repr=False)

    def home(self, prosumer: int) -> HomeBound:
        """Return the bounds on a home that is a coalition of its own, alone and carried, for everyone's ``s``."""
        if prosumer not in self._homes:
            self._homes[prosumer] = self._home(prosumer)
        return self._homes[prosumer]

    def carrying_nobody(self, prosumers: Sequence[int]) -> float:
        """Return the best bound on ``O`` of a coalition with one boundary node; takes a dispatch or two."""
        if len(prosumers) == 1:
            return self.home(prosumers[0]).alone
        exact = self._exact(prosumers)
        if exact is not None:
            return self._below(exact, prosumers)
        solved = self.hindsight.together(prosumers)
        return max(self._below(self.hindsight.cost(solved), prosumers), self._planned(prosumers))

    def carrying(self, prosumers: Sequence[int], through: Sequence[Sequence[int]]) -> float:
        """Return ``A'(F) + T_s(F)`` of a coalition, with its own ``s``: a bound on ``H(s)`` and all its ``K(s)``."""
        solved = self.hindsight.together(prosumers)
        direction = self._direction_at(solved.nodal_prices[1])
        transit = sum(self.transit(who, direction) for who in through)
        return self._below(self.hindsight.cost(solved), prosumers) + transit

    def transit(self, prosumers: Sequence[int], direction: ComplexArray | None = None) -> float:
        """Return ``T_s`` of one boundary node, at the worst that the devices of those who hang there can do.

        ``direction`` is ``s``, complex, shape ``(steps,)``; everyone's where none is given.
        """
        at = list(prosumers)
        realization = self.prepared.case.scenario.realization[at].sum(axis=0)
        low, high = (realization + end[at].sum(axis=0) for end in self.by_cluster.reach.flexible_mva)
        room = SLACK * (high - low)  # the ends are a solver's; where there are no devices there is none
        least = least_carried(low - room, high + room, self.direction if direction is None else direction)
        return float((self.prepared.tariffs.tax * least).sum()) * self.prepared.case.horizon.step_hours

    def at_everyones_price(self, prosumers: Sequence[int]) -> list[float]:
        """Return ``v_m(s)`` of each prosumer for everyone's ``s``: bounds on ``H(s)`` that add up."""
        found = self.hindsight.apart(prosumers, self._price).tolist()
        return [self._below(value, [m]) for m, value in zip(prosumers, found, strict=True)]

    @property
    def limits_never_bind(self) -> bool:
        """Return whether no dispatch that flexibility allows, of any partition, reaches a limit of the grid."""
        return self.by_cluster.reach.never_limited

    def _home(self, prosumer: int) -> HomeBound:
        own, transit = [prosumer], self.transit([prosumer])
        exact = self._exact(own)
        if exact is not None:  # with single boundaries nobody is ever carried
            return HomeBound(self._below(exact, own), self._below(exact, own) + transit)
        alone = max(self._below(self.hindsight.cost(self.hindsight.together(own)), own), self._planned(own))
        if not self.prepared.case.prosumers[prosumer].flexibility:
            return HomeBound(alone, alone + transit)  # nothing to decide: either is what it is
        together = self.hindsight.together(own, price=self._price, taxed=2.0)
        carried = max(self._below(self.hindsight.cost(together), own), self._planned_and_carried(prosumer))
        return HomeBound(alone, max(alone + transit, carried))

    def _exact(self, prosumers: Sequence[int]) -> float | None:
        """Return exactly what a coalition adds, where nothing but its own dispatch matters; else None.

        That is where no limit can bind and nobody is ever carried: who carries others has them dispatched otherwise.
        """
        if not self.limits_never_bind or not self.prepared.family.single_boundary:
            return None
        return self.by_cluster.own_cost(prosumers)

    def _planned(self, prosumers: Sequence[int]) -> float:
        """Return ``A(F) - kappa |D| - <lambda_0, D>`` where there is one boundary node; else minus infinity."""
        if not self._own_lines_matter:
            return -np.inf
        planned = self.by_cluster.planned_cost(prosumers)
        if planned is None:
            return -np.inf
        missed = self._missed(prosumers, self.prepared.tariffs.price, 1.0)
        return self._below(planned, prosumers) - self._ties(prosumers) - missed

    def _ties(self, prosumers: Sequence[int]) -> float:
        """Return how much more than the cheapest dispatch ``u*`` one with the tie-break costs: no more than its own."""
        return float(largest_ties(self.prepared, self.by_cluster.reach.flexible_mva)[list(prosumers)].sum())

    def _planned_and_carried(self, prosumer: int) -> float:
        """Return the same of a home's own term and what it costs to carry it, dispatched for both together."""
        if not self._own_lines_matter:
            return -np.inf
        edge = int(self.prepared.grid.tree.leaf[prosumer])
        rating = float(self.prepared.dispatch_grid.rating_mva[edge])
        if not np.isfinite(rating):
            return -np.inf
        try:
            solved = self.hindsight.foreseen(prosumer, price=self._price, taxed=2.0, rating_mva=rating)
        except InfeasibleError:  # so is every partition; its own dispatch says it better
            return -np.inf
        return self._below(self.hindsight.cost(solved), [prosumer]) - self._missed([prosumer], self._price, 2.0)

    @property
    def _own_lines_matter(self) -> bool:
        return self.prepared.case.dispatch.limits == "hard" and not self.limits_never_bind

    def _missed(self, prosumers: Sequence[int], price: ComplexArray, taxed: float) -> float:
        """Return what errors ``D`` can make of tax and energy at the most, in currency."""
        at, scenario = list(prosumers), self.prepared.case.scenario
        error = (scenario.realization[at] - scenario.forecast[at]).sum(axis=0)
        missed = taxed * self.prepared.tariffs.tax * np.abs(error) + (price.conj() * error).real
        return float(missed.sum()) * self.prepared.case.horizon.step_hours

    def _below(self, bound: float, prosumers: Sequence[int]) -> float:
        """Return a bound with room for solvers' tolerances, which are relative to what is added up in it."""
        turnover = float(self._turnover[list(prosumers)].sum())
        return bound - max(SLACK * abs(bound), SLACK_OF_TURNOVER * turnover)

    @cached_property
    def _turnover(self) -> FloatArray:
        """Return what every prosumer's power is worth at the most, in currency, shape ``(prosumers,)``."""
        prepared, scenario = self.prepared, self.prepared.case.scenario
        rate = np.abs(prepared.tariffs.price) + 2.0 * prepared.tariffs.tax
        power = np.maximum(*(np.abs(scenario.realization + end) for end in self.by_cluster.reach.flexible_mva))
        turnover: FloatArray = (power @ rate) * prepared.case.horizon.step_hours
        return turnover

    @cached_property
    def hindsight(self) -> HindsightCosts:
        """Return what solves programs at the realisation."""
        return HindsightCosts(self.prepared, self.solver)

    @cached_property
    def direction(self) -> ComplexArray:
        """Return everyone's ``s``, that of their common optimum, shape ``(steps,)``."""
        everyone = self.prepared.family.prosumers(self.prepared.family.everyone)
        return self._direction_at(self.hindsight.together(everyone).nodal_prices[1])

    @property
    def _price(self) -> ComplexArray:
        """Return ``lambda_0 - kappa s``: what another injection is worth to all players together in hindsight."""
        return self.prepared.tariffs.price - self.prepared.tariffs.tax * self.direction

    def _direction_at(self, price: ComplexArray) -> ComplexArray:
        """Return the ``s`` behind a price ``lambda_0 - kappa s``, no longer than 1 but for the solver's tolerance."""
        tariffs = self.prepared.tariffs
        away = tariffs.price - price
        direction: ComplexArray = np.divide(away, tariffs.tax, out=np.zeros_like(away), where=tariffs.tax > 0.0)
        return direction / np.maximum(np.abs(direction), 1.0)
