"""Of all optimal points of a program, the preferred one: the least norm in a second step.

A small weight on the norm tells a solver which of the optimal points is meant, but at a weight of 1e-7 an accepted
residual of 1e-8 is a tenth of what all of the norm is worth. So where a solver's answer isn't good enough to tell, the
optimal points are described by what its duals say of them, and the norm alone is minimised there: a program whose
numbers are of order one.

With ``(x, z)`` optimal, a feasible ``x + d`` is optimal too if, and only if, its slack is complementary to ``z`` and no
squared cost changes: rows with a positive dual stay tight, a cone with its dual on the boundary keeps to the ray
opposite to it, one with its dual inside stays at the tip, and ``R d = 0`` for the forms ``R`` that are squared. In the
step ``d`` all that is homogeneous, ``E d = 0``: it holds for ``d = 0``, whatever the rounding of ``x``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from lempart.conic.affine import Affine, stacked, sums_at
from lempart.conic.builder import ProgramBuilder
from lempart.conic.program import ConicProgram, ConicSolution, kkt_residuals
from lempart.typing import BoolArray, FloatArray, IntArray

RESOLVED, PRECISE = 2.5e-7, 1e-13
"""A residual up to this share of the preference's pull, and up to so much, needs no second step: it would move the
point by about 1e-7 of its scale (measured on 1,100 dispatches: at most 1.1e-7)."""
VAGUE, HOPELESS = 1e-11, 1e-8
"""Answers with a larger residual tell poorly which rows are tight at all optimal points: a more precise answer is asked
for. Beyond the second they don't tell it at all."""
MERE = 1e-4
"""A preference that pulls harder, as a share of the cost's scale, is a cost like others: it isn't done without."""
UNDECIDED = 4.0
"""Duals up to so many times the preference's pull may be its doing: such rows stay inequalities."""
_KEPT = 1e-9
"""What a row of the scaled program may be exceeded by, and an equation of the step missed."""
_SHIFT = 1e-9
"""Regularises the equations of a step, which often repeat each other; refinement takes its effect away."""
_REFINEMENTS = 12

Solve = Callable[[ConicProgram], FloatArray | None]


@dataclass(frozen=True, eq=False, slots=True)
class Clarity:
    """How well answers tell the preferred one of the optimal points, shape ``(answers,)`` each.

    Attributes
    ----------
    residual
        The largest residual of stationarity, and product of a slack and its dual, in the scaled program.
    pull
        The largest component of the preference's gradient, in the scaled program; 0 where nothing is preferred.
    """

    residual: FloatArray
    pull: FloatArray

    @classmethod
    def of(cls, program: ConicProgram, x: FloatArray, z: FloatArray, s: FloatArray) -> Clarity:
        """Return how clear answers are: points, duals and slacks in columns, in the program's units."""
        unit, first, columns = program.cost_scale, program.cones.first_cone_row, program.column_scale[:, None]
        gradient = program.quadratic @ x + program.linear[:, None] + program.matrix.T @ z
        products = s * z / unit
        cones = products[first:].reshape(-1, 3, x.shape[1]).sum(axis=1)
        parts = (gradient * columns / unit, products[program.cones.zero : first], cones)
        residual = np.max([np.abs(part).max(axis=0, initial=0.0) for part in parts], axis=0)
        preferred, pull = program.preferred, np.zeros(x.shape[1])
        if preferred is not None and preferred.size:
            forms = sp.csr_array((preferred.values, (preferred.rows, preferred.cols)), shape=(preferred.size, len(x)))
            norm = np.asarray(forms.T @ (np.asarray(forms @ x) + preferred.constant[:, None]))
            pull = 2.0 * program.preference_weight * np.abs(norm * columns / unit).max(axis=0, initial=0.0)
        return cls(residual, pull)

    @property
    def resolved(self) -> BoolArray:
        """Return whose point is the preferred one as it is."""
        enough = RESOLVED * self.pull
        resolved: BoolArray = self.residual <= np.where(self.pull > MERE, enough, np.minimum(enough, PRECISE))
        return np.asarray(resolved | (self.pull == 0.0))

    @property
    def vague(self) -> BoolArray:
        """Return whose duals tell poorly which points are optimal."""
        vague: BoolArray = ~self.resolved & ((self.residual > VAGUE) | (self.pull > MERE))
        return vague


def clarity(solution: ConicSolution) -> Clarity:
    """Return how clear one solution is."""
    return Clarity.of(solution.program, *(part[:, None] for part in (solution.x, solution.z, solution.s)))


def with_least_norm(solution: ConicSolution, solve: Solve) -> ConicSolution:
    """Return the optimal point of least norm, with the same duals; the solution itself where nothing is preferred.

    Parameters
    ----------
    solve
        Returns the solution of a program, or None where there is none within tight tolerances. The answer is then the
        solution as it was, marked as not ``resolved``; so is one whose duals are too vague.
    """
    program, clear = solution.program, clarity(solution)
    if clear.resolved[0] or program.preferred is None or program.squares is None:
        return solution
    pull = float(clear.pull[0])
    if pull > MERE or clear.residual[0] > HOPELESS:
        return replace(solution, resolved=False)
    step = _step(solution, program.preferred, _Face.of(solution, program.squares, UNDECIDED * pull), solve)
    if step is None:
        return replace(solution, resolved=False)
    x = solution.x + step * program.column_scale
    slack = program.rhs - program.matrix @ x
    slack[: program.cones.zero] = 0.0
    moved = replace(solution, x=x, s=slack, cost=program.cost(x))
    # Stationarity is missed by what the preference weighs at the new point, no more.
    kept = not step.any() or kkt_residuals(moved).worst <= max(kkt_residuals(solution).worst, 10.0 * UNDECIDED * pull)
    return moved if kept else replace(solution, resolved=False)


@dataclass(frozen=True, eq=False)
class _Face:
    """The optimal points as seen from one of them, by the step ``d`` to another, in the scaled program.

    Attributes
    ----------
    fixed
        ``E d``, which is zero.
    rows, cones
        Slacks after the step: of rows, at least zero, and of second-order cones, three forms each.
    """

    fixed: Affine
    rows: Affine
    cones: Affine

    @classmethod
    def of(cls, solution: ConicSolution, squares: Affine, undecided: float) -> _Face:
        """Return the optimal face; duals up to ``undecided`` decide nothing."""
        program, cones = solution.program, solution.program.cones
        s, z = solution.s / program.row_scale, solution.z * program.row_scale / program.cost_scale
        slack = _slack_after(program, s)
        plain = np.arange(cones.zero, cones.first_cone_row)
        tight = z[plain] > np.maximum(s[plain], undecided)
        heads = cones.first_cone_row + 3 * np.arange(cones.second_order)
        s_size, z_size = (np.hypot(v[heads + 1], v[heads + 2]) for v in (s, z))
        tip = z[heads] - z_size > np.maximum(s[heads] + s_size, undecided)
        ray = ~tip & (z[heads] + z_size > np.maximum(s[heads] - s_size, undecided))
        equal = np.concatenate([np.arange(cones.zero), plain[tight], _triples(heads[tip])])
        # On a ray the slack is tau (1, e), tau >= 0: two equations, and the first of the three rows stays.
        on = heads[ray]
        cos, sin = -z[on + 1] / np.maximum(z_size[ray], undecided), -z[on + 2] / np.maximum(z_size[ray], undecided)
        along = _combined(slack, (on, on + 1, on + 2), (np.ones(len(on)), -cos, -sin))
        across = _combined(slack, (on + 1, on + 2), (sin, -cos))
        fixed = stacked([slack.picked(equal), along, across, _decisive(program, squares, undecided)])
        return cls(
            replace(fixed, constant=np.zeros(fixed.size)),
            slack.picked(np.concatenate([plain[~tight], on])),
            slack.picked(_triples(heads[~tip & ~ray])),
        )

    def within(self, columns: IntArray, count: int) -> _Face:
        """Return the face with a step in these of ``count`` columns alone; rows that then say nothing are left out."""
        place = np.full(count, -1)
        place[columns] = np.arange(len(columns))
        fixed, rows, cones = (part.over(place) for part in (self.fixed, self.rows, self.cones))
        moved = np.unique(cones.rows // 3)
        return _Face(
            fixed.picked(np.unique(fixed.rows)),
            rows.picked(np.unique(rows.rows)),
            cones.picked(_triples(3 * moved)),
        )

    def keeps(self, step: FloatArray) -> bool:
        """Return whether the inequalities hold after the step."""
        head, re, im = self.cones.at(step).reshape(-1, 3).T
        outside = max(
            float(np.max(-self.rows.at(step), initial=0.0)), float(np.max(np.hypot(re, im) - head, initial=0.0))
        )
        return outside <= _KEPT


def _step(solution: ConicSolution, preferred: Affine, face: _Face, solve: Solve) -> FloatArray | None:
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
    """Return which columns ``E d = 0`` makes zero by itself: those alone in a row, then those then alone, and so on."""
    pinned = np.zeros(columns, dtype=bool)
    there = np.abs(fixed.values) > _KEPT
    row, column = fixed.rows[there], fixed.cols[there]
    while len(row):
        single = (np.bincount(row, minlength=fixed.size) == 1)[row]
        if not single.any():
            break
        pinned[column[single]] = True
        left = ~pinned[column]
        row, column = row[left], column[left]
    return pinned


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
        factors = splu(exact + shift, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    except RuntimeError:  # singular all the same
        return None
    found, missing = np.zeros(size), rhs
    for _ in range(_REFINEMENTS):
        found = found + factors.solve(missing)
        missing = rhs - exact @ found
        if np.abs(missing).max() < 1e-3 * _KEPT:
            break
    return found[:columns] if np.abs(missing).max() < _KEPT else None


def _program(norm: Affine, face: _Face, columns: int) -> ConicProgram:
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


def _slack_after(program: ConicProgram, slack: FloatArray) -> Affine:
    """Return the scaled slacks after a step: ``s - A d``."""
    matrix = program.matrix
    cols = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    values = -matrix.data * program.column_scale[cols] / program.row_scale[matrix.indices]
    plain = slice(program.cones.zero, program.cones.first_cone_row)
    constant = slack.copy()
    constant[plain] = np.maximum(slack[plain], 0.0)
    return Affine(matrix.indices.astype(np.int64), cols, values, constant)


def _decisive(program: ConicProgram, squares: Affine, undecided: float) -> Affine:
    """Return the squared forms that cost more than nearly nothing, scaled, each at a length of 1."""
    values = squares.values * program.column_scale[squares.cols] / np.sqrt(program.cost_scale)
    size = np.sqrt(sums_at(squares.rows, values**2, squares.size))
    values = values / np.maximum(size, np.sqrt(undecided))[squares.rows]
    return replace(squares, values=values).picked(np.flatnonzero(size**2 > undecided))


def _triples(heads: IntArray) -> IntArray:
    """Return the rows of cones that begin at these."""
    rows: IntArray = (heads[:, None] + np.arange(3)).ravel()
    return rows


def _combined(forms: Affine, parts: tuple[IntArray, ...], factors: tuple[FloatArray, ...]) -> Affine:
    """Return sums of forms, a part of each at a time, times their factors."""
    total = Affine.of_constant(np.zeros(len(parts[0])))
    for chosen, factor in zip(parts, factors, strict=True):
        total = total + forms.picked(chosen).scaled(factor)
    return total
