"""Algorithm 1 whole: every partition costed, every core checked, on the shipped feeder and as players are added."""

from __future__ import annotations

import math
from collections.abc import Mapping

from benchmarks.cases.feeders import players_from_the_end
from benchmarks.naive.algorithm_1 import algorithm_1
from benchmarks.registry import Benchmark, Job, Side
from lempart import read_case, shipped_case_path, solve
from lempart.cost import PreparedCase
from lempart.partition import Partition
from lempart.result import Solution
from lempart.search import Exhaustive

CVXPY = "cvxpy, rebuilt"


def prepare(partitions: int) -> Job:
    """Return the job on ``rural-feeder-5``; with fewer than its 34 partitions cvxpy does a sample."""
    case = read_case(shipped_case_path("rural-feeder-5"))
    prepared = PreparedCase.of(case)
    count = prepared.family.count()
    return Job(
        Side("lempart.solve", lambda: solve(case, Exhaustive(all_cores=True))),
        (Side(CVXPY, lambda: algorithm_1(prepared, partitions), min(partitions, count) / count),),
        difference,
    )


def difference(ours: Solution, theirs: Mapping[Partition, tuple[float, bool]]) -> float:
    """Return the largest relative difference of ``Phi``; infinite where a verdict differs."""
    worst = 0.0
    for partition, (total, stable) in theirs.items():
        verdict = ours.verdict(partition)
        assert verdict is not None
        if verdict.stable != stable:
            return math.inf
        worst = max(worst, abs(ours.cost(partition).total - total) / max(1.0, abs(total)))
    return worst


def prepare_players(players: int) -> Job:
    """Return the job of so many players at the end of the same feeder."""
    case = players_from_the_end(read_case(shipped_case_path("rural-feeder-5")), players)

    def ours() -> Solution:
        found = solve(case, Exhaustive(all_cores=True))
        counts["partitions"] = found.search.partition_count
        return found

    counts: dict[str, float] = {}
    return Job(Side("lempart.solve", ours, count=lambda: counts))


BENCHMARKS = (
    Benchmark(
        name="algorithm-1",
        phase="search",
        case="rural-feeder-5: 47 prosumers, T = 24, all 34 partitions and cores, in process",
        unit="partitions",
        sizes=(34,),
        prepare=prepare,
        tolerance=1e-4,
        targets=((CVXPY, 20),),
        smallest=2,
    ),
    Benchmark(
        name="exhaustive",
        phase="search",
        case="rural-feeder-5, players at its end, all partitions and cores",
        unit="players",
        sizes=(4, 5, 6, 7, 8),
        prepare=prepare_players,
        repeats=1,
        smallest=3,
    ),
)
