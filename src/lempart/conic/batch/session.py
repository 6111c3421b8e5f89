"""Solve one program at many right-hand sides and linear costs, eight at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from lempart.conic.batch.interior_point import solve_lanes
from lempart.conic.batch.reduction import Reduction
from lempart.conic.batch.residuals import ResidualCheck
from lempart.conic.batch.structure import structure_of
from lempart.conic.batch.workspace import Limits, Workspace, workspace
from lempart.conic.program import ConeCounts, ConicProgram
from lempart.conic.settings import LANES
from lempart.typing import FloatArray, IntArray

LIMITS = Limits(tolerance=1e-12, iterations=60, least_pivot=1e-13, refinements=5)

WARM = 4
"""Steps into the session's own program after which others start: more are too close to its own answer."""

FEWER = (2, 1, 0)
"""Numbers of such steps that are tried on programs like those to come while that spares steps; 0: from scratch."""

POOR = 1e-8
"""A program whose residuals end above this is started once more, from scratch."""


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


class _Reduced(NamedTuple):
    """Linear costs and right-hand sides of reduced, scaled programs, in columns."""

    q: FloatArray
    e: FloatArray
    b: FloatArray


class BatchSession:
    """A program set up once, for many right-hand sides and linear costs.

    An answer depends on its own right-hand side and costs alone, bit for bit: not on how many are given, in which
    order, nor on those beside it.

    Parameters
    ----------
    left_out
        Rows of cones that are left out, all three of a second-order cone. An answer that keeps them all the same is
        one to the whole program, with zero duals there; one that doesn't has the excess as its residual.
    """

    def __init__(self, program: ConicProgram, left_out: IntArray | None = None, limits: Limits = LIMITS) -> None:
        self._program, self._limits = program, limits
        self.left_out: IntArray = np.zeros(0, dtype=np.int64) if left_out is None else left_out
        zeros, plain = program.cones.zero, program.cones.first_cone_row
        self._kept = np.setdiff1d(np.arange(zeros, program.cones.rows), self.left_out)
        cones = ConeCounts(zeros, int(np.sum(self._kept < plain)), int(np.sum(self._kept >= plain)) // 3)
        columns = sp.diags_array(program.column_scale)
        matrix = sp.csr_array(sp.diags_array(1.0 / program.row_scale) @ program.matrix @ columns)
        matrix.eliminate_zeros()
        quadratic = sp.csr_array(columns @ program.quadratic @ columns / program.cost_scale)
        less = Reduction.of(quadratic=quadratic, equality=matrix[:zeros], cone=matrix[self._kept])
        self._reduction = less
        self._check = ResidualCheck.of(quadratic, matrix, program.cones)
        self.structure = structure_of(less.quadratic, less.equality, less.cone, cones)
        self._work: Workspace = workspace(self.structure)
        self._first: tuple[FloatArray, ...] | None = self._start(WARM)

    def tune(self, rhs: FloatArray, linear: FloatArray | None = None) -> None:
        """Choose from where to start so that programs like these, in columns, take few steps.

        Answers depend on this choice in their last digits.
        """
        lanes = self._reduced(*self._scaled(rhs, linear))
        fewest = int(self._lanes(lanes)[3].sum())
        for steps in FEWER:
            before, self._first = self._first, self._start(steps)
            taken = int(self._lanes(lanes)[3].sum())
            if taken >= fewest:
                self._first = before
                return
            fewest = taken

    def solve(self, rhs: FloatArray, linear: FloatArray | None = None) -> BatchAnswers:
        """Return the answers at right-hand sides and linear costs.

        Parameters
        ----------
        rhs, linear
            In columns, shapes ``(rows, programs)`` and ``(columns, programs)``; None: the program's own costs.
        """
        program, zeros = self._program, self._program.cones.zero
        q, b = self._scaled(rhs, linear)
        reduced_x, reduced_y, kept_z, iterations = self._lanes(self._reduced(q, b))
        x = self._reduction.point(reduced_x, b[:zeros])
        z = np.zeros(rhs.shape)
        z[:zeros], z[self._kept] = self._reduction.duals(reduced_y, kept_z, q), kept_z
        slack, residual = self._check.slacks(q, b, x, z)
        x *= program.column_scale[:, None]
        z *= (program.cost_scale / program.row_scale)[:, None]
        slack *= program.row_scale[:, None]
        return BatchAnswers(x, z, slack, residual, iterations)

    def _scaled(self, rhs: FloatArray, linear: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        """Return linear costs and right-hand sides, scaled."""
        program = self._program
        own = np.repeat(program.linear[:, None], rhs.shape[1], axis=1) if linear is None else linear
        return own * program.column_scale[:, None] / program.cost_scale, rhs / program.row_scale[:, None]

    def _reduced(self, q: FloatArray, b: FloatArray) -> _Reduced:
        """Return the data of the reduced programs from those of the scaled ones."""
        zeros = self._program.cones.zero
        return _Reduced(self._reduction.costs(q), *self._reduction.right_hand_sides(b[:zeros], b[self._kept]))

    def _start(self, steps: int) -> tuple[FloatArray, ...] | None:
        """Return where programs start: some steps into the session's own one, well inside the cones."""
        if not steps:
            return None
        work = self._work
        work.q[:], work.e[:], work.b[:] = self._reduced(*self._scaled(self._program.rhs[:, None], None))
        solve_lanes(self.structure, work, self._limits._replace(iterations=steps), False)
        return tuple(part[:, :1].copy() for part in (work.x, work.y, work.s, work.z))

    def _lanes(self, given: _Reduced) -> tuple[FloatArray, FloatArray, FloatArray, IntArray]:
        """Return ``x``, ``y``, ``z`` and iterations of the reduced, scaled programs."""
        count = given.b.shape[1]
        x, y, z = (np.empty((len(part), count)) for part in given)
        iterations, residual = np.zeros(count, dtype=np.int64), np.full(count, np.inf)
        todo = np.arange(count)
        for warm in (False,) if self._first is None else (True, False):
            for start in range(0, len(todo), LANES):
                chosen = todo[start : start + LANES]
                found = self._eight(given, chosen, warm=warm)
                used = slice(0, len(chosen))
                better = found.info[1:, used].max(axis=0) < residual[chosen]
                kept, lanes = chosen[better], np.flatnonzero(better)
                x[:, kept], y[:, kept] = found.best_x[:, lanes], found.best_y[:, lanes]
                z[:, kept], residual[kept] = found.best_z[:, lanes], found.info[1:, lanes].max(axis=0)
                iterations[chosen] += found.info[0, used].astype(np.int64)
            todo = np.flatnonzero(~(residual <= POOR))
        none = ~np.isfinite(residual)
        x[:, none], y[:, none], z[:, none] = np.nan, np.nan, np.nan
        return x, y, z, iterations

    def _eight(self, given: _Reduced, chosen: IntArray, *, warm: bool) -> Workspace:
        """Solve up to eight of the programs; what is left of the lanes is filled up with the last one."""
        work = self._work
        lanes = chosen[np.minimum(np.arange(LANES), len(chosen) - 1)]
        work.q[:], work.e[:], work.b[:] = (part[:, lanes] for part in given)
        work.info[:] = np.inf
        work.info[0] = 0.0
        if warm and self._first is not None:
            for part, value in zip((work.x, work.y, work.s, work.z), self._first, strict=True):
                part[:] = value
        solve_lanes(self.structure, work, self._limits, warm)
        return work
