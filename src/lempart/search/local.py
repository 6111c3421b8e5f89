"""Merge and split: a local search that always has a good partition, and never calls it optimal."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from lempart._renamed import renamed_arguments
from lempart.arguments import Count, Many
from lempart.game import DeviationModel, Ending
from lempart.game.ahead import MAX_AHEAD, totals_ahead_of
from lempart.game.stopping import Progress, silent
from lempart.partition import Family, Partition, mask_of, members, merges, splits
from lempart.search.bounded_order import AdditiveBounds, additive_bounds_of, least_of
from lempart.search.options import SearchOptions
from lempart.search.result import SearchResult
from lempart.search.run import SearchRun, Totals
from lempart.stop_rule import StopRule, never

BATCHES_A_STEP = 2
"""Neighbours that are costed before a step is taken, where they are found together: enough for two processes."""

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
    the first step found that is cheaper, in a seeded order, until none is; where costs are found together, the best of
    the first group in which one is. The result is the cheapest partition seen and the cheapest that is stable, with the
    gap to a lower bound where the game has one.

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

    restarts: Count = 10
    max_partitions: Count = 100_000
    max_neighbours: Many = 500
    seed: Count = 0
    max_deviations: Count = 5_000
    max_checked: Many = 100

    def search(
        self,
        family: Family,
        game: Totals,
        deviation: DeviationModel,
        *,
        stop: StopRule = never,
        progress: Progress = silent,
    ) -> SearchResult:
        """Return the cheapest partitions found; parameters as for :meth:`lempart.search.SearchMethod.search`."""
        run = SearchRun(self, family, game, deviation, stop, progress, self.max_deviations, self.max_partitions)
        bounds: AdditiveBounds | None = None
        with run.interruptible():
            for partition, total in self.walk(family, game, run.stop):
                run.note(partition, total)
                if bounds is None and not run.stop():  # while there is time: after a stop nothing takes long
                    bounds = additive_bounds_of(game, run.stop)
        if run.must_end():
            run.check_while_quick()
        else:
            with run.interruptible():
                self._check(run)
        if not run.has_ended:
            run.end(Ending.UNPROVEN, "a local search proves nothing")
        return run.result("local", lower_bound=None if bounds is None else least_of(bounds))

    def _check(self, run: SearchRun) -> None:
        """Check the cheapest partitions, up to the first that is stable."""
        for index, item in enumerate(run.cheapest_first()[: self.max_checked]):
            if item.total == math.inf or (index and self._is_over(run)):
                return
            if run.check(item.partition).stable and not self.all_cores:
                return

    @staticmethod
    def _is_over(run: SearchRun) -> bool:
        return run.has_ended or bool(run.stop())

    def walk(self, family: Family, game: Totals, stop: StopRule = never) -> Iterator[tuple[Partition, float]]:
        """Yield every partition with its cost, in currency, as it is first seen.

        Parameters as for :meth:`lempart.search.SearchMethod.search`.
        """
        rng = np.random.default_rng(self.seed)
        seen, ranking = _Seen(game), self.ranking(game, family)
        starts = list(self._starts(family, rng))
        # The first two say most about the others, and whoever is alone is stable: both are costed before any step.
        for first in starts[:2]:
            yield first, seen.total(first)
            if stop():
                return
        for first in starts:
            cost, options = math.inf, iter([first])
            while True:
                step: tuple[Partition, float] | None = None
                for group in seen.groups(options, stop):
                    for neighbour in group:
                        new = neighbour not in seen.totals
                        total = seen.total(neighbour)
                        if new:
                            yield neighbour, total
                            if len(seen.totals) >= self.max_partitions or stop():
                                return
                        if total < (cost if step is None else step[1]) - ranking.slack(total):
                            step = neighbour, total
                    if step is not None:
                        break
                if step is None:
                    break
                cost, options = step[1], self._neighbours(family, step[0], rng)

    def _starts(self, family: Family, rng: np.random.Generator) -> Iterator[Partition]:
        ends = Partition.of([family.everyone]), family.everyone_alone
        yield from filter(family.is_partition, ends)
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
        branches = [subtree.mask for node in family.skeleton.nodes for subtree in node.subtrees]
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


@dataclass(eq=False)
class _Seen:
    """Totals computed so far."""

    game: Totals
    totals: dict[Partition, float] = field(default_factory=dict)

    def groups(self, options: Iterator[Partition], stop: StopRule) -> Iterator[list[Partition]]:
        """Yield the same one by one, or in growing groups where the costs of many are found together.

        How large groups are depends on the game alone, so that every number of processes takes the same steps.
        """
        ahead = totals_ahead_of(self.game)
        size = 1 if ahead.together == 1 else BATCHES_A_STEP * ahead.together
        while group := list(islice(options, size)):
            if size > 1:
                ahead.until(stop, [partition for partition in group if partition not in self.totals])
                size = min(2 * size, MAX_AHEAD)
            yield group

    def total(self, partition: Partition) -> float:
        """Return the cost of a partition, computed once."""
        if partition not in self.totals:
            self.totals[partition] = self.game.total(partition)
        return self.totals[partition]
