"""A problem kept for many forecasts, against one built anew for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from lempart.conic import SolverSettings
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, PreparedCase, costs_of
from lempart.dispatch import Dispatch, DispatchProblem, DispatchSeries, dispatch
from lempart.errors import InfeasibleError
from lempart.typing import ComplexArray
from support.feeders import random_feeder

TIE_BREAK = 0.5
EXACT = SolverSettings(tolerance=1e-11)
FEEDERS: dict[str, dict[str, Any]] = {
    "reactive power given, lines bind": {"reactive": True, "tight": 0.75},
    "voltages bind": {"reactive": True, "band": (0.985, 1.012)},
    "reactive power decided": {"devices": "every kind", "reactive": True, "tight": 0.7},
    "elastic": {"reactive": True, "tight": 0.3, "band": (0.993, 1.005), "limits": "elastic"},
}


def _problem(seed: int, fields: dict[str, Any]) -> DispatchProblem:
    """Return everyone's problem without externalities; no two ratings in series are equal."""
    case, rng = random_feeder(seed, tie_break=TIE_BREAK, externalities=False, **fields), np.random.default_rng(seed)
    lines = tuple(replace(one, rating_mva=(one.rating_mva or 0.0) * rng.uniform(0.97, 1.03)) for one in case.grid.lines)
    costs = CostsWithoutExternalities(PreparedCase.of(replace(case, grid=replace(case.grid, lines=lines))))
    family = costs.prepared.family
    return costs.coalition_problem(family.subgraph(family.everyone))


def _forecasts(problem: DispatchProblem, seed: int, count: int = 5) -> list[ComplexArray]:
    """Return forecasts around the problem's own; the reactive part moves on its own, and with it each radius."""
    rng = np.random.default_rng([seed, 9])
    shape = problem.forecast.shape
    factors = [rng.uniform(0.7, 1.25, shape) for _ in range(2 * count)]
    base = problem.forecast
    return [base.real * p + 1j * base.imag * q for p, q in zip(factors[::2], factors[1::2], strict=True)]


def _balanced(forecast: ComplexArray) -> ComplexArray:
    """Return a forecast whose active power nearly sums to nothing, so that batteries can absorb the rest."""
    return forecast - 0.9 * forecast.real.mean(axis=0)


def _outcome(solve: Callable[[], Dispatch]) -> Dispatch | str:
    try:
        return solve()
    except InfeasibleError as error:
        return str(error)


@pytest.mark.parametrize("fields", FEEDERS.values(), ids=FEEDERS)
def test_every_forecast_as_if_alone(fields: dict[str, Any]) -> None:
    """Cost, dispatch, prices and messages are those of a problem built for that forecast alone."""
    solved = bound = 0
    for seed in range(4):
        problem = _problem(seed, fields)
        series = DispatchSeries(problem, EXACT)
        for forecast in map(_balanced, _forecasts(problem, seed)):
            own = replace(problem, forecast=forecast)
            expected, found = _outcome(partial(dispatch, own, EXACT)), _outcome(partial(series.solve, forecast))
            if isinstance(expected, str) or isinstance(found, str):
                assert found == expected
                continue
            assert np.array_equal(found.problem.forecast, forecast)
            assert found.solution.cost == pytest.approx(expected.solution.cost, rel=1e-7, abs=1e-7)
            assert found.flexible_mva == pytest.approx(expected.flexible_mva, abs=2e-5)
            assert found.flexibility_cost == pytest.approx(expected.flexibility_cost, abs=1e-3)
            assert found.nodal_prices == pytest.approx(
                expected.nodal_prices, abs=1e-5 * np.abs(expected.nodal_prices).max()
            )
            solved += 1
            bound += _binds(expected)
    assert solved >= 8
    if "tight" in fields:
        assert bound >= 4, "no line binds: nothing was tested"


def _binds(solved: Dispatch) -> bool:
    grid = solved.problem.grid
    return bool(np.any(np.abs(solved.ex_ante_flows_mva[1:]) > grid.rating_mva[1:, None] * (1 - 1e-6)))


def test_the_order_of_forecasts_doesn_t_matter() -> None:
    """Bit for bit, in either order, and with an infeasible forecast in between."""
    problem = _problem(0, FEEDERS["reactive power given, lines bind"])
    one, other = map(_balanced, _forecasts(problem, 0, 2))
    series = DispatchSeries(problem)
    first = [series.solve(one), series.solve(other)]
    with pytest.raises(InfeasibleError):
        series.solve(np.full(problem.forecast.shape, 50.0 + 0.0j))
    series.solve(other)
    second = [series.solve(one), series.solve(other)]
    alone = [DispatchSeries(problem).solve(forecast) for forecast in (one, other)]
    for a, b, c in zip(first, second, alone, strict=True):
        assert np.array_equal(a.flexible_mva, b.flexible_mva)
        assert np.array_equal(a.flexible_mva, c.flexible_mva)
        assert np.array_equal(a.nodal_prices, b.nodal_prices)
        assert np.array_equal(a.nodal_prices, c.nodal_prices)


def test_market_problems_are_refused() -> None:
    """Which of their exchanges are taxed linearly depends on the forecast."""
    costs = costs_of(random_feeder(1))
    assert isinstance(costs, CostsWithExternalities)
    partition = next(iter(costs.prepared.family.enumerate()))
    with pytest.raises(ValueError, match="market problem"):
        DispatchSeries(costs.problem(partition))
