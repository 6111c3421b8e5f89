"""Stability checked last: of as few partitions as decide, and of none longer than is allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from lempart.game import DeviationModel, PartitionVerdict, partition_verdict
from lempart.game.core import Players
from lempart.partition import Family, Partition
from lempart.search.effort import deviation_count
from lempart.search.exhaustive import Progress, silent
from lempart.search.result import Evaluated
from lempart.search.stop import StopRule, never

MAX_EXACT_DEVIATIONS = 5_000
"""Up to so many deviations it is also found by how much a core is empty; of more, that it is: a few tell, as a rule."""

REMEMBERED_PER_PLAYER = 2
"""How many sub-coalitions per player are remembered from proofs of empty cores."""


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
    _likely: dict[int, None] = field(default_factory=dict)

    def checked(self, item: Evaluated) -> Evaluated:
        """Return the partition with its verdict, undecided where more than ``most`` deviations would be priced."""
        return self._checked(item, self.most, self.stop)

    def checked_quickly(self, item: Evaluated, most: int) -> Evaluated:
        """Return the partition with its verdict where that takes ``most`` deviations at most, stopped or not."""
        return self._checked(item, most, never)

    def _checked(self, item: Evaluated, most: int, stop: StopRule) -> Evaluated:
        before = self.known.get(item.partition)
        if before is None or before.stable is None:
            few = min(most, MAX_EXACT_DEVIATIONS)
            found = self.known[item.partition] = partition_verdict(
                item.partition,
                self.family,
                self.deviation,
                players=self.players,
                tolerance=self.tolerance,
                stop=_after(most, stop),
                more=math.inf if deviation_count(self.family, item.partition, few) <= few else 0,
                likely=tuple(self._likely),
                progress=self.progress,
            )
            self._remember(found)
        return replace(item, verdict=self.known[item.partition])

    def _remember(self, found: PartitionVerdict) -> None:
        """Keep whom the last proofs of an empty core rest on: similar coalitions often fail for similar reasons."""
        for member in (member for verdict in found.coalitions for member in verdict.balanced):
            self._likely.pop(member.coalition, None)
            self._likely[member.coalition] = None
        for old in list(self._likely)[: -REMEMBERED_PER_PLAYER * self.family.player_count]:
            del self._likely[old]


def _after(most: int, stop: StopRule) -> StopRule:
    """Return a rule that stops once it was asked ``most`` times, or when ``stop`` does."""
    left = iter(range(most))

    def out_of_patience() -> str:
        return stop() or ("" if next(left, None) is not None else f"{most:,} deviations were priced")

    return out_of_patience
