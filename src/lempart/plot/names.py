"""How markets and partitions are called in pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from lempart.display import braces, line_name
from lempart.grid import RadialGrid

Blocks = Sequence[Sequence[str]]
"""A partition as names: the players of each market."""

MAX_CHARACTERS = 64
"""Characters of a partition's name; longer ones are told in short."""


def market_name(members: Sequence[str]) -> str:
    """Return ``{P1, P2}``."""
    return braces([members])


def partition_name(blocks: Blocks, longest: int = MAX_CHARACTERS) -> str:
    """Return ``{P1, P2} {P3}``; where that is too long, the markets of several and how many players are alone."""
    whole = braces(blocks)
    if len(whole) <= longest:
        return whole
    joint = [block for block in blocks if len(block) > 1]
    alone = f"{len(blocks) - len(joint)} alone" if len(joint) < len(blocks) else ""
    named = braces(joint) + (f" + {alone}" if alone and joint else "")
    if joint and len(named) <= longest:
        return named
    sizes = ", ".join(str(len(block)) for block in sorted(joint, key=len, reverse=True)[:6])
    more = ", …" if len(joint) > 6 else ""
    return " + ".join(text for text in (f"markets of {sizes}{more}" if joint else "", alone) if text)


def edge_name(grid: RadialGrid, edge: int) -> str:
    """Return the line above a node."""
    return line_name(grid.names[int(grid.tree.parent[edge])], grid.names[edge])


def short(name: str, longest: int = 16) -> str:
    """Return a name cut to what a label can hold."""
    return name if len(name) <= longest else name[: longest - 1] + "…"


def lookup(texts: Mapping[str, str], value: str = "datum.value") -> str:
    """Return a Vega expression that looks a value up; names are quoted, whatever they hold."""
    return f"{json.dumps(dict(texts), ensure_ascii=True)}[{value}]"
