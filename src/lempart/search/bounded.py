"""Branch and bound with additive lower bounds: exact with externalities, without visiting every partition."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field

from lempart._renamed import renamed_arguments
from lempart.errors import UsageError
from lempart.game import DeviationModel
from lempart.partition import Family, Partition
from lempart.search.bounded_order import BoundedTotals, first_guesses, in_order
from lempart.search.effort import deviation_count
from lempart.search.exhaustive import INTERRUPTED, Progress, Totals, silent
from lempart.search.local import MAX_DEVIATIONS_AFTER_STOP, LocalSearch
from lempart.search.options import SearchOptions
from lempart.search.ranking import Ranking
from lempart.search.result import Evaluated, SearchResult
from lempart.search.stop import StopRule, never
from lempart.search.verifier import Verifier

FIRST_GUESSES = 5
"""Partitions with single boundaries that are costed first where others are allowed, too."""


@renamed_arguments({"most_deviations": "max_deviations"})
@dataclass(frozen=True, slots=True)
class BoundedSearch(SearchOptions):
    """Costs partitions in order of a lower bound until the bound passes the answer.

    Both answers are exact: a partition that wasn't costed is no cheaper than the bound. Cores are checked last, in
    order of cost, and only of partitions that nothing cheaper can precede any more.

    Attributes
    ----------
    warm_up
        Partitions that a local search costs first, so that there is a good one whenever it is stopped.
    max_deviations
        Deviations priced for the verdict on one partition at most. An empty core is as a rule proven by few of them,
        one that isn't empty needs all; where that is more, stability stays open, and so does the proof.
    """

    warm_up: int = 60
    max_deviations: int = 2_000_000

    def search(
        self,
        family: Family,
        game: Totals,
        deviation: DeviationModel,
        *,
        stop: StopRule = never,
        progress: Progress = silent,
    ) -> SearchResult:
        """Return the optimal and the optimal stable partition of ``family``, and what of it is proven.

        Raises
        ------
        UsageError
            When the game has no bounds.
        """
        if not isinstance(game, BoundedTotals):
            raise UsageError("the bounded search needs lower bounds, which this game doesn't have; use another search")
        verifier = Verifier(family, deviation, self.players, self.tolerance, self.max_deviations, stop, progress)
        run = _BoundedRun(self, family, game, self.ranking(game, family), verifier, stop, progress)
        run.run()
        if self.all_cores:
            run.check_all()
        return run.result()


@dataclass(eq=False)
class _BoundedRun:
    """One search. ``waiting`` holds costed partitions whose stability may matter once nothing cheaper can come."""

    method: BoundedSearch
    family: Family
    game: BoundedTotals
    ranking: Ranking
    verifier: Verifier
    stop: StopRule
    progress: Progress
    found: dict[Partition, Evaluated] = field(default_factory=dict)
    waiting: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)
    bound: float = -math.inf
    best: float = math.inf
    stable: float = math.inf
    stopped: str = ""

    def run(self) -> None:
        """Search until both answers are proven, or until stopped."""
        try:
            self._warm_up()
            for item in in_order(self.family, self.game.bounds, self.stop):
                self.bound = max(self.bound, item.bound)
                self._check_what_is_next()
                if self._proven_below(self.bound):
                    return
                if self.stopped or (reason := self.stop()):
                    self.stopped = self.stopped or reason
                    self._check_a_few()
                    return
                if item.partition is not None:
                    self._cost(item.partition)
            self.bound = math.inf
            self._check_what_is_next()
            if self.stopped:
                self._check_a_few()
        except KeyboardInterrupt:
            self.stopped = INTERRUPTED

    def _warm_up(self) -> None:
        if not self.family.single_boundary:
            for partition in first_guesses(self.family, self.game.bounds, FIRST_GUESSES, self.stop):
                self._cost(partition)
        local = LocalSearch(max_partitions=self.method.warm_up, restarts=1)
        for partition, total in local.walk(self.family, self.game, self.stop):
            if partition not in self.found:
                self._note(partition, total)

    def _cost(self, partition: Partition) -> None:
        if partition not in self.found:
            self._note(partition, self.game.total(partition))

    def _note(self, partition: Partition, total: float) -> None:
        self.found[partition] = Evaluated(partition, total)
        self.best = min(self.best, total)
        if total < math.inf:
            heapq.heappush(self.waiting, (total, partition.coalitions))
        self.progress("costing partitions", len(self.found), self.family.count())

    def _check_what_is_next(self) -> None:
        """Check the stability of partitions that nothing cheaper can precede, up to the first that is stable."""
        while self.waiting and self.waiting[0][0] <= self.bound and not self.stopped:
            total, coalitions = self.waiting[0]
            if not (self.ranking.tied(total, self.stable) or total < self.stable):
                return
            if reason := self.stop():
                self.stopped = reason
                return
            heapq.heappop(self.waiting)
            self._check(Partition(coalitions))

    def _check(self, partition: Partition) -> None:
        item = self.found[partition] = self.verifier.checked(self.found[partition])
        self.progress("checking cores", len(self.verifier.known), len(self.found))
        if item.stable:
            self.stable = min(self.stable, item.total)
        elif item.stable is None:
            most = self.method.max_deviations
            self.stopped = self.stop() or f"whether the cheapest left is stable takes more than {most:,} deviations"

    def check_all(self) -> None:
        """Check every partition that was costed; one that stays undecided leaves the answer as it is."""
        try:
            for item in sorted(self.found.values(), key=lambda item: item.total):
                if item.total == math.inf or self.stop():
                    return
                self.found[item.partition] = self.verifier.checked(item)
        except KeyboardInterrupt:
            self.stopped = self.stopped or INTERRUPTED

    def _proven_below(self, bound: float) -> bool:
        """Return whether no partition that costs at least ``bound`` changes the answer."""
        return self.stable < math.inf and not self.ranking.tied(bound, self.stable) and bound > self.stable

    def _check_a_few(self) -> None:
        """Check the cheapest so far, once stopped, where that takes few deviations."""
        spare = MAX_DEVIATIONS_AFTER_STOP
        for item in sorted(self.found.values(), key=lambda item: item.total):
            needed = deviation_count(self.family, item.partition, spare)
            if item.verdict is not None or needed > spare:
                continue
            spare -= needed
            self.found[item.partition] = self.verifier.checked_quickly(item, needed + len(item.partition))
            if self.found[item.partition].stable:
                return

    def result(self) -> SearchResult:
        """Return what was found."""
        found = self.ranking.cheapest_first(self.found.values())
        viable = [item for item in found if item.total < math.inf]
        return SearchResult(
            method="bounded",
            partition_count=self.family.count(),
            evaluated=tuple(found),
            optimal=self.ranking.cheapest(viable),
            optimal_stable=self.ranking.cheapest([item for item in viable if item.stable]),
            proven=not self.stopped,
            lower_bound=min(self.bound, self.best) if viable and self.bound > -math.inf else None,
            stopped=self.stopped,
            players=self.method.players,
            equal_within=self.ranking.equal_within(viable),
        )
