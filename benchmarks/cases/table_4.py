"""Table IV in full, beside the same work in a plain cvxpy loop, measured on a sample of its draws in the same run.

For each draw and noise level the loop does seven dispatches, evaluates violations under both voltage penalties, and
solves the core programs of every coalition of two branches or three. One loop rebuilds each dispatch, the other
compiles one model for each coalition. Both run on one core; their time is scaled to all draws, and divided by the
number of workers, as if they scaled perfectly.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.naive.core import core_value
from benchmarks.naive.dispatch import Answer, NaiveDispatch
from benchmarks.registry import Benchmark, Job, Side
from lempart.cost import CostsWithoutExternalities, PreparedCase
from lempart.cost.equations.settlement import settle_alone
from lempart.cost.problems import own_grid
from lempart.grid import realized_state
from lempart.reproduce.table_4 import READINGS, run_table_4, table_4_case, table_4_study
from lempart.study import open_results
from lempart.study.draw.draws import draws_at

REBUILT, COMPILED = "cvxpy, rebuilt", "cvxpy, compiled once"
MASKS, SAMPLE = tuple(range(1, 8)), 2


def prepare(variants: int) -> Job:
    """Return the job with so many variants; one process does a few, otherwise there is one for each core."""
    workers = min(os.cpu_count() or 1, 1 + variants // 100)
    place = Path(tempfile.mkdtemp())
    sample = min(variants, SAMPLE)
    labels = (REBUILT, COMPILED) if variants > 1 else (REBUILT,)
    loops = {label: Loop(reusable=label == COMPILED) for label in labels}
    if COMPILED in loops:
        loops[COMPILED].run(1)  # which compiles, for ten seconds; not counted

    def ours() -> np.ndarray:
        shutil.rmtree(place, ignore_errors=True)
        run_table_4(place, workers=workers, variants=variants)
        kept = open_results(place)["parts"].sel(part="flexibility").isel(penalty=0, draw=slice(sample))
        found = kept.transpose("forecast_noise", "draw", "partition").values
        shutil.rmtree(place)
        return found

    share = sample / variants * workers
    sides = tuple(Side(label, partial(loop.run, sample), share) for label, loop in loops.items())
    return Job(
        Side(f"run_table_4, {workers} workers", ours, count=lambda: {"dispatches": 28 * variants}), sides, difference
    )


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest relative difference of the flexibility cost of a partition."""
    return float(np.max(np.abs(ours - theirs) / np.maximum(1.0, np.abs(theirs))))


class Loop:
    """What a careful user would write with cvxpy."""

    def __init__(self, *, reusable: bool) -> None:
        self.spec, self.case = table_4_study(), table_4_case()
        self.prepared, self.reusable = PreparedCase.of(self.case), reusable
        costs = CostsWithoutExternalities(self.prepared)
        self.territory = {mask: self.prepared.family.subgraph(mask) for mask in MASKS}
        self.problem = {mask: costs.coalition_problem(self.territory[mask]) for mask in MASKS}
        self.grid = {mask: own_grid(self.prepared.grid, self.territory[mask]) for mask in MASKS}
        self.model: dict[int, NaiveDispatch] = {}
        market = self.case.market
        settings = [
            replace(self.prepared, case=replace(self.case, market=replace(market, voltage_penalty=reading)))
            for reading in READINGS
        ]
        self.tariffs = {mask: [one.tariffs_on(self.grid[mask]) for one in settings] for mask in MASKS}
        index = {name: i for i, name in enumerate(self.prepared.player_names)}
        self.partitions = [
            [sum(1 << index[name] for name in block) for block in partition] for partition in self.spec.partitions
        ]

    def run(self, draws: int) -> np.ndarray:
        """Return the flexibility cost of every partition, shape ``(noise, draws, partitions)``."""
        return np.array([[self._draw(point, index) for index in range(draws)] for point in self.spec.points])

    def _draw(self, point: dict[str, float], index: int) -> list[float]:
        scenario = draws_at(self.spec, self.case, point).case(index).scenario
        paid: dict[int, float] = {}
        costs: list[dict[int, float]] = [{} for _ in READINGS]
        for mask in MASKS:
            own = list(self.territory[mask].prosumers)
            forecast, actual = scenario.forecast[own], scenario.realization[own]
            found = self._dispatch(mask, forecast)
            paid[mask] = float(found.flexibility_cost.sum())
            state = realized_state(self.grid[mask], actual + found.flexible_mva)
            for r, tariffs in enumerate(self.tariffs[mask]):
                penalty = self.case.market.imbalance_penalty_per_mwh
                parts = settle_alone(found.flexibility_cost, state, actual - forecast, tariffs, penalty, 1.0)
                costs[r][mask] = float(parts.sum())
        for of_reading in costs:
            for mask in (0b011, 0b101, 0b110, 0b111):
                core_value(self.prepared.family, mask, of_reading.__getitem__)
        return [sum(paid[mask] for mask in partition) for partition in self.partitions]

    def _dispatch(self, mask: int, forecast: np.ndarray) -> Answer:
        if not self.reusable:
            return NaiveDispatch(replace(self.problem[mask], forecast=forecast)).solve()
        if mask not in self.model:
            self.model[mask] = NaiveDispatch(self.problem[mask], reusable=True)
        return self.model[mask].solve(forecast)


BENCHMARKS = (
    Benchmark(
        name="table-4",
        phase="study",
        case="Table IV: 4 noise levels, 5 partitions, 2 voltage penalties, costs, cores and statistics",
        unit="variants",
        sizes=(100, 1000),
        prepare=prepare,
        tolerance=1e-4,
        targets=((REBUILT, 40),),
        repeats=1,
        smallest=1,
    ),
)
