"""Dispatch one problem at many forecasts, eight at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lempart.conic import Clarity, ConicSolution, SolverSettings, of_least_norm, solve
from lempart.dispatch.batch_limits import NEAR, grid_limits, inequalities
from lempart.dispatch.batch_result import DispatchedBatch, Part
from lempart.dispatch.batch_sessions import ACCEPTED_RESIDUAL, BatchSessions
from lempart.dispatch.exante import draft_ex_ante, finished
from lempart.dispatch.exclusive import without_burning
from lempart.dispatch.forecast_map import ForecastMap, Forecasts
from lempart.dispatch.losses import refuse_losses
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.solution import Dispatch, convex_dispatch, read_outcome
from lempart.errors import InfeasibleError, LempartError, SolverError
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

if TYPE_CHECKING:
    from lempart.conic.batch import BatchAnswers

TYPICAL = (0.5, 0.75, 1.0, 1.25)
"""Multiples of the problem's own forecast from which binding limits are learned where nothing better is given."""

DRAWS_AT_ONCE = 64
"""Draws whose data are in memory at once while they are solved."""


class DispatchBatch:
    """Solves one problem for many forecasts together; models are built once.

    Limits of the grid and of devices that typical forecasts don't come near are first left out. Answers that exceed one
    of those are solved again with all limits, and what the batch can't solve to its accuracy goes to a library solver:
    an answer is never less than one of :func:`lempart.dispatch.dispatch`. It depends on its forecast, the problem and
    the typical forecasts alone, bit for bit, not on the others of a call.

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
        solver: SolverSettings | None = None,
        *,
        typical: ComplexArray | None = None,
        accepted: float = ACCEPTED_RESIDUAL,
    ) -> None:
        refuse_losses(problem)
        self._problem, self._solver, self._accepted = problem, solver or SolverSettings(), accepted
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
            for start in range(0, len(chosen), DRAWS_AT_ONCE):
                self._solve(result, chosen[start : start + DRAWS_AT_ONCE], self._model(kind))
        if self._problem.exclusive is not None:
            for draw in result.burning_draws():
                result.set_alone(draw, self._kept(result[draw]))
        return result

    def _solve(self, result: DispatchedBatch, draws: IntArray, model: _Model) -> None:
        """Solve some draws with the limits that matter, those that exceed others with all, the rest one by one."""
        for widened, session in enumerate(model.sessions):
            if not len(draws):
                return
            found = model.map.at(result.forecasts[draws])
            answers = session.solve(found.rhs)
            solved = model.sessions.solved(session, answers, self._accepted)
            if solved.any():
                x, solved = _of_least_norm(model.map, found, answers, solved)
            if solved.any():
                part = Part.of(model.map, found.chosen(solved), draws[solved], x, answers.z[:, solved])
                result.take(part, widened=bool(widened))
            draws = draws[~solved]
        for draw in draws.tolist():
            result.set_alone(draw, self._alone(model.map, result.forecasts[draw]))

    def _alone(self, model: ForecastMap, forecast: ComplexArray) -> Dispatch | LempartError:
        here = model.model_at(model.at(forecast[None]), 0)
        try:
            return self._kept(read_outcome(here, solve(here.program, self._solver), self._solver))
        except (InfeasibleError, SolverError) as error:
            return error

    def _kept(self, convex: Dispatch) -> Dispatch | LempartError:
        """Return the dispatch in which no battery burns energy, if that is asked for; or why there is none."""
        try:
            return without_burning(convex.problem, convex, lambda branch: convex_dispatch(branch, self._solver))
        except (InfeasibleError, SolverError) as error:
            return error

    def _model(self, straight: bool) -> _Model:
        if straight not in self._models:
            built = finished(draft_ex_ante(self._problem), self._problem, straight)
            known = ForecastMap(built)
            typical = known.at(self._typical.real + 1j * (0.0 if straight else self._typical.imag)).rhs
            program = built.program
            limits, optional = grid_limits(program), inequalities(program)
            sessions = BatchSessions(program, typical, None, limits, optional, NEAR, self._solver)
            self._models[straight] = _Model(known, sessions)
        return self._models[straight]


def _of_least_norm(
    model: ForecastMap, found: Forecasts, answers: BatchAnswers, solved: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """Return the points of least norm of those solved, in columns, and whose: not of those too vague to tell."""
    x = answers.x.copy()
    clear = Clarity.of(model.model.program, answers.x, answers.z, answers.s)
    told = solved & ~clear.vague
    for draw in np.flatnonzero(told & ~clear.resolved).tolist():
        here = model.model_at(found, draw).program
        point, dual, slack = (part[:, draw] for part in (answers.x, answers.z, answers.s))
        best = of_least_norm(ConicSolution(here, point, dual, slack, here.cost(point), "batch", 0))
        x[:, draw], told[draw] = best.x, best.resolved
    return x[:, told], told


class _Model(NamedTuple):
    map: ForecastMap
    sessions: BatchSessions
