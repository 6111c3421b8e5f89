"""Order of elimination and fill of a sparse symmetric matrix: found once, for all its values."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

from lempart.conic.batch.lanes import compiled
from lempart.conic.batch.linear import Factors
from lempart.typing import FloatArray, IntArray


def elimination_order(pattern: sp.csc_array) -> IntArray:
    """Return the unknowns of a symmetric pattern in an order with little fill (minimum degree)."""
    size = pattern.shape[0]
    dominant = sp.csc_matrix(pattern, copy=True)
    dominant.data[:] = -1.0
    dominant.setdiag(np.full(size, 2.0 + np.diff(dominant.indptr).max(initial=0)))
    options = {"SymmetricMode": True}
    found = sla.splu(dominant, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    return np.argsort(found.perm_c).astype(np.int64)


def factor_pattern(upper: sp.csc_array, order: IntArray, sign: FloatArray) -> Factors:
    """Return the pattern of the factors of a matrix whose upper triangle, already in order, is ``upper``.

    ``order`` and ``sign`` say of each position which unknown it belongs to and what sign its pivot has.
    """
    start, index = upper.indptr.astype(np.int64), upper.indices.astype(np.int64)
    factor_start, factor_index, reach_start, reach = _fill(start, index)
    short = np.int32
    return Factors(
        column_start=start,
        row_index=index.astype(short),
        factor_start=factor_start,
        factor_index=factor_index.astype(short),
        reach_start=reach_start,
        reach=reach.astype(short),
        order=order.astype(short),
        sign=sign,
    )


@compiled
def _fill(start: IntArray, index: IntArray) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return ``L`` by columns and, for each row, the columns it touches in order of elimination.

    A row touches what lies on the paths, in the elimination tree, from its entries up to itself.
    """
    size = start.size - 1
    parent, seen = np.full(size, -1), np.full(size, -1)
    count = np.zeros(size + 1, np.int64)
    for k in range(size):
        seen[k] = k
        for place in range(start[k], start[k + 1]):
            i = index[place]
            while i < k and seen[i] != k:
                if parent[i] == -1:
                    parent[i] = k
                count[i + 1] += 1
                seen[i] = k
                i = parent[i]
    factor_start = np.cumsum(count)
    factor_index, reach = np.empty(factor_start[size], np.int64), np.empty(factor_start[size], np.int64)
    reach_start = np.zeros(size + 1, np.int64)
    end = factor_start[:size].copy()
    seen[:] = -1
    stack = np.empty(size, np.int64)
    for k in range(size):
        seen[k] = k
        top = size
        for place in range(start[k], start[k + 1]):
            i = index[place]
            length = 0
            j = i
            while j < k and seen[j] != k:
                seen[j] = k
                length += 1
                j = parent[j]
            top -= length
            for step in range(length):
                stack[top + step] = i
                i = parent[i]
        reach_start[k + 1] = reach_start[k] + size - top
        for step in range(top, size):
            i = stack[step]
            reach[reach_start[k] + step - top] = i
            factor_index[end[i]] = k
            end[i] += 1
    return factor_start, factor_index, reach_start, reach
