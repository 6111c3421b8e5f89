"""Dispatch one problem at many forecasts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lempart.conic import SolverSession, SolverSettings
from lempart.dispatch.batch_result import DispatchedBatch
from lempart.dispatch.exante import ExAnteModel, build_ex_ante
from lempart.dispatch.exclusive import without_burning
from lempart.dispatch.losses import refuse_losses
from lempart.dispatch.network import line_radius, nodal_injections
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.solution import Dispatch, convex_dispatch, read_outcome
from lempart.errors import InfeasibleError, SolverError
from lempart.grid import line_flows
from lempart.typing import ComplexArray


class DispatchSeries:
    """Solves a self-consumption problem (Eq 9e) for one forecast after another; the model is built once.

    A market problem can't be kept this way: which of its exchanges are taxed linearly depends on the forecast.
    """

    def __init__(self, problem: DispatchProblem, solver: SolverSettings | None = None) -> None:
        if problem.balance == "market":
            raise ValueError("a market problem has to be built for each forecast")
        refuse_losses(problem)
        self._model = build_ex_ante(problem)
        self._session = SolverSession(self._model.program, solver)
        self._solver = solver

    def solve(self, forecast: ComplexArray) -> Dispatch:
        """Return the dispatch at ``forecast``, complex MVA, shape ``(prosumers, steps)``; raises as `dispatch`."""
        model = _at(self._model, forecast)
        outcome = self._session.solve(model.program.parameters)
        solved = read_outcome(model, outcome, self._solver)
        return without_burning(model.problem, solved, lambda branch: convex_dispatch(branch, self._solver))

    def solve_many(self, forecasts: ComplexArray) -> DispatchedBatch:
        """Return the dispatches at forecasts of shape ``(draws, prosumers, steps)``, as `DispatchBatch` does."""
        result = DispatchedBatch.empty(self._model.problem, forecasts)
        for draw, forecast in enumerate(forecasts):
            try:
                result.set_alone(draw, self.solve(forecast))
            except (InfeasibleError, SolverError) as error:
                result.set_alone(draw, error)
        return result


def _at(model: ExAnteModel, forecast: ComplexArray) -> ExAnteModel:
    """Return the model with another forecast: its parameters follow, its structure stays."""
    problem = replace(model.problem, forecast=forecast)
    blocks = model.program.parameter_blocks
    parameters, slope = model.program.parameters.copy(), model.line_radius_slope
    injections = nodal_injections(problem)
    parameters[blocks["active injection"]] = injections.real
    if model.reactive_is_fixed:
        reactive = line_flows(problem.grid, forecast).imag
        parameters[blocks["reactive flow"]] = reactive
        if slope.size:
            parameters[blocks["line radius"]], slope = line_radius(problem, reactive)
    else:
        parameters[blocks["reactive injection"]] = injections.imag
    program = model.program.with_parameters(parameters)
    return replace(model, problem=problem, program=program, line_radius_slope=np.asarray(slope))
