"""A search of your own: anything with ``search``; verdicts, ties and the result's record come from lempart.

This one costs partitions with few markets first and stops at a number of them: for a planner who wouldn't run more than
two or three markets on a feeder whatever they save.
"""

from __future__ import annotations

from dataclasses import dataclass

from lempart import read_case, shipped_case_path, solve
from lempart.game import DeviationModel, partition_verdict
from lempart.partition import Family
from lempart.search import Ending, Evaluated, Progress, SearchResult, StopRule, Totals, never, search_result, silent


@dataclass(frozen=True)
class FewMarkets:
    """Visits the partitions with at most ``most`` coalitions, and checks the cores of all of them."""

    most: int = 2

    def search(
        self,
        family: Family,
        game: Totals,
        deviation: DeviationModel,
        *,
        stop: StopRule = never,
        progress: Progress = silent,
    ) -> SearchResult:
        """Return the cheapest and the cheapest stable of them; nothing is proven of the others."""
        found, reason = [], ""
        for partition in family.enumerate():
            if reason := stop():
                break
            if len(partition) <= self.most:
                verdict = partition_verdict(partition, family, deviation)
                found.append(Evaluated(partition, game.total(partition), verdict))
                progress("costing partitions", len(found), family.count())
        ending = Ending.STOPPED if reason else Ending.UNPROVEN
        told = reason or f"only partitions of at most {self.most} markets were visited"
        return search_result("few markets", family, game, found, ending=ending, reason=told)


case = read_case(shipped_case_path("rural-feeder-5"))
few, all_of_them = solve(case, FewMarkets(2)), solve(case)
print(f"{len(few.search.evaluated)} of {few.search.partition_count} partitions: {few.names(few.optimal)}")
assert all(len(item.partition) <= 2 for item in few.search.evaluated)
assert not few.search.proven
assert few.cost(few.optimal).total >= all_of_them.cost(all_of_them.optimal).total
