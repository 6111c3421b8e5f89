"""Dispatch with network limits only at the steps that need them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lempart.conic import SolverSettings, Verdict, solve
from lempart.dispatch.exante import ExAnteDraft, draft_ex_ante, finished
from lempart.dispatch.exclusive import without_burning
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.solution import Dispatch, convex_dispatch, read_outcome
from lempart.grid import squared_voltage_deviations

LIMIT_TOLERANCE = 1e-9
"""A limit exceeded by less than this (a share of a rating, or p.u.) is kept."""


class LazyDispatcher:
    """Solves problems that differ in their exchanges alone, such as the partitions of one case.

    Limits are written down for whole steps, first none, then those at which an answer exceeded one, until none
    does: the answer of a relaxation that keeps all limits is the answer. Steps found for one problem are kept for
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
        return without_burning(problem, self._convex(problem), self._convex)

    def _convex(self, problem: DispatchProblem) -> Dispatch:
        """Return the dispatch with batteries as they are decided."""
        while True:
            line, voltage = tuple(sorted(self._line)), tuple(sorted(self._voltage))
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
        """Return what problems have in common; where directions are decided, a draft that nobody else needs."""
        if problem.directions is not None:
            return draft_ex_ante(problem)
        if self._draft is None:
            self._draft = draft_ex_ante(problem)
        return self._draft

    def _adds_steps(self, solved: Dispatch) -> bool:
        """Note the steps at which the answer exceeds a limit that isn't written down; return whether any is new."""
        grid, flows = solved.problem.grid, solved.ex_ante_flows_mva
        before = len(self._line), len(self._voltage)
        overloaded = np.abs(flows[1:]) > grid.rating_mva[1:, None] * (1.0 + LIMIT_TOLERANCE)
        self._line.update(np.flatnonzero(overloaded.any(axis=0)).tolist())
        if grid.has_band.any():
            deviations = squared_voltage_deviations(grid, flows)
            outside = (deviations > grid.dv_max[:, None] + LIMIT_TOLERANCE) | (
                deviations < grid.dv_min[:, None] - LIMIT_TOLERANCE
            )
            self._voltage.update(np.flatnonzero(outside.any(axis=0)).tolist())
        return before != (len(self._line), len(self._voltage))
