"""Coalitions and partitions as people write them: by their players' names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from lempart.arguments import checks_arguments
from lempart.errors import UsageError
from lempart.partition.bits import members
from lempart.partition.partition import Partition

CoalitionLike: TypeAlias = int | str | Iterable[str]
"""A mask, a text such as ``"P1,P2"``, or names."""

PartitionLike: TypeAlias = Partition | str | Iterable[CoalitionLike]
"""A partition, a text such as ``"P1,P2|P3"`` or ``"{P1, P2} {P3}"``, or its coalitions; who is left out stays alone."""

_BRACES = re.compile(r"\{([^{}]*)\}")
_BLOCKS = r"\{[^{}]*\}(?:[\s,|]*\{[^{}]*\})*"
_IN_BRACES = re.compile(rf"{_BLOCKS}|\{{\s*{_BLOCKS}\s*\}}")


@checks_arguments
def coalition_of(given: CoalitionLike, players: Sequence[str]) -> int:
    """Return the mask of a coalition that is given by names.

    Parameters
    ----------
    given
        ``"P1,P2"`` or ``"{P1, P2}"``, names in any order, or a mask already: bit ``i`` for player ``i``.
    players
        Names of all players, in the case's order.

    Raises
    ------
    UsageError
        There is no such player, or one is named twice; or it is none of these.
    """
    if isinstance(given, int):
        if not 0 < given < 1 << len(players):
            raise UsageError(f"coalition {given!r} is no mask of players: they are numbered 0 to {len(players) - 1}")
        return given
    if isinstance(given, str):
        blocks = _in_braces(given, players)
        given = blocks[0] if len(blocks) == 1 else given
    names = [part.strip() for part in given.split(",")] if isinstance(given, str) else list(given)
    if not any(names):
        raise UsageError(f"a coalition needs at least one player; given {given!r:.60}")
    index = {name: place for place, name in enumerate(players)}
    if unknown := [name for name in names if name not in index]:
        raise UsageError(f"no such player: {', '.join(unknown)}. Players are: {', '.join(players)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"in more than one coalition: {', '.join(twice)}. Name each player once")
    return sum(1 << index[name] for name in names)


@checks_arguments
def partition_of(given: PartitionLike, players: Sequence[str]) -> Partition:
    """Return the partition that is given by names.

    Parameters
    ----------
    given
        ``"P1,P2|P3"``, or as partitions are told, ``"{P1, P2} {P3}"``; JSON (``'[["P1", "P2"]]'``) where names hold
        commas, bars or braces; lists of names; masks; or a partition already. Players that are left out stay alone.
    players
        Names of all players, in the case's order.

    Raises
    ------
    UsageError
        There is no such player, one is in two coalitions, or it is none of these.

    Examples
    --------
    >>> from lempart.partition import partition_of
    >>> players = ["P1", "P2", "P3", "P4"]
    >>> str(partition_of("P1,P2|P3", players)), str(partition_of("{P1, P4} {P2}", players))
    ('0,1|2|3', '0,3|1|2')
    """
    if isinstance(given, Partition):
        return given
    blocks = _blocks(given, players) if isinstance(given, str) else list(given)
    if not blocks:
        raise UsageError(
            f"the partition that is given names no player: {given!r:.60}. Name one at least: the rest is alone"
        )
    masks = [coalition_of(block, players) for block in blocks]
    if len(masks) > 1 and (twice := _in_two(masks)):
        named = ", ".join(players[player] for player in members(twice))
        raise UsageError(f"in more than one coalition: {named}. Name each player once")
    named_mask = sum(masks)
    return Partition.of([*masks, *(1 << player for player in range(len(players)) if not named_mask >> player & 1)])


def _in_braces(text: str, players: Sequence[str]) -> list[list[str]]:
    """Return the coalitions of a text in braces; none where it isn't, or names have braces of their own."""
    if not _IN_BRACES.fullmatch(text.strip()) or any("{" in name or "}" in name for name in players):
        return []
    return [names for own in _BRACES.findall(text) if (names := [n.strip() for n in own.split(",") if n.strip()])]


def _in_two(masks: Sequence[int]) -> int:
    """Return the players that two coalitions share."""
    seen = twice = 0
    for mask in masks:
        twice |= seen & mask
        seen |= mask
    return twice


def _blocks(text: str, players: Sequence[str]) -> list[list[str]]:
    """Return the coalitions of a text, ``"P1,P2|P3"``, ``"{P1, P2} {P3}"`` or JSON."""
    if blocks := _in_braces(text, players):
        return blocks
    if not text.lstrip().startswith("["):
        return [names for block in text.split("|") if (names := [n.strip() for n in block.split(",") if n.strip()])]
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    lists = isinstance(read, list) and all(isinstance(block, list) for block in read)
    if not lists or not all(isinstance(name, str) for block in read for name in block):
        raise UsageError(f'the partition is not a JSON list of lists of names, such as [["P1", "P2"], ["P3"]]: {text}')
    return [block for block in read if block]
