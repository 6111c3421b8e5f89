"""Which inequalities typical answers come near: the others can be left out, as long as somebody looks at them later."""

from __future__ import annotations

import numpy as np

from lempart.conic import ConicProgram
from lempart.dispatch.network import LIMIT_ROWS
from lempart.typing import BoolArray, FloatArray, IntArray

EXCEEDED = 1e-9
"""A limit (scaled) exceeded by less than this is kept."""

REACHED = 1e-7
"""A limit (scaled) of which less than this is left is reached: it may have a price."""

NEAR = 0.5
"""A limit is near when what is left of it, at least, is less than so many times what that varies by."""

ALWAYS_NEAR = 1e-3
"""A limit (scaled) of which less than this is left is near, however little that varies."""


def grid_limits(program: ConicProgram) -> BoolArray:
    """Return which rows are limits of lines and voltages."""
    chosen = np.zeros(program.cones.rows, dtype=bool)
    for name in LIMIT_ROWS:
        chosen[program.row_blocks.get(name, [])] = True
    return chosen


def inequalities(program: ConicProgram) -> BoolArray:
    """Return which rows are limits of lines, voltages and devices."""
    chosen = grid_limits(program)
    chosen[program.cones.zero : program.cones.first_cone_row] = True
    return chosen


def exceeded(slack: FloatArray, program: ConicProgram) -> BoolArray:
    """Return which rows (all three of a cone) a column of slacks violates."""
    return np.asarray((_left(slack, program) < -EXCEEDED).any(axis=1))


def reached(slack: FloatArray, program: ConicProgram, rows: IntArray) -> BoolArray:
    """Return which columns of slacks reach, or exceed, one of these limits."""
    return np.asarray((_left(slack, program)[rows] < REACHED).any(axis=0))


def remote(slack: FloatArray, program: ConicProgram, near: float = NEAR) -> BoolArray:
    """Return which inequalities no column of slacks comes near.

    Columns are a sample: one comes near a limit when what is left of it is of the order of what that varies by, so that
    others like them could meet it.
    """
    left = _left(slack, program)
    return np.asarray(left.min(axis=1) > np.maximum(ALWAYS_NEAR, near * np.ptp(left, axis=1)))


def _left(slack: FloatArray, program: ConicProgram) -> FloatArray:
    """Return how far inside, in the scale of the program, each column is; the same for all three rows of a cone."""
    scaled, first = slack / program.row_scale[:, None], program.cones.first_cone_row
    head, one, two = (scaled[first + i :: 3] for i in range(3))
    return np.concatenate([scaled[:first], np.repeat(head - np.hypot(one, two), 3, axis=0)])
