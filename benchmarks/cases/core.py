"""The core of one coalition of homes on one low-voltage bus, each behind a service line of its own (ALGORITHMS, C, E).

Every subset of the homes is a sub-coalition: 2^n - 1 dispatches for whoever prices them all. Ours starts from the
bounds of one dispatch. Where those are bills that nobody leaves that is all; there every sub-coalition priced by a
dispatch in cvxpy is beside it. Where violations leave doubt it generates rows; there the same dispatches by ours are
beside it, so that what rows spare is seen. Both are samples where sub-coalitions are many, and scaled; the linear
program over all of their rows isn't counted.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.cases.feeders import hub
from benchmarks.naive.dispatch import NaiveDispatch
from benchmarks.registry import Benchmark, Job, Side
from lempart.case import Battery, Case, DispatchOptions, Grid, Horizon, Line, Market, Prosumer, Scenario
from lempart.cost import CostsWithoutExternalities, PreparedCase
from lempart.game import CoreOptions, CoreVerdict, NoExternalities, core_verdict, partition_verdict
from lempart.partition import Partition
from lempart.search import after_seconds

CVXPY, CVXPY_SAMPLE = "cvxpy, every sub-coalition", 24
ENUMERATED, SAMPLE, LARGEST_LISTED = "every sub-coalition", 64, 16
SNUG, TIGHT = 2.5, 1.6
"""Ratings of the service lines, as multiples of the largest forecast; realisations exceed both."""
DEAR = 550.0
"""A line penalty per MVAh at which violations are an eighth of what 15 homes with tight lines pay."""
SECONDS = 60.0


def closed_form(homes: int) -> Job:
    """Return the job of deciding the core of so many homes where the bounds of one dispatch are bills."""
    prepared = PreparedCase.of(hub(homes))
    family, everyone = prepared.family, prepared.family.everyone
    counts: dict[str, float] = {}
    every = (1 << homes) - 1
    sample = np.random.default_rng(2).permutation(np.arange(1, every + 1))[:CVXPY_SAMPLE].tolist()
    checked = CostsWithoutExternalities(prepared)

    def ours() -> CoreVerdict:
        costs = CostsWithoutExternalities(prepared)
        (verdict,) = partition_verdict(Partition.of([everyone]), family, NoExternalities(costs)).coalitions
        counts.update(priced=verdict.priced, stable=verdict.stable)
        return verdict

    def cvxpy() -> dict[int, float]:
        problems = ((mask, checked.coalition_problem(family.subgraph(mask))) for mask in sample)
        return {mask: float(NaiveDispatch(problem).solve().flexibility_cost.sum()) for mask, problem in problems}

    def difference(_ours: CoreVerdict, theirs: dict[int, float]) -> float:
        found = {mask: checked.coalition(mask).parts for mask in theirs}
        return max(abs(found[mask].flexibility - cost) / max(1e-3, abs(cost)) for mask, cost in theirs.items())

    return Job(
        Side("partition_verdict", ours, count=lambda: counts), (Side(CVXPY, cvxpy, len(sample) / every),), difference
    )


def homes_at_one_bus(homes: int, rating: float, seed: int = 1, line_penalty: float = 250.0) -> Case:
    """Return homes of about 4 kW with surplus and shortage, batteries, errors of a seventh and lines of any rating."""
    rng = np.random.default_rng(seed)
    need = 4e-3 * rng.normal(size=(homes, 24))
    came = need + 0.15 * 4e-3 * rng.normal(size=need.shape)
    lines = [Line("pcc", "bus", 0.004, 0.004, None)]
    people = []
    for home in range(homes):
        lines.append(Line("bus", f"b{home}", 0.05, 0.02, rating * float(np.abs(need[home]).max())))
        unit = Battery(0.016, float(rng.uniform(0.1, 0.2)), cost_per_mwh=float(rng.uniform(5.0, 40.0)))
        people.append(Prosumer(f"P{home}", f"b{home}", True, (unit,)))
    steps = np.zeros(24)
    market = Market(
        externalities=False,
        single_boundary=True,
        tax_per_mwh=steps,
        price_per_mwh=steps,
        reactive_price_per_mvarh=steps,
        imbalance_penalty_per_mwh=steps + 300.0,
        line_penalty_per_mvah=line_penalty,
        voltage_penalty="curtailment",
    )
    return Case(
        name="homes-at-one-bus",
        horizon=Horizon(24, 0.5),
        market=market,
        grid=Grid("pcc", 0.4, tuple(lines), (0.93, 1.06)),
        prosumers=tuple(people),
        scenario=Scenario(need.astype(complex), came.astype(complex)),
        dispatch=DispatchOptions(),
    )


def by_rows(rating: float, homes: int, line_penalty: float = 250.0) -> Job:
    """Return the job of deciding the core of all homes together where rows are needed, for a minute at most."""
    prepared = PreparedCase.of(homes_at_one_bus(homes, rating, line_penalty=line_penalty))
    everyone = prepared.family.everyone
    counts: dict[str, float] = {}

    def ours() -> CoreVerdict:
        costs = CostsWithoutExternalities(prepared)
        bounds, stop = costs.bounds(everyone), after_seconds(SECONDS)
        found = core_verdict(costs.cost, everyone, prepared.family, bounds=bounds, options=CoreOptions(stop=stop))
        least, most = found.shortfall_range
        counts.update(priced=found.priced, of=everyone - 1.0, decided=found.stable is not None)
        counts.update(least_shortfall=least, most_shortfall=most, cost=found.cost)
        return found

    def some(count: int) -> list[float]:
        costs, rng = CostsWithoutExternalities(prepared), np.random.default_rng(0)
        return [costs.cost(int(mask)) for mask in rng.integers(1, everyone, count)]

    sampled = min(SAMPLE, everyone - 1)
    baseline = Side(ENUMERATED, partial(some, sampled), sampled / (everyone - 1))
    listed = homes <= LARGEST_LISTED  # beyond, nobody would list them
    return Job(Side("row generation", ours, count=lambda: counts), (baseline,) if listed else ())


BENCHMARKS = (
    Benchmark(
        name="core, closed form",
        phase="core",
        case="one market of homes at one bus, no externalities, line and voltage limits, T = 24",
        unit="homes",
        sizes=(8, 10, 12, 15),
        prepare=closed_form,
        tolerance=1e-4,
        repeats=3,
        fit_growth=False,  # bounds of one dispatch decide: nothing that grows is done
        smallest=4,
    ),
    Benchmark(
        name="core, violations",
        phase="core",
        case="homes at one bus, rows where violations leave doubt",
        unit="homes",
        sizes=(10, 15, 30),
        prepare=partial(by_rows, SNUG),
        repeats=1,
        smallest=8,
    ),
    Benchmark(
        name="core, dear violations",
        phase="core",
        case="homes at one bus, violations an eighth of the cost: verdict, Y and ε, or their gap after a minute",
        unit="homes",
        sizes=(10, 15),
        prepare=partial(by_rows, TIGHT, line_penalty=DEAR),
        repeats=1,
    ),
)
