"""The optimal points of a program, as its duals describe them.

With ``(x, z)`` optimal, a feasible ``x + d`` is optimal too if, and only if, its slack is complementary to ``z`` and no
squared cost changes: rows with a positive dual stay tight, a cone with its dual on the boundary keeps to the ray
opposite to it, one with its dual inside stays at the tip, and ``R d = 0`` for the forms ``R`` that are squared. In the
step ``d`` all that is homogeneous, ``E d = 0``: it holds for ``d = 0``, whatever the rounding of ``x``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lempart.conic.affine import Affine, stacked, sums_at
from lempart.conic.program import ConicProgram, ConicSolution
from lempart.typing import FloatArray, IntArray

TIGHT = 1e-9
"""What a row of the scaled program may be exceeded by, and an equation of the step missed."""


@dataclass(frozen=True, eq=False)
class OptimalFace:
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
    def of(cls, solution: ConicSolution, squares: Affine, undecided: float) -> OptimalFace:
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

    def within(self, columns: IntArray, count: int) -> OptimalFace:
        """Return the face with a step in these of ``count`` columns alone; rows that then say nothing are left out."""
        place = np.full(count, -1)
        place[columns] = np.arange(len(columns))
        fixed, rows, cones = (part.over(place) for part in (self.fixed, self.rows, self.cones))
        moved = np.unique(cones.rows // 3)
        return OptimalFace(
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
        return outside <= TIGHT


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
