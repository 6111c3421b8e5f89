"""What prosumers would pay at best, had they known both stages, at prices that the network makes: lower bounds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from cachetools import LRUCache

from lempart.conic import SolverSettings
from lempart.cost.bounds.stage_prices import StagePrices, weighted
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import on_own_lines
from lempart.dispatch import DispatchProblem
from lempart.dispatch.both_stages import BothStages, BothStagesDraft
from lempart.dispatch.exante import unit
from lempart.grid import RadialGrid
from lempart.typing import BoolArray, ComplexArray, FloatArray


@dataclass(frozen=True, slots=True)
class Directions:
    """``s`` in either stage, complex, shape ``(steps,)`` each."""

    planned: ComplexArray
    came: ComplexArray


MAX_HOMES_DRAFTED = 3_000
"""Drafts are kept of so many homes in all, those asked for last: some 100 MB."""


class StageDrafts:
    """What programs of a case have in common that differ in prices alone, kept: no answer depends on what is.

    A key holds all else that a draft depends on.
    """

    def __init__(self) -> None:
        self._kept: LRUCache[Hashable, BothStagesDraft] = LRUCache(
            MAX_HOMES_DRAFTED, getsizeof=lambda draft: len(draft.came.prosumers)
        )

    def of(self, key: Hashable, make: Callable[[], BothStagesDraft]) -> BothStagesDraft:
        """Return a draft, made when it is first needed."""
        found = self._kept.get(key)
        if found is None:
            found = make()
            if len(found.came.prosumers) <= MAX_HOMES_DRAFTED:
                self._kept[key] = found
        return found


@dataclass(frozen=True, eq=False)
class StageOptima:
    """Optima under the constraints of flexibility and of lines that carry nobody else's power.

    With hard limits those keep their ratings at the forecast. What the lines of single homes are loaded beyond their
    ratings costs what it costs, in either stage; lines of several homes and voltages are in the prices.

    All costs are of the realisation, and ``theta`` times by how much those at the forecast exceed the known plan's; in
    currency over the horizon.

    ``lines`` are the edges whose rating some dispatch exceeds, shape ``(nodes,)``; None: any. Others limit nothing.
    ``drafts`` keeps what programs have in common whose prices differ.
    """

    prepared: PreparedCase
    prices: StagePrices
    solver: SolverSettings | None = None
    lines: BoolArray | None = None
    drafts: StageDrafts = field(default_factory=StageDrafts)

    def together(self, prosumers: Sequence[int]) -> tuple[float, Directions]:
        """Return the optimum of a coalition, taxed on the modulus of its net injection, and the directions of it."""
        if self._nothing_to_decide(prosumers):
            return self._as_foreseen(prosumers)
        solved = self._solved(prosumers, taxed=1.0)
        planned, came = solved.directions
        return self._cost(solved.cost, prosumers) - self._as_planned(prosumers, 1.0), Directions(planned[0], came[0])

    def carried(self, prosumer: int, direction: Directions) -> float:
        """Return the optimum of a home and what it costs to carry it, together: ``O + K(s)``."""
        solved = self._solved([prosumer], taxed=2.0, direction=direction)
        return self._cost(solved.cost, [prosumer], direction) - self._as_planned([prosumer], 3.0)

    def apart(self, prosumers: Sequence[int], direction: Directions) -> list[float]:
        """Return every prosumer's own optimum where injections are taxed in a direction: ``v(s)``."""
        solved = self._solved(prosumers, taxed=0.0, direction=direction).dispatch
        paid = self._energy(prosumers, solved.problem.forecast + solved.flexible_mva, direction)
        costs: FloatArray = (solved.flexibility_cost + paid) / self.prices.came_share
        return [float(cost) - self._as_planned([m], 1.0) for m, cost in zip(prosumers, costs, strict=True)]

    def _nothing_to_decide(self, prosumers: Sequence[int]) -> bool:
        """Return whether prosumers without flexibility, whose lines are never overloaded, do what is foreseen."""
        flexible = any(self.prepared.case.prosumers[m].flexibility for m in prosumers)
        return not flexible and not any(lines.has_rating.any() for lines in self._own_lines(prosumers, taxed=1.0))

    def _as_foreseen(self, prosumers: Sequence[int]) -> tuple[float, Directions]:
        """Return what :meth:`together` does where nothing is decided."""
        scenario, share, at = self.prepared.case.scenario, self.prices.came_share, list(prosumers)
        stages = (stage[at].sum(axis=0) for stage in (scenario.forecast, scenario.realization))
        planned, came = map(self.prepared.tariffs.taxable, stages)
        tax = float(self.prepared.tariffs.tax @ ((1.0 - share) * np.abs(planned) + share * np.abs(came))) * self._hours
        paid = float(self._energy(prosumers, scenario.forecast[at]).sum())
        return (paid + tax) / share - self._as_planned(prosumers, 1.0), Directions(unit(planned), unit(came))

    def _energy(
        self, prosumers: Sequence[int], injected_mva: ComplexArray, direction: Directions | None = None
    ) -> FloatArray:
        """Return what injections ``U_hat + u`` and their errors cost, weighted, in currency, shape ``(prosumers,)``."""
        planned, came = self._charges(prosumers, direction)
        share, price = self.prices.came_share, self.prepared.tariffs.price
        paid = (planned - (1.0 - share) * price).conj() * injected_mva
        paid += (came - share * price).conj() * (injected_mva + self._missed(prosumers))
        energy: FloatArray = self._hours * paid.real.sum(axis=1)
        return energy

    def _own_lines(self, prosumers: Sequence[int], *, taxed: float) -> tuple[RadialGrid, RadialGrid]:
        """Return the lines that may limit prosumers, as they are planned for and as they are.

        Those of several homes are there with hard limits, and not where nothing is taxed: then everyone is alone.
        """
        shared = self.prepared.case.dispatch.limits == "hard" and taxed > 0.0
        planned, came = (grid.alone(prosumers, shared=shared) for grid in self._grids)
        return planned, replace(came, rating_mva=np.where(came.tree.prosumers_below == 1, came.rating_mva, np.inf))

    def _solved(self, prosumers: Sequence[int], *, taxed: float, direction: Directions | None = None) -> BothStages:
        """Return the best dispatch of prosumers, taxed so many times on their sum, and in a direction where given."""
        lines = None if self.lines is None else self.lines.tobytes()
        key = tuple(prosumers), taxed, self.prices.theta, lines
        draft = self.drafts.of(key, lambda: BothStagesDraft.of(*self._stages(prosumers, taxed)))
        planned_charge, came_charge = self._charges(prosumers, direction)
        return draft.dispatch(planned_charge + came_charge, self.solver)

    def _stages(self, prosumers: Sequence[int], taxed: float) -> tuple[DispatchProblem, DispatchProblem]:
        """Return the problem at the forecast and that at the realisation, but for what charges add."""
        case, prices = self.prepared.case, self.prices
        lines, lines_as_they_are = self._own_lines(prosumers, taxed=taxed)
        problem = on_own_lines(self.prepared, prosumers, lines, taxed=taxed)
        plan = replace(
            problem,
            tariffs=weighted(problem.tariffs, 1.0 - prices.came_share),
            tie_break=0.0,
            comfort=case.dispatch.limits,
            exclusive=None,
            line_steps=() if problem.limits == "elastic" and not prices.theta else None,
        )
        came = replace(
            plan,
            grid=lines_as_they_are,
            forecast=case.scenario.realization[list(prosumers)],
            tariffs=weighted(problem.tariffs, prices.came_share),
            limits="elastic",
            line_steps=None,
        )
        return plan, came

    def _charges(self, prosumers: Sequence[int], direction: Directions | None) -> tuple[ComplexArray, ComplexArray]:
        """Return by how much injections are worth less in either stage, weighted, shape ``(prosumers, steps)`` each."""
        at, tax, prices = list(prosumers), self.prepared.tariffs.tax, self.prices
        planned, came = prices.planned_charge[at], prices.came_charge[at]
        if direction is not None:
            planned = planned + (1.0 - prices.came_share) * tax * direction.planned
            came = came + prices.came_share * tax * direction.came
        return planned, came

    def _cost(self, solved: float, prosumers: Sequence[int], direction: Directions | None = None) -> float:
        """Return the cost from that of a program, in which errors ``D = U - U_hat`` pay no charges."""
        _, came = self._charges(prosumers, direction)
        errors = float((came.conj() * self._missed(prosumers)).real.sum()) * self._hours
        return (solved + errors) / self.prices.came_share

    def _as_planned(self, prosumers: Sequence[int], taxed: float) -> float:
        """Return ``theta`` times what prosumers pay by the plan, with so many taxes on their net injection."""
        prices, at = self.prices, list(prosumers)
        if prices.planned is None:
            return 0.0
        net = np.abs(self.prepared.tariffs.taxable(prices.planned.injected_mva[at].sum(axis=0)))
        tax = taxed * float(self.prepared.tariffs.tax @ net) * self._hours
        return prices.theta * (float(prices.planned.paid[at].sum()) + tax)

    def _missed(self, prosumers: Sequence[int]) -> ComplexArray:
        scenario, at = self.prepared.case.scenario, list(prosumers)
        missed: ComplexArray = scenario.realization[at] - scenario.forecast[at]
        return missed

    @cached_property
    def _grids(self) -> tuple[RadialGrid, RadialGrid]:
        """Return the grid as it is planned for, and as it is, with the ratings that may matter."""
        grids = (self.prepared.dispatch_grid, self.prepared.grid)
        if self.lines is None:
            return grids
        planned, came = (replace(grid, rating_mva=np.where(self.lines, grid.rating_mva, np.inf)) for grid in grids)
        return planned, came

    @property
    def _hours(self) -> float:
        return self.prepared.case.horizon.step_hours
