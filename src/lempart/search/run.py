"""What all searches share: partitions costed once and checked once, how the search ended, and its result."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

from lempart.game import DeviationModel, Ending, PartitionVerdict
from lempart.game.stopping import Progress, Watched, silent
from lempart.partition import Family, Partition
from lempart.search.best_so_far import BestSoFar
from lempart.search.options import SearchOptions
from lempart.search.ranking import Evaluated, Ranking
from lempart.search.result import SearchResult, search_result
from lempart.search.verifier import Verifier, deviation_count
from lempart.stop_rule import StopRule, never

MAX_DEVIATIONS_AFTER_STOP = 256
"""Deviations that may still be priced once a search was stopped."""


class Totals(Protocol):
    """What a search asks of a game: ``Phi``."""

    def total(self, partition: Partition) -> float:
        """Return the cost of a partition, in currency; infinite where it is not viable."""


class SearchMethod(Protocol):
    """What every search offers; any object with this method will do."""

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

        Parameters
        ----------
        family
            The partitions that the grid admits.
        game
            Says what each costs.
        deviation
            What a group expects to pay once it has left its coalition.
        stop, progress
            When to stop early, and whom to tell how far it is.
        """
        ...


@dataclass(eq=False)
class SearchRun:
    """One search as it goes on: a search decides what to cost and to check, and in which order.

    Attributes
    ----------
    options, family, game, deviation, stop, progress
        What the search was given.
    max_deviations
        Deviations priced for the verdict on one partition at most.
    max_partitions
        Partitions that are costed at most, for whom is told of the progress.
    found
        Every partition costed so far, with its verdict where it was checked.
    ending, reason
        How the search ended, and why in words; ``Ending.FINISHED`` as long as nothing ended it early.
    """

    options: SearchOptions
    family: Family
    game: Totals
    deviation: DeviationModel
    stop: StopRule = never
    progress: Progress = silent
    max_deviations: float = math.inf
    max_partitions: int | None = None
    found: dict[Partition, Evaluated] = field(default_factory=dict)
    ending: Ending = Ending.FINISHED
    reason: str = ""

    def __post_init__(self) -> None:
        self._watched = Watched(self.stop)
        if self.stop is not never:
            self.stop = self._watched

    @cached_property
    def ranking(self) -> Ranking:
        """Return how partitions are compared."""
        return self.options.ranking(self.game, self.family)

    @cached_property
    def best(self) -> BestSoFar:
        """Return the best so far, which is told as it gets better."""
        return BestSoFar(self.progress)

    @cached_property
    def partition_count(self) -> int:
        """Return how many partitions there are."""
        return self.family.count()

    @cached_property
    def verifier(self) -> Verifier:
        """Return what checks the stability of partitions."""
        return Verifier(self.family, self.deviation, self.options, self.max_deviations, self.stop, self.progress)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Keep what was found when the user interrupts, and end the search."""
        try:
            yield
        except KeyboardInterrupt:
            self.end(Ending.INTERRUPTED, "interrupted")

    def end(self, ending: Ending, reason: str) -> None:
        """Take note of how the search ended.

        Parameters
        ----------
        ending
            How.
        reason
            Why, in words, as in "not proven (…)".
        """
        self.ending, self.reason = ending, reason

    @property
    def has_ended(self) -> bool:
        """Return whether something ended the search early."""
        return self.ending is not Ending.FINISHED

    def must_end(self) -> bool:
        """Return whether the search has ended, having asked the stop rule."""
        if not self.has_ended and (reason := self.stop()):
            self.end(Ending.STOPPED, reason)
        return self.has_ended

    def cost(self, partition: Partition) -> Evaluated:
        """Return a partition with its cost, computed once."""
        known = self.found.get(partition)
        return known or self.note(partition, self.game.total(partition))

    def note(self, partition: Partition, total: float) -> Evaluated:
        """Return a partition with a cost that was computed already, in currency."""
        item = self.found[partition] = Evaluated(partition, total)
        self.best.costed(total)
        count = self.partition_count
        self.progress("costing partitions", len(self.found), min(count, self.max_partitions or count))
        return item

    def check(self, partition: Partition) -> Evaluated:
        """Return a partition that was costed with its verdict, which may be undecided."""
        verdict = self.verifier.verdict(partition)
        item = self.found[partition] = replace(self.found[partition], verdict=verdict)
        self.progress("checking cores", len(self.verifier.known), len(self.found))
        if verdict.stable:
            self.best.settled(item.total)
        self._take_note_of_interruption(verdict)
        return item

    def _take_note_of_interruption(self, verdict: PartitionVerdict) -> None:
        if verdict.gap is not None and verdict.gap.ending is Ending.INTERRUPTED:
            self.end(verdict.gap.ending, verdict.gap.reason)

    def settle(self, partition: Partition) -> bool | None:
        """Return whether a partition that was costed is stable; one that is left undecided ends the search."""
        stable = self.check(partition).stable
        if stable is None and not self.must_end():
            text = f"whether the cheapest left is stable takes more than {self.max_deviations:,} deviations"
            self.end(Ending.LIMIT_REACHED, text)
        return stable

    def a_little_longer(self) -> StopRule:
        """Return the rule for what follows once the search has ended early."""
        if self.ending is not Ending.STOPPED:
            self._watched.went_on = time.monotonic()
        return self._watched.a_little_longer()

    def check_while_quick(self, deviations: int = MAX_DEVIATIONS_AFTER_STOP) -> None:
        """Check the cheapest partitions, up to the first that is stable, once the search was stopped.

        Whoever stops a search wants to know whether the best so far holds, but not to wait for it: partitions whose
        coalitions have more sub-coalitions than are left to spend are passed over, and what isn't decided soon is left
        undecided.

        Parameters
        ----------
        deviations
            How many may be priced in all.
        """
        late = self.a_little_longer()
        alone = self.family.everyone_alone
        with self.interruptible():
            if alone in self.found:  # nobody can leave: that takes no time
                self.check(alone)
            for index, item in enumerate(self.cheapest_first()):
                if item.total == math.inf or deviations <= 0 or late():
                    return
                needed = deviation_count(self.family, item.partition, deviations)
                if item.verdict is not None or needed > deviations:
                    continue
                deviations -= needed
                self.progress("checking the best so far", index, len(self.found))
                verdict = self.verifier.decided(item.partition, late)
                self.found[item.partition] = replace(item, verdict=verdict)
                self._take_note_of_interruption(verdict)
                if verdict.stable or self.ending is Ending.INTERRUPTED:
                    return

    def cheapest_first(self) -> list[Evaluated]:
        """Return what was found, by cost."""
        return self.ranking.cheapest_first(self.found.values())

    @property
    def least_total(self) -> float | None:
        """Return the cost of the cheapest partition found, in currency; None where none is viable."""
        return min((item.total for item in self.found.values() if item.total < math.inf), default=None)

    def result(self, method: str, *, lower_bound: float | None = None, **more: Any) -> SearchResult:
        """Return the result; parameters as for :func:`search_result`."""
        return search_result(
            method,
            self.family,
            self.game,
            self.found.values(),
            options=self.options,
            ending=self.ending,
            reason=self.reason,
            lower_bound=lower_bound,
            **more,
        )
