"""The set of a solved program's optimal duals: whether it is more than a point as far as somebody cares.

Complementary slackness leaves free the duals of active rows, and cones whose slack is zero (a kink of the cost). An
interior-point method ends well inside the set of optimal duals: what is zero there is zero in all of them, so that only
what is clearly positive can move, and has room to.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Self

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, onenormest, splu

from lempart.conic.matching import own_rows
from lempart.conic.pinned import pinned
from lempart.conic.program import ConicSolution
from lempart.typing import BoolArray, FloatArray, IntArray

ACTIVE = 1e-6
"""A slack (scaled) below this is taken as zero."""

POSITIVE = 1e-5
"""A dual (scaled) above this is taken as positive: ten times what both a slack and its dual are where both are zero."""

_REGULAR = 1e-13  # makes dependent rows invertible; far below the squares of what moves anything
_INDEPENDENT = 1e9  # moves are independent when the inverse of what they do is smaller; of dependent ones it is 1e16
_MOVES = 1e-6  # a projected gradient smaller than this, relative to the gradient, is zero


@dataclass(frozen=True, eq=False)
class Discs:
    """Pairs of duals that a program leaves out, because no variable of it decides what they belong to.

    Each pair lies in a disc around 0. Its first part is a combination of the program's duals, or free like its second.

    Attributes
    ----------
    radius
        Shape ``(discs,)``, in the unit of the duals.
    link
        Shape ``(discs, rows)``: the first part from the program's duals; empty rows where it is free.
    """

    radius: FloatArray
    link: sp.csr_array


@dataclass(frozen=True, eq=False)
class DualFace:
    """All optimal duals, as moves from one of them.

    ``point + moves d`` is optimal while ``stationarity d = 0``, the duals ``positive`` stay nonnegative, no ray turns
    round and the triples ``cones`` stay second-order cones.

    Attributes
    ----------
    point
        The program's duals, then radius, first and second part of every disc.
    unit
        The size of a typical dual, of the shape of ``point``.
    moves
        Shape ``(rows + 3 discs, moves)``: those along rays first, the others in units of a typical dual.
    stationarity
        What moves do to the gradient of the Lagrangian, scaled; shape ``(columns, moves)``.
    positive
        Rows of nonnegative duals that may move.
    rays
        How many cones may grow and shrink along their dual.
    cones
        Rows of cones that may move freely, discs among them, shape ``(cones, 3)``.
    """

    point: FloatArray
    unit: FloatArray
    moves: sp.csc_array
    stationarity: sp.csr_array
    positive: IntArray
    rays: int
    cones: IntArray

    @classmethod
    def of(cls, solution: ConicSolution, discs: Discs | None = None) -> Self:
        """Return the face of which an interior-point method found a point."""
        program, rows = solution.program, len(solution.program.rhs)
        discs = discs or Discs(np.zeros(0), sp.csr_array((0, rows)))
        heads = rows + 3 * np.arange(len(discs.radius))
        linked, first = np.diff(discs.link.indptr) > 0, np.asarray(discs.link @ solution.z)
        inside = np.stack([discs.radius, first, np.zeros(len(heads))], axis=1)
        point = np.concatenate([solution.z, inside.ravel()])
        unit = np.concatenate([program.cost_scale / program.row_scale, np.repeat(discs.radius, 3)])
        wide = np.abs(first) < (1.0 - POSITIVE) * discs.radius

        positive, rays, tips = _active(solution)
        alone = np.concatenate([heads[wide & ~linked] + 1, heads[wide] + 2])
        single = np.concatenate([np.arange(program.cones.zero), positive, tips.ravel(), alone])
        along = (rays[:, None] + np.arange(3)).ravel()
        row = np.concatenate([along, single])
        column = np.concatenate([np.repeat(np.arange(len(rays)), 3), len(rays) + np.arange(len(single))])
        shape = len(point), len(rays) + len(single)
        moves = sp.csc_array((np.concatenate([point[along], unit[single]]), (row, column)), shape=shape)
        stationarity = (program.matrix.T @ moves[:rows]).tocsr()
        stationarity.data *= np.repeat(program.column_scale / program.cost_scale, np.diff(stationarity.indptr))
        if discs.link.nnz:
            moves = (moves + _carried(discs, heads, wide) @ moves[:rows]).tocsc()
        cones = np.concatenate([tips, heads[wide][:, None] + np.arange(3)])
        return cls(point, unit, moves, stationarity, positive, len(rays), cones)

    def room(self, matrix: sp.csr_array) -> FloatArray:
        """Return by how much, at least, quantities differ on the face: along the direction in which each grows most.

        ``matrix`` has the shape ``(quantities, rows + 3 discs)``; a quantity is its row times the duals.
        """
        if self._is_a_point:
            return np.zeros(matrix.shape[0])
        gradients = (matrix @ self.moves).toarray()
        # What differs at all differs in a direction drawn at random: mostly one projection tells that nothing does.
        size = np.linalg.norm(gradients, axis=1)
        drawn = np.random.default_rng(0).choice([-1.0, 1.0], len(size)) / np.where(size > 0.0, size, 1.0)
        if not self._projected((drawn @ gradients)[None], least=_MOVES).any():
            return np.zeros(len(gradients))
        steepest = self._projected(gradients)
        return np.array([0.0 if not d.any() else float(d @ d) * self._width(d) for d in steepest])

    def _projected(self, gradients: FloatArray, least: float | None = None) -> FloatArray:
        """Return gradients, in rows, projected on the moves that leave stationarity as it is.

        What is shorter than ``least``, by default than `_MOVES` of the gradient, is zero.
        """
        projected: FloatArray = np.zeros_like(gradients)
        free, used = self._not_pinned
        if not np.any(gradients[:, free]):
            return projected
        # Least squares: the projection d and multipliers y with d + M' y = gradient, M d = 0.
        change = self.stationarity[used][:, free].tocoo()
        columns, moves = change.shape
        diagonal = np.arange(moves + columns)
        row = np.concatenate([diagonal, change.col, moves + change.row])
        column = np.concatenate([diagonal, moves + change.row, change.col])
        values = np.concatenate([np.ones(moves), np.full(columns, -_REGULAR), change.data, change.data])
        sides = np.concatenate([gradients[:, free].T, np.zeros((columns, len(gradients)))])
        found = splu(sp.csc_array((values, (row, column)))).solve(sides)[:moves].T
        length = np.linalg.norm(found, axis=1, keepdims=True)
        shortest = _MOVES * np.linalg.norm(gradients, axis=1, keepdims=True) if least is None else least
        projected[:, free] = np.where(length > shortest, found, 0.0)
        return projected

    @cached_property
    def _not_pinned(self) -> tuple[IntArray, IntArray]:
        """Return which moves stationarity leaves, most are pinned, and its rows that hold any of them."""
        rows, columns = self.stationarity.shape
        row, column = np.repeat(np.arange(rows), np.diff(self.stationarity.indptr)), self.stationarity.indices
        there = self.stationarity.data != 0.0
        row, column = row[there], column[there]
        free = ~pinned(row, column, rows, columns)
        return np.flatnonzero(free), np.unique(row[free[column]])

    @property
    def _is_a_point(self) -> bool:
        """Return whether it is plain that nothing can move: as many rows of stationarity as moves are independent."""
        free, used = self._not_pinned
        left = sp.csr_array(self.stationarity[used][:, free])
        chosen = own_rows(left)
        if not len(free) or np.any(chosen < 0):
            return not len(free)
        try:
            factors = splu(sp.csc_array(left[chosen]))
        except RuntimeError:  # exactly singular
            return False
        solve, transposed = factors.solve, partial(factors.solve, trans="T")
        inverse = LinearOperator(
            (len(free), len(free)), matvec=solve, rmatvec=transposed, matmat=solve, rmatmat=transposed, dtype=float
        )
        return bool(onenormest(inverse, t=1) < _INDEPENDENT)  # with more columns it would draw at random

    def _width(self, direction: FloatArray) -> float:
        """Return how far the point can be moved along a direction, there and back."""
        moved = self.moves @ direction
        start = np.concatenate([self.point[self.positive], np.ones(self.rays)])
        step = np.concatenate([moved[self.positive], direction[: self.rays]])
        p, d = self.point[self.cones].T, moved[self.cones].T
        ends = np.concatenate([-start[step != 0.0] / step[step != 0.0], _crossings(p, d)])
        return float(ends[ends > 0.0].min(initial=np.inf) - ends[ends <= 0.0].max(initial=-np.inf))


def _active(solution: ConicSolution) -> tuple[IntArray, IntArray, IntArray]:
    """Return the rows whose nonnegative duals may move, the heads of cones that may along a ray, and free cones."""
    program = solution.program
    slack, dual = solution.s / program.row_scale, solution.z * program.row_scale / program.cost_scale
    first = program.cones.first_cone_row
    between = np.arange(program.cones.zero, first)
    positive = between[(slack[between] < ACTIVE) & (dual[between] > POSITIVE)]
    triples = first + np.arange(3 * program.cones.second_order).reshape(-1, 3)
    head, norm = slack[triples[:, 0]], np.hypot(*slack[triples[:, 1:]].T)
    size, across = dual[triples[:, 0]], np.hypot(*dual[triples[:, 1:]].T)
    tip = (head < ACTIVE) & (across < (1.0 - POSITIVE) * size)
    ray = ~tip & (head - norm < ACTIVE * np.maximum(1.0, head))
    return positive, triples[ray & (size > POSITIVE), 0], triples[tip & (size > POSITIVE)]


def _carried(discs: Discs, heads: IntArray, wide: BoolArray) -> sp.csr_array:
    """Return what moves of the program's duals do to the first parts of discs."""
    link = sp.coo_array(discs.link[np.flatnonzero(wide)])
    at = heads[wide][link.row] + 1
    rows = discs.link.shape[1]
    return sp.csr_array((link.data, (at, link.col)), shape=(rows + 3 * len(heads), rows))


def _crossings(point: FloatArray, direction: FloatArray) -> FloatArray:
    """Return at which multiples of directions points in second-order cones reach their boundary; shape ``(3, n)``."""
    sign = np.array([[1.0], [-1.0], [-1.0]])
    a, b, c = ((sign * x * y).sum(axis=0) for x, y in ((direction, direction), (direction, point), (point, point)))
    root = -(b + np.where(b < 0.0, -1.0, 1.0) * np.sqrt(np.maximum(b * b - a * c, 0.0)))
    real = np.any(direction != 0.0, axis=0) & (b * b >= a * c)
    first, second = real & (a != 0.0), real & (root != 0.0)
    return np.concatenate([root[first] / a[first], c[second] / root[second]])
