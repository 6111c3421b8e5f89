"""Programs of many rows solved with few of them, against all rows at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

import lempart.conic.constraint_generation
from lempart.conic import LinearProgram, Verdict, solve_linear, solve_many_rows
from lempart.conic.linear import optimality_error

ROWS, VARIABLES = 400, 6


def _program(seed: int) -> LinearProgram:
    """Return a program whose rows bind long before its wide bounds do; the last row is an equality."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(ROWS, VARIABLES)).round(2)
    upper = np.abs(matrix).sum(axis=1) * rng.uniform(0.5, 1.5, ROWS)
    lower = np.full(ROWS, -np.inf)
    lower[-1] = upper[-1] = 0.1
    wide = np.full(VARIABLES, 50.0)
    return LinearProgram(rng.normal(size=VARIABLES), sp.csr_array(matrix), lower, upper, -wide, wide)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Start with ten rows and add three at a time; return how many rows each program had that was solved."""
    monkeypatch.setattr(lempart.conic.constraint_generation, "SOLVED_AT_ONCE", 10)
    monkeypatch.setattr(lempart.conic.constraint_generation, "ROWS_ADDED", 3)
    solved: list[int] = []

    def counted(program: LinearProgram) -> object:
        solved.append(len(program.row_upper))
        return solve_linear(program)

    monkeypatch.setattr(lempart.conic.constraint_generation, "solve_linear", counted)
    return solved


@pytest.mark.parametrize("seed", range(12))
def test_value_and_optimality_over_all_rows(few: list[int], seed: int) -> None:
    """Proves that the answer and its duals are optimal for all rows, though few of them were handed to the solver."""
    program = _program(seed)
    found, whole = solve_many_rows(program).require("a test"), solve_linear(program).require("a test")
    assert found.value == pytest.approx(whole.value, rel=1e-7)
    assert optimality_error(program, found) < 1e-7
    assert len(found.row_dual) == ROWS
    assert len(few) > 2
    assert max(few) < ROWS / 2


def test_verdicts_are_those_of_all_rows(few: list[int]) -> None:
    """Proves that what is infeasible or unbounded is called so."""
    program = _program(1)
    upper = program.row_upper.copy()
    upper[200] = -1e3  # contradicts the others
    assert solve_many_rows(replace(program, row_upper=upper)).verdict is Verdict.INFEASIBLE
    loose, free = np.full(ROWS, np.inf), np.full(VARIABLES, np.inf)
    loose[-1] = 0.1
    unbounded = replace(program, row_upper=loose, lower=-free, upper=free)
    assert solve_many_rows(unbounded).verdict is Verdict.UNBOUNDED
    assert few
