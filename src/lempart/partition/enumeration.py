"""Every partition of a family, one after the other, by construction on the tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from lempart.partition.bits import lowest_bit
from lempart.partition.partition import Partition
from lempart.partition.patterns import CLOSED, UPWARD, Pattern, patterns
from lempart.partition.restrictions import Restrictions
from lempart.partition.skeleton import Skeleton

# Nodes still to be decided, as a linked list of (node, coalition on its upward edge, rest). Linked lists
# and tuples are never changed, so going back to an earlier state costs nothing.
Agenda: TypeAlias = "tuple[int, int, Agenda] | None"
State: TypeAlias = tuple[tuple[int, ...], Agenda]

_MAX_CACHED_BRANCHES = 6  # nodes with as many branches have few outcomes, which are kept; a hub is walked anew


def enumerate_partitions(skeleton: Skeleton, restrictions: Restrictions | None = None) -> Iterator[Partition]:
    """Yield every partition once, in an order fixed by the tree.

    Depth-first from the root down. A choice at a node never rules out all choices below, so every path
    ends in a partition and the first ones come at once however many there are. The stack is explicit:
    deep feeders don't meet the recursion limit. With rules, states that no more can keep them are left out; those that
    aren't hereditary are asked last.
    """
    book = _PatternBook(skeleton)
    levels = [_successors(book, start(skeleton))]
    while levels:
        for state in levels[-1]:
            if restrictions is not None and not still_kept(restrictions, state):
                continue
            if state[1] is None:
                yield finished(state[0])
            else:
                levels.append(_successors(book, state))
                break
        else:
            levels.pop()


def start(skeleton: Skeleton) -> State:
    """Return the state in which nothing is decided."""
    return (), (skeleton.root, CLOSED, None)


def apply(pattern: Pattern, masks: tuple[int, ...], upward: int, rest: Agenda) -> State:
    """Return the state after ``pattern`` at a node with the coalition ``upward`` on its upward edge."""
    known = len(masks)
    if pattern.joins:
        masks = (*masks[:upward], masks[upward] | pattern.joins, *masks[upward + 1 :])
    for node, target in pattern.visits:
        label = known + target if target >= 0 else (upward if target == UPWARD else CLOSED)
        rest = (node, label, rest)
    return masks + pattern.new, rest


def still_kept(restrictions: Restrictions, state: State) -> bool:
    """Return whether the coalitions of a state, which may still grow where something is undecided, keep the rules."""
    masks, agenda = state
    return all(map(restrictions.allow if agenda is None else restrictions.may_grow, masks))


def finished(masks: Iterable[int]) -> Partition:
    """Return the partition of masks that are disjoint by construction."""
    return Partition(tuple(sorted(masks, key=lowest_bit)))


def _successors(book: _PatternBook, state: State) -> Iterator[State]:
    masks, agenda = state
    if agenda is None:
        return
    node, upward, rest = agenda
    for pattern in book.patterns(node, upward=upward != CLOSED):
        yield apply(pattern, masks, upward, rest)


class _PatternBook:
    """The outcomes at every node, kept where they are few."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._kept: dict[tuple[int, bool], list[Pattern]] = {}

    def patterns(self, index: int, *, upward: bool) -> Iterable[Pattern]:
        key = (index, upward)
        if key in self._kept:
            return self._kept[key]
        node = self._skeleton.nodes[index]
        outcomes = patterns(self._skeleton, node, upward=upward)
        if len(node.subtrees) + len(node.leaves) <= _MAX_CACHED_BRANCHES:
            return self._kept.setdefault(key, list(outcomes))
        return outcomes
