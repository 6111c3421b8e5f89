"""Bounds looked at again: sharper near one partition after the other, where all partitions can be listed."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from lempart.game.ahead import coalitions_ahead
from lempart.game.stopping import Progress, silent
from lempart.partition import Partition
from lempart.stop_rule import StopRule, never

MAX_LISTED = 5_000
"""Of families with more partitions bounds aren't looked at again: each look bounds every partition anew."""

LOOK_EVERY = 12
"""So many partitions come between two looks at first: one look takes about as long as costing as many."""


@runtime_checkable
class NearBy(Protocol):
    """Bounds that can be made sharper for partitions that are dispatched like a given one."""

    def near(self, partition: Partition) -> NearBy | None:
        """Return such bounds, which hold for every partition; None where there are none."""
        ...

    @property
    def floor(self) -> float:
        """Return what every partition costs at least, as ``AdditiveBounds`` has it; may be very low."""
        ...

    def sharp_excess(self, coalition: int) -> float:
        """Return by how much a partition with this coalition exceeds the floor at least."""
        ...


@dataclass(frozen=True, slots=True)
class BoundedPartition:
    """A partition that costs no less than ``bound``; neither does any that comes later."""

    partition: Partition | None
    bound: float


def looked_at_again(
    listed: Iterable[BoundedPartition], bounds: NearBy, stop: StopRule = never, progress: Progress = silent
) -> Iterator[BoundedPartition]:
    """Yield partitions in ascending order of the best of their bounds, which rise on the way.

    Each look is made for the partition of least bound: no other look has said much about it. Looks become rare where
    they lift few. When one is made depends on bounds alone, not on what was costed by then.

    Parameters
    ----------
    listed
        All partitions with a bound each, or ``None`` in the place of those that aren't known.
    bounds
        Are asked for sharper ones.
    stop
        Asked between the coalitions that are bounded: then no more is looked at again.
    progress
        Told which coalition is bounded again, of how many.
    """
    heap: list[tuple[float, int, Partition]] = []
    for number, item in enumerate(listed):
        if item.partition is None:
            yield item
        else:
            heap.append((item.bound, number, item.partition))
    heapq.heapify(heap)
    every, since = LOOK_EVERY, LOOK_EVERY
    while heap:
        bound, number, partition = heap[0]
        if since >= every and len(heap) > LOOK_EVERY and not stop():
            since = 0
            lifted = _lifted(heap, bounds.near(partition), stop, progress)
            if sum(new[0] > old[0] for new, old in zip(lifted, heap, strict=True)) < LOOK_EVERY:
                every *= 2
            heap = lifted
            heapq.heapify(heap)
            continue
        heapq.heappop(heap)
        since += 1
        yield BoundedPartition(partition, bound)


def _lifted(
    heap: list[tuple[float, int, Partition]], near: NearBy | None, stop: StopRule, progress: Progress
) -> list[tuple[float, int, Partition]]:
    """Return the same partitions, each with the better of two bounds; as they were once told to stop."""
    if near is None:
        return heap
    coalitions = list(dict.fromkeys(mask for *_, partition in heap for mask in partition))
    for number, mask in enumerate(coalitions_ahead(near).in_turn(coalitions, stop)):
        progress("bounding coalitions again", number, len(coalitions))
        if stop():
            return heap
        near.sharp_excess(mask)
    return [
        (max(bound, near.floor + sum(map(near.sharp_excess, partition))), number, partition)
        for bound, number, partition in heap
    ]
