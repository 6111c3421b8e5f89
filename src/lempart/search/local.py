"""Merge and split: a local search that always has a good partition, and never calls it optimal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from lempart._renamed import renamed_arguments
from lempart.game import DeviationModel
from lempart.partition import Family, Partition, mask_of, members, merges, splits
from lempart.search.bounded_order import BoundedTotals
from lempart.search.effort import deviation_count
from lempart.search.exhaustive import INTERRUPTED, Progress, Totals, silent
from lempart.search.options import SearchOptions
from lempart.search.result import Evaluated, SearchResult
from lempart.search.stop import StopRule, never
from lempart.search.verifier import Verifier

MAX_DEVIATIONS_AFTER_STOP = 256
"""Deviations that may still be priced once the search was stopped."""

DRAWN_GROUPS = 20
"""Groups drawn to leave a coalition that has too many sub-coalitions to try them all."""


@renamed_arguments(
    {
        "most": "max_partitions",
        "steps_tried": "max_neighbours",
        "most_deviations": "max_deviations",
        "checked": "max_checked",
    }
)
@dataclass(frozen=True, slots=True)
class LocalSearch(SearchOptions):
    """Steps from partition to partition: two coalitions merge, or one splits, while that makes it cheaper.

    It starts from everyone together and from everyone alone, then from partitions drawn uniformly. From each it takes
    the first step found that is cheaper, in a seeded order, until none is. The result is the cheapest partition seen
    and the cheapest that is stable, with the gap to a lower bound where the game has one.

    Attributes
    ----------
    restarts
        How many drawn partitions it starts from, after the two.
    max_partitions
        Partitions costed at most.
    max_neighbours
        Neighbours of one partition that are looked at before it counts as a local optimum: there can be exponentially
        many splits.
    max_deviations
        Deviations priced for the verdict on one partition at most; dearer verdicts stay open.
    max_checked
        Of how many of the cheapest partitions the stability is checked, until one is stable.
    """

    restarts: int = 10
    max_partitions: int = 100_000
    max_neighbours: int = 500
    seed: int = 0
    max_deviations: int = 5_000
    max_checked: int = 100

    def search(
        self,
        family: Family,
        game: Totals,
        deviation: DeviationModel,
        *,
        stop: StopRule = never,
        progress: Progress = silent,
    ) -> SearchResult:
        """Return the cheapest partitions found."""
        found: list[Evaluated] = []
        stopped = ""
        try:
            for partition, total in self.walk(family, game, stop):
                found.append(Evaluated(partition, total))
                progress("costing partitions", len(found), min(self.max_partitions, family.count()))
            stopped = stop()
        except KeyboardInterrupt:
            stopped = INTERRUPTED
        ranking = self.ranking(game, family)
        found = ranking.cheapest_first(found)
        verifier = Verifier(family, deviation, self.players, self.tolerance, self.max_deviations, stop)
        try:
            self._check(found, verifier, stop, quick=bool(stopped))
        except KeyboardInterrupt:
            stopped = INTERRUPTED
        viable = [item for item in found if item.total < math.inf]
        floor = game.bounds.floor if isinstance(game, BoundedTotals) else None
        return SearchResult(
            method="local",
            partition_count=family.count(),
            evaluated=tuple(found),
            optimal=ranking.cheapest(viable),
            optimal_stable=ranking.cheapest([item for item in viable if item.stable]),
            proven=False,
            lower_bound=floor if viable else None,
            stopped=stopped or "a local search proves nothing",
            players=self.players,
            equal_within=ranking.equal_within(viable),
        )

    def walk(self, family: Family, game: Totals, stop: StopRule = never) -> Iterator[tuple[Partition, float]]:
        """Yield every partition with its cost as it is first seen."""
        rng = np.random.default_rng(self.seed)
        seen, ranking = _Seen(game), self.ranking(game, family)
        starts = list(self._starts(family, rng))
        # The first two say most about the others, and whoever is alone is stable: both are costed before any step.
        for first in starts[:2]:
            yield first, seen.total(first)
        for first in starts:
            cost, options = math.inf, iter([first])
            while True:
                step = None
                for neighbour in options:
                    new = neighbour not in seen.totals
                    total = seen.total(neighbour)
                    if new:
                        yield neighbour, total
                        if len(seen.totals) >= self.max_partitions or stop():
                            return
                    if total < cost - ranking.slack(total):
                        step = neighbour, total
                        break
                if step is None:
                    break
                cost, options = step[1], self._neighbours(family, step[0], rng)

    def _starts(self, family: Family, rng: np.random.Generator) -> Iterator[Partition]:
        together = Partition.of([family.everyone])
        alone = Partition.of(1 << player for player in range(family.player_count))
        yield from (partition for partition in (together, alone) if family.is_partition(partition))
        for _ in range(self.restarts):
            yield family.sample(rng)

    def _neighbours(self, family: Family, partition: Partition, rng: np.random.Generator) -> Iterator[Partition]:
        """Yield merges and splits in a drawn order."""
        near = [*islice(merges(family, partition), self.max_neighbours), *self._splits(family, partition, rng)]
        for index in rng.permutation(len(near)):
            yield near[index]

    def _splits(self, family: Family, partition: Partition, rng: np.random.Generator) -> Iterator[Partition]:
        """Yield all splits where they are few; else players, branches and drawn groups that leave, or that stay."""
        few = list(islice(splits(family, partition), self.max_neighbours + 1))
        if len(few) <= self.max_neighbours:
            yield from few
            return
        branches = [limb.mask for node in family.skeleton.nodes for limb in node.limbs]
        for coalition in partition:
            size = family.player_count
            drawn = [
                mask_of(np.flatnonzero(row).tolist())
                for row in rng.random((DRAWN_GROUPS, size)) < rng.random((DRAWN_GROUPS, 1))
            ]
            groups = [1 << player for player in members(coalition)] + branches + drawn
            leaving = {own for group in groups for own in (group & coalition, coalition & ~group)}
            for mask in sorted(leaving - {0, coalition}):
                left = family.components(coalition, mask) if family.admissible(mask) else None
                if left:
                    yield partition.replace(coalition, (mask, *left))

    def _check(self, found: list[Evaluated], verifier: Verifier, stop: StopRule, *, quick: bool) -> None:
        """Put in the verdicts on the cheapest, up to the first that is stable; when stopped, those that cost little."""
        spare = MAX_DEVIATIONS_AFTER_STOP
        for index, item in enumerate(found[: self.max_checked]):
            if item.total == math.inf or (not quick and index and stop()):
                return
            if quick:
                needed = deviation_count(verifier.family, item.partition, spare)
                if needed > spare:
                    continue
                spare -= needed
                found[index] = verifier.checked_quickly(item, needed + len(item.partition))
            else:
                found[index] = verifier.checked(item)
            if found[index].stable and not self.all_cores:
                return


@dataclass(eq=False)
class _Seen:
    """Totals computed so far."""

    game: Totals
    totals: dict[Partition, float] = field(default_factory=dict)

    def total(self, partition: Partition) -> float:
        """Return the cost of a partition, computed once."""
        if partition not in self.totals:
            self.totals[partition] = self.game.total(partition)
        return self.totals[partition]
