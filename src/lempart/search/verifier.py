"""Stability checked last: of as few partitions as decide, and of none longer than is allowed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from lempart.game import CoreOptions, CoreVerdict, DeviationModel, PartitionVerdict, independent_game, partition_verdict
from lempart.game.stopping import Progress
from lempart.partition import Family, Partition
from lempart.search.options import SearchOptions
from lempart.stop_rule import StopRule, never

MAX_EXACT_DEVIATIONS = 5_000
"""Up to so many deviations it is also found by how much a core is empty; of more, that it is: few of them tell."""

REMEMBERED_PER_PLAYER = 2
"""How many sub-coalitions per player are remembered from proofs of empty cores."""


@dataclass(eq=False)
class Verifier:
    """Checks the stability of partitions, each once.

    Attributes
    ----------
    family, deviation
        What is asked.
    options
        Whom a core allocates to, and to what tolerance.
    max_deviations
        Deviations that are priced for one partition at most; a core that needs more stays undecided. Where there is a
        limit, those that proved the last cores empty are priced first.
    stop, progress
        When to leave a core undecided, and whom to tell how many deviations were priced.
    known
        The verdicts so far.
    coalitions
        Verdicts on coalitions that hold in every partition: without externalities.
    """

    family: Family
    deviation: DeviationModel
    options: SearchOptions = field(default_factory=SearchOptions)
    max_deviations: float = math.inf
    stop: StopRule = never
    progress: Progress | None = None
    known: dict[Partition, PartitionVerdict] = field(default_factory=dict)
    coalitions: dict[int, CoreVerdict] = field(default_factory=dict)
    _objectors: dict[int, None] = field(default_factory=dict)

    def verdict(self, partition: Partition) -> PartitionVerdict:
        """Return the verdict on a partition: undecided where that was stopped, or takes too many deviations."""
        return self._verdict(partition, self.stop, self.max_deviations)

    def decided(self, partition: Partition, stop: StopRule = never) -> PartitionVerdict:
        """Return the verdict on a partition, however many deviations it takes; whoever was stopped says until when.

        Parameters
        ----------
        partition
            One of the family's.
        stop
            Leaves it undecided.
        """
        return self._verdict(partition, stop)

    def _verdict(self, partition: Partition, stop: StopRule, max_priced: float = math.inf) -> PartitionVerdict:
        before = self.known.get(partition)
        if before is not None and before.stable is not None:
            return before
        limited = self.max_deviations < math.inf
        options = replace(
            self._unlimited, stop=None if stop is never and max_priced == math.inf else stop, max_priced=max_priced
        )
        if limited:
            rows = math.inf if self._is_small(partition) else 0
            options = replace(options, extra_rows=rows, try_first=tuple(self._objectors), progress=self.progress)
        known = None if independent_game(self.deviation) is None else self.coalitions
        found = self.known[partition] = partition_verdict(
            partition, self.family, self.deviation, options=options, known=known
        )
        if limited:
            self._remember(found)
        return found

    @cached_property
    def _unlimited(self) -> CoreOptions:
        return CoreOptions(players=self.options.players, tolerance=self.options.tolerance)

    def _is_small(self, partition: Partition) -> bool:
        few = int(min(self.max_deviations, MAX_EXACT_DEVIATIONS))
        return deviation_count(self.family, partition, few) <= few

    def _remember(self, found: PartitionVerdict) -> None:
        """Keep whom the last proofs of an empty core rest on: similar coalitions often fail for similar reasons."""
        for member in (member for verdict in found.coalitions for member in verdict.balanced):
            self._objectors.pop(member.coalition, None)
            self._objectors[member.coalition] = None
        for old in list(self._objectors)[: -REMEMBERED_PER_PLAYER * self.family.player_count]:
            del self._objectors[old]


def deviation_count(family: Family, partition: Partition, limit: int) -> int:
    """Return how many sub-coalitions a partition's verdict looks at, without pricing any.

    Parameters
    ----------
    family, partition
        A partition of the family.
    limit
        Counts no further than just beyond it.
    """
    count = 0
    for coalition in partition:
        count += sum(1 for _ in islice(family.subcoalitions(coalition), limit + 1))
        if count > limit:
            break
    return count
