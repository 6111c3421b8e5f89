"""Dispatch one problem at many forecasts."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from lempart.conic import Outcome, SolverSession, SolverSettings
from lempart.dispatch.batch_result import DispatchedBatch
from lempart.dispatch.exante import ExAnteModel, build_ex_ante
from lempart.dispatch.exclusive import without_burning
from lempart.dispatch.forecast_map import ForecastMap
from lempart.dispatch.losses import with_any_shift
from lempart.dispatch.passes import in_passes
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.solution import Dispatch, convex_dispatch, read_outcome
from lempart.errors import InfeasibleError, SolverError
from lempart.typing import ComplexArray


class DispatchSeries:
    """Solves a self-consumption problem (Eq 9e) for one forecast after another; the model is built once.

    A market problem can't be kept this way: which of its exchanges are taxed linearly depends on the forecast.
    """

    def __init__(self, problem: DispatchProblem, solver: SolverSettings | None = None) -> None:
        if problem.balance == "market":
            raise ValueError("a market problem has to be built for each forecast")
        self._problem, self._solver = problem, solver

    def solve(self, forecast: ComplexArray) -> Dispatch:
        """Return the dispatch at ``forecast``, complex MVA, shape ``(prosumers, steps)``; raises as `dispatch`."""
        return in_passes(replace(self._problem, forecast=forecast), self._one_pass)

    def _one_pass(self, problem: DispatchProblem) -> Dispatch:
        shifted = problem.losses is not None and problem.losses.shift is not None
        solved = (self._shifted if shifted else self._plain).solve(problem)
        return without_burning(problem, solved, lambda branch: convex_dispatch(branch, self._solver))

    @cached_property
    def _plain(self) -> _Kept:
        return _Kept(self._problem, self._solver)

    @cached_property
    def _shifted(self) -> _Kept:
        return _Kept(with_any_shift(self._problem), self._solver)

    def solve_many(self, forecasts: ComplexArray) -> DispatchedBatch:
        """Return the dispatches at forecasts of shape ``(draws, prosumers, steps)``, as `DispatchBatch` does."""
        result = DispatchedBatch.empty(self._problem, forecasts)
        for draw, forecast in enumerate(forecasts):
            try:
                result.set_alone(draw, self.solve(forecast))
            except (InfeasibleError, SolverError) as error:
                result.set_alone(draw, error)
        return result


class _Kept:
    """A model and its solver, set up once."""

    def __init__(self, problem: DispatchProblem, solver: SolverSettings | None) -> None:
        self._map = ForecastMap(build_ex_ante(problem))
        self._session, self._solver = SolverSession(self._map.model.program, solver), solver

    def solve(self, problem: DispatchProblem) -> Dispatch:
        """Return the dispatch of a problem that differs in its forecast, and in what limits are shifted by."""
        shift = None if problem.losses is None else problem.losses.shift
        found = self._map.at(problem.forecast[None], None if shift is None else shift.of(None))
        model = self._map.model_at(found, 0)
        outcome = self._session.solve(model.program.parameters)
        return read_outcome(model, _of(model, outcome), self._solver)


def _of(model: ExAnteModel, outcome: Outcome) -> Outcome:
    """Return an outcome as that of a model, which differs in what its parameters cost."""
    found = outcome.solution
    if found is None:
        return outcome
    return replace(outcome, solution=replace(found, program=model.program, cost=model.program.cost(found.x)))
