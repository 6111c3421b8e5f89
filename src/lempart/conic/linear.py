"""Linear programs by HiGHS: an answer that was checked, or exactly why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from lempart.arguments import checks_arguments
from lempart.conic.finite import not_finite
from lempart.conic.highs import highs_solver
from lempart.conic.solve import Verdict
from lempart.errors import SolverError
from lempart.typing import FloatArray

_ACCEPTED = 1e-7  # what the check afterwards lets pass; programs are scaled to numbers of order one


@dataclass(frozen=True, slots=True, eq=False)
class LinearProgram:
    """Minimise ``c'x`` subject to ``row_lower ≤ A x ≤ row_upper`` and ``lower ≤ x ≤ upper``.

    Scale it so that costs and bounds that matter are of order one: tolerances are absolute.

    Attributes
    ----------
    cost
        ``c``, shape ``(variables,)``.
    matrix
        ``A``, shape ``(rows, variables)``.
    row_lower, row_upper
        Shape ``(rows,)``, infinite where there is no bound.
    lower, upper
        Shape ``(variables,)``, infinite where there is no bound.
    """

    cost: FloatArray
    matrix: sp.csr_array
    row_lower: FloatArray
    row_upper: FloatArray
    lower: FloatArray
    upper: FloatArray

    def no_numbers(self) -> str | None:
        """Return which data no solver can compute with, in words; None where there are none."""
        return not_finite(
            ("the cost", self.cost),
            ("the rows' coefficients", self.matrix.data),
            bounds=[
                ("the rows' lower bounds", self.row_lower, -np.inf),
                ("the rows' upper bounds", self.row_upper, np.inf),
                ("the lower bounds", self.lower, -np.inf),
                ("the upper bounds", self.upper, np.inf),
            ],
        )


@dataclass(frozen=True, slots=True, eq=False)
class LinearSolution:
    """An optimal point and its duals.

    Attributes
    ----------
    x
        Shape ``(variables,)``.
    row_dual
        Shape ``(rows,)``: the derivative of the optimal cost with respect to the row's active bound, so
        ``≥ 0`` where a lower and ``≤ 0`` where an upper bound binds.
    value
        ``c'x``.
    """

    x: FloatArray
    row_dual: FloatArray
    value: float


@dataclass(frozen=True, slots=True)
class LinearOutcome:
    """A verdict and, only when it is ``SOLVED``, the solution."""

    verdict: Verdict
    solution: LinearSolution | None
    detail: str

    def require(self, what: str) -> LinearSolution:
        """Return the solution or raise :class:`SolverError` naming ``what`` was to be solved."""
        if self.solution is None:
            raise SolverError(f"{what}: {self.verdict.value} ({self.detail})")
        return self.solution


@checks_arguments
def solve_linear(program: LinearProgram) -> LinearOutcome:
    """Solve ``program``; feasibility, dual signs and the duality gap are checked before it counts as solved."""
    import highspy

    unusable = program.no_numbers()
    if unusable is not None:
        return LinearOutcome(Verdict.FAILED, None, unusable)
    solver = highs_solver(highspy)
    if solver.passModel(highs_model(program, highspy)) == highspy.HighsStatus.kError:
        return LinearOutcome(Verdict.FAILED, None, "HiGHS: refused the program")
    solver.run()
    status = solver.getModelStatus()
    for option, choice in (("presolve", "off"), ("solver", "ipm")):
        # Presolve alone can't tell which of the two; the simplex method stops now and then without an answer.
        if status in (highspy.HighsModelStatus.kUnboundedOrInfeasible, highspy.HighsModelStatus.kUnknown):
            solver.clearSolver()
            solver.setOptionValue(option, choice)
            solver.run()
            status = solver.getModelStatus()
    detail = f"HiGHS: {solver.modelStatusToString(status)}"
    verdict = {
        highspy.HighsModelStatus.kOptimal: Verdict.SOLVED,
        highspy.HighsModelStatus.kInfeasible: Verdict.INFEASIBLE,
        highspy.HighsModelStatus.kUnbounded: Verdict.UNBOUNDED,
    }.get(status, Verdict.FAILED)
    if verdict is not Verdict.SOLVED:
        return LinearOutcome(verdict, None, detail)
    found = solver.getSolution()
    x, row_dual = np.array(found.col_value, dtype=float), np.array(found.row_dual, dtype=float)
    solution = LinearSolution(x, row_dual, float(program.cost @ x))
    error = optimality_error(program, solution)
    if not error <= _ACCEPTED:
        return LinearOutcome(Verdict.FAILED, None, f"{detail}, but it is wrong by {error:.1e}")
    return LinearOutcome(Verdict.SOLVED, solution, detail)


def optimality_error(program: LinearProgram, solution: LinearSolution) -> float:
    """Return by how much ``solution`` misses optimality: the worst of feasibility, dual signs and gap.

    The gap is relative to ``max(1, |value|)``, the violation of a bound to ``max(1, |bound|)``.
    """
    reduced = program.cost - program.matrix.T @ solution.row_dual
    rows = _bound_error(program.matrix @ solution.x, program.row_lower, program.row_upper)
    columns = _bound_error(solution.x, program.lower, program.upper)
    row_value, row_error = _dual_value(solution.row_dual, program.row_lower, program.row_upper)
    column_value, column_error = _dual_value(reduced, program.lower, program.upper)
    gap = abs(solution.value - row_value - column_value) / max(1.0, abs(solution.value))
    return float(np.max([rows, columns, row_error, column_error, gap]))  # NaN if any is


def _bound_error(values: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    if not len(values):
        return 0.0
    below = (lower - values) / np.maximum(1.0, np.where(np.isfinite(lower), np.abs(lower), 1.0))
    above = (values - upper) / np.maximum(1.0, np.where(np.isfinite(upper), np.abs(upper), 1.0))
    return float(np.maximum(below, above).max(initial=0.0))


def _dual_value(duals: FloatArray, lower: FloatArray, upper: FloatArray) -> tuple[float, float]:
    """Return the bounds' share of the dual objective and the largest dual on a bound that isn't there."""
    bound = np.where(duals > 0, lower, upper)
    there = np.isfinite(bound)
    return float(duals[there] @ bound[there]), float(np.abs(duals[~there]).max(initial=0.0))


def highs_model(program: LinearProgram, highs: Any) -> Any:
    """Return a program in the form of HiGHS; ``highs`` is its module."""
    model = highs.HighsLp()
    model.num_row_, model.num_col_ = program.matrix.shape
    model.col_cost_ = program.cost
    model.col_lower_, model.col_upper_ = program.lower, program.upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    model.a_matrix_.format_ = highs.MatrixFormat.kRowwise
    model.a_matrix_.start_ = program.matrix.indptr
    model.a_matrix_.index_ = program.matrix.indices
    model.a_matrix_.value_ = program.matrix.data
    return model
