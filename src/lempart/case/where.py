"""How problems name a place in a case: ``prosumers["P1"].flexibility[0].power_mw``, indices counted from 0."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lempart.text import json_string

_INDEX = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')


def quoted(name: str) -> str:
    """Return ``name`` in double quotes, as a TOML file writes it; what can't be seen is escaped."""
    return json_string(name)


def indexed(collection: str, index: int | str) -> str:
    """Return the place of one entry: ``grid.lines[3]``, ``prosumers["P1"]``."""
    return f"{collection}[{index if isinstance(index, int) else quoted(index)}]"


def prefixes(where: str) -> Iterator[str]:
    """Return ``where`` and every place that it lies in, innermost first."""
    yield where
    for end in range(len(where) - 1, 0, -1):
        if where[end] in ".[":
            yield where[:end]


def covers(outer: str, inner: str) -> bool:
    """Return whether ``inner`` is the place ``outer`` or lies inside it."""
    return inner.startswith(outer) and (len(inner) == len(outer) or inner[len(outer)] in ".[")


def field_of(where: str) -> str:
    """Return the field without the entry: ``prosumers["P1"].node`` is ``prosumers.node``."""
    return _INDEX.sub("", where)
