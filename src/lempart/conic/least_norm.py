"""Of all optimal points of a program, the preferred one: the least norm in a second step.

A small weight on the norm tells a solver which of the optimal points is meant, but at a weight of 1e-7 an accepted
residual of 1e-8 is a tenth of what all of the norm is worth. So where a solver's answer isn't good enough to tell, the
optimal points are described by what its duals say of them, and the norm alone is minimised there: a program whose
numbers are of order one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, gmres, splu

from lempart.conic.affine import Affine
from lempart.conic.builder import ProgramBuilder
from lempart.conic.clarity import HOPELESS, MERE, Clarity
from lempart.conic.kkt import kkt_residuals
from lempart.conic.optimal_face import TIGHT, OptimalFace
from lempart.conic.pinned import pinned
from lempart.conic.program import ConicProgram, ConicSolution
from lempart.typing import BoolArray, FloatArray

UNDECIDED = (4.0, 0.5, 0.0625)
"""Duals up to so many times the preference's pull may be its doing: such rows stay inequalities. Or they are what very
little costs: where a step that takes them for the former turns out to cost something, less is left undecided."""

COSTS = 1e-9
"""What a step between optimal points may seem to cost, in the scaled program: rows are exceeded by so much."""

SAME = 1e-6
"""Preferred points that differ by less, in the scaled program, are the same."""

_SHIFT = 1e-11
"""Regularises the equations of a step, which often repeat each other; some iterations take its effect away."""

_ITERATIONS = 12

Solve = Callable[[ConicProgram], FloatArray | None]


def with_least_norm(solution: ConicSolution, clear: Clarity, solve: Solve) -> ConicSolution:
    """Return the optimal point of least norm, with the same duals; the solution itself where nothing is preferred.

    Parameters
    ----------
    clear
        How clear the solution is.
    solve
        Returns the solution of a program, or None where there is none within tight tolerances. The answer is then the
        solution as it was, marked as not ``resolved``; so is one whose duals are too vague.
    """
    program = solution.program
    if clear.resolved[0] or program.preferred is None or program.squares is None:
        return solution
    pull = float(clear.pull[0])
    if pull > MERE or clear.residual[0] > HOPELESS:
        return replace(solution, resolved=False)
    for times in UNDECIDED:
        step = _step(solution, program.preferred, OptimalFace.of(solution, program.squares, times * pull), solve)
        if step is None:
            break
        moved = _moved(solution, step * program.column_scale)
        # Stationarity is missed by what the preference weighs at the new point, no more.
        allowed = max(kkt_residuals(solution).worst, 10.0 * times * pull)
        if not step.any() or (_dearer(moved, solution) <= COSTS and kkt_residuals(moved).worst <= allowed):
            return moved
    return replace(solution, resolved=False)


def same_point(one: ConicSolution, other: ConicSolution) -> bool:
    """Return whether two solutions of a program agree in what it prefers to be small."""
    preferred = one.program.preferred
    if preferred is None:
        return True
    apart = np.abs(preferred.at(one.x) - preferred.at(other.x)).max(initial=0.0)
    return bool(apart <= SAME * float(np.median(one.program.column_scale)))


def _moved(solution: ConicSolution, step: FloatArray) -> ConicSolution:
    """Return the solution with another point, and the same duals."""
    program, x = solution.program, solution.x + step
    slack = program.rhs - program.matrix @ x
    slack[: program.cones.zero] = 0.0
    return replace(solution, x=x, s=slack, cost=program.cost(x))


def _dearer(moved: ConicSolution, solution: ConicSolution) -> float:
    """Return how much more one point costs than another, in the scaled program, without what is preferred.

    Nor what comes of equations that are met to other last digits: they may be worth much.
    """
    program, zero = solution.program, slice(solution.program.cones.zero)
    missed = float(solution.z[zero] @ (program.matrix[zero] @ (moved.x - solution.x)))
    assert program.preferred is not None
    norms = [float(np.sum(program.preferred.at(one.x) ** 2)) for one in (moved, solution)]
    rise = moved.cost - solution.cost + missed - program.preference_weight * (norms[0] - norms[1])
    return rise / program.cost_scale


def _step(solution: ConicSolution, preferred: Affine, face: OptimalFace, solve: Solve) -> FloatArray | None:
    """Return the step to the preferred point, in the scaled program; None where it can't be found."""
    program, step = solution.program, np.zeros(len(solution.x))
    free = ~_pinned(face.fixed, len(step))
    if not free[preferred.cols].any():
        return step
    columns = np.flatnonzero(free)
    size = float(np.median(program.column_scale))
    values = preferred.values * program.column_scale[preferred.cols] / size
    place = np.full(len(step), -1)
    place[columns] = np.arange(len(columns))
    norm = replace(preferred, values=values, constant=preferred.at(solution.x) / size).over(place)
    less = face.within(columns, len(step))
    found = _least_under_equations(norm, less.fixed, len(columns))
    if found is None or not less.keeps(found):
        found = solve(_program(norm, less, len(columns)))
    if found is None:
        return None
    step[columns] = found
    return step


def _pinned(fixed: Affine, columns: int) -> BoolArray:
    """Return which columns ``E d = 0`` makes zero by itself."""
    there = np.abs(fixed.values) > TIGHT
    return pinned(fixed.rows[there], fixed.cols[there], fixed.size, columns)


def _least_under_equations(norm: Affine, fixed: Affine, columns: int) -> FloatArray | None:
    """Return the step of least norm with ``E d = 0``, inequalities left out; None where that fails."""
    size = columns + fixed.size
    forms = sp.csr_array((norm.values, (norm.rows, norm.cols)), shape=(norm.size, columns))
    hessian = (forms.T @ forms).tocoo()
    rows = np.concatenate([hessian.row, columns + fixed.rows, fixed.cols])
    cols = np.concatenate([hessian.col, fixed.cols, columns + fixed.rows])
    values = np.concatenate([hessian.data, fixed.values, fixed.values])
    exact = sp.csc_array((values, (rows, cols)), shape=(size, size))
    shift = sp.csc_array(
        (np.repeat([_SHIFT, -_SHIFT], [columns, fixed.size]), (np.arange(size),) * 2), shape=(size, size)
    )
    rhs = np.concatenate([-(forms.T @ norm.constant), np.zeros(fixed.size)])
    try:
        # Orders that keep symmetry fill in, by the square of the steps of a battery, where rows have to be swapped.
        factors = splu(exact + shift, permc_spec="COLAMD")
    except RuntimeError:  # singular all the same
        return None
    shifted = LinearOperator((size, size), matvec=factors.solve, dtype=float)
    found, _ = gmres(exact, rhs, M=shifted, rtol=0.0, atol=1e-3 * TIGHT, restart=_ITERATIONS, maxiter=1)
    missing = rhs - exact @ found
    return found[:columns] if np.abs(missing).max() < TIGHT else None


def _program(norm: Affine, face: OptimalFace, columns: int) -> ConicProgram:
    """Return the program that minimises the norm on the face."""
    builder = ProgramBuilder()
    builder.variable("step", (columns,))
    builder.minimize_squares(norm, 1.0)
    builder.equal_zero("stays optimal", face.fixed)
    builder.nonnegative("rows", face.rows)
    if face.cones.size:
        head, re, im = (face.cones.picked(np.arange(part, face.cones.size, 3)) for part in range(3))
        builder.modulus_at_most("cones", head, re, im)
    return builder.build()
