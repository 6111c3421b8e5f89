"""Dispatch one problem at many forecasts, eight at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lempart.conic import ConicProgram, SolverSettings, solve
from lempart.dispatch.batch_result import DispatchedBatch, Part
from lempart.dispatch.exante import draft_ex_ante, finished
from lempart.dispatch.forecast_map import ForecastMap
from lempart.dispatch.network import LIMIT_ROWS
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.solution import Dispatch, read_outcome
from lempart.errors import InfeasibleError, LempartError, SolverError
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

if TYPE_CHECKING:
    from lempart.conic.batch import BatchSession

ACCEPTED = 1e-8
"""The largest KKT residual of a batch's answer; others are solved again by a library."""

TYPICAL = (0.5, 0.75, 1.0, 1.25)
"""Multiples of the problem's own forecast from which binding limits are learned where nothing better is given."""

EXCEEDED = 1e-9
"""A limit (scaled) exceeded by less than this is kept."""

TOGETHER = 128
"""Draws whose data are in memory at once while they are solved."""


class DispatchBatch:
    """Solves one problem for many forecasts together; models are built once.

    Limits of the grid are first left out but where typical forecasts meet them. Answers that exceed one that is left
    out are solved again with all of them, and what the batch can't solve to its accuracy goes to a library solver: an
    answer is never less than one of :func:`lempart.dispatch.dispatch`. It depends on its forecast, the problem and the
    typical forecasts alone, bit for bit, not on the others of a call.

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
        self._problem, self._settings, self._accepted = problem, settings or SolverSettings(), accepted
        own = np.array([factor * problem.forecast for factor in TYPICAL])
        self._typical = own if typical is None else np.array(typical, dtype=np.complex128)
        self._models: dict[bool, _Model] = {}

    def solve_many(self, forecasts: ComplexArray) -> DispatchedBatch:
        """Return the dispatches at forecasts of shape ``(draws, prosumers, steps)``, complex MVA.

        A forecast that can't be met, or isn't solved, is no error here: the batch says so draw by draw.
        """
        forecasts = np.array(forecasts, dtype=np.complex128)
        result = DispatchedBatch.empty(self._problem, forecasts)
        # Without any reactive power exchanges are taxed linearly: another program.
        straight = (forecasts.imag == 0.0).all(axis=(1, 2))
        for kind in (True, False):
            chosen = np.flatnonzero(straight == kind)
            for start in range(0, len(chosen), TOGETHER):
                self._solve(result, chosen[start : start + TOGETHER], self._model(kind))
        return result

    def _solve(self, result: DispatchedBatch, draws: IntArray, model: _Model) -> None:
        """Solve some draws with the limits that matter, those that exceed others with all, the rest one by one."""
        for session, widened in ((model.pooled, False), (model.full, True)):
            if not len(draws):
                return
            found = model.map.at(result.forecasts[draws])
            answers = session.solve(found.rhs)
            solved = answers.residual <= self._accepted
            if solved.any():
                kept = (answers.x[:, solved], answers.z[:, solved])
                result.take(Part.of(model.map, found.chosen(solved), draws[solved], *kept), widened=widened)
            draws = draws[~solved]
            if model.all_pooled:
                break
        for draw in draws.tolist():
            result.set_alone(draw, self._alone(model.map, result.forecasts[draw]))

    def _alone(self, model: ForecastMap, forecast: ComplexArray) -> Dispatch | LempartError:
        here = model.model_at(model.at(forecast[None]), 0)
        try:
            return read_outcome(here, solve(here.program, self._settings), self._settings)
        except (InfeasibleError, SolverError) as error:
            return error

    def _model(self, straight: bool) -> _Model:
        if straight not in self._models:
            built = finished(draft_ex_ante(self._problem), self._problem, straight)
            typical = self._typical.real + 1j * (0.0 if straight else self._typical.imag)
            self._models[straight] = _Model(ForecastMap(built), typical, self._settings)
        return self._models[straight]


@dataclass(eq=False)
class _Model:
    """A model with its sessions: with the limits that matter, and with all."""

    map: ForecastMap
    typical: ComplexArray
    settings: SolverSettings

    @cached_property
    def full(self) -> BatchSession:
        """Return the session with all limits."""
        return self._session(np.zeros(0, dtype=np.int64))

    @cached_property
    def pooled(self) -> BatchSession:
        """Return the session with the limits that typical forecasts meet."""
        program = self.map.model.program
        rhs = self.map.at(self.typical).rhs
        left_out = np.zeros(program.cones.rows, dtype=bool)
        for name in LIMIT_ROWS:
            left_out[program.row_blocks.get(name, [])] = True
        while left_out.any():
            session = self._session(np.flatnonzero(left_out))
            needed = left_out & _exceeded(session.solve(rhs).s, program)
            if not needed.any():
                return session
            left_out &= ~needed
        return self.full

    @property
    def all_pooled(self) -> bool:
        """Return whether the limits that matter are all there are."""
        return self.pooled is self.full

    def _session(self, left_out: IntArray) -> BatchSession:
        from lempart.conic.batch import LIMITS, BatchSession

        limits = LIMITS._replace(tolerance=self.settings.tolerance)
        return BatchSession(self.map.model.program, left_out, limits)


def _exceeded(slack: FloatArray, program: ConicProgram) -> BoolArray:
    """Return which rows (all three of a cone) a column of slacks violates."""
    scaled, first = slack / program.row_scale[:, None], program.cones.first_cone_row
    head, one, two = (scaled[first + i :: 3] for i in range(3))
    plain = (scaled[:first] < -EXCEEDED).any(axis=1)
    cones = (head - np.hypot(one, two) < -EXCEEDED).any(axis=1)
    return np.concatenate([plain, np.repeat(cones, 3)])
