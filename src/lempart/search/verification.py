"""Stability checked last: of as few partitions as decide, and of none longer than is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice

from lempart.game import DeviationModel, PartitionVerdict, partition_verdict
from lempart.game.core import Players
from lempart.partition import Family, Partition
from lempart.search.result import Evaluated
from lempart.search.stop import StopRule, never


class _OutOfPatienceError(Exception):
    """More deviations would have to be priced than are allowed, or more time taken."""


@dataclass(eq=False)
class _Counted:
    """A deviation model that prices so many deviations and no more, nor any once the search is stopped."""

    model: DeviationModel
    left: int
    stop: StopRule

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:
        """Return what the model says."""
        if self.left <= 0 or self.stop():
            raise _OutOfPatienceError
        self.left -= 1
        return self.model.worth(deviating, coalition, partition)


@dataclass(eq=False)
class Verifier:
    """Checks the stability of partitions, each once.

    Attributes
    ----------
    most
        Deviations that are priced for one partition at most; a core that needs more stays undecided.
    """

    family: Family
    deviation: DeviationModel
    players: Players
    tolerance: float
    most: int
    stop: StopRule = never
    known: dict[Partition, PartitionVerdict | None] = field(default_factory=dict)

    def checked(self, item: Evaluated) -> Evaluated:
        """Return the partition with its verdict; without one where more than ``most`` deviations would be priced."""
        return self._checked(item, self.most, self.stop)

    def checked_quickly(self, item: Evaluated, most: int) -> Evaluated:
        """Return the partition with its verdict where that takes ``most`` deviations at most, stopped or not."""
        return self._checked(item, most, never)

    def _checked(self, item: Evaluated, most: int, stop: StopRule) -> Evaluated:
        if self.known.get(item.partition) is None:
            try:
                verdict = partition_verdict(
                    item.partition,
                    self.family,
                    _Counted(self.deviation, most, stop),
                    players=self.players,
                    tolerance=self.tolerance,
                )
            except _OutOfPatienceError:
                self.known[item.partition] = None
            else:
                self.known[item.partition] = verdict
        return replace(item, verdict=self.known[item.partition])

    def deviations(self, partition: Partition, most: int) -> int:
        """Return how many sub-coalitions a partition has; counts no further than just beyond ``most``."""
        count = 0
        for coalition in partition:
            count += sum(1 for _ in islice(self.family.subcoalitions(coalition), most + 1))
            if count > most:
                break
        return count
