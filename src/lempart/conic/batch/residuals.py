"""The KKT residuals of many answers at once."""

from __future__ import annotations

import numpy as np

from lempart.conic.program import ConeCounts, ConicProgram
from lempart.typing import FloatArray


def worst_residuals(program: ConicProgram, rhs: FloatArray, x: FloatArray, z: FloatArray, s: FloatArray) -> FloatArray:
    """Return the largest KKT residual of each answer, as :func:`lempart.conic.kkt_residuals` does for one.

    Parameters
    ----------
    rhs, x, z, s
        Right-hand sides, points, duals and slacks in columns; shapes ``(rows, programs)``, ``(columns, programs)``,
        ``(rows, programs)`` and ``(rows, programs)``.
    """
    column, row, unit = program.column_scale[:, None], program.row_scale[:, None], program.cost_scale
    squared, linear = program.quadratic @ x, program.linear[:, None]
    dual = np.abs(squared + linear + program.matrix.T @ z) * column / unit
    dual_size = 1.0 + (np.abs(linear) + abs(program.matrix).T @ np.abs(z)) * column / unit
    primal = np.abs(program.matrix @ x + s - rhs) / row
    primal_size = 1.0 + (np.abs(rhs) + abs(program.matrix) @ np.abs(x)) / row
    cost = 0.5 * np.einsum("ij,ij->j", x, squared) + program.linear @ x
    size = 1.0 + np.abs(cost) / unit + np.abs(x / column).max(axis=0, initial=0.0)
    gap = np.abs(np.einsum("ij,ij->j", s, z)) / unit / size
    worst: FloatArray = np.max(
        [
            (dual / dual_size).max(axis=0, initial=0.0),
            (primal / primal_size).max(axis=0, initial=0.0),
            _outside(s / row, program.cones, dual=False),
            _outside(z * row / unit, program.cones, dual=True),
            gap,
        ],
        axis=0,
    )
    return worst


def _outside(vectors: FloatArray, cones: ConeCounts, *, dual: bool) -> FloatArray:
    """Return by how much each column lies outside ``K``, or its dual."""
    zero, plain = vectors[: cones.zero], vectors[cones.zero : cones.first_cone_row]
    head, first, second = (vectors[cones.first_cone_row + i :: 3] for i in range(3))
    worst = np.zeros(vectors.shape[1]) if dual else np.abs(zero).max(axis=0, initial=0.0)
    worst = np.maximum(worst, (-plain).max(axis=0, initial=0.0))
    outside: FloatArray = np.maximum(worst, (np.hypot(first, second) - head).max(axis=0, initial=0.0))
    return outside
