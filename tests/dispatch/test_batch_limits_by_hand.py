"""Which limits a batch may leave out, on slacks written by hand."""

from __future__ import annotations

import numpy as np

from lempart.conic import Affine, ConicProgram, ProgramBuilder, SolverSettings
from lempart.dispatch.batch_limits import NEAR, exceeded, remote
from lempart.dispatch.batch_sessions import BatchSessions


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


def test_an_answer_that_just_reaches_a_limit_is_found_with_it() -> None:
    """A limit that no typical program comes near is left out; where it is reached to the digit it may have a price."""
    builder = ProgramBuilder()
    x = builder.variable("x", (1,))
    limit = builder.parameter("limit", np.array([8.0]))
    builder.nonnegative("room", limit - x)
    builder.minimize_squares(x - Affine.of_constant(np.ones(1)), np.ones(1))
    program = builder.build()
    room = np.ones(1, dtype=bool)
    typical = np.array([program.with_parameters(np.array([many])).rhs for many in (8.0, 9.0)]).T
    sessions = BatchSessions(program, typical, None, room, room, NEAR, SolverSettings())
    just, beyond, far = (program.with_parameters(np.array([many])).rhs for many in (1.0, 0.5, 5.0))
    pooled, full = sessions
    wanted = np.array([just, beyond, far]).T
    assert sessions.solved(pooled, pooled.solve(wanted)).tolist() == [False, False, True]
    assert sessions.solved(full, full.solve(wanted)).all()
