"""Algorithm 1: visit every partition, check cores in order of cost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from lempart.game import CoreVerdict, DeviationModel, NoExternalities, partition_verdict
from lempart.partition import Family, Partition
from lempart.search.effort import deviation_count
from lempart.search.options import SearchOptions
from lempart.search.ranking import Ranking
from lempart.search.result import Evaluated, SearchResult
from lempart.search.stop import StopRule, never

INTERRUPTED = "interrupted"

_SPARE_LEAST, _SPARE_MOST = 16, 256
"""Sub-coalitions that may still be costed once the search was stopped: about as many as were partitions, so that
the time it overruns is bounded by the time it was given."""


class Totals(Protocol):
    """What the search asks of a game: ``Phi``."""

    def total(self, partition: Partition) -> float:
        """Return the cost of a partition; infinite where it is not viable."""


class Progress(Protocol):
    """Told after each step: what is being done, how much of it is done, of how much."""

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Report progress."""


def silent(phase: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Exhaustive(SearchOptions):
    """Algorithm 1 with its linear program corrected (line 10 must maximise).

    Every admissible partition is costed. Then cores are checked in order of cost, only until the cheapest stable
    partition and its ties are known unless ``all_cores`` asks for every one: the order makes it exact, since a
    partition that isn't stable can't be the answer and a dearer one can't beat a stable one.
    """

    def search(
        self,
        family: Family,
        game: Totals,
        deviation: DeviationModel,
        *,
        stop: StopRule = never,
        progress: Progress = silent,
    ) -> SearchResult:
        """Return the optimal and the optimal stable partition of ``family``, with everything evaluated."""
        count = family.count()
        found, stopped = _cost_all(family, game, count, stop, progress)
        ranking = self.ranking(game, family)
        found = ranking.cheapest_first(found)
        checker = _Checker(self, family, deviation, ranking, stop, progress)
        if stopped:
            found = checker.check_a_few(found)
        else:
            found, stopped = checker.check(found)
        return self._result(found, count, ranking, stopped)

    def _result(self, found: list[Evaluated], count: int, ranking: Ranking, stopped: str) -> SearchResult:
        viable = [item for item in found if item.total < float("inf")]
        stable = [item for item in viable if item.stable]
        return SearchResult(
            method="exhaustive",
            partition_count=count,
            evaluated=tuple(found),
            optimal=ranking.cheapest(viable),
            optimal_stable=ranking.cheapest(stable),
            proven=not stopped,
            lower_bound=min(item.total for item in viable) if viable and len(found) == count else None,
            stopped=stopped,
            players=self.players,
            equal_within=ranking.equal_within(viable),
        )


@dataclass(frozen=True, slots=True)
class _Checker:
    """Checks cores, cheapest partition first."""

    method: Exhaustive
    family: Family
    deviation: DeviationModel
    ranking: Ranking
    stop: StopRule
    progress: Progress
    known: dict[int, CoreVerdict] = field(default_factory=dict)

    def verdict(self, item: Evaluated, stop: StopRule = never) -> Evaluated:
        """Return the partition with its cores checked, undecided where that was stopped."""
        verdict = partition_verdict(
            item.partition,
            self.family,
            self.deviation,
            players=self.method.players,
            tolerance=self.method.tolerance,
            known=self.known if isinstance(self.deviation, NoExternalities) else None,
            stop=None if stop is never else stop,
        )
        return replace(item, verdict=verdict)

    def settled(self, item: Evaluated, best: Evaluated | None) -> bool:
        """Return whether ``item``, and all that is dearer, can no longer change the answer."""
        return best is not None and not self.method.all_cores and not self.ranking.tied(item.total, best.total)

    def check(self, found: list[Evaluated]) -> tuple[list[Evaluated], str]:
        """Return the partitions with as many verdicts as the answer needs, and why it stopped early."""
        checked = list(found)
        best: Evaluated | None = None
        try:
            for index, item in enumerate(found):
                if item.total == float("inf"):
                    break
                if self.settled(item, best):
                    continue
                if reason := self.stop():
                    return checked, reason
                checked[index] = self.verdict(item, self.stop)
                self.progress("checking cores", index + 1, len(found))
                if checked[index].stable is None:
                    return checked, self.stop() or INTERRUPTED
                if checked[index].stable and (best is None or item.total < best.total):
                    best = checked[index]
        except KeyboardInterrupt:
            return checked, INTERRUPTED
        return checked, ""

    def check_a_few(self, found: list[Evaluated]) -> list[Evaluated]:
        """Return the partitions with the verdicts that cost little, up to the first that is stable.

        Whoever stops a search wants to know whether the best so far holds, but not to wait for it: partitions
        whose coalitions have more sub-coalitions than are left to spend are passed over. An interruption here,
        the second one, ends it at once.
        """
        checked = list(found)
        spare = min(max(len(found), _SPARE_LEAST), _SPARE_MOST)
        try:
            for index, item in enumerate(found):
                needed = deviation_count(self.family, item.partition, spare)
                if item.total == float("inf") or spare <= 0:
                    break
                if needed <= spare:
                    spare -= needed
                    self.progress("checking the best so far", index, len(found))
                    checked[index] = self.verdict(item)
                    if checked[index].stable:
                        break
        except KeyboardInterrupt:
            pass
        return checked


def _cost_all(
    family: Family, game: Totals, count: int, stop: StopRule, progress: Progress
) -> tuple[list[Evaluated], str]:
    """Return every partition with its cost, or those reached before the search was stopped."""
    found: list[Evaluated] = []
    try:
        for partition in family.enumerate():
            if found and (reason := stop()):
                return found, reason
            found.append(Evaluated(partition, game.total(partition)))
            progress("costing partitions", len(found), count)
    except KeyboardInterrupt:
        return found, INTERRUPTED
    return found, ""
