"""Lower bounds on what coalitions pay of a partition's cost by their own injections, and homes carried by others.

The terms are those of :mod:`lempart.cost.bounds.additive`. Of a single home that hangs alone between others, two things
are bounded here: its own term, and its own term together with what its carrier pays to carry it. Nobody else may bound
either of them: whoever adds up bounds asks for both at once, as a :class:`HomeBound`, so that what carrying adds is
always counted from the very number that stands for the home alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.bounds.bound_programs import BoundPrograms
from lempart.cost.bounds.stage_optima import Directions, StageOptima
from lempart.cost.bounds.stage_prices import StagePrices
from lempart.cost.bounds.transit import least_carried
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.routes.by_cluster import ByCluster
from lempart.typing import ComplexArray, FloatArray

SLACK, SLACK_OF_TURNOVER = 1e-7, 1e-8
"""What a bound gives way for solvers' tolerances, as a share of its size and of the money that changes hands in it."""

Optimum: TypeAlias = tuple[float, Directions]
"""What :meth:`StageOptima.together` returns."""


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
    prices: StagePrices
    solver: SolverSettings | None = None
    programs: BoundPrograms = field(default_factory=BoundPrograms, repr=False)
    _homes: dict[int, HomeBound] = field(default_factory=dict, init=False, repr=False)
    _prepared: dict[tuple[int, ...], Optimum] = field(default_factory=dict, init=False, repr=False)

    def prepare(self, coalitions: Iterable[Sequence[int]]) -> None:
        """Solve programs of coalitions that will be asked for, where several processes share them."""
        if self.programs.at_once == 1 or self._has_own_costs:
            return
        wanted = [tuple(own) for own in coalitions if len(own) > 1 or own[0] not in self._homes]
        for own, optimum in self.programs.together(self.optima, wanted):
            self._prepared[tuple(own)] = optimum

    def _optimum(self, prosumers: Sequence[int]) -> Optimum:
        """Return the optimum of a coalition, and the directions of it; asked for once."""
        return self._prepared.pop(tuple(prosumers), None) or self.optima.together(prosumers)

    @property
    def _has_own_costs(self) -> bool:
        """Return whether nothing but a coalition's own dispatch matters: no limit can bind, and nobody is carried."""
        return self.limits_never_bind and self.prepared.family.single_boundary

    def home(self, prosumer: int) -> HomeBound:
        """Return the bounds on a home that is a coalition of its own, alone and carried, for everyone's ``s``."""
        if prosumer not in self._homes:
            self._homes[prosumer] = self._home(prosumer)
        return self._homes[prosumer]

    def carrying_nobody(self, prosumers: Sequence[int]) -> float:
        """Return the best bound on ``O`` of a coalition with one boundary node; takes a dispatch."""
        if len(prosumers) == 1:
            return self.home(prosumers[0]).alone
        return self._alone(prosumers)

    def carrying(self, prosumers: Sequence[int], through: Sequence[Sequence[int]]) -> float:
        """Return ``A'(F) + T_s(F)`` of a coalition, with its own ``s``: a bound on ``H(s)`` and all its ``K(s)``."""
        cost, direction = self._optimum(prosumers)
        return self._below(cost, prosumers) + sum(self.transit(who, direction) for who in through)

    def transit(self, prosumers: Sequence[int], direction: Directions | None = None) -> float:
        """Return ``T_s`` of one boundary node, at the worst that the devices of those who hang there can do.

        Parameters
        ----------
        prosumers
            Who hangs there.
        direction
            ``s``; everyone's where none is given.
        """
        s, scenario = self.direction if direction is None else direction, self.prepared.case.scenario
        carried = self._least(prosumers, scenario.realization, s.came)
        if self.prices.planned is not None:
            injected = np.abs(self._taxable(self.prices.planned.injected_mva[list(prosumers)].sum(axis=0)))
            carried = carried + self.prices.theta * (
                self._least(prosumers, scenario.forecast, s.planned) - 2.0 * injected
            )
        return float((self.prepared.tariffs.tax * carried).sum()) * self.prepared.case.horizon.step_hours

    def _least(self, prosumers: Sequence[int], injected_mva: ComplexArray, s: ComplexArray) -> FloatArray:
        """Return the least of ``|S| + Re(conj(s) S)`` that the devices of prosumers can make of it, per step."""
        at = list(prosumers)
        ends = (injected_mva[at].sum(axis=0) + end[at].sum(axis=0) for end in self.by_cluster.reach.flexible_mva)
        low, high = map(self._taxable, ends)
        room = SLACK * (high - low)  # the ends are a solver's; where there are no devices there is none
        return least_carried(low - room, high + room, s)

    def _taxable(self, power_mva: ComplexArray) -> ComplexArray:
        return self.prepared.tariffs.taxable(power_mva)

    def at_everyones_price(self, prosumers: Sequence[int]) -> list[float]:
        """Return ``v_m(s)`` of each prosumer for everyone's ``s``: bounds on ``H(s)`` that add up."""
        found = self.optima.apart(prosumers, self.direction)
        return [self._below(value, [m]) for m, value in zip(prosumers, found, strict=True)]

    @property
    def limits_never_bind(self) -> bool:
        """Return whether no dispatch that flexibility allows, of any partition, reaches a limit of the grid."""
        return self.by_cluster.reach.never_limited

    @property
    def network(self) -> float:
        """Return what limits of the grid add to what prosumers pay at its prices, in currency over the horizon."""
        return self._below(self.prices.constant, self._everyone)

    def _home(self, prosumer: int) -> HomeBound:
        own = [prosumer]
        alone = self._alone(own)
        if self.prepared.family.single_boundary:
            return HomeBound(alone, alone)  # nobody is ever carried
        carried = alone + self.transit(own)
        if not self.prepared.case.prosumers[prosumer].flexibility:
            return HomeBound(alone, carried)  # nothing to decide: either is what it is
        return HomeBound(alone, max(carried, self._below(self.optima.carried(prosumer, self.direction), own)))

    def _alone(self, prosumers: Sequence[int]) -> float:
        """Return the best bound on ``O`` of a coalition with one boundary node.

        Exact where nothing but its own dispatch matters: where no limit can bind and nobody is ever carried. Who
        carries others has them dispatched otherwise.
        """
        if self._has_own_costs:
            exact = self.by_cluster.own_cost(prosumers)
            if exact is not None:
                return self._below(exact, prosumers)
        return self._below(self._optimum(prosumers)[0], prosumers)

    def _below(self, bound: float, prosumers: Sequence[int]) -> float:
        """Return a bound with room for solvers' tolerances, which are relative to what is added up in it."""
        turnover = float(self._turnover[list(prosumers)].sum()) * (1.0 + self.prices.theta)
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
    def optima(self) -> StageOptima:
        """Return what solves programs at the prices of both stages."""
        return StageOptima(self.prepared, self.prices, self.solver, self.by_cluster.reach.lines, self.programs.drafts)

    @cached_property
    def direction(self) -> Directions:
        """Return everyone's ``s``, that of their common optimum."""
        return self.optima.together(self._everyone)[1]

    @cached_property
    def _everyone(self) -> tuple[int, ...]:
        return self.prepared.family.prosumers(self.prepared.family.everyone)
