"""Costs asked for ahead of their use, many at a time: a game may find them together more quickly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from lempart.partition import Partition
from lempart.stop_rule import StopRule, never

Item = TypeVar("Item")

MAX_AHEAD = 256
"""What is prepared at once, at most: what a game keeps must hold many times as much."""

MOMENT_SECONDS = 0.25
MOMENT_SHARE = 0.02
"""So long a chunk should take at most, or this share of the time that went by: whoever stops waits no longer."""


@dataclass(frozen=True)
class Ahead(Generic[Item]):
    """What makes a game find costs before they are asked for.

    Attributes
    ----------
    prepare
        Told what is asked for next, and asks a rule whether to stop on the way; None: the game finds nothing ahead. It
        changes no answer.
    together
        How many costs are found together for hardly more than one. Searches that don't need all ask for as many.
    width
        No fewer are prepared at once, where all are needed: also more than ``together``, to keep all processes busy.
    """

    prepare: Callable[[Sequence[Item], StopRule], None] | None = None
    together: int = 1
    width: int = 1

    def in_turn(self, items: Iterable[Item], stop: StopRule = never) -> Iterator[Item]:
        """Yield items one by one, each prepared together with those that follow it.

        Chunks grow and shrink with the time that the last one took.

        Parameters
        ----------
        items
            In the order in which they are used; listed as they are needed.
        stop
            Asked on the way: some of those that are yielded after it says so aren't prepared.
        """
        if self.prepare is None:
            yield from items
            return
        source, size, began = iter(items), self.width, time.monotonic()
        while chunk := list(islice(source, size)):
            started = time.monotonic()
            self.prepare(chunk, stop)
            yield from chunk
            now = time.monotonic()
            moment = max(MOMENT_SECONDS, MOMENT_SHARE * (now - began))
            if now - started < moment / 2.0:
                size = min(2 * size, max(MAX_AHEAD, self.width))
            elif now - started > moment:
                size = max(size // 2, self.width)

    def until(self, stop: StopRule, items: Iterable[Item]) -> None:
        """Prepare items that aren't all sure to be used, until told to stop.

        Parameters
        ----------
        stop
            Asked before the first, and after each.
        items
            In the order in which they are used.
        """
        if self.prepare is not None and not stop():
            for _ in self.in_turn(items, stop):
                if stop():
                    return


def ahead_of(game: object) -> Ahead[Partition]:
    """Return what prepares partitions of a game that is a :class:`~lempart.game.PreparedGame`.

    Parameters
    ----------
    game
        Any game; nothing is prepared where it has no ``prepare``.
    """
    return _ahead(game, getattr(game, "prepare_until", None))


def totals_ahead_of(game: object) -> Ahead[Partition]:
    """Return what prepares partitions of which only the total is asked for.

    Parameters
    ----------
    game
        Any game; where it has no ``prepare_outlines_until``, whose totals are found without who pays them, they are
        prepared as for :func:`ahead_of`.
    """
    return _ahead(game, getattr(game, "prepare_outlines_until", None) or getattr(game, "prepare_until", None))


def coalitions_ahead(bounds: object) -> Ahead[int]:
    """Return what prepares the bounds of coalitions; nothing where they have no ``prepare`` that takes several.

    Parameters
    ----------
    bounds
        Any bounds on what coalitions add.
    """
    return _ahead(bounds, None)


def _ahead(source: object, until: object) -> Ahead[Any]:
    prepare = getattr(source, "prepare", None)
    if not callable(until):
        if not callable(prepare):
            return Ahead()

        def until(items: Sequence[Any], stop: StopRule) -> None:
            if not stop():
                prepare(items)

    together = max(int(getattr(source, "together", 1)), 1)
    return Ahead(until, together, max(int(getattr(source, "at_once", together)), together))


def deviations_ahead(
    deviation: object, coalition: int, partition: Partition, stop: StopRule | None = None
) -> Ahead[int]:
    """Return what prepares the costs that groups expect who leave a coalition.

    Parameters
    ----------
    deviation
        A model of what they expect; nothing is prepared where it doesn't say whose costs that depends on.
    coalition, partition
        The coalition that they leave, and the partition that it is in.
    stop
        Asked on the way: what a single group expects may take the costs of many partitions.
    """
    looked_up, game = getattr(deviation, "partitions", None), ahead_of(getattr(deviation, "game", None))
    if not callable(looked_up) or game.prepare is None:
        return Ahead()

    def prepared(groups: Sequence[int], told: StopRule) -> None:
        found = dict.fromkeys(each for group in groups for each in looked_up(group, coalition, partition))
        game.until(told if stop is None else stop, found)

    return Ahead(prepared, game.together, game.width)
