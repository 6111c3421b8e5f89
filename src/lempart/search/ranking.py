"""Which partitions are the best, and in which order they are listed: by cost, ties in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lempart.game import PartitionVerdict
from lempart.partition import Partition


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One partition with its cost ``Phi``, in currency; ``verdict`` is None where its stability was not needed."""

    partition: Partition
    total: float
    verdict: PartitionVerdict | None = None

    @property
    def stable(self) -> bool | None:
        """Return whether the partition is stable; None where it was not checked."""
        return None if self.verdict is None else self.verdict.stable


@dataclass(frozen=True, slots=True)
class Ranking:
    """How partitions are compared: costs that differ by less than a share of what all players turn over are equal.

    Attributes
    ----------
    tolerance
        That share.
    turnover
        In currency; None where a game doesn't say: then ``max(1, |best|)``.
    """

    tolerance: float
    turnover: float | None = None

    def slack(self, best: float) -> float:
        """Return by how much two costs may differ and be equal, in currency."""
        return self.tolerance * (max(1.0, abs(best)) if self.turnover is None else self.turnover)

    def equal_within(self, viable: Sequence[Evaluated]) -> float | None:
        """Return by how much two costs may differ and be equal, in currency; None where there are none."""
        return self.slack(min(item.total for item in viable)) if viable else None

    def tied(self, total: float, best: float) -> bool:
        """Return whether ``total`` is no more than the tolerance above ``best``, both in currency."""
        return total == best or total - best <= self.slack(best)  # equal: also where both are infinite

    def cheapest_first(self, found: Iterable[Evaluated]) -> list[Evaluated]:
        """Return the partitions by cost; equal costs in an order that doesn't depend on a solver's last digits."""
        by_cost = sorted(found, key=lambda item: (item.total, item.partition.coalitions))
        rank: dict[Partition, int] = {}
        first: Evaluated | None = None
        for index, item in enumerate(by_cost):
            if first is None or not self.tied(item.total, first.total):
                first, level = item, index
            rank[item.partition] = level
        return sorted(by_cost, key=lambda item: (rank[item.partition], item.partition.coalitions))

    def cheapest(self, found: Iterable[Evaluated]) -> tuple[Evaluated, ...]:
        """Return the cheapest partition and its ties, in an order that doesn't depend on a solver's last digits."""
        items = list(found)
        best = min((item.total for item in items), default=0.0)
        ties = (item for item in items if self.tied(item.total, best))
        return tuple(sorted(ties, key=lambda item: item.partition.coalitions))
