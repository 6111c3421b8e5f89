"""Sessions for programs that differ in right-hand sides or linear costs: with the limits that matter, and with all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lempart.conic import ConicProgram, SolverSettings
from lempart.dispatch.batch_limits import exceeded, reached, remote
from lempart.typing import BoolArray, FloatArray, IntArray

if TYPE_CHECKING:
    from lempart.conic.batch import BatchAnswers, BatchSession

ACCEPTED_RESIDUAL = 1e-8
"""The largest KKT residual of a batch's answer; others are solved again by a library."""

PRECISE = 1e-13
"""What is asked at least: a step more, and the tie-break has better digits."""

SAMPLE = 16
"""With fewer typical programs than these nothing is known of how slacks vary: then devices keep all their limits."""

TUNED = 8
"""Typical programs on which a batch finds out from where to start."""

MANY_MORE = 1.2
"""A session with fewer rows is made when so many times as many can be left out."""


@dataclass(eq=False)
class BatchSessions:
    """Sessions for programs like some typical ones.

    Attributes
    ----------
    program
        One of the programs.
    typical_rhs, typical_linear
        Right-hand sides and linear costs of typical ones, in columns; None: all have the program's costs.
    first_left_out
        The rows that are left out until a typical program exceeds them.
    optional
        The rows that may be left out where no typical program comes near them.
    near
        Near is what leaves less than so many times what that varies by.
    """

    program: ConicProgram
    typical_rhs: FloatArray
    typical_linear: FloatArray | None
    first_left_out: BoolArray
    optional: BoolArray
    near: float
    solver: SolverSettings

    def __iter__(self) -> Iterator[BatchSession]:
        """Iterate over the session to ask first, and the one for what reaches limits that it leaves out."""
        yield self.pooled
        if self.pooled is not self.full:
            yield self.full

    @cached_property
    def full(self) -> BatchSession:
        """Return the session with all limits."""
        return self._session(np.zeros(0, dtype=np.int64))

    @cached_property
    def pooled(self) -> BatchSession:
        """Return the session with the inequalities that typical programs come near."""
        left_out, everyone = self.first_left_out, np.arange(self.typical_rhs.shape[1])
        while True:
            session = self._without(left_out)
            found = session.solve(*self._typical(everyone))
            needed = left_out & exceeded(found.s, self.program)
            if not needed.any():
                break
            left_out = left_out & ~needed
        solved = np.flatnonzero(found.residual <= ACCEPTED_RESIDUAL)
        far = remote(found.s[:, solved], self.program, self.near) & self.optional if len(solved) >= SAMPLE else left_out
        if far.sum() > MANY_MORE * left_out.sum():
            session = self._without(far)
        sample = np.unique(np.linspace(0, len(everyone) - 1, TUNED).astype(int))
        session.tune(*self._typical(sample[np.isin(sample, solved)]))
        return session

    def solved(self, session: BatchSession, answers: BatchAnswers, accepted: float = ACCEPTED_RESIDUAL) -> BoolArray:
        """Return which answers of a session are accurate, and reach no limit that it leaves out: it might have a price.

        ``accepted`` is the largest KKT residual.
        """
        return (answers.residual <= accepted) & ~reached(answers.s, self.program, session.left_out)

    def _typical(self, chosen: IntArray) -> tuple[FloatArray, FloatArray | None]:
        linear = self.typical_linear
        return self.typical_rhs[:, chosen], None if linear is None else linear[:, chosen]

    def _without(self, left_out: BoolArray) -> BatchSession:
        return self._session(np.flatnonzero(left_out)) if left_out.any() else self.full

    def _session(self, left_out: IntArray) -> BatchSession:
        from lempart.conic.batch import LIMITS, BatchSession  # compiled code is loaded when it is needed

        tolerance = min(self.solver.tolerance, PRECISE)
        return BatchSession(self.program, left_out, LIMITS._replace(tolerance=tolerance))
