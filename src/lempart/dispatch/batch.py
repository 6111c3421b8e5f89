"""Dispatch one problem at many forecasts, eight at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lempart.conic import Clarity, ConicSolution, SolverSettings, of_least_norm, solve
from lempart.dispatch.batch_limits import NEAR, grid_limits, inequalities
from lempart.dispatch.batch_result import DispatchedBatch, Part
from lempart.dispatch.batch_sessions import ACCEPTED_RESIDUAL, BatchSessions
from lempart.dispatch.exante import draft_ex_ante, finished
from lempart.dispatch.exclusive import dispatch, without_burning
from lempart.dispatch.forecast_map import ForecastMap, Forecasts
from lempart.dispatch.losses import loss_shift, with_any_shift
from lempart.dispatch.passes import MAX_PASSES, Settling, matters
from lempart.dispatch.problem import DispatchProblem, LossShift
from lempart.dispatch.solution import Dispatch, convex_dispatch, read_outcome
from lempart.errors import InfeasibleError, LempartError, SolverError
from lempart.grid import line_flows
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
        self._problem, self._solver, self._accepted = problem, solver or SolverSettings(), accepted
        own = np.array([factor * problem.forecast for factor in TYPICAL])
        self._typical = own if typical is None else np.array(typical, dtype=np.complex128)
        self._models: dict[tuple[bool, bool], _Model] = {}

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
                self._solve(result, chosen[start : start + DRAWS_AT_ONCE], kind)
        if self._problem.exclusive is not None:
            for draw in result.burning_draws():
                plain = self._problem.losses is None
                result.set_alone(draw, self._kept(result[draw]) if plain else self._in_passes(forecasts[draw]))
        return result

    def _solve(self, result: DispatchedBatch, draws: IntArray, straight: bool) -> None:
        """Solve some draws together, those to which losses matter in passes; what is left one by one."""
        settling: dict[int, Settling] = {}
        for part, widened in self._parts(self._model(straight), result.forecasts, draws):
            done = part
            if self._problem.losses is not None:
                done, begun = self._after_first(part)
                settling |= begun
            result.take(done, widened=widened)
        for _ in range(MAX_PASSES - 1):
            if settling:
                settling = self._pass(result, settling, straight)
        for draw in draws[np.isnan(result.flexible_mva[draws]).any(axis=(1, 2))].tolist():
            result.set_alone(draw, self._alone(self._model(straight).map, result.forecasts[draw]))

    def _parts(
        self, model: _Model, forecasts: ComplexArray, draws: IntArray, shift: LossShift | None = None
    ) -> Iterator[tuple[Part, bool]]:
        """Yield what is solved with the limits that matter, then, marked, those that exceed others with all."""
        for widened, session in enumerate(model.sessions):
            if not len(draws):
                return
            found = model.map.at(forecasts[draws], shift)
            answers = session.solve(found.rhs)
            solved = model.sessions.solved(session, answers, self._accepted)
            if solved.any():
                x, solved = _of_least_norm(model.map, found, answers, solved)
            if solved.any():
                yield Part.of(model.map, found.chosen(solved), draws[solved], x, answers.z[:, solved]), bool(widened)
            draws, shift = draws[~solved], None if shift is None else shift.of(~solved)

    def _after_first(self, part: Part) -> tuple[Part, dict[int, Settling]]:
        """Return those of a first pass that no limit with losses concerns, and how the others go on."""
        grid, injected = self._problem.grid, part.forecast + part.flexible_mva
        came = loss_shift(grid, injected)
        on = matters(grid, line_flows(grid, injected), came)
        begun = {
            int(part.draws[i]): Settling.after_first(self._problem, came.of(i)) for i in np.flatnonzero(on).tolist()
        }
        return part.chosen(~on), begun

    def _pass(self, result: DispatchedBatch, settling: dict[int, Settling], straight: bool) -> dict[int, Settling]:
        """Solve draws with shifted limits, take over those whose shifts stand, return the others that are solved."""
        draws, going_on = np.array(list(settling)), {}
        shift = LossShift.stacked([one.shift for one in settling.values()])
        for part, _ in self._parts(self._model(straight, shifted=True), result.forecasts, draws, shift):
            came = loss_shift(self._problem.grid, part.forecast + part.flexible_mva)
            stands = [settling[draw].stands(came.of(i)) for i, draw in enumerate(part.draws.tolist())]
            result.take(part.chosen(np.array(stands)))
            going_on.update({draw: settling[draw] for draw in part.draws[~np.array(stands)].tolist()})
        return going_on

    def _alone(self, model: ForecastMap, forecast: ComplexArray) -> Dispatch | LempartError:
        if self._problem.losses is not None:
            return self._in_passes(forecast)
        here = model.model_at(model.at(forecast[None]), 0)
        try:
            return self._kept(read_outcome(here, solve(here.program, self._solver), self._solver))
        except (InfeasibleError, SolverError) as error:
            return error

    def _in_passes(self, forecast: ComplexArray) -> Dispatch | LempartError:
        """Return the dispatch with losses that a library solver finds, or why there is none."""
        try:
            return dispatch(replace(self._problem, forecast=forecast), self._solver)
        except (InfeasibleError, SolverError) as error:
            return error

    def _kept(self, convex: Dispatch) -> Dispatch | LempartError:
        """Return the dispatch in which no battery burns energy, if that is asked for; or why there is none."""
        try:
            return without_burning(convex.problem, convex, lambda branch: convex_dispatch(branch, self._solver))
        except (InfeasibleError, SolverError) as error:
            return error

    def _model(self, straight: bool, *, shifted: bool = False) -> _Model:
        if (straight, shifted) not in self._models:
            problem = with_any_shift(self._problem) if shifted else self._problem
            built = finished(draft_ex_ante(problem), problem, straight)
            known, typical = ForecastMap(built), self._typical.real + 1j * (0.0 if straight else self._typical.imag)
            rhs = known.at(typical, loss_shift(problem.grid, typical) if shifted else None).rhs
            program = built.program
            limits, optional = grid_limits(program), inequalities(program)
            sessions = BatchSessions(program, rhs, None, limits, optional, NEAR, self._solver)
            self._models[straight, shifted] = _Model(known, sessions)
        return self._models[straight, shifted]


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
