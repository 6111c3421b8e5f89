"""Limits written down only where they are needed, against all limits in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lempart.case import Case
from lempart.conic import SolverSettings
from lempart.cost import CostsWithExternalities, costs_of
from lempart.dispatch import Dispatch, DispatchProblem, LazyDispatcher, dispatch
from lempart.errors import InfeasibleError
from lempart.grid import squared_voltage_deviations
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from support.cases import battery, line, prosumer
from support.cases import case as tiny_case
from support.feeders import random_feeder

# Without a tie-break that a solver resolves, equally cheap dispatches (and their prices) are free to differ.
TIE_BREAK = 0.5
EXACT = SolverSettings(tolerance=1e-11)
FEEDERS: dict[str, dict[str, Any]] = {
    "lines bind": {"tight": 0.7},
    "lines bind, reactive power given": {"reactive": True, "tight": 0.85},
    "voltages bind": {"reactive": True, "band": (0.985, 1.012)},
    "reactive power decided": {
        "devices": "every kind", "reactive": True, "tight": 0.8, "band": (0.985, 1.012), "tax_per_mwh": 0.0,
    },
    "elastic": {"reactive": True, "tight": 0.5, "band": (0.993, 1.005), "limits": "elastic"},
    "elastic, reactive power decided": {
        "devices": "every kind", "reactive": True, "tight": 0.4, "band": (0.993, 1.005), "limits": "elastic",
        "tax_per_mwh": 0.0,
    },
}  # fmt: skip


def _costs(case: Case) -> CostsWithExternalities:
    costs = costs_of(case)
    assert isinstance(costs, CostsWithExternalities)
    return costs


def _feeder(seed: int, fields: dict[str, Any]) -> Case:
    """Return a random feeder without equal ratings: in series their shadow prices would not be unique."""
    case, rng = random_feeder(seed, tie_break=TIE_BREAK, **fields), np.random.default_rng(seed)
    lines = tuple(replace(one, rating_mva=(one.rating_mva or 0.0) * rng.uniform(0.97, 1.03)) for one in case.grid.lines)
    return replace(case, grid=replace(case.grid, lines=lines))


def _problems(case: Case) -> list[DispatchProblem]:
    costs = _costs(case)
    return [costs.problem(partition) for partition in costs.prepared.family.enumerate()]


def _outcome(solve: Callable[[DispatchProblem], Dispatch], problem: DispatchProblem) -> Dispatch | str:
    try:
        return solve(problem)
    except InfeasibleError as error:
        return str(error)


def _full(problem: DispatchProblem) -> Dispatch:
    return dispatch(problem, EXACT)


def _binding(solved: Dispatch) -> bool:
    """Return whether an answer lies on, or where limits are elastic beyond, a limit of the grid."""
    grid, flows = solved.problem.grid, solved.ex_ante_flows_mva
    deviations = squared_voltage_deviations(grid, flows)
    lines = np.abs(flows[1:]) > grid.rating_mva[1:, None] * (1.0 - 1e-6)
    voltages = (deviations > grid.dv_max[:, None] - 1e-7) | (deviations < grid.dv_min[:, None] + 1e-7)
    return bool(lines.any() or voltages.any())


def _unique_prices(solved: Dispatch, problem: DispatchProblem) -> bool:
    """Return whether no taxed exchange is zero: at a kink of the tax several prices are optimal."""
    assert problem.exchanges is not None
    if not problem.tariffs.tax.any():
        return True
    exchanged = np.abs(problem.exchanges.matrix @ solved.ex_ante_flows_mva)
    return bool(exchanged.min() > 1e-4)


def _require_same(lazy: Dispatch, full: Dispatch) -> None:
    assert lazy.solution.cost == pytest.approx(full.solution.cost, rel=1e-7, abs=1e-7)
    assert lazy.flexible_mva == pytest.approx(full.flexible_mva, abs=2e-5)
    assert lazy.flexibility_cost == pytest.approx(full.flexibility_cost, abs=1e-3)


@pytest.mark.parametrize("fields", FEEDERS.values(), ids=FEEDERS)
def test_every_partition_in_any_order(fields: dict[str, Any]) -> None:
    """Cost, dispatch, nodal prices and messages are those of the full problem; steps found before change nothing.

    Partitions come in two orders, each through a dispatcher that keeps what it learnt from those before.
    """
    bound = priced = 0
    for seed in range(3):
        problems = _problems(_feeder(seed, fields))[:9]
        expected = [_outcome(_full, problem) for problem in problems]
        for order in (range(len(problems)), np.random.default_rng(seed).permutation(len(problems))):
            lazy = LazyDispatcher(EXACT)
            for index in order:
                found, full = _outcome(lazy.dispatch, problems[index]), expected[index]
                if isinstance(found, str) or isinstance(full, str):
                    assert found == full
                    continue
                _require_same(found, full)
                bound += _binding(full)
                if _unique_prices(full, problems[index]):
                    size = max(1.0, float(np.abs(full.nodal_prices).max()))
                    assert found.nodal_prices == pytest.approx(full.nodal_prices, abs=1e-5 * size)
                    priced += 1
    assert bound >= 10, "no limit binds: nothing was tested"
    assert priced >= 5


def test_infeasible_limits_are_told_as_by_the_full_problem() -> None:
    """A line too weak for the forecast in one of three steps: same message, and the dispatcher goes on afterwards."""
    lines = [line("root", "n0", rating=1.0), line("root", "n1", rating=1.0)]
    people = [prosumer("A", "n0", battery(0.3)), prosumer("B", "n1", battery(0.3))]
    cases = [
        tiny_case(lines, people, {"A": [0.5, peak, 0.1], "B": [-0.5, 0.2, 0.4]}, price_per_mwh=50.0, tax_per_mwh=10.0)
        for peak in (1.4, 1.2)
    ]
    impossible, possible = (_problems(made) for made in cases)
    lazy = LazyDispatcher(EXACT)
    for problem in impossible:
        with pytest.raises(InfeasibleError, match=r"line root-n0 by 0\.1 MVA \(step 2\)") as told:
            lazy.dispatch(problem)
        assert str(told.value) == _outcome(_full, problem)
    lazy = LazyDispatcher(EXACT)
    for problem in possible:
        _require_same(lazy.dispatch(problem), _full(problem))


def test_devices_that_ask_for_too_much_are_told_as_by_the_full_problem() -> None:
    """Homes that can't be kept warm: the message names them, not the solver's trouble."""
    case = neighbourhood_case(NeighbourhoodOptions(day=17, end_c=23.9))
    problem = _problems(case)[0]
    told = _outcome(LazyDispatcher().dispatch, problem)
    assert isinstance(told, str)
    assert told == _outcome(dispatch, problem)


def test_only_the_steps_that_need_limits_get_them() -> None:
    """Step 2 of three overloads the line without flexibility: its limit alone is written down, and it binds."""
    lines = [line("root", "n0", r=0.01, rating=1.0), line("root", "n1", r=0.01, rating=1.0)]
    people = [prosumer("A", "n0", battery(0.4, cost_per_mwh=5.0)), prosumer("B", "n1")]
    case = tiny_case(
        lines, people, {"A": [0.5, 1.2, 0.1], "B": [-0.5, 0.2, 0.4]}, price_per_mwh=50.0, tax_per_mwh=10.0,
        band=(0.9, 1.1),
    )  # fmt: skip
    solved = LazyDispatcher(EXACT).dispatch(_problems(case)[0])
    assert solved.problem.line_steps == (1,)
    assert solved.problem.voltage_steps == ()
    assert abs(solved.ex_ante_flows_mva[solved.problem.grid.names.index("n0"), 1]) == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize(
    "options",
    [
        {"day": 17, "seed": 1},
        {"day": 17, "seed": 1, "minimum_voltage_pu": 0.97, "limits": "elastic"},
    ],
    ids=["hard", "elastic"],
)
def test_heat_pumps_of_a_winter_day(options: dict[str, Any]) -> None:
    """47 homes whose heat pumps shift to keep voltages: two partitions after one another, prices included."""
    problems = _problems(neighbourhood_case(NeighbourhoodOptions(**options)))
    lazy = LazyDispatcher(EXACT)
    for problem in (problems[0], problems[-1]):
        found, full = lazy.dispatch(problem), _full(problem)
        assert found.solution.cost == pytest.approx(full.solution.cost, rel=1e-7)
        assert found.flexible_mva == pytest.approx(full.flexible_mva, abs=3e-5)
        assert found.nodal_prices.real == pytest.approx(full.nodal_prices.real, abs=1e-2)
        assert found.problem.voltage_steps
        assert len(found.problem.limited_steps("line")) < 24
