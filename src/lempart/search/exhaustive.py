"""Algorithm 1: visit every partition, check cores in order of cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lempart.game import DeviationModel
from lempart.game.ahead import ahead_of
from lempart.game.stopping import Progress, silent
from lempart.partition import Family
from lempart.search.options import SearchOptions
from lempart.search.result import SearchResult
from lempart.search.run import MAX_DEVIATIONS_AFTER_STOP, SearchRun, Totals
from lempart.stop_rule import StopRule, never

_MIN_DEVIATIONS_AFTER_STOP = 16
"""Once stopped, about as many deviations are priced as partitions were costed: the time that the search overruns is
bounded by the time it was given."""


@dataclass(frozen=True, slots=True)
class Exhaustive(SearchOptions):
    """Algorithm 1 with its linear program corrected (line 10 must maximise).

    Every admissible partition is costed. Then cores are checked in order of cost, only until the cheapest stable
    partition and its ties are known unless ``all_cores`` asks for every one: the order makes it exact, since a
    partition that isn't stable can't be the answer and a dearer one can't beat a stable one.

    Examples
    --------
    >>> from lempart import read_case, shipped_case_path, solve
    >>> from lempart import Exhaustive
    >>> found = solve(read_case(shipped_case_path("example-1")), Exhaustive(all_cores=True)).search
    >>> [(str(item.partition), round(item.total, 3), item.stable) for item in found.evaluated[:2]]
    [('0|1|2', 234.0, True), ('0|1,2', 236.0, False)]
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
        """Return the optimal and the optimal stable partition of ``family``, with everything evaluated.

        Parameters as for :meth:`lempart.search.SearchMethod.search`.
        """
        run = SearchRun(self, family, game, deviation, stop, progress)
        everything = run.partition_count  # first: a family that is too large is refused before anything is costed
        with run.interruptible():
            for partition in ahead_of(game).in_turn(family.enumerate(), run.stop):
                if run.found and run.must_end():
                    break
                run.cost(partition)
        if not run.has_ended:
            with run.interruptible():
                self._check(run)
        else:
            run.check_while_quick(min(max(len(run.found), _MIN_DEVIATIONS_AFTER_STOP), MAX_DEVIATIONS_AFTER_STOP))
        complete = len(run.found) == everything
        return run.result("exhaustive", lower_bound=run.least_total if complete else None)

    def _check(self, run: SearchRun) -> None:
        """Check cores, cheapest partition first, until dearer ones can't change the answer."""
        best = math.inf
        for item in run.cheapest_first():
            if item.total == math.inf:
                return
            if best < math.inf and not self.all_cores and not run.ranking.tied(item.total, best):
                continue
            if run.must_end():
                return
            stable = run.settle(item.partition)
            if stable is None:
                return
            if stable:
                best = min(best, item.total)
