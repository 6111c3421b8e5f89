"""Stability checked last: of as few partitions as decide, and of none longer than is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice

from lempart.game import DeviationModel, PartitionVerdict, partition_verdict
from lempart.game.core import Players
from lempart.partition import Family, Partition
from lempart.search.result import Evaluated


class _TooManyError(Exception):
    """More deviations would have to be priced than are allowed."""


@dataclass(eq=False)
class _Counted:
    """A deviation model that prices so many deviations and no more."""

    model: DeviationModel
    left: int

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:
        """Return what the model says."""
        if self.left <= 0:
            raise _TooManyError
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
    known: dict[Partition, PartitionVerdict | None] = field(default_factory=dict)

    def checked(self, item: Evaluated, most: int | None = None) -> Evaluated:
        """Return the partition with its verdict; without one where more than ``most`` deviations would be priced."""
        if self.known.get(item.partition) is None:
            limit = self.most if most is None else most
            try:
                verdict = partition_verdict(
                    item.partition,
                    self.family,
                    _Counted(self.deviation, limit),
                    players=self.players,
                    tolerance=self.tolerance,
                )
            except _TooManyError:
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
