"""Vectors of affine expressions in the columns of a program under construction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lempart.arguments import checks_arguments
from lempart.typing import FloatArray, IntArray


def sums_at(at: NDArray[np.integer[Any]], values: FloatArray, size: int) -> FloatArray:
    """Return ``size`` sums: each value is added to the one it is at."""
    return np.asarray(np.bincount(at, values, minlength=size), dtype=np.float64)


@dataclass(frozen=True, eq=False, slots=True)
class Affine:
    """``size`` affine expressions ``M c + constant`` over the columns ``c`` (variables and parameters).

    ``M`` is kept as triplets, because the number of columns is only known when the program is complete.

    Attributes
    ----------
    rows, cols, values
        The triplets of ``M``; repeated entries add up.
    constant
        Shape ``(size,)``.
    """

    rows: IntArray
    cols: IntArray
    values: FloatArray
    constant: FloatArray

    @classmethod
    def of_columns(cls, columns: IntArray) -> Affine:
        """Return the expressions that are just the given columns, flattened."""
        columns = columns.ravel()
        size = len(columns)
        return cls(np.arange(size), columns, np.ones(size), np.zeros(size))

    @classmethod
    def of_constant(cls, constant: FloatArray) -> Affine:
        """Return constant expressions, flattened."""
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none, np.zeros(0), np.asarray(constant, dtype=float).ravel())

    @property
    def size(self) -> int:
        """Return the number of expressions."""
        return len(self.constant)

    def at(self, columns: FloatArray) -> FloatArray:
        """Return the values of the expressions, shape ``(size,)``, at values of all columns."""
        return self.constant + sums_at(self.rows, self.values * columns[self.cols], self.size)

    def __add__(self, other: Affine) -> Affine:
        return Affine(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.cols, other.cols]),
            np.concatenate([self.values, other.values]),
            self.constant + other.constant,
        )

    def __neg__(self) -> Affine:
        return Affine(self.rows, self.cols, -self.values, -self.constant)

    def __sub__(self, other: Affine) -> Affine:
        return self + (-other)

    def scaled(self, factor: FloatArray | float) -> Affine:
        """Return each expression times its factor; ``factor`` is a scalar or has shape ``(size,)``."""
        factors = np.broadcast_to(np.asarray(factor, dtype=float), (self.size,))
        return Affine(self.rows, self.cols, self.values * factors[self.rows], self.constant * factors)

    def mapped(self, matrix: sp.csr_array, each: int = 1) -> Affine:
        """Return ``matrix`` times these expressions, or times groups of ``each`` of them that follow one another.

        That is ``kron(matrix, 1) @ expressions`` with the unit matrix of that size; ``matrix`` has the shape
        ``(new groups, groups)``.
        """
        entries = matrix.tocoo()
        within = np.arange(each)
        source, target = ((at[:, None] * each + within).ravel() for at in (entries.col, entries.row))
        return self.take(source).scaled(np.repeat(entries.data, each)).summed(target, matrix.shape[0] * each)

    def summed(self, into: IntArray, size: int) -> Affine:
        """Return ``size`` expressions: these, each added to the one that ``into`` names; zero where none is."""
        return Affine(into[self.rows], self.cols, self.values, sums_at(into, self.constant, size))

    def take(self, indices: IntArray) -> Affine:
        """Return the expressions at ``indices`` (repetitions allowed), flattened."""
        indices = np.asarray(indices, dtype=np.int64).ravel()
        order = np.argsort(self.rows, kind="stable")
        bounds = np.searchsorted(self.rows[order], np.arange(self.size + 1))
        counts = (bounds[1:] - bounds[:-1])[indices]
        new_rows = np.repeat(np.arange(len(indices)), counts)
        within = np.arange(len(new_rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        chosen = order[np.repeat(bounds[indices], counts) + within]
        return Affine(new_rows, self.cols[chosen], self.values[chosen], self.constant[indices])

    def picked(self, chosen: IntArray) -> Affine:
        """Return the expressions at ``chosen``, each chosen once: :meth:`take` without sorting."""
        place = np.full(self.size, -1)
        place[chosen] = np.arange(len(chosen))
        rows = place[self.rows]
        kept = rows >= 0
        return Affine(rows[kept], self.cols[kept], self.values[kept], self.constant[chosen])

    def over(self, place: IntArray) -> Affine:
        """Return the expressions over fewer columns: ``place`` says where each goes, -1 where it is left out."""
        cols = place[self.cols]
        kept = cols >= 0
        return Affine(self.rows[kept], cols[kept], self.values[kept], self.constant)


@checks_arguments
def stacked(parts: Sequence[Affine]) -> Affine:
    """Return all expressions of ``parts``, one part after the other."""
    if not parts:
        return Affine.of_constant(np.zeros(0))
    starts = np.cumsum([0] + [part.size for part in parts])
    return Affine(
        np.concatenate([part.rows + start for part, start in zip(parts, starts, strict=False)]),
        np.concatenate([part.cols for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.constant for part in parts]),
    )
