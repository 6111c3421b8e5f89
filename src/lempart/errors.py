"""Every error that lempart raises on purpose, each with the exit code of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lempart.text import shown

MAX_CHARACTERS = 500
"""Characters of each part of a problem that are shown."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the input: which object, what was found, what to do.

    Attributes
    ----------
    where
        The object and field, as the user wrote it: ``prosumers["P1"].forecast_mw``.
    message
        What is wrong, with the value found.
    remedy
        What the user can do about it.
    severity
        ``"error"`` stops the work; ``"warning"`` is reported and work goes on.
    """

    where: str
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{_shown(self.where)}: {_shown(self.message)}. {_shown(self.remedy)}"


def _shown(text: str) -> str:
    return shown(text, limit=MAX_CHARACTERS)


class LempartError(Exception):
    """Base of all errors a user can meet; ``exit_code`` is what the command line returns."""

    exit_code = 1

    def __str__(self) -> str:
        """Return the message, safe to print whatever names it holds."""
        return shown(super().__str__(), lines=True)


class InputError(LempartError):
    """The input is wrong; carries every :class:`Problem` found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Travel between processes with the problems, not their text."""
        return type(self), (self.problems,)

    @classmethod
    def of(cls, where: str, message: str, remedy: str) -> InputError:
        """Return an error with a single problem."""
        return cls([Problem(where, message, remedy)])


class InfeasibleError(LempartError):
    """No dispatch meets the limits; the message names what can't be met, when, and by how much."""


class UsageError(LempartError):
    """The call itself makes no sense (a partition that isn't one, an unknown search)."""

    exit_code = 2


class SolverError(LempartError):
    """A solver ended without an answer that meets the tolerances; no number is given instead."""

    exit_code = 3


class GaveUpError(SolverError):
    """A search was given up after as much work as is allowed; to go about it in another way wouldn't end it sooner."""
