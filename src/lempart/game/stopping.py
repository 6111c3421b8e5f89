"""When work is to stop, who is told how far it is, and how it ended."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

from lempart.arguments import Amount, checks_arguments

StopRule: TypeAlias = Callable[[], str]
"""Asked between two steps of the work; returns why to stop, or an empty string to go on."""


class Ending(enum.Enum):
    """How a search, or the verdict on a core, ended."""

    FINISHED = "it was finished"
    STOPPED = "the stop rule said so"
    INTERRUPTED = "it was interrupted"
    LIMIT_REACHED = "as much was done as was allowed"
    UNPROVEN = "the method ended, and proves nothing"


class Progress(Protocol):
    """Told after each step: what is being done, how much of it is done, of how much at most."""

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Report progress."""


def never() -> str:
    """Never stop."""
    return ""


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
