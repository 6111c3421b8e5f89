"""Words that messages are made of: lists of names, and the name that was probably meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from lempart.case.where import quoted


def listed(names: Iterable[str], limit: int = 6) -> str:
    """Return names for a sentence: ``"a", "b" and 3 more``."""
    return joined([quoted(name) for name in names], limit)


def joined(parts: Sequence[str], limit: int = 6) -> str:
    """Return parts for a sentence, the first ``limit`` of them."""
    if len(parts) > limit:
        return f"{', '.join(parts[:limit])} and {len(parts) - limit} more"
    return ", ".join(parts)


def suggestion(name: str, known: Collection[str]) -> str | None:
    """Return the known name that ``name`` was probably meant to be, upper and lower case aside."""
    folded = {other.casefold(): other for other in known}
    matches = get_close_matches(name, known, n=1, cutoff=0.6)
    return (
        matches[0]
        if matches
        else next((folded[match] for match in get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)), None)
    )


def nearest(name: str, known: Collection[str]) -> str:
    """Return a remedy for an unknown name: the one probably meant, or those there are."""
    near = suggestion(name, known)
    if near is not None:
        return f"Did you mean {quoted(near)}?"
    return f"Known: {listed(known)}." if known else "Remove it."
