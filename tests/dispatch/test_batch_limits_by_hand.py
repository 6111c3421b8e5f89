"""Which limits a batch may leave out, on slacks written by hand."""

from __future__ import annotations

import numpy as np

from lempart.conic import Affine, ConicProgram, ProgramBuilder
from lempart.dispatch.batch_limits import exceeded, remote


def _program() -> ConicProgram:
    builder = ProgramBuilder()
    x = builder.variable("x", (4,))
    builder.nonnegative("room", Affine.of_constant(np.full(4, 10.0)) - x)
    builder.minimize(x)
    return builder.build()


def test_a_limit_is_remote_when_far_more_is_left_than_that_varies_by() -> None:
    """Far and steady: remote. Far but varying as much, close, and always met: not."""
    program = _program()
    left = np.array([[9.0, 9.5, 9.2], [9.0, 2.0, 5.0], [5e-4, 5e-4, 5e-4], [0.0, 0.0, 0.0]])
    assert remote(left, program).tolist() == [True, False, False, False]


def test_a_limit_is_exceeded_when_any_answer_exceeds_it() -> None:
    """By more than rounding, in one column or more."""
    left = np.array([[1.0, -1e-3], [1.0, -1e-12], [0.0, 0.0], [-1.0, -1.0]])
    assert exceeded(left, _program()).tolist() == [True, False, False, True]
