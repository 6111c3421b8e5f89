"""What a rule is, and what rules share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from lempart.case.records import CaseFields
from lempart.case.where import covers
from lempart.errors import Problem

Find = Callable[[CaseFields], Iterator[Problem]]


@dataclass(frozen=True)
class Rule:
    """One rule: a function that yields the problems it finds.

    Attributes
    ----------
    find
        Yields the problems of a case.
    needs
        Fields (``grid.lines.from``) without which the rule can't judge anything; it is left out when one of them
        couldn't be read. A problem at an unread place is dropped in any case.
    """

    find: Find
    needs: tuple[str, ...] = ()

    def can_judge(self, unread_fields: Collection[str]) -> bool:
        """Return whether all the rule needs was read."""
        return not any(covers(a, b) or covers(b, a) for a in self.needs for b in unread_fields)


def rule(*needs: str) -> Callable[[Find], Rule]:
    """Make a rule of a function; ``needs`` as in :class:`Rule`."""
    return lambda find: Rule(find, needs)


def warning(where: str, message: str, remedy: str) -> Problem:
    """Return a problem that doesn't stop the work."""
    return Problem(where, message, remedy, "warning")


def duplicates(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Return the positions of each repeated name and of its first appearance."""
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in first:
            yield index, first[name]
        else:
            first[name] = index
