"""Stability checked last: of as few partitions as decide, and of none longer than is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lempart.game import DeviationModel, PartitionVerdict, is_stable, partition_verdict
from lempart.game.core import Players
from lempart.partition import Family, Partition
from lempart.search.effort import deviation_count
from lempart.search.exhaustive import Progress, silent
from lempart.search.result import Evaluated
from lempart.search.stop import StopRule, never

PRICING = "pricing deviations"


class _StopError(Exception):
    """As many deviations as are allowed were priced, or the search is stopped."""


@dataclass(eq=False)
class _Counted:
    """A deviation model that counts the deviations it prices, and stops where a rule says so."""

    model: DeviationModel
    stop: StopRule
    progress: Progress
    most: int
    priced: int = 0

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:
        """Return what the model says."""
        if deviating != coalition:  # the coalition's own cost is known
            if self.stop():
                raise _StopError
            self.priced += 1
            self.progress(PRICING, self.priced, self.most)
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
    progress: Progress = silent
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
            if deviation_count(self.family, item.partition, most) > most:
                most = self._enough(item.partition, most, stop)
            self.known[item.partition] = partition_verdict(
                item.partition,
                self.family,
                self.deviation,
                players=self.players,
                tolerance=self.tolerance,
                stop=_after(most, stop),
                progress=self.progress,
            )
        return replace(item, verdict=self.known[item.partition])

    def _enough(self, partition: Partition, most: int, stop: StopRule) -> int:
        """Return how many deviations of a large partition prove a core empty, or ``most`` if that many don't.

        As a rule a few do. Further ones tell by how much the core is empty, no more; and the verdict prices the same
        ones in the same order, so that there it can stop.
        """
        counted = _Counted(self.deviation, _after(most, stop), self.progress, most)
        try:
            stable = is_stable(partition, self.family, counted, players=self.players, tolerance=self.tolerance)
        except _StopError:
            return most
        return most if stable else counted.priced


def _after(most: int, stop: StopRule) -> StopRule:
    """Return a rule that stops once it was asked ``most`` times, or when ``stop`` does."""
    left = iter(range(most))

    def out_of_patience() -> str:
        return stop() or ("" if next(left, None) is not None else f"{most:,} deviations were priced")

    return out_of_patience
