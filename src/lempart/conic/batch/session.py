"""Solve one program at many right-hand sides, eight at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.conic.batch.interior_point import solve_lanes
from lempart.conic.batch.lanes import LANES
from lempart.conic.batch.reduction import Reduction
from lempart.conic.batch.residuals import worst_residuals
from lempart.conic.batch.structure import structure_of
from lempart.conic.batch.workspace import Limits, Workspace, workspace
from lempart.conic.program import ConeCounts, ConicProgram
from lempart.typing import FloatArray, IntArray

LIMITS = Limits(tolerance=1e-12, iterations=60, least_pivot=1e-13, refine_below=1e-4, refinements=2)


@dataclass(frozen=True, eq=False)
class BatchAnswers:
    """Answers to many programs, in columns, in the program's own units; not all need to be solutions.

    Attributes
    ----------
    x, z, s
        Points, duals and slacks, shapes ``(columns, programs)``, ``(rows, programs)`` and ``(rows, programs)``.
    residual
        The largest KKT residual of each, shape ``(programs,)``; NaN where nothing was found.
    iterations
        Shape ``(programs,)``.
    """

    x: FloatArray
    z: FloatArray
    s: FloatArray
    residual: FloatArray
    iterations: IntArray


class BatchSession:
    """A program set up once, for many right-hand sides.

    An answer depends on its own right-hand side alone, bit for bit: not on how many are given, in which order, nor on
    those beside it.

    Parameters
    ----------
    left_out
        Rows of cones that are left out, all three of a second-order cone. An answer that keeps them all the same is
        one to the whole program, with zero duals there; one that doesn't has the excess as its residual.
    """

    def __init__(self, program: ConicProgram, left_out: IntArray | None = None, limits: Limits = LIMITS) -> None:
        self._program, self._limits = program, limits
        zeros, plain = program.cones.zero, program.cones.first_cone_row
        self._kept = np.setdiff1d(np.arange(zeros, program.cones.rows), [] if left_out is None else left_out)
        cones = ConeCounts(zeros, int(np.sum(self._kept < plain)), int(np.sum(self._kept >= plain)) // 3)
        columns = sp.diags_array(program.column_scale)
        matrix = sp.csr_array(sp.diags_array(1.0 / program.row_scale) @ program.matrix @ columns)
        matrix.eliminate_zeros()
        less = Reduction.of(
            quadratic=sp.csr_array(columns @ program.quadratic @ columns / program.cost_scale),
            linear=program.linear * program.column_scale / program.cost_scale,
            equality=matrix[:zeros],
            cone=matrix[self._kept],
        )
        self._reduction = less
        self.structure = structure_of(less.quadratic, less.linear, less.equality, less.cone, cones)
        self._work: Workspace = workspace(self.structure)

    def solve(self, rhs: FloatArray) -> BatchAnswers:
        """Return the answers at right-hand sides in columns, shape ``(rows, programs)``."""
        program, zeros = self._program, self._program.cones.zero
        scaled = rhs / program.row_scale[:, None]
        full_e = scaled[:zeros]
        e, b = self._reduction.right_hand_sides(full_e, scaled[self._kept])
        reduced_x, reduced_y, kept_z, iterations = self._lanes(e, b)
        x = self._reduction.point(reduced_x, full_e) * program.column_scale[:, None]
        z = np.zeros(rhs.shape)
        z[:zeros], z[self._kept] = self._reduction.duals(reduced_y, kept_z), kept_z
        z *= (program.cost_scale / program.row_scale)[:, None]
        slack = rhs - program.matrix @ x
        slack[:zeros] = 0.0
        return BatchAnswers(x, z, slack, worst_residuals(program, rhs, x, z, slack), iterations)

    def _lanes(self, e: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
        """Return ``x``, ``y``, ``z`` and iterations of the reduced, scaled programs."""
        work, count = self._work, b.shape[1]
        x, y, z = (np.empty((rows, count)) for rows in (self.structure.columns, len(e), len(b)))
        iterations = np.empty(count, dtype=np.int64)
        for start in range(0, count, LANES):
            # What is left of the last eight is filled up with the last program.
            lanes = np.minimum(np.arange(start, start + LANES), count - 1)
            work.e[:], work.b[:] = e[:, lanes], b[:, lanes]
            solve_lanes(self.structure, work, self._limits)
            here, used = slice(start, start + LANES), slice(0, min(LANES, count - start))
            x[:, here], y[:, here], z[:, here] = work.best_x[:, used], work.best_y[:, used], work.best_z[:, used]
            iterations[here] = work.info[0, used]
        return x, y, z, iterations
