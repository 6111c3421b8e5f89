"""The core of one coalition of homes on one low-voltage bus, each behind a service line of its own (ALGORITHMS, C, E).

Every subset of the homes is a sub-coalition: 2^n - 1 dispatches for whoever prices them all. Ours starts from the
bounds of one dispatch. Beside it all sub-coalitions priced, on a sample and scaled; linear programs not counted.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.registry import Benchmark, Job, Side
from lempart.case import Battery, Case, DispatchOptions, Grid, Horizon, Line, Market, Prosumer, Scenario
from lempart.cost import DecoupledCosts, Setting
from lempart.game import CoreVerdict, core_verdict
from lempart.search import after_seconds

SAMPLE, LARGEST_LISTED = 64, 16
ENUMERATED = "every sub-coalition"
WIDE, SNUG, TIGHT = 6.0, 2.5, 1.6
"""Ratings of the service lines, as multiples of the largest forecast: without and with ex-post violations."""
DEAR = 550.0
"""A line penalty per MVAh at which violations are an eighth of what 15 homes with tight lines pay."""
SECONDS = 60.0


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


def prepare(rating: float, homes: int, line_penalty: float = 250.0) -> Job:
    """Return the job of deciding the core of all homes together, for a minute at most."""
    setting = Setting.of(homes_at_one_bus(homes, rating, line_penalty=line_penalty))
    everyone = setting.family.everyone
    counts: dict[str, float] = {}

    def ours() -> CoreVerdict:
        costs = DecoupledCosts(setting)
        bounds, stop = costs.bounds(everyone), after_seconds(SECONDS)
        found = core_verdict(costs.cost, everyone, setting.family, bounds=bounds, stop=stop)
        least, most = found.shortfall_range
        counts.update(priced=found.priced, of=everyone - 1.0, decided=found.stable is not None)
        counts.update(least_shortfall=least, most_shortfall=most, cost=found.cost)
        return found

    def some(count: int) -> list[float]:
        costs, rng = DecoupledCosts(setting), np.random.default_rng(0)
        return [costs.cost(int(mask)) for mask in rng.integers(1, everyone, count)]

    sampled = min(SAMPLE, everyone - 1)
    baseline = Side(ENUMERATED, partial(some, sampled), sampled / (everyone - 1))
    listed = homes <= LARGEST_LISTED  # beyond, nobody would list them
    return Job(Side("row generation", ours, count=lambda: counts), (baseline,) if listed else ())


BENCHMARKS = (
    Benchmark(
        name="core, no violations",
        phase="core",
        case="homes at one bus, closed form",
        unit="homes",
        sizes=(10, 15, 30),
        prepare=partial(prepare, WIDE),
        repeats=1,
        smallest=8,
    ),
    Benchmark(
        name="core, violations",
        phase="core",
        case="homes at one bus, rows where violations leave doubt",
        unit="homes",
        sizes=(10, 15, 30),
        prepare=partial(prepare, SNUG),
        repeats=1,
    ),
    Benchmark(
        name="core, dear violations",
        phase="core",
        case="homes at one bus, violations an eighth of the cost: the verdict, and its gap after a minute",
        unit="homes",
        sizes=(10, 15),
        prepare=partial(prepare, TIGHT, line_penalty=DEAR),
        repeats=1,
    ),
)
