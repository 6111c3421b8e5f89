"""Free variables that an equality gives are put into the other rows, where that makes none of them denser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from lempart.conic.matching import own_rows
from lempart.typing import FloatArray, IntArray

_LEAST_PIVOT = 0.1
"""A pivot is no smaller than this share of the largest entry of its row."""

_COLUMNS = 256

_DOUBLINGS = 20
"""Rows that depend on each other in chains of up to ``2^20`` are inverted by powers."""

_DENSE = 4
"""Powers with more entries than so many times those of the matrix and its inverse are not gone on with."""


@dataclass(frozen=True, eq=False)
class Reduction:
    """A program ``min x'Px/2 + q'x``, ``E x = e``, ``A x + s = b`` on fewer variables and equalities.

    With pivot rows ``K`` and columns ``J``, the kept ones ``R`` and ``C``, and ``V = E_KJ^-1``:
    ``x_J = V (e_K - E_KC x_C)``, and ``y_K = -V'(q_J + E_RJ' y_R + A_J' z)`` by stationarity. No pivot column has a
    quadratic cost.

    Attributes
    ----------
    rows, columns
        The kept equalities ``R`` and variables ``C``, ascending.
    """

    quadratic: sp.csr_array
    equality: sp.csr_array
    cone: sp.csr_array
    rows: IntArray
    columns: IntArray
    _pivot_rows: IntArray
    _pivot_columns: IntArray
    _inverse: sp.csr_array
    _given: sp.csr_array
    _shift_e: sp.csr_array
    _shift_b: sp.csr_array

    @classmethod
    def of(cls, quadratic: sp.csr_array, equality: sp.csr_array, cone: sp.csr_array) -> Reduction:
        """Return the reduction of a program."""
        pivot_rows, pivot_columns = _pivots(quadratic, equality, cone)
        rows = np.setdiff1d(np.arange(equality.shape[0]), pivot_rows)
        columns = np.setdiff1d(np.arange(equality.shape[1]), pivot_columns)
        inverse = _inverse(equality[pivot_rows][:, pivot_columns])
        given = sp.csr_array(inverse @ equality[pivot_rows][:, columns])
        others, cones = equality[rows][:, pivot_columns], cone[:, pivot_columns]
        return cls(
            quadratic=quadratic[columns][:, columns],
            equality=_pruned(equality[rows][:, columns] - others @ given),
            cone=_pruned(cone[:, columns] - cones @ given),
            rows=rows,
            columns=columns,
            _pivot_rows=pivot_rows,
            _pivot_columns=pivot_columns,
            _inverse=inverse,
            _given=given,
            _shift_e=sp.csr_array(others @ inverse),
            _shift_b=sp.csr_array(cones @ inverse),
        )

    def right_hand_sides(self, e: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the reduced ``e`` and ``b`` of programs in columns."""
        pivots = e[self._pivot_rows]
        return e[self.rows] - self._shift_e @ pivots, b - self._shift_b @ pivots

    def costs(self, q: FloatArray) -> FloatArray:
        """Return the reduced ``q`` of programs in columns."""
        reduced: FloatArray = q[self.columns] - self._given.T @ q[self._pivot_columns]
        return reduced

    def point(self, x: FloatArray, e: FloatArray) -> FloatArray:
        """Return the full ``x`` of programs in columns, at their full ``e``."""
        full = np.empty((len(self.columns) + len(self._pivot_columns), x.shape[1]))
        full[self.columns] = x
        full[self._pivot_columns] = self._inverse @ e[self._pivot_rows] - self._given @ x
        return full

    def duals(self, y: FloatArray, z: FloatArray, q: FloatArray) -> FloatArray:
        """Return the full ``y`` of programs in columns, at their full ``q``."""
        full = np.empty((len(self.rows) + len(self._pivot_rows), y.shape[1]))
        full[self.rows] = y
        full[self._pivot_rows] = -(self._inverse.T @ q[self._pivot_columns]) - self._shift_e.T @ y - self._shift_b.T @ z
        return full


def _inverse(matrix: sp.csr_array) -> sp.csr_array:
    """Return the inverse, which is sparse as trees are.

    Mostly rows can be put in an order in which each has one new column; then there is one way only to give each row a
    column of its own. With those on the diagonal and rows divided by them, ``I - N`` has the inverse
    ``(I + N) (I + N^2) (I + N^4) ...``, and a power of ``N`` is zero.
    """
    if not matrix.shape[0]:
        return matrix
    rows = own_rows(matrix)
    turned = matrix[rows]
    pivots = sp.diags_array(1.0 / turned.diagonal(), format="csr")
    found = unit = sp.csr_array(sp.eye_array(matrix.shape[0]))
    power = _pruned(unit - pivots @ turned)
    for _ in range(_DOUBLINGS):
        found = found + found @ power
        power = power @ power
        power.eliminate_zeros()
        if not power.nnz:
            return sp.csr_array(found @ pivots)[:, np.argsort(rows)]
        if power.nnz > _DENSE * max(matrix.nnz, found.nnz):
            break
    return _solved_inverse(matrix)


def _solved_inverse(matrix: sp.csr_array) -> sp.csr_array:
    """Return the inverse, solved for a block of dense columns at a time."""
    size = matrix.shape[0]
    factors = sla.splu(sp.csc_matrix(matrix))
    blocks = []
    for start in range(0, size, _COLUMNS):
        unit = np.zeros((size, min(_COLUMNS, size - start)))
        unit[np.arange(start, start + unit.shape[1]), np.arange(unit.shape[1])] = 1.0
        blocks.append(sp.csc_array(factors.solve(unit)))
    return sp.csr_array(sp.hstack(blocks))


def _pruned(matrix: sp.csr_array) -> sp.csr_array:
    """Return a matrix without what cancelled."""
    matrix = sp.csr_array(matrix)
    matrix.data[np.abs(matrix.data) < 1e-13] = 0.0
    matrix.eliminate_zeros()
    return matrix


def _pivots(quadratic: sp.csr_array, equality: sp.csr_array, cone: sp.csr_array) -> tuple[IntArray, IntArray]:
    """Return the equalities and the variables they give.

    A variable without quadratic cost is taken when the rows get no more entries in all, and when none of its rows is
    a cone's or what it stands for is one other variable: a long row of a cone fills the system.
    """
    cells: list[dict[int, float]] = [{} for _ in range(equality.shape[0])]
    holders: list[set[int]] = [set() for _ in range(equality.shape[1])]
    triplets = equality.tocoo()
    for row, column, value in zip(triplets.row.tolist(), triplets.col.tolist(), triplets.data.tolist(), strict=True):
        cells[row][column] = value
        holders[column].add(row)
    costly = np.diff(quadratic.tocsc().indptr) > 0
    in_cone = np.diff(cone.tocsc().indptr)
    rows: list[int] = []
    columns: list[int] = []
    waiting = sorted(np.flatnonzero(~costly).tolist(), key=lambda column: len(holders[column]))
    while waiting:
        left = []
        for column in waiting:
            chosen = _pivot_row(column, cells, holders, int(in_cone[column]))
            if chosen is None:
                left.append(column)
                continue
            _substitute(chosen, column, cells, holders)
            rows.append(chosen)
            columns.append(column)
        if len(left) == len(waiting):
            break
        waiting = left
    return np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)


def _pivot_row(column: int, cells: list[dict[int, float]], holders: list[set[int]], in_cone: int) -> int | None:
    """Return the shortest equality that may give a variable, or None."""
    held = len(holders[column]) + in_cone
    for row in sorted(holders[column], key=lambda row: (len(cells[row]), row)):
        length, entry = len(cells[row]), abs(cells[row][column])
        denser = (length - 1) * (held - 1) - length - held + 1 > 0
        if not denser and (in_cone == 0 or length == 2) and entry >= _LEAST_PIVOT * max(map(abs, cells[row].values())):
            return row
    return None


def _substitute(row: int, column: int, cells: list[dict[int, float]], holders: list[set[int]]) -> None:
    """Take an equality and the variable it gives out of all others."""
    pivot = cells[row]
    for other in holders[column] - {row}:
        target = cells[other]
        factor = target.pop(column) / pivot[column]
        for place, value in pivot.items():
            if place == column:
                continue
            changed = target.get(place, 0.0) - factor * value
            if abs(changed) < 1e-13:
                target.pop(place, None)
                holders[place].discard(other)
            else:
                target[place] = changed
                holders[place].add(other)
    for place in pivot:
        holders[place].discard(row)
    holders[column] = set()
    cells[row] = {}
