"""Which partitions are the best, and in which order they are listed: by cost, ties in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable

from lempart.partition import Partition
from lempart.search.result import Evaluated


def tied(total: float, best: float, tolerance: float) -> bool:
    """Return whether ``total`` is no more than ``tolerance``, relative to ``max(1, |best|)``, above ``best``."""
    return total == best or total - best <= tolerance * max(1.0, abs(best))  # equal: also where both are infinite


def cheapest_first(found: Iterable[Evaluated], tolerance: float) -> list[Evaluated]:
    """Return the partitions by cost; equal costs in an order that doesn't depend on a solver's last digits."""
    by_cost = sorted(found, key=lambda item: (item.total, item.partition.coalitions))
    rank: dict[Partition, int] = {}
    first: Evaluated | None = None
    for index, item in enumerate(by_cost):
        if first is None or not tied(item.total, first.total, tolerance):
            first, level = item, index
        rank[item.partition] = level
    return sorted(by_cost, key=lambda item: (rank[item.partition], item.partition.coalitions))


def cheapest(found: Iterable[Evaluated], tolerance: float) -> tuple[Evaluated, ...]:
    """Return the cheapest partition and its ties, in an order that doesn't depend on a solver's last digits."""
    items = list(found)
    best = min((item.total for item in items), default=0.0)
    ties = (item for item in items if tied(item.total, best, tolerance))
    return tuple(sorted(ties, key=lambda item: item.partition.coalitions))
