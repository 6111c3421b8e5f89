"""Linear programs against SciPy, their duals against finite differences, and answers that aren't."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import linprog

from lempart.conic import LinearProgram, Verdict, solve_linear
from lempart.conic.linear import optimality_error
from lempart.errors import SolverError

INF = np.inf


def random_program(seed: int) -> LinearProgram:
    """Return a bounded, feasible program with ranges, equalities and one-sided rows."""
    rng = np.random.default_rng(seed)
    rows, variables = 6, 4
    matrix = rng.normal(size=(rows, variables)).round(2)
    at = matrix @ rng.uniform(-1, 1, size=variables)
    lower, upper = at - rng.uniform(0.1, 1, rows), at + rng.uniform(0.1, 1, rows)
    lower[0], upper[1] = -INF, INF
    lower[2] = upper[2] = at[2]
    box = np.full(variables, 2.0)
    return LinearProgram(rng.normal(size=variables), sp.csr_array(matrix), lower, upper, -box, box)


@pytest.mark.parametrize("seed", range(20))
def test_the_optimum_is_scipys_and_the_duals_are_derivatives(seed: int) -> None:
    """Value as SciPy's interior point finds it; each dual is what moving its binding bound costs."""
    program = random_program(seed)
    found = solve_linear(program).require("a test")
    matrix = program.matrix.toarray()
    upper, lower = np.isfinite(program.row_upper), np.isfinite(program.row_lower)
    other = linprog(
        program.cost,
        np.vstack([matrix[upper], -matrix[lower]]),
        np.concatenate([program.row_upper[upper], -program.row_lower[lower]]),
        bounds=list(zip(program.lower, program.upper, strict=True)),
        method="highs-ipm",
    )
    assert found.value == pytest.approx(other.fun, abs=1e-7)
    assert optimality_error(program, found) < 1e-8
    step = 1e-6
    for row, dual in enumerate(found.row_dual):
        moved = replace(
            program,
            row_lower=program.row_lower + (step if dual > 0 or row == 2 else 0.0) * (np.arange(6) == row),
            row_upper=program.row_upper + (step if dual < 0 or row == 2 else 0.0) * (np.arange(6) == row),
        )
        slope = (solve_linear(moved).require("a test").value - found.value) / step
        assert slope == pytest.approx(dual, abs=1e-5)


def test_no_solution_is_no_number() -> None:
    """Infeasible and unbounded programs have a verdict, and asking for their solution raises."""
    base = random_program(0)
    free = np.full(4, INF)
    infeasible = replace(base, row_lower=base.row_lower + 100.0, row_upper=base.row_upper + 100.0)
    unbounded = replace(
        base, row_lower=np.full(6, -INF), row_upper=np.full(6, INF), lower=-free, upper=free
    )  # fmt: skip
    for program, verdict in ((infeasible, Verdict.INFEASIBLE), (unbounded, Verdict.UNBOUNDED)):
        outcome = solve_linear(program)
        assert outcome.verdict is verdict
        assert outcome.solution is None
        with pytest.raises(SolverError, match=r"the bill: .* \(HiGHS: "):
            outcome.require("the bill")


def test_a_program_with_nan_is_not_solved() -> None:
    """HiGHS calls it optimal; the check afterwards must not let a comparison with NaN pass for success."""
    program = random_program(0)
    broken = sp.csr_array(np.where(np.arange(4) == 1, np.nan, program.matrix.toarray()))
    for wrong in (replace(program, cost=np.full(4, np.nan)), replace(program, matrix=broken)):
        outcome = solve_linear(wrong)
        assert outcome.verdict is Verdict.FAILED
        assert outcome.solution is None


@pytest.mark.parametrize("status", ["kIterationLimit", "kTimeLimit", "kSolveError", "kUnknown", "kNotset"])
def test_any_other_status_is_a_failure(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that stops early has a point, too, and here even the right one; it isn't passed on."""
    stopped = getattr(highspy.HighsModelStatus, status)
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda _: stopped)
    outcome = solve_linear(random_program(0))
    assert outcome.verdict is Verdict.FAILED
    assert outcome.solution is None


@pytest.mark.parametrize("seed", range(5))
def test_wrong_answers_are_noticed(seed: int) -> None:
    """A moved point, a dual of the wrong sign or a missing dual is off by far more than is accepted."""
    program = random_program(seed)
    right = solve_linear(program).require("a test")
    binding = int(np.argmax(np.abs(right.row_dual)))
    missing = np.where(np.arange(6) == binding, 0.0, right.row_dual)
    x = right.x + 0.01
    for wrong in (
        replace(right, x=x, value=float(program.cost @ x)),
        replace(right, row_dual=missing),
        replace(right, row_dual=-right.row_dual),
    ):
        assert optimality_error(program, wrong) > 1e-5
