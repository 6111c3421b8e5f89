"""The KKT residuals of many answers at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.conic.batch.lanes import compiled
from lempart.conic.batch.linear import Sparse, sparse
from lempart.conic.program import ConeCounts
from lempart.typing import FloatArray


@dataclass(frozen=True, eq=False)
class ResidualCheck:
    """The check of answers to a scaled program ``min x'Px/2 + q'x``, ``A x + s = b``, ``s`` in the cones.

    The slacks of equalities are zero, all others are what ``A x`` leaves of ``b``.
    """

    quadratic: Sparse
    matrix: Sparse
    transposed: Sparse
    cones: ConeCounts

    @classmethod
    def of(cls, quadratic: sp.csr_array, matrix: sp.csr_array, cones: ConeCounts) -> ResidualCheck:
        """Return the check of a program."""
        return cls(sparse(quadratic), sparse(matrix), sparse(matrix.T), cones)

    def slacks(self, q: FloatArray, b: FloatArray, x: FloatArray, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the slacks and the largest residual of each answer, as :func:`lempart.conic.kkt_residuals` has it.

        Parameters
        ----------
        q, b, x, z
            Linear costs, right-hand sides, points and duals in columns, scaled; shapes ``(columns, programs)``,
            ``(rows, programs)``, ``(columns, programs)`` and ``(rows, programs)``.

        Returns
        -------
        Shapes ``(rows, programs)`` and ``(programs,)``; the residual is no number where the point is none.
        """
        slack, worst, size = np.empty(b.shape), np.zeros(b.shape[1]), np.ones(b.shape[1])
        zeros, first = self.cones.zero, self.cones.first_cone_row
        _stationarity(self.quadratic, q, self.transposed, x, z, worst, size)
        product = np.zeros(b.shape[1])
        _feasibility(self.matrix, b, x, z, zeros, first, slack, worst, product)
        _cones(slack, first, worst)
        _cones(z, first, worst)
        known = np.isfinite(x).all(axis=0)
        return slack, np.where(known, np.maximum(worst, np.abs(product) / size), np.nan)


@compiled
def _stationarity(
    quadratic: Sparse,
    linear: FloatArray,
    transposed: Sparse,
    x: FloatArray,
    z: FloatArray,
    worst: FloatArray,
    size: FloatArray,
) -> None:
    """Take the residuals of ``P x + q + A'z`` into ``worst``; add ``|cost| + max |x|`` to ``size``."""
    programs = x.shape[1]
    found, scale = np.empty(programs), np.empty(programs)
    cost, most = np.zeros(programs), np.zeros(programs)
    for column in range(linear.shape[0]):
        found[:] = 0.0
        for place in range(quadratic.start[column], quadratic.start[column + 1]):
            value, other = quadratic.value[place], quadratic.column[place]
            for k in range(programs):
                found[k] += value * x[other, k]
        for k in range(programs):
            cost[k] += x[column, k] * (0.5 * found[k] + linear[column, k])
            most[k] = max(most[k], abs(x[column, k]))
            found[k] += linear[column, k]
            scale[k] = 1.0 + abs(linear[column, k])
        for place in range(transposed.start[column], transposed.start[column + 1]):
            value, row = transposed.value[place], transposed.column[place]
            for k in range(programs):
                term = value * z[row, k]
                found[k] += term
                scale[k] += abs(term)
        for k in range(programs):
            worst[k] = max(worst[k], abs(found[k]) / scale[k])
    for k in range(programs):
        size[k] += abs(cost[k]) + most[k]


@compiled
def _feasibility(
    matrix: Sparse,
    b: FloatArray,
    x: FloatArray,
    z: FloatArray,
    zeros: int,
    first: int,
    slack: FloatArray,
    worst: FloatArray,
    product: FloatArray,
) -> None:
    """Set the slacks; take the residuals of equalities and of nonnegative rows and duals into ``worst``.

    ``s'z`` is added to ``product``.
    """
    programs = b.shape[1]
    scale = np.empty(programs)
    for row in range(b.shape[0]):
        for k in range(programs):
            slack[row, k] = b[row, k]
            scale[k] = 1.0 + abs(b[row, k])
        for place in range(matrix.start[row], matrix.start[row + 1]):
            value, column = matrix.value[place], matrix.column[place]
            for k in range(programs):
                term = value * x[column, k]
                slack[row, k] -= term
                scale[k] += abs(term)
        if row < zeros:
            for k in range(programs):
                worst[k] = max(worst[k], abs(slack[row, k]) / scale[k])
                slack[row, k] = 0.0
            continue
        for k in range(programs):
            product[k] += slack[row, k] * z[row, k]
            if row < first:
                worst[k] = max(worst[k], -slack[row, k], -z[row, k])


@compiled
def _cones(vectors: FloatArray, first: int, worst: FloatArray) -> None:
    """Take how far vectors are outside the second-order cones into ``worst``."""
    for row in range(first, vectors.shape[0], 3):
        for k in range(vectors.shape[1]):
            outside = np.hypot(vectors[row + 1, k], vectors[row + 2, k]) - vectors[row, k]
            worst[k] = max(worst[k], outside)
