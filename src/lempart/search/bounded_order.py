"""Partitions in order of a lower bound on their cost, one after the other, however many there are."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count, islice
from typing import Protocol, runtime_checkable

from lempart.arguments import checks_arguments
from lempart.errors import InputError, UsageError
from lempart.game.ahead import coalitions_ahead
from lempart.game.stopping import Progress, Watched, silent
from lempart.partition import Family, Partition
from lempart.partition.enumeration import State, apply, finished, start, still_kept
from lempart.partition.patterns import CLOSED, UPWARD, Pattern, patterns
from lempart.partition.skeleton import BranchingNode, Skeleton
from lempart.search.second_looks import MAX_LISTED, BoundedPartition, NearBy, looked_at_again
from lempart.search.tree_order import cheapest_first
from lempart.search.tree_tables import TreeTables
from lempart.stop_rule import StopRule, never


@runtime_checkable
class AdditiveBounds(Protocol):
    """``Phi(P) >= floor + sum of excess(F)`` over the coalitions of any partition."""

    @property
    def floor(self) -> float:
        """Return what every partition costs at least."""
        ...

    def excess(self, coalition: int) -> float:
        """Return by how much a partition with this coalition exceeds the floor at least, ``>= 0``; quick."""
        ...

    def sharp_excess(self, coalition: int) -> float:
        """Return the same as well as it can be known, not below :meth:`excess`."""
        ...

    def carried(self, outside: int) -> float:
        """Return the part of :meth:`excess` of a coalition that is due to one node, ``>= 0``.

        The coalition goes on above the node, and everyone below some of its branches, ``outside``, isn't part of it.
        """
        ...


@checks_arguments
def additive_bounds_of(game: object, stop: StopRule = never) -> AdditiveBounds | None:
    """Return the lower bounds on costs of partitions that a game offers as ``partition_bounds``; None without them.

    Parameters
    ----------
    game
        Any game. One whose bounds take long to find has ``partition_bounds_until``, too, which is given the rule.
    stop
        Asked while they are looked for: then those found by then are returned, None where there are none yet.
    """
    until = getattr(game, "partition_bounds_until", None)
    bounds = until(stop) if callable(until) else getattr(game, "partition_bounds", None)
    return bounds if isinstance(bounds, AdditiveBounds) else None


def offers_bounds(game: object) -> bool:
    """Return whether a game has lower bounds on costs of partitions, without looking for them where it takes long."""
    return callable(getattr(game, "partition_bounds_until", None)) or additive_bounds_of(game) is not None


def least_of(bounds: AdditiveBounds) -> float:
    """Return what every partition costs at least: the floor, or more where bounds say so by an attribute ``least``."""
    return max(bounds.floor, float(getattr(bounds, "least", bounds.floor)))


def in_order(
    family: Family, bounds: AdditiveBounds, stop: StopRule = never, progress: Progress = silent
) -> Iterator[BoundedPartition]:
    """Yield every partition once, in ascending order of its lower bound.

    Where work goes on without a partition, ``None`` comes in its place with the bound reached, so that the caller can
    stop. With single boundaries the tree program orders them by dynamic programming; ``stop`` ends the sharpening of
    its bounds, and the order too where that takes long. Where bounds can be looked at again and partitions are few
    enough to be listed, they are. Otherwise states in which the lower part of the tree is undecided are opened in order
    of their bounds.
    """
    if not family.single_boundary:
        return _best_first(family, bounds)
    listed = _on_tree(family, bounds, stop, progress)
    if isinstance(bounds, NearBy) and family.count() <= MAX_LISTED:
        return looked_at_again(listed, bounds, stop, progress)
    return listed


def first_guesses(family: Family, bounds: AdditiveBounds, count: int, stop: StopRule = never) -> Iterator[Partition]:
    """Yield the ``count`` partitions of least bound among those with single boundaries: likely to be good.

    Nothing where groups rule them out, or where there are too many coalitions to bound them all at once.
    """
    try:
        narrower = replace(family, single_boundary=True)
        guesses = _on_tree(narrower, bounds, stop)
        yield from (found.partition for found in islice(guesses, count) if found.partition is not None)
    except (InputError, UsageError):
        return


def _on_tree(
    family: Family, bounds: AdditiveBounds, stop: StopRule, progress: Progress = silent
) -> Iterator[BoundedPartition]:
    tables, watched = TreeTables(family.skeleton, family.restrictions), Watched(stop)
    late: StopRule | None = None
    coalitions, least = list(tables.coalitions()), least_of(bounds)
    for number, mask in enumerate(coalitions_ahead(bounds).in_turn(coalitions, watched)):
        progress("bounding coalitions", number, len(coalitions))
        if late is None and watched():
            late = watched.a_little_longer()
        elif late is not None and late():
            yield BoundedPartition(None, least)
            return
        tables.set_cost(mask, bounds.excess(mask) if late else bounds.sharp_excess(mask))
    for ranked in cheapest_first(tables):
        yield BoundedPartition(ranked.partition, max(least, bounds.floor + ranked.cost))


def _best_first(family: Family, bounds: AdditiveBounds) -> Iterator[BoundedPartition]:
    book = _OutcomeBook(family.skeleton, bounds)
    number = count()
    floor = bounds.floor
    # Of equal bounds the deepest first: whole partitions come early. A whole partition waits with a quick bound first.
    heap: list[tuple[float, int, bool, State, float]] = [(floor, 0, False, start(family.skeleton), 0.0)]
    while heap:
        bound, _, sharp, (masks, agenda), excess = heapq.heappop(heap)
        if agenda is None and sharp:
            yield BoundedPartition(finished(masks), bound)
            continue
        if agenda is None:
            better = floor + sum(bounds.sharp_excess(mask) for mask in masks)
            heapq.heappush(heap, (max(bound, better), -next(number), True, (masks, None), excess))
            yield BoundedPartition(None, bound)
            continue
        node, upward, rest = agenda
        for pattern, carried in book.outcomes(node, upward=upward != CLOSED):
            state = apply(pattern, masks, upward, rest)
            if family.restrictions is not None and not still_kept(family.restrictions, state):
                continue
            here = excess + carried
            known = here if state[1] is not None else max(here, sum(bounds.excess(mask) for mask in state[0]))
            heapq.heappush(heap, (max(bound, floor + known), -next(number), False, state, here))
        yield BoundedPartition(None, bound)


@dataclass(eq=False)
class _OutcomeBook:
    """The outcomes at every node, with what carrying those left out adds."""

    skeleton: Skeleton
    bounds: AdditiveBounds
    _kept: dict[tuple[int, bool], list[tuple[Pattern, float]]] = field(default_factory=dict)

    def outcomes(self, index: int, *, upward: bool) -> list[tuple[Pattern, float]]:
        """Return what can happen at a node."""
        if (index, upward) not in self._kept:
            node = self.skeleton.nodes[index]
            carried: dict[int, float] = {0: 0.0}
            found = []
            for pattern in patterns(self.skeleton, node, upward=upward):
                outside = _outside(node, pattern) if upward else 0
                if outside not in carried:
                    carried[outside] = self.bounds.carried(outside)
                found.append((pattern, carried[outside]))
            self._kept[index, upward] = found
        return self._kept[index, upward]


def _outside(node: BranchingNode, pattern: Pattern) -> int:
    """Return who hangs at the node beside the coalition on its upward edge; 0 where groups make that uncertain."""
    if node.bound is not None or any(leaf.inside for leaf in node.leaves):
        return 0
    going_up = {below for below, label in pattern.visits if label == UPWARD}
    subtrees = sum(subtree.mask for subtree in node.subtrees if subtree.node not in going_up)
    return subtrees + sum(leaf.mask for leaf in node.leaves if not leaf.mask & pattern.joins)
