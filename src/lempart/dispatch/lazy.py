"""Dispatch with network limits only at the steps that need them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lempart.conic import SolverSettings, Verdict, solve
from lempart.dispatch.exante import ExAnteDraft, draft_ex_ante, finished
from lempart.dispatch.exclusive import without_burning
from lempart.dispatch.passes import in_passes
from lempart.dispatch.problem import DispatchProblem, LossShift
from lempart.dispatch.solution import Dispatch, convex_dispatch, read_outcome
from lempart.grid import RadialGrid, squared_voltage_deviations
from lempart.grid.limits import NEAR_LINE, NEAR_VOLTAGE
from lempart.typing import ComplexArray


class LazyDispatcher:
    """Solves problems that differ in their exchanges alone, such as the partitions of one case.

    Limits are written down for whole steps, first none, then those at which an answer reached or exceeded one, until
    none does: the answer of a relaxation that keeps all limits is the answer. One that is reached exactly changes no
    dispatch, but may have a price, and it has one in every problem or in none. Steps found for one problem are kept for
    the next, which shows in the digits that a solver doesn't promise; :meth:`forked` ones keep them to themselves, so
    that not even a bit of an answer depends on what was asked before.
    """

    def __init__(self, solver: SolverSettings | None = None) -> None:
        self._solver = solver
        self._line: set[int] = set()
        self._voltage: set[int] = set()
        self._draft: ExAnteDraft | None = None

    @property
    def limited(self) -> bool:
        """Return whether some limits are written down by now."""
        return bool(self._line or self._voltage)

    def forked(self) -> LazyDispatcher:
        """Return a dispatcher that begins with the steps known by now."""
        other = LazyDispatcher(self._solver)
        other._line, other._voltage, other._draft = set(self._line), set(self._voltage), self._draft
        return other

    def dispatch(self, problem: DispatchProblem) -> Dispatch:
        """Return the dispatch; raises as :func:`lempart.dispatch.dispatch` does."""
        return in_passes(problem, self._one_pass)

    def _one_pass(self, problem: DispatchProblem) -> Dispatch:
        return without_burning(problem, self._convex(problem), self._convex)

    def _convex(self, problem: DispatchProblem) -> Dispatch:
        """Return the dispatch with batteries as they are decided."""
        while True:
            line, voltage = self.steps
            relaxed = replace(problem, line_steps=line, voltage_steps=voltage)
            model = finished(self._drafted(relaxed), relaxed)
            outcome = solve(model.program, self._solver)
            if outcome.verdict is not Verdict.SOLVED:
                # Whatever is wrong is found, and told, with all limits in place.
                return convex_dispatch(problem, self._solver)
            solved = read_outcome(model, outcome, self._solver)
            if not self._adds_steps(solved):
                return solved
            self._draft = None

    def _drafted(self, problem: DispatchProblem) -> ExAnteDraft:
        """Return what problems have in common; where more than exchanges is decided, a draft that nobody else needs."""
        shifted = problem.losses is not None and problem.losses.shift is not None
        if problem.directions is not None or shifted:
            return draft_ex_ante(problem)
        if self._draft is None:
            self._draft = draft_ex_ante(problem)
        return self._draft

    def _adds_steps(self, solved: Dispatch) -> bool:
        """Note the steps at which the answer reaches a limit that isn't written down; return whether any is new."""
        before = len(self._line), len(self._voltage)
        shift = None if solved.problem.losses is None else solved.problem.losses.shift
        line, voltage = steps_at_limits(solved.problem.grid, solved.ex_ante_flows_mva, shift)
        self._line |= line
        self._voltage |= voltage
        return before != (len(self._line), len(self._voltage))

    @property
    def steps(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return at which steps limits of lines and of voltages are written down by now, ascending."""
        return tuple(sorted(self._line)), tuple(sorted(self._voltage))


def steps_at_limits(
    grid: RadialGrid, flows_mva: ComplexArray, shift: LossShift | None = None
) -> tuple[set[int], set[int]]:
    """Return the steps at which flows, ``(nodes, steps)``, reach or exceed a line's rating, or an end of a band.

    Limits are those that the flows are held to, shifted by losses or not.
    """
    largest = np.abs(flows_mva) if shift is None else np.abs(flows_mva - shift.lines).max(axis=0)
    loaded = largest[1:] >= grid.rating_mva[1:, None] * (1.0 - NEAR_LINE)
    lines = set(np.flatnonzero(loaded.any(axis=0)).tolist())
    if not grid.has_band.any():
        return lines, set()
    deviations = squared_voltage_deviations(grid, flows_mva)
    if shift is not None:
        deviations = deviations - shift.voltages
    above, below = grid.dv_max[:, None] - NEAR_VOLTAGE, grid.dv_min[:, None] + NEAR_VOLTAGE
    outside = (deviations >= above) | (deviations <= below)
    outside[0] = False
    return lines, set(np.flatnonzero(outside.any(axis=0)).tolist())
