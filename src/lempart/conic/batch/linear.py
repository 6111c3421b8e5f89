"""Compiled linear algebra on batches: one sparse pattern, one value per lane and entry."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from lempart.conic.batch.lanes import at, choose, compiled, fused, load, splat, store
from lempart.typing import FloatArray, IntArray

LIFTED = 2e-7
"""What replaces pivots that rounding has left too small, or of the wrong sign; refinement takes its effect away."""


class Sparse(NamedTuple):
    """A matrix by rows, the same in all lanes."""

    start: IntArray
    column: IntArray
    value: FloatArray


def sparse(matrix: sp.csr_array | sp.csc_array) -> Sparse:
    """Return a matrix by rows, columns ascending."""
    by_rows = sp.csr_array(matrix)
    by_rows.sort_indices()
    return Sparse(by_rows.indptr.astype(np.int64), by_rows.indices.astype(np.int32), by_rows.data.astype(float))


class Factors(NamedTuple):
    """The pattern of ``L D L'`` of a symmetric matrix given by its upper triangle, both in the order of elimination.

    Attributes
    ----------
    column_start, row_index
        The upper triangle of the matrix by columns, diagonal included.
    factor_start, factor_index
        ``L`` by columns, without its diagonal.
    reach_start, reach
        The columns of ``L`` that each row touches, in the order in which they have to be eliminated.
    order
        Which unknown each position belongs to.
    sign
        +1 where a pivot has to be positive, -1 where negative.
    """

    column_start: IntArray
    row_index: IntArray
    factor_start: IntArray
    factor_index: IntArray
    reach_start: IntArray
    reach: IntArray
    order: IntArray
    sign: FloatArray


@compiled
def multiply(matrix: Sparse, vector: FloatArray, out: FloatArray) -> None:
    """Set ``out`` to ``matrix @ vector``."""
    for row in range(matrix.start.size - 1):
        total = splat(0.0)
        for place in range(at(matrix.start, row), at(matrix.start, row + 1)):
            total = fused(splat(at(matrix.value, place)), load(vector, at(matrix.column, place)), total)
        store(out, row, total)


@compiled
def multiply_add(matrix: Sparse, vector: FloatArray, out: FloatArray) -> None:
    """Add ``matrix @ vector`` to ``out``."""
    for row in range(matrix.start.size - 1):
        total = load(out, row)
        for place in range(at(matrix.start, row), at(matrix.start, row + 1)):
            total = fused(splat(at(matrix.value, place)), load(vector, at(matrix.column, place)), total)
        store(out, row, total)


@compiled
def assemble(contributions: Sparse, fixed: FloatArray, weights: FloatArray, out: FloatArray) -> None:
    """Set the entries of the system's matrix: what is fixed, and what cones contribute by their weights."""
    for entry in range(fixed.size):
        total = splat(at(fixed, entry))
        for place in range(at(contributions.start, entry), at(contributions.start, entry + 1)):
            weight = load(weights, at(contributions.column, place))
            total = fused(splat(at(contributions.value, place)), weight, total)
        store(out, entry, total)


@compiled
def factorize(
    pattern: Factors,
    entries: FloatArray,
    least: float,
    lower: FloatArray,
    inverse: FloatArray,
    row: FloatArray,
    filled: IntArray,
) -> None:
    """Set ``lower`` to ``L`` and ``inverse`` to the inverse pivots; pivots below ``least`` are replaced.

    Row by row; ``row`` is all zero before and after, ``filled`` says how far the columns of ``L`` are known.
    """
    size = pattern.order.size
    for k in range(size):
        filled[k] = at(pattern.factor_start, k)
        store(row, k, splat(0.0))
    for k in range(size):
        pivot = splat(0.0)
        for place in range(at(pattern.column_start, k), at(pattern.column_start, k + 1)):
            i = at(pattern.row_index, place)
            if i == k:
                pivot = load(entries, place)
            else:
                store(row, i, load(entries, place))
        for place in range(at(pattern.reach_start, k), at(pattern.reach_start, k + 1)):
            i = at(pattern.reach, place)
            end = at(filled, i)
            value = load(row, i)
            against = -value
            for below in range(at(pattern.factor_start, i), end):
                j = at(pattern.factor_index, below)
                store(row, j, fused(load(lower, below), against, load(row, j)))
            scaled = value * load(inverse, i)
            pivot = fused(against, scaled, pivot)
            store(lower, end, scaled)
            store(row, i, splat(0.0))
            filled[i] = end + 1
        sign = at(pattern.sign, k)
        usable = choose(pivot * sign - least, pivot, splat(sign * LIFTED))
        store(inverse, k, 1.0 / usable)


@compiled
def solve_factorized(pattern: Factors, lower: FloatArray, inverse: FloatArray, vector: FloatArray) -> None:
    """Solve ``L D L' x = vector`` in place, in the order of elimination."""
    size = pattern.order.size
    for i in range(size):
        value = load(vector, i)
        against = -value
        for place in range(at(pattern.factor_start, i), at(pattern.factor_start, i + 1)):
            j = at(pattern.factor_index, place)
            store(vector, j, fused(load(lower, place), against, load(vector, j)))
    for back in range(size):
        i = size - 1 - back
        value = load(vector, i) * load(inverse, i)
        for place in range(at(pattern.factor_start, i), at(pattern.factor_start, i + 1)):
            value = fused(-load(lower, place), load(vector, at(pattern.factor_index, place)), value)
        store(vector, i, value)
