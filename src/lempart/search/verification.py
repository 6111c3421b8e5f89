"""Stability checked last: of as few partitions as decide, and of none longer than is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice

from lempart.game import DeviationModel, PartitionVerdict, partition_verdict
from lempart.game.core import Players
from lempart.partition import Family, Partition
from lempart.search.result import Evaluated
from lempart.search.stop import StopRule, never


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
    known: dict[Partition, PartitionVerdict] = field(default_factory=dict)

    def checked(self, item: Evaluated) -> Evaluated:
        """Return the partition with its verdict, undecided where more than ``most`` deviations would be priced."""
        return self._checked(item, self.most, self.stop)

    def checked_quickly(self, item: Evaluated, most: int) -> Evaluated:
        """Return the partition with its verdict where that takes ``most`` deviations at most, stopped or not."""
        return self._checked(item, most, never)

    def _checked(self, item: Evaluated, most: int, stop: StopRule) -> Evaluated:
        before = self.known.get(item.partition)
        if before is None or before.stable is None:
            self.known[item.partition] = partition_verdict(
                item.partition,
                self.family,
                self.deviation,
                players=self.players,
                tolerance=self.tolerance,
                stop=_after(most, stop),
            )
        return replace(item, verdict=self.known[item.partition])

    def deviations(self, partition: Partition, most: int) -> int:
        """Return how many sub-coalitions a partition has; counts no further than just beyond ``most``."""
        count = 0
        for coalition in partition:
            count += sum(1 for _ in islice(self.family.subcoalitions(coalition), most + 1))
            if count > most:
                break
        return count


def _after(most: int, stop: StopRule) -> StopRule:
    """Return a rule that stops once it was asked ``most`` times, or when ``stop`` does."""
    left = iter(range(most))

    def out_of_patience() -> str:
        return stop() or ("" if next(left, None) is not None else f"{most:,} deviations were priced")

    return out_of_patience
