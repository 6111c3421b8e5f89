"""The bounded search with externalities: proven without visiting every partition, beside Algorithm 1, small sizes."""

from __future__ import annotations

import math

from benchmarks.cases.feeders import players_from_the_end
from benchmarks.registry import Benchmark, Job, Side
from lempart import read_case, shipped_case_path, solve
from lempart.result import Solution
from lempart.search import BoundedSearch, Exhaustive

EXHAUSTIVE, MAX_EXHAUSTIVE = "lempart.solve, exhaustive", 7


def prepare(players: int) -> Job:
    """Return the job of so many players at the end of ``rural-feeder-5``."""
    case = players_from_the_end(read_case(shipped_case_path("rural-feeder-5")), players)
    counts: dict[str, float] = {}

    def ours() -> Solution:
        found = solve(case, BoundedSearch())
        assert found.search.proven
        counts.update(partitions=found.search.partition_count, costed=len(found.search.evaluated))
        return found

    beside = (Side(EXHAUSTIVE, lambda: solve(case, Exhaustive())),) if players <= MAX_EXHAUSTIVE else ()
    return Job(Side("lempart.solve, bounded", ours, count=lambda: counts), beside, difference)


def difference(ours: Solution, theirs: Solution) -> float:
    """Return by how much the answers' costs differ, relative; infinite where one has an answer and the other none."""
    worst = 0.0
    for mine, other in (
        (ours.search.optimal, theirs.search.optimal),
        (ours.search.optimal_stable, theirs.search.optimal_stable),
    ):
        if bool(mine) != bool(other):
            return math.inf
        if mine:
            worst = max(worst, abs(mine[0].total - other[0].total) / max(1.0, abs(other[0].total)))
    return worst


BENCHMARKS = (
    Benchmark(
        name="bounded",
        phase="search",
        case="rural-feeder-5, players at its end, with externalities: optimal and optimal stable partition, proven",
        unit="players",
        sizes=(5, 6, 7, 8, 9),
        prepare=prepare,
        repeats=1,
        smallest=3,
    ),
)
