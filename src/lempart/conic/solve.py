"""Solve a :class:`ConicProgram`, or say exactly why there is no answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from operator import itemgetter

import clarabel
import numpy as np
import piqp
import scipy.sparse as sp

from lempart.arguments import checks_arguments
from lempart.conic.clarity import Clarity, clarity
from lempart.conic.finite import no_numbers
from lempart.conic.kkt import kkt_residuals
from lempart.conic.least_norm import same_point, with_least_norm
from lempart.conic.program import ConicProgram, ConicSolution
from lempart.conic.settings import SolverSettings
from lempart.errors import SolverError
from lempart.optional import installed
from lempart.typing import FloatArray

WITHOUT_REFINEMENT = 1e-8
"""The largest KKT residual accepted of a solve that refines none of its linear systems."""

INFEASIBLE_ONLY_WHEN = 1e-8
"""PIQP's test for infeasibility. At its default, 1e-4, it gives up programs of a hundred homes that it can solve, and
Clarabel takes ten times as long."""

SECOND_STEP = SolverSettings(accepted=1e-11), SolverSettings(accepted=1e-8)
"""What is asked of the least norm among the optimal points, a program of order one, and what is put up with.

A residual leaves its root of doubt about where the least norm is: 1e-9 moved a dispatch by 3e-5 of its powers."""


class Verdict(Enum):
    """How a solve ended."""

    SOLVED = "solved"
    INFEASIBLE = "no point meets the constraints"
    UNBOUNDED = "the cost has no lower bound"
    FAILED = "the solver stopped without an answer that meets the tolerances"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict and, only when it is ``SOLVED``, the solution."""

    verdict: Verdict
    solution: ConicSolution | None
    detail: str

    def require(self, what: str) -> ConicSolution:
        """Return the solution or raise :class:`SolverError` naming ``what`` was to be solved."""
        if self.solution is None:
            raise SolverError(f"{what}: {self.verdict.value} ({self.detail})")
        return self.solution


@dataclass(frozen=True, slots=True)
class _Scaled:
    """The program as solvers see it: variables, rows and cost of order one."""

    quadratic: sp.csc_matrix
    linear: FloatArray
    matrix: sp.csc_matrix
    rhs: FloatArray

    @classmethod
    def of(cls, program: ConicProgram) -> _Scaled:
        columns, unit = program.column_scale, program.cost_scale
        return cls(
            quadratic=_rescaled(program.quadratic, columns, columns, unit),
            linear=program.linear * columns / unit,
            matrix=_rescaled(program.matrix, 1.0 / program.row_scale, columns),
            rhs=program.rhs / program.row_scale,
        )


def _rescaled(matrix: sp.csc_array, rows: FloatArray, columns: FloatArray, unit: float = 1.0) -> sp.csc_matrix:
    """Return a matrix with rows and columns times their factors, as the type and index width solvers' bindings take."""
    indices, indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    values = matrix.data * rows[indices] * np.repeat(columns, np.diff(indptr)) / unit
    return sp.csc_matrix((values, indices, indptr), shape=matrix.shape)


@checks_arguments
def solve(program: ConicProgram, settings: SolverSettings | None = None) -> Outcome:
    """Solve a program; every answer is checked against the KKT conditions before it is called solved.

    Of several optimal points it is the program's preferred one, see :mod:`lempart.conic.least_norm`.

    Parameters
    ----------
    program
        The program, from :meth:`ProgramBuilder.build`.
    settings
        Tolerances and choice of the solver; None: the defaults.
    """
    unusable = no_numbers(program)
    if unusable is not None:
        return Outcome(Verdict.FAILED, None, unusable)
    tried: list[tuple[float, Outcome]] = []
    for outcome in _outcomes(program, settings or SolverSettings()):
        if outcome.solution is None:
            continue
        clear = clarity(outcome.solution)
        found = preferred_one(outcome, clear)
        if not clear.vague[0] or any(_agree(found, other) for _, other in tried):
            return found
        tried.append((float(clear.residual[0]), found))
    if not tried:
        return outcome
    _, clearest = min(tried, key=itemgetter(0))
    assert clearest.solution is not None
    return replace(clearest, solution=replace(clearest.solution, resolved=False))


def preferred_one(outcome: Outcome, clear: Clarity) -> Outcome:
    """Return a solved outcome with the preferred one of the optimal points."""
    assert outcome.solution is not None
    return replace(outcome, solution=with_least_norm(outcome.solution, clear, _second_step))


def _agree(one: Outcome, other: Outcome) -> bool:
    """Return whether the same point was found from two vague answers: so vague they weren't."""
    if one.solution is None or other.solution is None:
        return False
    return one.solution.resolved and other.solution.resolved and same_point(one.solution, other.solution)


@checks_arguments
def of_least_norm(solution: ConicSolution) -> ConicSolution:
    """Return the preferred one of the optimal points that a solved program may have."""
    return with_least_norm(solution, clarity(solution), _second_step)


def _second_step(program: ConicProgram) -> FloatArray | None:
    for settings in SECOND_STEP:
        for outcome in _outcomes(program, settings):
            if outcome.solution is not None:
                return outcome.solution.x
    return None


def _outcomes(program: ConicProgram, settings: SolverSettings) -> Iterator[Outcome]:
    """Yield how the ways to solve a program end, each tried when it is asked for."""
    if takes_piqp(program, settings):
        yield _piqp(program, settings)
    if settings.solver == "piqp":
        return
    # Refining every linear solve costs Clarabel a third of its time and is seldom needed: first without, and strictly.
    strict = settings
    if settings.accepted > WITHOUT_REFINEMENT:
        strict = replace(settings, accepted=WITHOUT_REFINEMENT)
    quick = _clarabel(program, strict, care=_Care.QUICK)
    yield quick
    if quick.verdict is Verdict.SOLVED:  # but not clear
        yield _clarabel(program, strict, care=_Care.SHORT_STEPS)
    else:
        refined = _clarabel(program, settings, care=_Care.REFINED)
        yield refined
        if refined.verdict not in {Verdict.SOLVED, Verdict.FAILED}:
            return
    yield _clarabel(program, settings, care=_Care.PATIENT)
    if settings.solver == "auto" and installed("numba"):
        yield _lane(program, settings)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A sparse matrix as Clarabel's binding reads it, number by number: from lists that takes a third of the time."""

    data: list[float]
    indices: list[int]
    indptr: list[int]
    shape: tuple[int, int]
    has_canonical_format: bool = True
    has_sorted_indices: bool = True

    @classmethod
    def of(cls, matrix: sp.csc_matrix) -> _Listed:
        """Return the matrix, whose indices are sorted and not repeated."""
        return cls(matrix.data.tolist(), matrix.indices.tolist(), matrix.indptr.tolist(), matrix.shape)


def _lane(program: ConicProgram, settings: SolverSettings) -> Outcome:
    """Solve with the interior-point method of batches: it goes on where Clarabel stalls, but is slow to set up."""
    from lempart.conic.batch import LIMITS, BatchSession  # compiled code, which most runs never need

    limits = LIMITS._replace(iterations=min(LIMITS.iterations, settings.iterations))
    answers = BatchSession(program, limits=limits).solve(program.rhs[:, None])
    x, z, iterations = answers.x[:, 0], answers.z[:, 0], int(answers.iterations[0])
    if not np.all(np.isfinite(x)):
        return Outcome(Verdict.FAILED, None, "batch: no answer")
    x, z = x / program.column_scale, z * program.row_scale / program.cost_scale
    return _checked(program, x, z, "batch", "solved", iterations, settings)


def takes_piqp(program: ConicProgram, settings: SolverSettings) -> bool:
    """Return whether PIQP is tried first: it is the faster one where no constraint is a second-order cone."""
    return settings.solver == "piqp" or (settings.solver == "auto" and program.cones.second_order == 0)


class _Care(Enum):
    """How much work Clarabel puts into a program."""

    QUICK = "linear systems not refined"
    SHORT_STEPS = "not refined either, a sixth more steps: three of four answers that were vague become clear"
    REFINED = "refined as it does by default"
    PATIENT = "refined to the last digit, shorter steps: twice the time, but precise where the others stall"


def _clarabel(program: ConicProgram, settings: SolverSettings, *, care: _Care) -> Outcome:
    scaled, cones = _Scaled.of(program), program.cones
    options = clarabel.DefaultSettings()
    options.verbose = False
    options.max_threads = 1
    options.iterative_refinement_enable = care in {_Care.REFINED, _Care.PATIENT}
    if care in {_Care.SHORT_STEPS, _Care.PATIENT}:
        options.max_step_fraction = 0.9
    if care is _Care.PATIENT:
        options.iterative_refinement_max_iter = 50
        options.iterative_refinement_abstol = options.iterative_refinement_reltol = 1e-15
    options.max_iter = settings.iterations
    options.tol_gap_abs = options.tol_gap_rel = options.tol_feas = settings.tolerance
    shape: list[object] = [clarabel.ZeroConeT(cones.zero), clarabel.NonnegativeConeT(cones.nonnegative)]
    shape += [clarabel.SecondOrderConeT(3)] * cones.second_order
    quadratic, matrix = _Listed.of(scaled.quadratic), _Listed.of(scaled.matrix)
    result = clarabel.DefaultSolver(quadratic, scaled.linear, matrix, scaled.rhs, shape, options).solve()
    status = str(result.status)
    if status in {"PrimalInfeasible", "AlmostPrimalInfeasible"}:
        return Outcome(Verdict.INFEASIBLE, None, f"Clarabel: {status}")
    if status in {"DualInfeasible", "AlmostDualInfeasible"}:
        return Outcome(Verdict.UNBOUNDED, None, f"Clarabel: {status}")
    return _checked(program, np.array(result.x), np.array(result.z), "Clarabel", status, result.iterations, settings)


def _piqp(program: ConicProgram, settings: SolverSettings) -> Outcome:
    return run_piqp(PreparedPiqp.of(program, settings).solver, program, settings)


@dataclass(frozen=True, slots=True)
class PreparedPiqp:
    """PIQP set up with a quadratic program, and the data that no parameter changes."""

    solver: piqp.SparseSolver
    quadratic: sp.csc_matrix
    linear: FloatArray
    equality: sp.csc_matrix
    inequality: sp.csc_matrix

    @classmethod
    def of(cls, program: ConicProgram, settings: SolverSettings) -> PreparedPiqp:
        """Return PIQP set up with a program."""
        scaled, zeros = _Scaled.of(program), program.cones.zero
        solver = piqp.SparseSolver()
        solver.settings.eps_abs = solver.settings.eps_rel = settings.tolerance
        solver.settings.eps_duality_gap_abs = solver.settings.eps_duality_gap_rel = settings.tolerance
        solver.settings.eps_primal_inf = solver.settings.eps_dual_inf = INFEASIBLE_ONLY_WHEN
        solver.settings.max_iter = settings.iterations
        solver.settings.preconditioner_reuse_on_update = True
        data = scaled.quadratic, scaled.linear, *_split_rows(scaled.matrix, zeros)
        quadratic, linear, equality, inequality = data
        upper = scaled.rhs[zeros:]
        solver.setup(quadratic, linear, equality, scaled.rhs[:zeros], inequality, np.full(len(upper), -np.inf), upper)
        return cls(solver, *data)

    def update(self, program: ConicProgram) -> None:
        """Take over the right-hand side of ``program``, the same one at other parameters.

        Data that isn't given anew PIQP unscales and scales again; the rounding would add up from one update to the
        next, and answers depend on those before.
        """
        rhs, zeros = program.rhs / program.row_scale, program.cones.zero
        self.solver.update(self.quadratic, self.linear, self.equality, rhs[:zeros], self.inequality, h_u=rhs[zeros:])


def run_piqp(solver: piqp.SparseSolver, program: ConicProgram, settings: SolverSettings) -> Outcome:
    """Solve what the solver was set up with, which is ``program``."""
    status = str(solver.solve())
    result = solver.result
    if not np.all(np.isfinite(result.x)):
        return Outcome(Verdict.FAILED, None, f"PIQP: {status}")
    duals = np.concatenate([result.y, result.z_u])
    return _checked(program, np.array(result.x), duals, "PIQP", status, result.info.iter, settings)


def _split_rows(matrix: sp.csc_matrix, first: int) -> tuple[sp.csc_matrix, sp.csc_matrix]:
    """Return the first rows of a matrix and the others."""
    upper = matrix.indices < first
    before = np.concatenate([[0], np.cumsum(upper, dtype=np.int32)])[matrix.indptr]
    size = matrix.shape[1]
    return (
        sp.csc_matrix((matrix.data[upper], matrix.indices[upper], before), shape=(first, size)),
        sp.csc_matrix(
            (matrix.data[~upper], matrix.indices[~upper] - first, matrix.indptr - before),
            shape=(matrix.shape[0] - first, size),
        ),
    )


def _checked(
    program: ConicProgram,
    x: FloatArray,
    z: FloatArray,
    solver: str,
    status: str,
    iterations: int,
    settings: SolverSettings,
) -> Outcome:
    """Unscale an answer and accept it only when its KKT residuals are small, whatever the status says."""
    x = x * program.column_scale
    z = z * program.cost_scale / program.row_scale
    slack = program.rhs - program.matrix @ x
    slack[: program.cones.zero] = 0.0
    solution = ConicSolution(program, x, z, slack, program.cost(x), solver, iterations)
    residuals = kkt_residuals(solution)
    if not residuals.worst <= settings.accepted:
        return Outcome(Verdict.FAILED, None, f"{solver}: {status}, largest KKT residual {residuals.worst:.1e}")
    return Outcome(Verdict.SOLVED, solution, status)
