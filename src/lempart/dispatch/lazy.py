"""Dispatch with network limits only at the steps that need them."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from lempart.conic import SolverSettings, Verdict, solve
from lempart.dispatch.exante import ExAnteDraft, ExAnteModel, draft_ex_ante, finished
from lempart.dispatch.exclusive import without_burning
from lempart.dispatch.forecast_map import ForecastMap
from lempart.dispatch.losses import with_any_shift
from lempart.dispatch.passes import in_passes
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.solution import Dispatch, convex_dispatch, read_outcome
from lempart.grid import squared_voltage_deviations
from lempart.grid.limits import NEAR_LINE, NEAR_VOLTAGE

_OTHERS = {field.name for field in fields(DispatchProblem)} - {"losses", "line_steps", "voltage_steps"}

EXCEEDED = 1e-9
"""A limit exceeded by less than this (a share of a rating, or p.u.) is kept."""


class LazyDispatcher:
    """Solves problems that differ in their exchanges alone, such as the partitions of one case.

    Limits are written down for whole steps, first none, then those at which an answer reached or exceeded one, until
    none does: the answer of a relaxation that keeps all limits is the answer. One that is reached exactly changes no
    dispatch, but may have a price, and so is written down in any case. Steps exceeded in one problem are kept for the
    next, which shows in the digits that a solver doesn't promise; :meth:`forked` ones keep them to themselves, so
    that not even a bit of an answer depends on what was asked before.
    """

    def __init__(self, solver: SolverSettings | None = None) -> None:
        self._solver = solver
        self._line: set[int] = set()
        self._voltage: set[int] = set()
        self._drafts: dict[object, ExAnteDraft] = {}
        self._shifted: ForecastMap | None = None

    @property
    def limited(self) -> bool:
        """Return whether some limits are written down by now."""
        return bool(self._line or self._voltage)

    def forked(self) -> LazyDispatcher:
        """Return a dispatcher that begins with the steps known by now."""
        other = LazyDispatcher(self._solver)
        other._line, other._voltage, other._drafts = set(self._line), set(self._voltage), dict(self._drafts)
        return other

    def dispatch(self, problem: DispatchProblem) -> Dispatch:
        """Return the dispatch; raises as :func:`lempart.dispatch.dispatch` does."""
        return in_passes(problem, self._one_pass)

    def _one_pass(self, problem: DispatchProblem) -> Dispatch:
        return without_burning(problem, self._convex(problem), self._convex)

    def _convex(self, problem: DispatchProblem) -> Dispatch:
        """Return the dispatch with batteries as they are decided."""
        same: Dispatch | None = None
        line, voltage = set(self._line), set(self._voltage)
        while True:
            relaxed = replace(problem, line_steps=tuple(sorted(line)), voltage_steps=tuple(sorted(voltage)))
            model = self._model(relaxed)
            outcome = solve(model.program, self._solver)
            if outcome.verdict is not Verdict.SOLVED:
                # Whatever is wrong is found, and told, with all limits in place.
                return convex_dispatch(problem, self._solver)
            solved = read_outcome(model, outcome, self._solver)
            if same is not None:  # nothing was exceeded without these limits: they make prices, and no other dispatch
                solved = replace(solved, flexible_mva=same.flexible_mva, flexibility_cost=same.flexibility_cost)
                vars(solved)["nodal_prices"] = same.nodal_prices  # as optimal; duals without an end have fewer digits
            lines, voltages = steps_at_limits(solved)
            if lines <= line and voltages <= voltage:
                return solved
            beyond = _steps_at_limits(solved, -EXCEEDED, -EXCEEDED)
            same = solved if beyond[0] <= line and beyond[1] <= voltage else None
            self._line |= beyond[0] - line
            self._voltage |= beyond[1] - voltage
            line |= lines
            voltage |= voltages

    def _model(self, problem: DispatchProblem) -> ExAnteModel:
        """Return the model of a problem; passes of one dispatch differ in shifts alone, and so in parameters."""
        shift = None if problem.losses is None else problem.losses.shift
        if shift is None:
            return finished(self._drafted(problem), problem)
        if self._shifted is None or not _differ_in_shifts_alone(self._shifted.model.problem, problem):
            plain = with_any_shift(problem)
            self._shifted = ForecastMap(finished(draft_ex_ante(plain), plain))
        return self._shifted.model_at(self._shifted.at(problem.forecast[None], shift.of(None)), 0)

    def _drafted(self, problem: DispatchProblem) -> ExAnteDraft:
        """Return what problems have in common; where more than exchanges is decided, a draft that nobody else needs."""
        if problem.directions is not None:
            return draft_ex_ante(problem)
        steps = problem.line_steps, problem.voltage_steps
        if steps not in self._drafts:
            self._drafts = {**dict(list(self._drafts.items())[-1:]), steps: draft_ex_ante(problem)}
        return self._drafts[steps]

    @property
    def steps(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return at which steps limits of lines and of voltages are written down by now, ascending."""
        return tuple(sorted(self._line)), tuple(sorted(self._voltage))


def _differ_in_shifts_alone(one: DispatchProblem, other: DispatchProblem) -> bool:
    same = all(getattr(one, name) is getattr(other, name) for name in _OTHERS)
    steps = (one.line_steps, one.voltage_steps) == (other.line_steps, other.voltage_steps)
    assert one.losses is not None
    assert other.losses is not None
    return same and steps and one.losses.weight is other.losses.weight


def steps_at_limits(solved: Dispatch) -> tuple[set[int], set[int]]:
    """Return the steps at which a dispatch reaches or exceeds a line's rating, and an end of a voltage's band."""
    return _steps_at_limits(solved, NEAR_LINE, NEAR_VOLTAGE)


def _steps_at_limits(solved: Dispatch, line_margin: float, voltage_margin: float) -> tuple[set[int], set[int]]:
    """Return the same of limits drawn in: by a share of a rating, and by p.u.

    Limits are those that the flows are held to, shifted by losses or not.
    """
    grid, flows, losses = solved.problem.grid, solved.ex_ante_flows_mva, solved.problem.losses
    shift = None if losses is None else losses.shift
    largest = np.abs(flows) if shift is None else np.abs(flows - shift.lines).max(axis=0)
    loaded = largest[1:] >= grid.rating_mva[1:, None] * (1.0 - line_margin)
    lines = set(np.flatnonzero(loaded.any(axis=0)).tolist())
    if not grid.has_band.any():
        return lines, set()
    deviations = squared_voltage_deviations(grid, flows)
    if shift is not None:
        deviations = deviations - shift.voltages
    above, below = grid.dv_max[:, None] - voltage_margin, grid.dv_min[:, None] + voltage_margin
    outside = (deviations >= above) | (deviations <= below)
    outside[0] = False
    return lines, set(np.flatnonzero(outside.any(axis=0)).tolist())
