"""The optimal stable partition of homes at one bus: every subset is a coalition, and bounds decide which are costed."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.cases.core import DEAR, ENUMERATED, SAMPLE, SNUG, TIGHT, homes_at_one_bus
from benchmarks.registry import Benchmark, Job, Side
from lempart import solve
from lempart.cost import CostsWithoutExternalities, PreparedCase
from lempart.result import Solution
from lempart.search import TreeProgram, after_seconds

SECONDS = 300.0


def star(rating: float, homes: int, line_penalty: float = 250.0) -> Job:
    """Return the job of finding it, for five minutes at most, beside costing every coalition (a sample, scaled)."""
    case = homes_at_one_bus(homes, rating, line_penalty=line_penalty)
    prepared, every = PreparedCase.of(case), (1 << homes) - 1
    counts: dict[str, float] = {}

    def ours() -> Solution:
        found = solve(case, TreeProgram(), stop=after_seconds(SECONDS))
        seen = found.search
        assert seen.coalitions_costed is not None
        counts.update(coalitions=float(every), costed=float(seen.coalitions_costed), proven=float(seen.proven))
        return found

    def some() -> list[float]:
        costs, rng = CostsWithoutExternalities(prepared), np.random.default_rng(0)
        return [costs.cost(int(mask)) for mask in rng.integers(1, every + 1, min(SAMPLE, every))]

    baseline = Side(ENUMERATED.replace("sub-coalition", "coalition"), some, min(SAMPLE, every) / every)
    return Job(Side("lempart.solve, tree", ours, count=lambda: counts), (baseline,))


BENCHMARKS = (
    Benchmark(
        name="star",
        phase="search",
        case="homes at one bus, no externalities, violations 1 to 2 % of the cost, T = 24",
        unit="homes",
        sizes=(8, 10, 12, 15),
        prepare=partial(star, SNUG),
        repeats=1,
        smallest=6,
    ),
    Benchmark(
        name="star, dear violations",
        phase="search",
        case="homes at one bus, no externalities, violations an eighth of the cost, at most five minutes, T = 24",
        unit="homes",
        sizes=(8, 10, 12, 15),
        prepare=partial(star, TIGHT, line_penalty=DEAR),
        repeats=1,
    ),
)
