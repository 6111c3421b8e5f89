"""Partitions in order of cost, one after the other, from the tables of the tree program."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TypeAlias

import numpy as np

from lempart.partition import Partition
from lempart.search.tree_tables import NodeTable, TreeTables

# What is left to partition, and the coalitions chosen so far, as linked lists: states share their ends.
Agenda: TypeAlias = "tuple[int, int, Agenda] | None"  # (place, subset of its branches, rest)
Chosen: TypeAlias = "tuple[int, Chosen] | None"

_WHOLE = -1
"""Instead of a subset: all branches of a place that wasn't entered yet."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A partition with its cost: the sum over its coalitions of what the tables say."""

    partition: Partition
    cost: float


@dataclass(frozen=True, slots=True)
class _Options:
    """The blocks that the highest branch of a subset can be in, cheapest first, with what each costs too much."""

    blocks: tuple[int, ...]
    excess: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _State:
    """A place with its options, once all before it is chosen."""

    excess: float
    chosen: Chosen
    place: int
    subset: int
    rest: Agenda


def cheapest_first(tables: TreeTables) -> Iterator[Ranked]:
    """Yield every partition of finite cost once, the cheapest first; ``tables`` are up to date and don't change.

    Best-first search with the tables as its exact estimate: a choice that isn't the best costs an *excess*, known at
    once, and the excess of a partition is the sum over its choices. From a state one goes straight down along the best
    choices to a finished partition, and notes at each the next best one for later. So the ``k`` cheapest partitions
    take ``k`` descents, however many there are.
    """
    least = tables.update()
    if least == np.inf:
        return
    options: dict[tuple[int, int], _Options] = {}
    number = count()  # of two states with equal excess, the later is the deeper one: ties are finished one by one
    root = tables.skeleton.root
    heap: list[tuple[float, int, int, _State]] = []

    def note(state: _State, option: int) -> None:
        known = options[state.place, state.subset]
        if option < len(known.blocks):
            heapq.heappush(heap, (state.excess + known.excess[option], -next(number), option, state))

    chosen, agenda = _entered(tables, None, (root, _WHOLE, None))
    excess = 0.0
    while True:
        while agenda is not None:
            place, subset, rest = agenda
            if (place, subset) not in options:
                options[place, subset] = _options(tables.tables[place], subset)
            state = _State(excess, chosen, place, subset, rest)
            note(state, 1)
            chosen, agenda = _follow(tables, state, options[place, subset].blocks[0])
        yield Ranked(_finished(chosen), least + excess)
        if not heap:
            return
        excess, _, option, state = heapq.heappop(heap)
        note(state, option + 1)
        chosen, agenda = _follow(tables, state, options[state.place, state.subset].blocks[option])


def _entered(tables: TreeTables, chosen: Chosen, agenda: Agenda) -> tuple[Chosen, Agenda]:
    """Return the state with the places on top of the agenda entered: all that has no choice there taken as it is."""
    while agenda is not None and agenda[1] == _WHOLE:
        place, _, agenda = agenda
        table = tables.tables[place]
        for mask in table.node.fixed:
            chosen = (mask, chosen)
        for below in table.node.apart:
            agenda = (below, _WHOLE, agenda)
        if len(table.coalition) > 1:
            return chosen, (place, len(table.coalition) - 1, agenda)
    return chosen, agenda


def _follow(tables: TreeTables, state: _State, block: int) -> tuple[Chosen, Agenda]:
    """Return what is chosen and what is left once ``block`` was taken out of the state's subset."""
    table, chosen, agenda = tables.tables[state.place], state.chosen, state.rest
    if left := state.subset & ~block:
        agenda = (state.place, left, agenda)
    subtree = block.bit_length() - 1 - len(table.node.leaves)
    if subtree >= 0 and not block & (block - 1):
        agenda = (table.node.subtrees[subtree].node, _WHOLE, agenda)
    else:
        chosen = (table.coalition[block], chosen)
    return _entered(tables, chosen, agenda)


def _options(table: NodeTable, subset: int) -> _Options:
    """Return the blocks that the highest branch of ``subset`` can be in."""
    highest = 1 << (subset.bit_length() - 1)
    blocks = np.array([highest])
    for branch in range(subset.bit_length() - 1):
        if subset >> branch & 1:
            blocks = np.concatenate([blocks, blocks | 1 << branch])
    excess = table.cost[blocks] + table.best[subset & ~blocks] - table.best[subset]
    order = np.argsort(excess, kind="stable")
    order = order[: np.searchsorted(excess[order], np.inf)]
    return _Options(tuple(blocks[order].tolist()), tuple(excess[order].tolist()))


def _finished(chosen: Chosen) -> Partition:
    masks = []
    while chosen is not None:
        masks.append(chosen[0])
        chosen = chosen[1]
    return Partition.of(masks)
