"""The search with externalities: exhaustive, bounded and anytime, on a row of homes, a feeder and a village."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from benchmarks.cases.feeders import HOURS
from benchmarks.registry import Benchmark, Job, Side
from lempart import read_case, shipped_case_path, solve
from lempart.case import Battery, Case, Horizon, Prosumer, Scenario
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.game import Inertia, core_verdict
from lempart.io import from_pandapower
from lempart.partition import Partition
from lempart.result import Solution
from lempart.search import BoundedSearch, Exhaustive, after_seconds
from lempart.search.methods import SearchMethod

ONE_OPF = "one dispatch of the whole grid per partition"
FEW = 4


def homes_in_a_row(count: int) -> Case:
    """Return the last ``count`` homes of rural-feeder-5's longest path, one per bus, without the others; a winter day.

    They have ``F(2 count - 1)`` edge-disjoint partitions (Fibonacci numbers): 28,657 of twelve.
    """
    case = read_case(shipped_case_path("rural-feeder-5"))
    up = {line.to_node: line.from_node for line in case.grid.lines}

    def path(bus: str) -> list[str]:
        return [bus, *path(up[bus])] if bus in up else [bus]

    longest = max((path(prosumer.node) for prosumer in case.prosumers), key=len)
    chosen = []
    for bus in longest:
        here = [m for m, prosumer in enumerate(case.prosumers) if prosumer.node == bus]
        if here:
            chosen.append(max(here, key=lambda m: (len(case.prosumers[m].flexibility), m)))
    return _only(case, sorted(chosen[:count]))


def rural_feeder(homes: int) -> Case:
    """Return rural-feeder-5 with its first ``homes`` meters, all of them players."""
    return _only(read_case(shipped_case_path("rural-feeder-5")), list(range(homes)))


def village(homes: int) -> Case:
    """Return Kerber's Dorfnetz, a village grid of six feeders (57 homes), with ``homes`` of them as players.

    The grid is pandapower's. Its loads are one number each, so that the day is made here, from stated numbers and a
    seed: homes of 2 to 6 kW at most, PV of 3 to 9 kWp on every other, a battery in every sixth, errors of 10 %.
    """
    import pandapower.networks

    net = pandapower.networks.create_kerber_dorfnetz()
    case = from_pandapower(net, voltage_band_pu=(0.9, 1.1), name="kerber-dorfnetz")[0].case
    count, rng = len(case.prosumers), np.random.default_rng(57)
    peak = rng.uniform(2e-3, 6e-3, count)[:, None]
    evening = 0.25 + 0.75 * np.exp(-0.5 * ((HOURS - 19) / 2.5) ** 2)
    sun = np.maximum(0.0, np.sin(np.pi * (HOURS - 7) / 10)) * 0.6
    roofs = np.where(np.arange(count) % 2 == 0, rng.uniform(3e-3, 9e-3, count), 0.0)[:, None]
    forecast = roofs * sun - peak * evening * rng.uniform(0.8, 1.2, (count, 24)) * (1 + 0.2j)
    unit = Battery(0.003, 0.006, cost_per_mwh=12.5, quadratic_cost_per_mw2h=500.0, cyclic=True)
    people = tuple(
        Prosumer(owner.name, owner.node, m < homes, (unit,) if m % 6 == 0 else ())
        for m, owner in enumerate(case.prosumers)
    )

    def steady(value: np.ndarray) -> np.ndarray:
        return np.repeat(value[:1], 24)

    market = case.market
    rates = ("tax_per_mwh", "price_per_mwh", "reactive_price_per_mvarh", "imbalance_penalty_per_mwh")
    return replace(
        case,
        horizon=Horizon(24, 1.0),
        prosumers=people,
        market=replace(market, **{name: steady(getattr(market, name)) for name in rates}),  # type: ignore[arg-type]
        scenario=Scenario(forecast, forecast * rng.normal(1.0, 0.1, (count, 24))),
    )


def _only(case: Case, chosen: list[int]) -> Case:
    people = tuple(replace(case.prosumers[m], player=True) for m in chosen)
    scenario = Scenario(case.scenario.forecast[chosen], case.scenario.realization[chosen])
    return replace(case, prosumers=people, scenario=scenario)


def single(case: Case) -> Case:
    """Return the case with single boundaries."""
    return replace(case, market=replace(case.market, single_boundary=True))


def search(
    make: Callable[[int], Case], method: SearchMethod, seconds: float = math.inf, workers: int = 1
) -> Callable[[int], Job]:
    """Return what prepares a search and counts what it did; few players are no work for more than one process."""

    def prepare(size: int) -> Job:
        case, counts = make(size), {}

        def ours() -> Solution:
            found = solve(case, method, stop=after_seconds(seconds), workers=workers if size > FEW else 1)
            seen = found.search
            assert isinstance(found.costs, CostsWithExternalities)
            counts["partitions"] = float(seen.partition_count)
            counts["costed"] = float(len(seen.evaluated))
            counts["coupled"] = float(found.costs.coupled)
            counts["proven"] = float(seen.proven)
            counts["gap %"] = 100.0 * (seen.gap if seen.gap is not None else math.nan)
            return found

        return Job(Side(f"lempart.solve, {type(method).__name__}", ours, count=lambda: counts))

    return prepare


def partitions(count: int) -> Job:
    """Return the job of costing drawn partitions of twelve homes in a row: clusters apart, or the grid at once."""
    prepared = PreparedCase.of(homes_in_a_row(12))
    rng = np.random.default_rng(0)
    drawn = [prepared.family.sample(rng) for _ in range(count)]

    def total(join: bool) -> Callable[[], list[float]]:
        def run() -> list[float]:
            costs = CostsWithExternalities(prepared, join=join)
            return [costs.total(partition) for partition in drawn]

        return run

    def difference(ours: list[float], theirs: list[float]) -> float:
        return max(abs(a - b) / max(1.0, abs(b)) for a, b in zip(ours, theirs, strict=True))

    return Job(Side("clusters apart", total(True)), (Side(ONE_OPF, total(False)),), difference)


def core_of_everyone(players: int) -> Job:
    """Return the job of deciding the core of one market of everyone, with the exact shortfall: all deviations."""
    prepared = PreparedCase.of(rural_feeder(players))
    family, counts = prepared.family, {}

    def verdict(costs: CostsWithExternalities, deviations: Iterable[int]) -> dict[int, float]:
        together, inertia = Partition.of([family.everyone]), Inertia(costs, family)
        return {mask: inertia.worth(mask, family.everyone, together) for mask in deviations}

    def ours() -> dict[int, float]:
        costs = CostsWithExternalities(prepared)
        prices = verdict(costs, family.subcoalitions(family.everyone))
        found = core_verdict(prices.__getitem__, family.everyone, family)
        assert found.core_value is not None
        counts["deviations"] = float(len(prices))
        counts["stable"] = float(found.stable or 0)
        counts["shortfall"] = found.cost - found.core_value
        return prices

    drawn = (1 + np.random.default_rng(0).choice(family.everyone, min(200, family.everyone), replace=False)).tolist()
    return Job(
        Side("every deviation, and the core", ours, count=lambda: counts),
        (
            Side(
                ONE_OPF,
                lambda: verdict(CostsWithExternalities(prepared, join=False), drawn),
                share=len(drawn) / family.everyone,
            ),
        ),
        lambda mine, sample: max(abs(mine[mask] - cost) / max(1.0, abs(cost)) for mask, cost in sample.items()),
    )


BENCHMARKS = (
    Benchmark(
        name="core, externalities",
        phase="core",
        case="rural-feeder-5, one market of its first meters, general family, every deviation",
        unit="meters",
        sizes=(10, 15, 18),
        prepare=core_of_everyone,
        repeats=1,
        smallest=3,
    ),
    Benchmark(
        name="partition-cost",
        phase="search",
        case="twelve homes in a row, drawn partitions, T = 24",
        unit="partitions",
        sizes=(100,),
        prepare=partitions,
        smallest=3,
    ),
    Benchmark(
        name="exhaustive-externalities",
        phase="search",
        case="homes in a row, all partitions (28,657 of twelve), T = 24",
        unit="homes",
        sizes=(6, 8, 10, 12),
        prepare=search(homes_in_a_row, Exhaustive()),
        repeats=1,
        smallest=3,
    ),
    Benchmark(
        name="bounded-general",
        phase="search",
        case="homes in a row, general family (63 million partitions of twenty), T = 24",
        unit="homes",
        sizes=(10, 14, 18, 20),
        prepare=search(homes_in_a_row, BoundedSearch()),
        repeats=1,
        smallest=3,
    ),
    Benchmark(
        name="bounded-feeder",
        phase="search",
        case="rural-feeder-5, every meter a player, single boundaries, T = 24",
        unit="meters",
        sizes=(20, 43, 47),
        prepare=search(lambda size: single(rural_feeder(size)), BoundedSearch()),
        repeats=1,
        smallest=4,
    ),
    Benchmark(
        name="bounded-village",
        phase="search",
        case="Kerber Dorfnetz, six feeders, single boundaries, T = 24",
        unit="players",
        sizes=(57,),
        prepare=search(lambda size: single(village(size)), BoundedSearch(), 300.0),
        repeats=1,
    ),
    Benchmark(
        name="anytime-feeder",
        phase="search",
        case="rural-feeder-5, 43 meters as players, general family, stopped after a minute, T = 24",
        unit="meters",
        sizes=(43,),
        prepare=search(rural_feeder, BoundedSearch(), 60.0),
        repeats=1,
    ),
)
