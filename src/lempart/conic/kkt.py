"""The optimality conditions of a program: by how much an answer misses them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.arguments import checks_arguments
from lempart.conic.affine import sums_at
from lempart.conic.program import ConeCounts, ConicSolution
from lempart.typing import FloatArray


@dataclass(frozen=True, slots=True)
class KktResiduals:
    """Largest violations of the optimality conditions, relative to the scaled program's data."""

    primal: float
    dual: float
    cone: float
    gap: float

    @property
    def worst(self) -> float:
        """Return the largest of the residuals; NaN where any of them is."""
        return float(np.max([self.primal, self.dual, self.cone, self.gap]))


def _outside(vector: FloatArray, cones: ConeCounts, *, dual: bool) -> float:
    """Return by how much ``vector`` lies outside ``K`` (or its dual)."""
    zero, rest = vector[: cones.zero], vector[cones.zero : cones.first_cone_row]
    triples = vector[cones.first_cone_row :].reshape(-1, 3)
    worst = 0.0 if dual else float(np.max(np.abs(zero), initial=0.0))
    worst = max(worst, float(np.max(-rest, initial=0.0)))
    return max(worst, float(np.max(np.hypot(triples[:, 1], triples[:, 2]) - triples[:, 0], initial=0.0)))


def _products(matrix: sp.csc_array, x: FloatArray, z: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return ``A x`` and ``A'z``, and both with the absolute values of their terms."""
    rows, cols = matrix.indices, np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    terms = (rows, matrix.data * x[cols], matrix.shape[0]), (cols, matrix.data * z[rows], matrix.shape[1])
    return (
        [sums_at(at, values, size) for at, values, size in terms],
        [sums_at(at, np.abs(values), size) for at, values, size in terms],
    )


@checks_arguments
def kkt_residuals(solution: ConicSolution) -> KktResiduals:
    """Return the KKT residuals of a solution in the scaled program: feasibility, stationarity, cones, gap.

    Stationarity and feasibility are relative to the largest term of their row or column plus one.
    """
    program = solution.program
    col, row, unit = program.column_scale, program.row_scale, program.cost_scale
    x, s, z = solution.x / col, solution.s / row, solution.z * row / unit
    (a_x, a_z), (a_x_size, a_z_size) = _products(program.matrix, solution.x, solution.z)
    dual_rows = (program.quadratic @ solution.x + program.linear + a_z) * col / unit
    dual_size = 1.0 + (np.abs(program.linear) + a_z_size) * col / unit
    primal_rows = (a_x + solution.s - program.rhs) / row
    primal_size = 1.0 + (np.abs(program.rhs) + a_x_size) / row
    size = 1.0 + abs(solution.cost - program.constant) / unit + float(np.abs(x).max(initial=0.0))
    return KktResiduals(
        primal=float(np.max(np.abs(primal_rows) / primal_size, initial=0.0)),
        dual=float(np.max(np.abs(dual_rows) / dual_size, initial=0.0)),
        cone=max(_outside(s, program.cones, dual=False), _outside(z, program.cones, dual=True)),
        gap=abs(float(s @ z)) / size,
    )
