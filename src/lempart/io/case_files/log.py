"""The problems met while a case is read, and which of its fields couldn't be read."""

from __future__ import annotations

from dataclasses import dataclass, field

from lempart.case.wording import Names
from lempart.errors import Problem


@dataclass
class Log:
    """Collects problems; reading goes on with neutral values in place of what couldn't be read.

    ``unread`` are the fields with such a value: the rules are told, so that they don't complain about it.
    """

    _found: dict[Problem, None] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    _names: dict[tuple[str, ...], Names] = field(default_factory=dict)

    def names(self, known: tuple[str, ...]) -> Names:
        """Return the keys that a kind of section knows, to look for those that are meant."""
        if known not in self._names:
            self._names[known] = Names(known)
        return self._names[known]

    @property
    def problems(self) -> list[Problem]:
        """Return the problems, in the order in which they were met."""
        return list(self._found)

    def error(self, where: str, message: str, remedy: str) -> None:
        """Note an error; the same error is noted once (a missing column is met in every row)."""
        self._note(Problem(where, message, remedy))

    def warn(self, where: str, message: str, remedy: str) -> None:
        """Note a warning."""
        self._note(Problem(where, message, remedy, "warning"))

    def unreadable(self, where: str, message: str, remedy: str, at: str = "") -> None:
        """Note an error at ``where + at`` that leaves ``where`` without a value."""
        self.unread.add(where)
        self.error(where + at, message, remedy)

    def _note(self, problem: Problem) -> None:
        self._found[problem] = None
