"""Of a program's optimal duals the one whose prices are closest to given ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from lempart.arguments import Positive, checks_arguments
from lempart.conic.affine import Affine
from lempart.conic.builder import ProgramBuilder
from lempart.conic.dual_face import DualFace
from lempart.conic.kkt import kkt_residuals
from lempart.conic.program import ConicProgram
from lempart.conic.settings import SolverSettings
from lempart.conic.solve import solve
from lempart.typing import FloatArray

LOOSE = 1e-3
"""The largest KKT residual of an answer that is taken where none is found to full accuracy."""


@dataclass(frozen=True, slots=True, eq=False)
class ClosestDual:
    """The optimal dual closest to a target.

    Attributes
    ----------
    point
        As :attr:`DualFace.point`.
    error
        How far its quantities may be, as a Euclidean distance, from those of the closest one; 0 where they are known to
        the solver's full accuracy.
    """

    point: FloatArray
    error: float


@checks_arguments
def closest_dual(
    face: DualFace, matrix: sp.csr_array, target: FloatArray, *, scale: Positive, settings: SolverSettings | None = None
) -> ClosestDual:
    """Return the optimal dual ``z`` with ``matrix z`` closest to ``target`` (least squares).

    Where no solver finds it to full accuracy, one found more loosely is returned, or the one that the face was made
    from, with how far off it may be: never an error.

    Parameters
    ----------
    face
        All optimal duals of a solved program.
    matrix, target
        Shape ``(quantities, rows + 3 discs)`` and ``(quantities,)``; ``scale`` is the typical size of a quantity.
    scale
        A typical size of the target, > 0: the problem is solved in this unit.
    settings
        Tolerances and choice of the solver; None: the defaults.
    """
    program = _program(face, matrix, target, scale)
    settings = settings or SolverSettings()
    outcome = solve(program, settings)
    if outcome.solution is not None:
        return ClosestDual(face.point + face.moves @ outcome.solution.value("move"), 0.0)
    outcome = solve(program, replace(settings, tolerance=1e-8, accepted=LOOSE))
    # The projection p of t on a convex set has |z - p|^2 <= |z - t|^2 - |p - t|^2 for every z in it.
    if outcome.solution is not None:
        residual = kkt_residuals(outcome.solution).worst
        error = scale * float(np.sqrt(2.0 * residual * (1.0 + abs(outcome.solution.cost))))
        return ClosestDual(face.point + face.moves @ outcome.solution.value("move"), error)
    return ClosestDual(face.point, float(np.linalg.norm(target - matrix @ face.point)))


def _program(face: DualFace, matrix: sp.csr_array, target: FloatArray, scale: float) -> ConicProgram:
    """Return the least-squares problem over the moves."""
    builder = ProgramBuilder()
    move = builder.variable("move", (face.moves.shape[1],))
    used = np.diff(face.stationarity.indptr) > 0
    builder.equal_zero("stationarity", move.mapped(face.stationarity[used]))
    distance = builder.variable("distance", (len(target),))
    reach = move.mapped((matrix @ face.moves).tocsr()).scaled(1.0 / scale)
    builder.equal_zero("distance", distance - reach + Affine.of_constant((target - matrix @ face.point) / scale))
    builder.minimize_squares(distance, 1.0)
    rows = np.concatenate([face.positive, face.cones.T.ravel()])
    moved = move.mapped(face.moves.tocsr()[rows]) + Affine.of_constant(face.point[rows])
    held, single, cones = moved.scaled(1.0 / face.unit[rows]), len(face.positive), len(face.cones)
    if single:
        builder.nonnegative("duals at least zero", held.take(np.arange(single)))
    if face.rays:
        kept = move.take(np.arange(face.rays)) + Affine.of_constant(np.ones(face.rays))
        builder.nonnegative("rays keep their side", kept)
    if cones:
        parts = (held.take(single + part * cones + np.arange(cones)) for part in range(3))
        builder.modulus_at_most("cones are kept", *parts)
    return builder.build()
