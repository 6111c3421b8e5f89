"""Algorithm 1: visit every partition, check cores in order of cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol

from lempart.game import DeviationModel, partition_verdict
from lempart.partition import Family, Partition
from lempart.search.result import Evaluated, SearchResult
from lempart.search.stop import StopRule, never

INTERRUPTED = "interrupted"


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
class Exhaustive:
    """Algorithm 1 with its linear program corrected (line 10 must maximise).

    Every admissible partition is costed. Then cores are checked in order of cost, only until the cheapest stable
    partition and its ties are known unless ``all_cores`` asks for every one: the order makes it exact, since a
    partition that isn't stable can't be the answer and a dearer one can't beat a stable one.

    Attributes
    ----------
    all_cores
        Check the cores of every partition.
    players
        Whom a core allocates to: prosumers, or edges as Def V.1 reads literally.
    tolerance
        Relative to ``max(1, |phi|)``: how far a core's value may lie below the cost and still count as equal.
    tie_tolerance
        Relative to ``max(1, |Phi|)``: partitions this close to the best are reported with it.
    """

    all_cores: bool = False
    players: Literal["prosumers", "edges"] = "prosumers"
    tolerance: float = 1e-6
    tie_tolerance: float = 1e-6

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
        found.sort(key=lambda item: (item.total, item.partition.coalitions))
        checker = _Checker(self, family, deviation, stop, progress)
        if stopped and found and found[0].total < float("inf"):
            # The stability of the best so far is worth knowing even when time is up; the rest isn't begun.
            found[0] = checker.verdict(found[0])
        elif not stopped:
            found, stopped = checker.check(found)
        return self._result(found, count, stopped)

    def _result(self, found: list[Evaluated], count: int, stopped: str) -> SearchResult:
        viable = [item for item in found if item.total < float("inf")]
        stable = [item for item in viable if item.stable]
        return SearchResult(
            method="exhaustive",
            partition_count=count,
            evaluated=tuple(found),
            optimal=self._best(viable),
            optimal_stable=self._best(stable),
            proven=not stopped,
            lower_bound=viable[0].total if viable and len(found) == count else None,
            stopped=stopped,
            players=self.players,
        )

    def _best(self, found: list[Evaluated]) -> tuple[Evaluated, ...]:
        """Return the cheapest and its ties, in an order that doesn't depend on the solver's last digits."""
        ties = [item for item in found if self._ties(item, found[0])]
        return tuple(sorted(ties, key=lambda item: item.partition.coalitions))

    def _ties(self, item: Evaluated, best: Evaluated) -> bool:
        return item.total - best.total <= self.tie_tolerance * max(1.0, abs(best.total))

    def settled(self, item: Evaluated, best: Evaluated | None) -> bool:
        """Return whether ``item``, and all that is dearer, can no longer change the answer."""
        return best is not None and not self.all_cores and not self._ties(item, best)


@dataclass(frozen=True, slots=True)
class _Checker:
    """Checks cores, cheapest partition first."""

    method: Exhaustive
    family: Family
    deviation: DeviationModel
    stop: StopRule
    progress: Progress

    def verdict(self, item: Evaluated) -> Evaluated:
        """Return the partition with its cores checked."""
        verdict = partition_verdict(
            item.partition,
            self.family,
            self.deviation,
            players=self.method.players,
            tolerance=self.method.tolerance,
        )
        return replace(item, verdict=verdict)

    def check(self, found: list[Evaluated]) -> tuple[list[Evaluated], str]:
        """Return the partitions with as many verdicts as the answer needs, and why it stopped early."""
        checked = list(found)
        best: Evaluated | None = None
        try:
            for index, item in enumerate(found):
                if item.total == float("inf") or self.method.settled(item, best):
                    break
                if reason := self.stop():
                    return checked, reason
                checked[index] = self.verdict(item)
                self.progress("checking cores", index + 1, len(found))
                if best is None and checked[index].stable:
                    best = checked[index]
        except KeyboardInterrupt:
            return checked, INTERRUPTED
        return checked, ""


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
