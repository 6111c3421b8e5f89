"""Programs with NaN or infinity in their data: told apart by looking, before any solver sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import clarabel
import highspy
import numpy as np
import piqp
import pytest
import scipy.sparse as sp

from conic.test_linear_against_scipy import random_program
from conic.test_session_against_solve import _program
from lempart.conic import (
    ConicProgram,
    LinearProgram,
    SolverSession,
    SolverSettings,
    Verdict,
    solve,
    solve_linear,
    solve_many_rows,
    solve_mixed_integer,
)
from lempart.errors import SolverError

NO_BOUND = {"row_lower": -np.inf, "row_upper": np.inf, "lower": -np.inf, "upper": np.inf}


@pytest.fixture
def _no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no solver be made."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a solver was asked")

    for module, name in ((highspy, "Highs"), (piqp, "SparseSolver"), (clarabel, "DefaultSolver")):
        monkeypatch.setattr(module, name, refuse)


def _spoilt(value: Any, wrong: float) -> Any:
    """Return a vector, matrix or number with one entry that is none."""
    if isinstance(value, float):
        return wrong
    changed = value.copy()
    entries = changed.data if sp.issparse(changed) else changed
    entries[len(entries) // 2] = wrong
    return changed


def _linear() -> Iterator[LinearProgram]:
    good = random_program(0)
    for item in fields(LinearProgram):
        for wrong in (np.nan, np.inf, -np.inf):
            if wrong != NO_BOUND.get(item.name):
                yield replace(good, **{item.name: _spoilt(getattr(good, item.name), wrong)})


def _conic(*, cone: bool) -> Iterator[ConicProgram]:
    good = _program(0, cone=cone)
    for name in ("quadratic", "linear", "constant", "matrix", "rhs", "column_scale", "row_scale", "cost_scale"):
        for wrong in (np.nan, np.inf, -np.inf):
            yield replace(good, **{name: _spoilt(getattr(good, name), wrong)})


@pytest.mark.usefixtures("_no_solver")
def test_linear_programs() -> None:
    """In cost, matrix and bounds; a row of NaN makes HiGHS 1.16 run for ever, one NaN makes it say "infeasible"."""
    seen = 0
    for program in _linear():
        for solver in (solve_linear, solve_many_rows):
            outcome = solver(program)
            assert outcome.verdict is Verdict.FAILED
            with pytest.raises(SolverError, match=r"the bill: .* \(not a finite number in .* \((nan|inf|-inf)\)\)"):
                outcome.require("the bill")
        with pytest.raises(SolverError, match="not a finite number in"):
            solve_mixed_integer(program, np.array([True, False, True, False]))
        seen += 1
    assert seen == 2 * 3 + 4 * 2


@pytest.mark.usefixtures("_no_solver")
@pytest.mark.parametrize("cone", [False, True])
@pytest.mark.parametrize("solver", ["auto", "clarabel", "piqp"])
def test_conic_programs(cone: bool, solver: Any) -> None:
    """In costs, matrices, right-hand sides and scales, solved once or kept for many parameters."""
    settings = SolverSettings(solver=solver)
    for program in _conic(cone=cone):
        for outcome in (solve(program, settings), SolverSession(program, settings).solve(program.parameters)):
            assert outcome.verdict is Verdict.FAILED
            assert outcome.detail.startswith("not a finite number in")


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("cone", [False, True])
def test_a_parameter_that_is_none(cone: bool) -> None:
    """A session whose program is good refuses parameters that aren't, and then answers good ones as before."""
    program = _program(1, cone=cone)
    session = SolverSession(program)
    before = session.solve(program.parameters).require("the example")
    for wrong in (np.nan, np.inf):
        outcome = session.solve(_spoilt(program.parameters, wrong))
        assert outcome.verdict is Verdict.FAILED
        assert outcome.detail.startswith("not a finite number in the constant cost")
    assert np.array_equal(session.solve(program.parameters).require("the example").x, before.x)


def test_no_bound_is_no_error() -> None:
    """Bounds may be infinite in the one direction that means there is none."""
    good = random_program(0)
    for name, none in NO_BOUND.items():
        program = replace(good, **{name: _spoilt(getattr(good, name), none)})
        assert solve_linear(program).verdict is Verdict.SOLVED


def test_solvers_write_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither when they are made nor when they run or refuse: standard output belongs to the result."""
    program = random_program(0)
    solve_linear(program).require("a test")
    solve_linear(replace(program, row_lower=np.full(6, 1e25)))
    solve_mixed_integer(program, np.array([True, False, True, False]))
    for cone in (False, True):
        solve(_program(0, cone=cone)).require("a test")
    assert capfd.readouterr() == ("", "")
