"""What one batch works on: right-hand sides, the point, and everything computed on the way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lempart.conic.batch.cones import SCALES
from lempart.conic.batch.lanes import aligned
from lempart.conic.batch.structure import Structure
from lempart.typing import FloatArray, IntArray


class Limits(NamedTuple):
    """When a lane ends.

    Attributes
    ----------
    tolerance
        Of residuals and gap, relative to the largest right-hand side, cost and objective.
    iterations
        The most steps.
    least_pivot
        Smaller pivots of the factorisation are replaced.
    refinements
        How often the solution of a linear system is corrected at most.
    """

    tolerance: float
    iterations: int
    least_pivot: float
    refinements: int


class Workspace(NamedTuple):
    """The point, costs, right-hand sides and everything computed on the way; arrays of shape ``(rows, LANES)``."""

    q: FloatArray
    e: FloatArray
    b: FloatArray
    x: FloatArray
    y: FloatArray
    s: FloatArray
    z: FloatArray
    best_x: FloatArray
    best_y: FloatArray
    best_z: FloatArray
    dx: FloatArray
    dy: FloatArray
    ds: FloatArray
    dz: FloatArray
    rx: FloatArray
    ry: FloatArray
    rz: FloatArray
    ax: FloatArray
    az: FloatArray
    target: FloatArray
    g: FloatArray
    gx: FloatArray
    gy: FloatArray
    hx: FloatArray
    weights: FloatArray
    scales: FloatArray
    entries: FloatArray
    lower: FloatArray
    inverse: FloatArray
    row: FloatArray
    vector: FloatArray
    tails: FloatArray
    filled: IntArray
    info: FloatArray


def workspace(structure: Structure) -> Workspace:
    """Return room for one batch."""
    n, ne, m = structure.columns, len(structure.equality.start) - 1, len(structure.cone.start) - 1
    cones = (m - structure.nonnegative) // 3
    size = n + ne
    rows = {
        **dict.fromkeys(("q", "x", "best_x", "dx", "rx", "hx"), n),
        **dict.fromkeys(("e", "y", "best_y", "dy", "ry"), ne),
        **dict.fromkeys(("b", "s", "z", "best_z", "ds", "dz", "rz", "ax", "az", "target"), m),
        **dict.fromkeys(("inverse", "row", "vector"), len(structure.factors.order)),
        "g": size,
        "tails": 2 * len(structure.heads.cone),
        "weights": structure.weights,
        "scales": SCALES * cones,
        "entries": len(structure.fixed),
        "lower": structure.fill,
        "info": 4,
    }
    arrays = {name: aligned(count) for name, count in rows.items()}
    # Both parts of a right-hand side lie in one array: gathered in the order of elimination without asking which.
    return Workspace(
        **arrays, gx=arrays["g"][:n], gy=arrays["g"][n:], filled=np.empty(len(structure.factors.order), np.int64)
    )
