"""Dispatch one problem at many forecasts, eight at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lempart.conic import SolverSettings, solve
from lempart.dispatch.batch_result import DispatchedBatch, Part
from lempart.dispatch.exante import draft_ex_ante, finished
from lempart.dispatch.forecast_map import ForecastMap, Forecasts
from lempart.dispatch.lazy import exceeded_steps
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.solution import Dispatch, read_outcome
from lempart.errors import InfeasibleError, LempartError, SolverError
from lempart.typing import BoolArray, ComplexArray, IntArray

if TYPE_CHECKING:
    from lempart.conic.batch import BatchAnswers, BatchSession

ACCEPTED = 1e-8
"""The largest KKT residual of a batch's answer; others are solved again by a library."""

TYPICAL = (0.5, 0.75, 1.0, 1.25, 1.5)
"""Multiples of the problem's own forecast from which limited steps are learned where nothing better is given."""

TOGETHER = 64
"""Draws whose data are in memory at once while they are solved."""

_Steps = tuple[frozenset[int], frozenset[int]]


class DispatchBatch:
    """Solves one problem for many forecasts together; models are built once.

    Limits of the grid are first written down only at the steps at which typical forecasts meet them. Answers that
    exceed a limit at another step are solved again with all of them, and what the batch can't solve to its accuracy
    goes to a library solver: an answer is never less than one of :func:`lempart.dispatch.dispatch`. It depends on its
    forecast, the problem and the typical forecasts alone, bit for bit, not on the others of a call.

    Parameters
    ----------
    typical
        Forecasts, complex MVA, shape ``(draws, prosumers, steps)``, that tell which limits matter; by default
        multiples of the problem's own.
    accepted
        The largest KKT residual of an answer from the batch.
    """

    def __init__(
        self,
        problem: DispatchProblem,
        settings: SolverSettings | None = None,
        *,
        typical: ComplexArray | None = None,
        accepted: float = ACCEPTED,
    ) -> None:
        self._problem, self._settings, self._accepted = problem, settings, accepted
        own = np.array([factor * problem.forecast for factor in TYPICAL])
        self._typical = own if typical is None else np.array(typical)
        self._levels: dict[tuple[bool, bool], _Level] = {}
        self._pools: dict[bool, _Steps | None] = {}

    def solve_many(self, forecasts: ComplexArray) -> DispatchedBatch:
        """Return the dispatches at forecasts of shape ``(draws, prosumers, steps)``, complex MVA.

        A forecast that can't be met, or isn't solved, is no error here: the batch says so draw by draw.
        """
        forecasts = np.asarray(forecasts, dtype=np.complex128)
        result = DispatchedBatch.empty(self._problem, forecasts)
        straight = self._straight(forecasts)
        for kind in (True, False):
            chosen = np.flatnonzero(straight == kind)
            for start in range(0, len(chosen), TOGETHER):
                self._solve(result, chosen[start : start + TOGETHER], kind)
        return result

    def _straight(self, forecasts: ComplexArray) -> BoolArray:
        """Return which forecasts have no reactive power at all: their exchanges are taxed linearly."""
        straight: BoolArray = (forecasts.imag == 0.0).all(axis=(1, 2))
        return straight

    def _solve(self, result: DispatchedBatch, draws: IntArray, straight: bool) -> None:
        """Solve some draws at limited steps, those that exceed a limit at all steps, and the rest one by one."""
        rest = draws
        steps = self._pool(straight)
        if steps is not None:
            level = self._level(straight, pooled=True)
            part, solved = level.solve(result.forecasts, rest, self._accepted)
            kept = solved & ~np.any([exceeded.any(axis=1) for exceeded in level.exceeded(part)], axis=0)
            result.take(part, kept)
            self._one_by_one(result, rest[~solved], straight)
            rest = rest[solved & ~kept]
        if len(rest):
            part, solved = self._level(straight, pooled=False).solve(result.forecasts, rest, self._accepted)
            result.take(part, solved, widened=steps is not None)
            self._one_by_one(result, rest[~solved], straight)

    def _one_by_one(self, result: DispatchedBatch, draws: IntArray, straight: bool) -> None:
        if not len(draws):
            return
        level = self._level(straight, pooled=False)
        found = level.map.at(result.forecasts[draws])
        for place, draw in enumerate(draws.tolist()):
            model = level.map.model_at(found, place)
            try:
                dispatched: Dispatch | LempartError = read_outcome(
                    model, solve(model.program, self._settings), self._settings
                )
            except (InfeasibleError, SolverError) as error:
                dispatched = error
            result.set_alone(draw, dispatched)

    def _level(self, straight: bool, *, pooled: bool) -> _Level:
        key = (straight, pooled)
        if key not in self._levels:
            steps = self._pool(straight) if pooled else None
            self._levels[key] = _Level.of(self._problem, straight, steps)
        return self._levels[key]

    def _pool(self, straight: bool) -> _Steps | None:
        """Return the steps of line and voltage limits that typical forecasts need; None where that is most of them."""
        if straight not in self._pools:
            self._pools[straight] = self._learned(straight)
        return self._pools[straight]

    def _learned(self, straight: bool) -> _Steps | None:
        problem = self._problem
        if problem.line_steps is not None or problem.voltage_steps is not None:
            return None
        typical = self._typical.real + 1j * (0.0 if straight else 1.0) * self._typical.imag
        most = problem.steps / 2
        found: _Steps = (frozenset(), frozenset())
        while max(map(len, found)) <= most:
            level = _Level.of(problem, straight, found)
            part, solved = level.solve(typical, np.arange(len(typical)), self._accepted)
            over = [np.flatnonzero(each[solved].any(axis=0)).tolist() for each in level.exceeded(part)]
            if not any(over):
                self._levels[straight, True] = level
                return found
            found = (found[0].union(over[0]), found[1].union(over[1]))
        return None


@dataclass(frozen=True, eq=False)
class _Level:
    """A model with its limits at some steps, ready to be solved."""

    map: ForecastMap
    session: BatchSession

    @classmethod
    def of(cls, problem: DispatchProblem, straight: bool, steps: _Steps | None) -> _Level:
        from lempart.conic.batch import BatchSession

        if steps is not None:
            line, voltage = (tuple(sorted(each)) for each in steps)
            problem = replace(problem, line_steps=line, voltage_steps=voltage)
        model = finished(draft_ex_ante(problem), problem, straight)
        return cls(ForecastMap(model), BatchSession(model.program))

    def solve(self, forecasts: ComplexArray, draws: IntArray, accepted: float) -> tuple[Part, BoolArray]:
        """Return the answers at some of the forecasts, and which of them are solutions."""
        found: Forecasts = self.map.at(forecasts[draws])
        answers: BatchAnswers = self.session.solve(found.rhs)
        return Part.of(self.map, found, draws, answers.x, answers.z), answers.residual <= accepted

    def exceeded(self, part: Part) -> tuple[BoolArray, BoolArray]:
        """Return where answers exceed limits that the model leaves out: lines, voltages; shape ``(draws, steps)``."""
        problem = self.map.model.problem
        line, voltage = exceeded_steps(problem.grid, part.forecast + part.flexible_mva)
        line[:, problem.limited_steps("line")] = False
        voltage[:, problem.limited_steps("voltage")] = False
        return line, voltage
