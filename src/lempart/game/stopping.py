"""When work is to stop, who is told how far it is, and how it ended."""

from __future__ import annotations

import enum
import math
import time
from dataclasses import dataclass, field
from typing import Protocol

from lempart.arguments import Amount, checks_arguments
from lempart.stop_rule import StopRule


class Ending(enum.Enum):
    """How a search, or the verdict on a core, ended."""

    FINISHED = "it was finished"
    STOPPED = "the stop rule said so"
    INTERRUPTED = "it was interrupted"
    LIMIT_REACHED = "as much was done as was allowed"
    UNPROVEN = "the method ended, and proves nothing"


class Progress(Protocol):
    """Told after each step: what is being done, how much of it is done, of how much at most.

    One with a method ``note(text)`` is told in words, too, what the best so far is.
    """

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Report progress."""


@checks_arguments
def after_seconds(seconds: Amount) -> StopRule:
    """Return a rule that stops once ``seconds`` of wall-clock time have passed since this call.

    Examples
    --------
    >>> from lempart.search import after_seconds
    >>> after_seconds(60.0)()
    ''
    """
    deadline = time.monotonic() + seconds
    return lambda: f"the {seconds:g} s allowed have passed" if time.monotonic() >= deadline else ""


AFTER_STOP_SHARE = 0.03
AFTER_STOP_SECONDS = (0.25, 30.0)
"""What ends in good order after a stop may take this share of the time that the work took, within these seconds."""

NEXT_TO_NO_TIME = 1.0
"""After less than so many seconds of work, so many more do no harm."""


@dataclass(eq=False)
class Watched:
    """A stop rule that knows when it last said to go on: no later than that the time was not up.

    Attributes
    ----------
    rule
        The rule itself.
    began, went_on
        When the work began, and when it was last to go on, by ``time.monotonic()``.
    """

    rule: StopRule
    began: float = field(default_factory=lambda: time.monotonic())  # noqa: PLW0108
    went_on: float = -math.inf

    def __call__(self) -> str:
        """Return what the rule says."""
        reason = self.rule()
        if not reason:
            self.went_on = time.monotonic()
        return reason

    def a_little_longer(self) -> StopRule:
        """Return the rule for what follows a stop: over soon, measured by how long the work was to take."""
        until, now = max(self.went_on, self.began), time.monotonic()
        until += seconds_after_stop(until - self.began)
        if now - self.began < NEXT_TO_NO_TIME:  # whoever allows so little wants an answer all the same
            until = now + NEXT_TO_NO_TIME
        return lambda: "the search was stopped" if time.monotonic() >= until else ""


@checks_arguments
def seconds_after_stop(took: Amount) -> float:
    """Return how many seconds what follows a stop may take after work that took so many."""
    least, most = AFTER_STOP_SECONDS
    return min(max(AFTER_STOP_SHARE * took, least), most)


def silent(phase: str, done: int, total: int) -> None:
    """Report nothing.

    Parameters
    ----------
    phase
        What is being done.
    done
        How much of it is done.
    total
        Of how much.
    """
