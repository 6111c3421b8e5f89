"""Choose among the optimal duals of a solved program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.conic.affine import Affine
from lempart.conic.builder import ProgramBuilder
from lempart.conic.program import ConicSolution
from lempart.conic.settings import SolverSettings
from lempart.conic.solve import solve
from lempart.typing import BoolArray, FloatArray, IntArray

ACTIVE = 1e-6
"""A slack (scaled) below this is taken as zero."""


@dataclass(frozen=True, slots=True)
class _Face:
    """Directions in which the duals may move without losing optimality, as columns of ``moves``.

    ``z + moves d`` is optimal while ``A' moves d = 0``, ``lower`` moves keep nonnegative rows nonnegative and
    ``tips`` (cones with zero slack) stay in their cone.
    """

    moves: sp.csc_array
    free: int
    lower: IntArray
    rays: IntArray
    tips: IntArray


def _face(solution: ConicSolution) -> _Face:
    program = solution.program
    cones, slack = program.cones, solution.s / program.row_scale
    free = np.arange(cones.zero)
    lower = cones.zero + np.flatnonzero(slack[cones.zero : cones.first_cone_row] < ACTIVE)
    heads = cones.first_cone_row + 3 * np.arange(cones.second_order)
    norm = np.hypot(slack[heads + 1], slack[heads + 2])
    at_tip = slack[heads] < ACTIVE
    on_ray = ~at_tip & (slack[heads] - norm < ACTIVE * np.maximum(1.0, slack[heads]))
    rays = heads[on_ray & (np.abs(solution.z[heads]) > 0.0)]
    tips = (heads[at_tip][:, None] + np.arange(3)).ravel()
    single = np.concatenate([free, lower])
    rows = np.concatenate([single, (rays[:, None] + np.arange(3)).ravel(), tips])
    ray_columns = len(single) + np.repeat(np.arange(len(rays)), 3)
    tip_columns = len(single) + len(rays) + np.arange(len(tips))
    cols = np.concatenate([np.arange(len(single)), ray_columns, tip_columns])
    values = np.concatenate(
        [np.ones(len(single)), solution.z[rows[len(single) : len(single) + 3 * len(rays)]], np.ones(len(tips))]
    )
    # Columns are moved in units of their row's dual, so that all moves are of order one.
    unit = program.cost_scale / program.row_scale
    is_ray = (cols >= len(single)) & (cols < len(single) + len(rays))
    values = np.where(is_ray, values, values * unit[rows])
    shape = (len(program.rhs), len(single) + len(rays) + len(tips))
    return _Face(sp.csc_array((values, (rows, cols)), shape=shape), len(free), lower, rays, tips)


def closest_dual(
    solution: ConicSolution,
    matrix: sp.csr_array,
    target: FloatArray,
    *,
    scale: float,
    settings: SolverSettings | None = None,
) -> FloatArray:
    """Return the optimal dual ``z`` with ``matrix z`` closest to ``target`` (least squares).

    Complementary slackness fixes the duals of slack rows and the direction of cones on their boundary; what is left
    free are active rows, and cones whose slack is zero (a kink of the cost).

    Parameters
    ----------
    matrix, target
        Shape ``(quantities, rows)`` and ``(quantities,)``; ``scale`` is the typical size of a quantity.

    Raises
    ------
    SolverError
        When the least-squares problem isn't solved.
    """
    program, face = solution.program, _face(solution)
    builder = ProgramBuilder()
    move = builder.variable("move", (face.moves.shape[1],))
    stationarity = sp.diags_array(program.column_scale / program.cost_scale) @ program.matrix.T @ face.moves
    used: BoolArray = np.diff(stationarity.tocsr().indptr) > 0
    builder.equal_zero("stationarity", move.mapped(stationarity.tocsr()[used]))
    distance = builder.variable("distance", (len(target),))
    gap = (target - matrix @ solution.z) / scale
    reach = move.mapped((matrix @ face.moves / scale).tocsr())
    builder.equal_zero("distance", distance - reach + Affine.of_constant(gap))
    builder.minimize_squares(distance, 1.0)
    unit = program.row_scale / program.cost_scale
    if len(face.lower):
        at = face.free + np.arange(len(face.lower))
        held = np.maximum(solution.z[face.lower] * unit[face.lower], 0.0)
        builder.nonnegative("duals at least zero", move.take(at) + Affine.of_constant(held))
    first_ray = face.free + len(face.lower)
    if len(face.rays):
        at = first_ray + np.arange(len(face.rays))
        builder.nonnegative("rays keep their side", move.take(at) + Affine.of_constant(np.ones(len(face.rays))))
    if len(face.tips):
        at = first_ray + len(face.rays) + np.arange(len(face.tips))
        held = solution.z[face.tips] * unit[face.tips]
        cone = (move.take(at) + Affine.of_constant(held)).take(np.arange(len(at)).reshape(-1, 3).T.ravel())
        third = len(at) // 3
        parts = [cone.take(np.arange(i * third, (i + 1) * third)) for i in range(3)]
        builder.modulus_at_most("tips stay in the cone", parts[0], parts[1], parts[2])
    found = solve(builder.build(), settings).require("choosing among optimal prices")
    chosen: FloatArray = solution.z + face.moves @ found.value("move")
    return chosen
