"""Words that messages are made of: lists of names, and the name that was probably meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice

from lempart.case.where import quoted
from lempart.text import some_of

MAX_NAME_CHARACTERS = 100
"""Characters of a name that is looked for among others, or suggested."""
MAX_COMPARISONS = 200_000
"""How often two names are compared for suggestions; some seconds."""


def listed(names: Iterable[str], limit: int = 6) -> str:
    """Return names for a sentence: ``"a", "b" and 3 more``."""
    return some_of([quoted(name) for name in names], limit)


class Names:
    """Known names, of which one may be meant by another that is unknown.

    Looking for it takes as long as there are names, and as often as one is misspelt: after ``MAX_COMPARISONS`` of them
    nothing is suggested any more, so that twenty thousand misspelt names among as many cost no more than ten.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known = [name for name in known if len(name) <= MAX_NAME_CHARACTERS]
        self._folded = {name.casefold(): name for name in self._known}
        more = f" and {len(known) - 6} more." if len(known) > 6 else "."
        self._first = f"Known: {listed(islice(known, 6), 6)}{more}"
        self._found: dict[str, str | None] = {}
        self._left = MAX_COMPARISONS

    def suggestion(self, name: str) -> str | None:
        """Return the known name that ``name`` was probably meant to be, upper and lower case aside."""
        if name not in self._found and len(name) <= MAX_NAME_CHARACTERS and self._left > 0:
            self._left -= 2 * len(self._known)
            matches = get_close_matches(name, self._known, n=1, cutoff=0.6)
            folded = [] if matches else get_close_matches(name.casefold(), self._folded, n=1, cutoff=0.6)
            self._found[name] = next(iter(matches), None) or next((self._folded[match] for match in folded), None)
        return self._found.get(name)

    def remedy(self, name: str) -> str:
        """Return a remedy for an unknown name: the one probably meant, or those there are."""
        near = self.suggestion(name)
        if near is not None:
            return f"Did you mean {quoted(near)}?"
        return self._first if self._folded else "Remove it."


def suggestion(name: str, known: Collection[str]) -> str | None:
    """Return the one of a few known names that ``name`` was probably meant to be."""
    return Names(known).suggestion(name)


def nearest(name: str, known: Collection[str]) -> str:
    """Return a remedy for one unknown name; for many of them use :class:`Names`."""
    return Names(known).remedy(name)
