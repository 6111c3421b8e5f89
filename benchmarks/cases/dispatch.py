"""The ex-ante dispatch of one structure at many forecasts (ALGORITHMS, F).

Ours is ``DispatchBatch``: right-hand sides, limits learned, checks and fallbacks included, building and compiling once
not. Beside it Clarabel with data updates, likewise built once, and cvxpy, rebuilt for each forecast, both on a sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.cases.feeders import six_buses
from benchmarks.naive.clarabel_updates import ClarabelUpdates
from benchmarks.naive.dispatch import NaiveDispatch
from benchmarks.registry import Benchmark, Job, Side
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, PreparedCase
from lempart.dispatch import DispatchProblem
from lempart.dispatch.batch import DispatchBatch
from lempart.grid import line_flows
from lempart.partition import Partition
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from lempart.reproduce.table_4 import table_4_case

NOISE, CLARABEL_SAMPLE, CVXPY_SAMPLE = 0.1, 16, 4
CLARABEL, CVXPY = "Clarabel, data updates", "cvxpy, rebuilt"


def six_bus_problem() -> DispatchProblem:
    """Return two markets of three on the feeder of six buses."""
    return CostsWithExternalities(PreparedCase.of(six_buses())).problem(Partition.of([0b000111, 0b111000]))


def ieee33_problem() -> DispatchProblem:
    """Return the grand coalition of Table IV's three branches."""
    costs = CostsWithoutExternalities(PreparedCase.of(table_4_case()))
    return costs.coalition_problem(costs.prepared.family.subgraph(0b111))


def heat_pump_problem() -> DispatchProblem:
    """Return a winter day of the neighbourhood, 47 homes with a heat pump on 43 buses, players in one market."""
    prepared = PreparedCase.of(neighbourhood_case(NeighbourhoodOptions(day=14)))
    return CostsWithExternalities(prepared).problem(Partition.of([prepared.family.everyone]))


def prepare(make: Callable[[], DispatchProblem], draws: int) -> Job:
    """Return the job of solving so many forecasts."""
    problem = make()
    rng = np.random.default_rng(1)
    errors = rng.normal(0.0, NOISE, (draws, *problem.forecast.shape))
    forecasts = problem.forecast * (1.0 + errors)
    batch, library = DispatchBatch(problem), ClarabelUpdates(problem)
    batch.solve_many(forecasts[:8])  # compiled, and limits learned
    counts: dict[str, float] = {}

    def ours() -> np.ndarray:
        found = batch.solve_many(forecasts)
        counts.update(fallbacks=found.counts.fallback_share, infeasible=found.counts.infeasible)
        return ex_ante_cost(problem, forecasts, found.flexible_mva, found.flexibility_cost)

    def clarabel(count: int) -> np.ndarray:
        return ex_ante_cost(problem, forecasts[:count], *library.solve_many(forecasts[:count]))

    def cvxpy(count: int) -> np.ndarray:
        found = [NaiveDispatch(_at(problem, forecast)).solve() for forecast in forecasts[:count]]
        u, paid = np.array([one.flexible_mva for one in found]), np.array([one.flexibility_cost for one in found])
        return ex_ante_cost(problem, forecasts[:count], u, paid)

    few, fewer = min(draws, CLARABEL_SAMPLE), min(draws, CVXPY_SAMPLE)
    return Job(
        Side("DispatchBatch", ours, count=lambda: counts),
        (
            Side(CLARABEL, partial(clarabel, few), few / draws),
            Side(CVXPY, partial(cvxpy, fewer), fewer / draws),
        ),
        difference,
    )


def ex_ante_cost(
    problem: DispatchProblem, forecasts: np.ndarray, flexible_mva: np.ndarray, paid: np.ndarray
) -> np.ndarray:
    """Return flexibility, import and tax (Eq 3) at the forecasts, in currency, shape ``(draws,)``."""
    total = paid.sum(axis=1)
    if problem.balance != "market" or problem.exchanges is None:
        return total
    for draw, injected in enumerate(forecasts + flexible_mva):
        flows = line_flows(problem.grid, injected)
        imported = -(problem.tariffs.price.conj() * flows[0]).real.sum()
        tax = (np.abs(problem.exchanges.matrix @ flows) @ problem.tariffs.tax).sum()
        total[draw] += problem.step_hours * (imported + tax)
    return total


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest relative difference of costs over the sample."""
    mine = ours[: len(theirs)]
    return float(np.max(np.abs(mine - theirs) / np.maximum(1e-3, np.abs(theirs))))


def _at(problem: DispatchProblem, forecast: np.ndarray) -> DispatchProblem:
    return replace(problem, forecast=forecast)


def _entry(name: str, case: str, make: Callable[[], DispatchProblem], clarabel: float, cvxpy: float) -> Benchmark:
    return Benchmark(
        name=f"dispatch-{name}",
        phase="dispatch",
        case=case,
        unit="forecasts",
        sizes=(96,),
        prepare=partial(prepare, make),
        targets=((CLARABEL, clarabel), (CVXPY, cvxpy)),
        smallest=2,
    )


BENCHMARKS = (
    _entry("six-buses", "6-bus feeder, 6 batteries, reactive loads, T = 24", six_bus_problem, 7, 25),
    _entry("ieee33", "IEEE-33 sub-grid, 18 batteries, T = 24", ieee33_problem, 12, 25),
    _entry("heat-pumps", "43-bus feeder, 47 heat pumps, T = 24", heat_pump_problem, 10, 15),
    replace(
        _entry("heat-pumps-alone", "43-bus feeder, 47 heat pumps, T = 24, a lane to itself", heat_pump_problem, 1, 1),
        sizes=(1,),
        repeats=5,
        smallest=None,  # as that of many
    ),
)
