"""The core of one coalition with its grid inside: every home hangs at one bus, so that all may leave with all others.

Ours generates rows. Beside it every sub-coalition is priced by a dispatch in cvxpy, a sample of them where they are
many; the linear program over all of their rows is left out of its time.
"""

from __future__ import annotations

import numpy as np

from benchmarks.cases.feeders import hub
from benchmarks.naive.dispatch import NaiveDispatch
from benchmarks.registry import Benchmark, Job, Side
from lempart.cost import DecoupledCosts, Setting
from lempart.game import CoreVerdict, NoExternalities, partition_verdict
from lempart.partition import Partition

CVXPY, SAMPLE = "cvxpy, every sub-coalition", 24


def prepare(homes: int) -> Job:
    """Return the job of so many homes in one market."""
    setting = Setting.of(hub(homes))
    family, everyone = setting.family, setting.family.everyone
    counts: dict[str, float] = {}
    every = (1 << homes) - 1
    sample = np.random.default_rng(2).permutation(np.arange(1, every + 1))[:SAMPLE].tolist()
    checked = DecoupledCosts(setting)

    def ours() -> CoreVerdict:
        costs = DecoupledCosts(setting)
        (verdict,) = partition_verdict(Partition.of([everyone]), family, NoExternalities(costs)).coalitions
        counts.update(priced=verdict.priced, stable=verdict.stable)
        return verdict

    def cvxpy() -> dict[int, float]:
        problems = ((mask, checked.problem(family.subgraph(mask))) for mask in sample)
        return {mask: float(NaiveDispatch(problem).solve().flexibility_cost.sum()) for mask, problem in problems}

    def difference(_ours: CoreVerdict, theirs: dict[int, float]) -> float:
        found = {mask: checked.coalition(mask).parts for mask in theirs}
        return max(abs(found[mask].flexibility - cost) / max(1e-3, abs(cost)) for mask, cost in theirs.items())

    return Job(
        Side("partition_verdict", ours, count=lambda: counts), (Side(CVXPY, cvxpy, len(sample) / every),), difference
    )


BENCHMARKS = (
    Benchmark(
        name="core",
        phase="core",
        case="one market of homes at one bus, no externalities, line and voltage limits, T = 24",
        unit="homes",
        sizes=(8, 10, 12, 15),
        prepare=prepare,
        tolerance=1e-4,
        repeats=3,
        fit_growth=False,  # bounds of one dispatch decide: nothing that grows is done
        smallest=4,
    ),
)
