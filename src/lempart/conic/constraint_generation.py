"""Linear programs of few variables and very many rows, most of which don't bind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lempart.arguments import checks_arguments
from lempart.conic.linear import LinearOutcome, LinearProgram, LinearSolution, solve_linear
from lempart.conic.solve import Verdict
from lempart.typing import BoolArray, FloatArray

SOLVED_AT_ONCE = 4_000
"""Up to so many rows are handed to the solver at once; of more, so many to begin with."""

ROWS_ADDED = 500
"""Violated rows that come in at a time, the worst first."""

_VIOLATED = 1e-8  # a row violated by less, relative to max(1, |bound|), is kept; programs are scaled to order one


@checks_arguments
def solve_many_rows(program: LinearProgram) -> LinearOutcome:
    """Solve ``program`` with as few of its rows as decide, those that the others' answers violate; the same verdict.

    Rows that were left out hold at the answer, and their duals are 0: with the duals of the others they prove it
    optimal. The first rows and those with a lower bound are never left out.
    """
    count = len(program.row_upper)
    if count <= SOLVED_AT_ONCE:
        return solve_linear(program)
    chosen = np.isfinite(program.row_lower)
    chosen[:SOLVED_AT_ONCE] = True
    while True:
        outcome = solve_linear(_with_rows(program, chosen))
        if outcome.verdict is Verdict.INFEASIBLE:
            return outcome  # more rows don't help
        if outcome.solution is None:
            return solve_linear(program)
        found = outcome.solution
        over = (program.matrix @ found.x - program.row_upper) / np.maximum(1.0, np.abs(program.row_upper))
        over[chosen | ~np.isfinite(program.row_upper)] = -np.inf
        worst = np.argsort(over)[-ROWS_ADDED:]
        if not over[worst[-1]] > _VIOLATED:
            return replace(outcome, solution=_with_all_duals(found, chosen))
        chosen[worst[over[worst] > _VIOLATED]] = True


def _with_rows(program: LinearProgram, chosen: BoolArray) -> LinearProgram:
    at = np.flatnonzero(chosen)
    return replace(program, matrix=program.matrix[at], row_lower=program.row_lower[at], row_upper=program.row_upper[at])


def _with_all_duals(found: LinearSolution, chosen: BoolArray) -> LinearSolution:
    duals: FloatArray = np.zeros(len(chosen))
    duals[chosen] = found.row_dual
    return replace(found, row_dual=duals)
