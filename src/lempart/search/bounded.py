"""Branch and bound with additive lower bounds: exact with externalities, without visiting every partition."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, count, islice

from lempart._renamed import renamed_arguments
from lempart.arguments import Count
from lempart.errors import UsageError
from lempart.game import DeviationModel, Ending
from lempart.game.ahead import MAX_AHEAD, ahead_of, totals_ahead_of
from lempart.game.stopping import Progress, silent
from lempart.partition import Family, Partition
from lempart.search.bounded_order import (
    AdditiveBounds,
    additive_bounds_of,
    first_guesses,
    in_order,
    offers_bounds,
)
from lempart.search.local import LocalSearch
from lempart.search.options import SearchOptions
from lempart.search.result import SearchResult
from lempart.search.run import SearchRun, Totals
from lempart.search.second_looks import BoundedPartition
from lempart.stop_rule import StopRule, never

FIRST_OF_ALL = 2
"""Partitions that the local search begins with, everyone together and everyone alone: costed before any bound."""

FIRST_GUESSES = 5
"""Partitions with single boundaries that are costed first where others are allowed, too."""

WALK_EVERY, WALK_AFTER, WALKED = 1_024, 4_096, 64
"""Once the order took so many steps, and after so many more each time, so many partitions are costed that a local
search comes to, where many are costed together: far from a proof the order comes to few, and seldom to good ones."""

COSTED_PER_AHEAD = 4
"""For so many partitions that were costed one more is asked for ahead, and costed in vain at worst."""


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

    warm_up: Count = 60
    max_deviations: Count = 2_000_000

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

        Parameters as for :meth:`lempart.search.SearchMethod.search`.

        Raises
        ------
        UsageError
            When the game has no bounds.
        """
        if not offers_bounds(game):
            raise UsageError("the bounded search needs lower bounds, which this game doesn't have; use another search")
        search = _BoundedRun(self, SearchRun(self, family, game, deviation, stop, progress, self.max_deviations))
        with search.run.interruptible():
            search.find()
        if self.all_cores:
            with search.run.interruptible():
                search.check_all()
        return search.run.result("bounded", lower_bound=search.lower_bound)


@dataclass(eq=False)
class _BoundedRun:
    """One search.

    Attributes
    ----------
    waiting
        Costed partitions whose stability may matter once nothing cheaper can come, cheapest first.
    bound
        What is left costs no less.
    best, stable
        The costs of the cheapest partition so far, and of the cheapest that is stable.
    """

    method: BoundedSearch
    run: SearchRun
    waiting: list[tuple[float, tuple[int, ...]]] = field(default_factory=list)
    bound: float = -math.inf
    best: float = math.inf
    stable: float = math.inf

    def find(self) -> None:
        """Search until both answers are proven, or until stopped."""
        run = self.run
        bounds = self._warm_up()
        if bounds is None:  # stopped before there were any
            run.must_end()
            run.check_while_quick()
            return
        steps = in_order(run.family, bounds, run.stop, run.progress)
        for step, item in enumerate(self._looked_ahead(steps), start=1):
            self.bound = max(self.bound, item.bound)
            run.best.bounded(self.bound)
            self._check_what_is_next()
            if self._proven_below(self.bound):
                return
            if run.must_end():
                break
            if item.partition is not None:
                self._cost(item.partition)
            if step > WALK_AFTER and step % WALK_EVERY == 0 and ahead_of(run.game).together > 1:
                self._walk_on(WALKED)
        else:
            self.bound = math.inf
            self._check_what_is_next()
        if run.has_ended and run.ending is not Ending.INTERRUPTED:
            run.check_while_quick()

    def _looked_ahead(self, source: Iterator[BoundedPartition]) -> Iterator[BoundedPartition]:
        """Yield the same, having asked for the costs of as many as are likely to be needed.

        Those are as many as the game finds together, or more, by a share of what was costed so far, as long as their
        bounds are below every total whose stability is open. None where costs are found one by one.
        """
        run = self.run
        while True:
            ahead = totals_ahead_of(run.game)
            group: list[BoundedPartition] = []
            wanted: list[Partition] = []
            most = max(ahead.width, min(len(run.found) // COSTED_PER_AHEAD, MAX_AHEAD))
            most -= most % ahead.together
            for item in source:
                group.append(item)
                if item.partition is not None and item.partition not in run.found:
                    wanted.append(item.partition)
                enough = bool(self.waiting) and item.bound > self.waiting[0][0] and len(wanted) >= ahead.width
                if ahead.together == 1 or enough or len(wanted) >= most or self._proven_below(item.bound) or run.stop():
                    break
            if not group:
                return
            if ahead.together > 1:
                ahead.until(run.stop, wanted)
            yield from group

    @property
    def lower_bound(self) -> float | None:
        """Return what every partition costs at least, in currency, as far as that is known."""
        return min(self.bound, self.best) if self.bound > -math.inf else None

    def _warm_up(self) -> AdditiveBounds | None:
        """Cost what is likely to be good and return the bounds; None where it is stopped before there are any."""
        run = self.run
        self._walk_on(FIRST_OF_ALL)
        bounds = None if run.stop() else additive_bounds_of(run.game, run.stop)
        if bounds is None:
            return None
        if not run.family.single_boundary and not run.stop():
            guesses = first_guesses(run.family, bounds, FIRST_GUESSES, run.stop)
            for partition in totals_ahead_of(run.game).in_turn(guesses, run.stop):
                self._cost(partition)
                if run.stop():
                    return bounds
        self._walk_on(max(self.method.warm_up - FIRST_OF_ALL, 1))
        return bounds

    def _walk_on(self, most: int) -> None:
        """Cost so many of the partitions that a local search comes to next."""
        for partition, total in islice(self._walk, most):
            if partition not in self.run.found:
                self._note(partition, total)
            if self.run.stop():
                return

    @cached_property
    def _walk(self) -> Iterator[tuple[Partition, float]]:
        """Return the partitions that a local search comes to, and begins anew from others when it is stuck."""
        run = self.run
        return chain.from_iterable(
            LocalSearch(restarts=1, seed=seed).walk(run.family, run.game, run.stop) for seed in count()
        )

    def _cost(self, partition: Partition) -> None:
        if partition not in self.run.found:
            self._note(partition, self.run.game.total(partition))

    def _note(self, partition: Partition, total: float) -> None:
        self.run.note(partition, total)
        self.best = min(self.best, total)
        if total < math.inf:
            heapq.heappush(self.waiting, (total, partition.coalitions))

    def _check_what_is_next(self) -> None:
        """Check the stability of partitions that nothing cheaper can precede, up to the first that is stable."""
        while self.waiting and self.waiting[0][0] <= self.bound and not self.run.has_ended:
            total, coalitions = self.waiting[0]
            if not (self.run.ranking.tied(total, self.stable) or total < self.stable) or self.run.must_end():
                return
            heapq.heappop(self.waiting)
            if self.run.settle(Partition(coalitions)):
                self.stable = min(self.stable, total)

    def check_all(self) -> None:
        """Check every partition that was costed; one that stays undecided leaves the answer as it is."""
        for item in sorted(self.run.found.values(), key=lambda item: item.total):
            if item.total == math.inf or self.run.stop():
                return
            self.run.check(item.partition)

    def _proven_below(self, bound: float) -> bool:
        """Return whether no partition that costs at least ``bound`` changes the answer."""
        return self.stable < math.inf and not self.run.ranking.tied(bound, self.stable) and bound > self.stable
