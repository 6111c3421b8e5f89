"""Forecasts dispatched together against forecasts dispatched one by one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lempart.conic import SolverSettings
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, PreparedCase, costs_of
from lempart.dispatch import Dispatch, DispatchBatch, DispatchProblem, DispatchSeries, dispatch
from lempart.errors import InfeasibleError, SolverError
from lempart.typing import ComplexArray
from support.feeders import random_feeder

TIE_BREAK = 0.5
EXACT = SolverSettings(tolerance=1e-11)
FEEDERS: dict[str, dict[str, Any]] = {
    "no reactive power": {"tight": 0.8},
    "reactive power given, lines bind": {"reactive": True, "tight": 0.75},
    "voltages bind": {"reactive": True, "band": (0.985, 1.012)},
    "reactive power decided": {"devices": "every kind", "reactive": True, "tight": 0.7},
    "tax on active power": {"reactive": True, "tight": 0.75, "tax_on": "active"},
    "elastic": {"reactive": True, "tight": 0.3, "band": (0.993, 1.005), "limits": "elastic"},
}
DRAWS = 10


def _market(seed: int, fields: dict[str, Any]) -> DispatchProblem:
    costs = costs_of(random_feeder(seed, tie_break=TIE_BREAK, **fields))
    assert isinstance(costs, CostsWithExternalities)
    return costs.problem(costs.prepared.family.sample(np.random.default_rng(seed)))


def _alone(seed: int, fields: dict[str, Any]) -> DispatchProblem:
    costs = CostsWithoutExternalities(
        PreparedCase.of(random_feeder(seed, tie_break=TIE_BREAK, externalities=False, **fields))
    )
    family = costs.prepared.family
    return costs.coalition_problem(family.subgraph(family.everyone))


def _forecasts(problem: DispatchProblem, seed: int, count: int = DRAWS) -> ComplexArray:
    """Return forecasts around the problem's own; without externalities batteries can absorb them."""
    rng = np.random.default_rng([seed, 9])
    shape = (count, *problem.forecast.shape)
    base = problem.forecast
    found = base.real * rng.uniform(0.7, 1.25, shape) + 1j * base.imag * rng.uniform(0.7, 1.25, shape)
    if problem.balance != "market":
        found = found - 0.9 * found.real.mean(axis=1, keepdims=True)
    return np.asarray(found)


def _problems(fields: dict[str, Any]) -> Iterator[tuple[DispatchProblem, ComplexArray]]:
    for seed in range(3):
        for problem in (_market(seed, fields), _alone(seed, fields)):
            yield problem, _forecasts(problem, seed)


def _expected(problem: DispatchProblem, forecast: ComplexArray) -> Dispatch | InfeasibleError:
    try:
        return dispatch(replace(problem, forecast=forecast), EXACT)
    except InfeasibleError as error:
        return error


def _has_kink(solved: Dispatch) -> bool:
    """Return whether an exchange is zero, so that prices aren't unique."""
    exchanges = solved.problem.exchanges
    return exchanges is not None and bool(np.abs(exchanges.matrix @ solved.ex_ante_flows_mva).min() < 1e-3)


@pytest.mark.parametrize("fields", FEEDERS.values(), ids=FEEDERS)
def test_every_forecast_as_if_alone(fields: dict[str, Any]) -> None:
    """Cost, dispatch, prices and messages are those of a problem built for that forecast, in markets and alone.

    Most draws are solved by the batch itself, and some that aren't feasible are among them where lines are tight.
    """
    by_batch = draws = priced = apart = 0
    for problem, forecasts in _problems(fields):
        batch = DispatchBatch(problem, EXACT).solve_many(forecasts)
        prices = batch.nodal_prices()
        for draw, forecast in enumerate(forecasts):
            expected = _expected(problem, forecast)
            if isinstance(expected, InfeasibleError):
                assert str(batch.errors[draw]) == str(expected)
                assert np.isnan(batch.flexible_mva[draw]).all()
                with pytest.raises(InfeasibleError):
                    batch[draw]
                continue
            found, size = batch[draw], np.abs(expected.nodal_prices).max()
            assert np.array_equal(found.problem.forecast, forecast)
            assert found.solution.cost == pytest.approx(expected.solution.cost, rel=1e-7, abs=1e-7)
            assert batch.flexible_mva[draw] == pytest.approx(expected.flexible_mva, abs=5e-4)
            assert batch.flexibility_cost[draw] == pytest.approx(expected.flexibility_cost, abs=5e-3)
            assert np.array_equal(found.flexible_mva, batch.flexible_mva[draw])
            assert found.nodal_prices == pytest.approx(prices[draw], abs=1e-9 * size)
            if not _has_kink(expected):
                priced += prices[draw].size
                apart += int(np.sum(np.abs(prices[draw] - expected.nodal_prices) > 1e-3 * size))
            by_batch += found.solution.solver == "batch"
            draws += 1
    assert draws >= 20
    assert by_batch >= 0.95 * draws
    assert priced >= 200
    # A device and a line at their limits at once leave a price open, as an exchange of zero does.
    assert apart <= 0.02 * priced


@pytest.mark.parametrize("make", [_market, _alone])
def test_a_draw_does_not_depend_on_the_others(make: Any) -> None:
    """Bit for bit: alone, backwards, in a fresh batch, beside draws that are infeasible or exceed other limits."""
    problem = make(0, FEEDERS["voltages bind"])
    forecasts = _forecasts(problem, 0, 12)
    mixed = forecasts.copy()
    mixed[::3] = 50.0
    one = DispatchBatch(problem)
    together, backwards = one.solve_many(forecasts), one.solve_many(forecasts[::-1])
    beside, alone = one.solve_many(mixed), DispatchBatch(problem).solve_many(forecasts[4:5])
    kept = np.flatnonzero(np.arange(12) % 3 != 0)
    for name in ("flexible_mva", "flexibility_cost"):
        every = getattr(together, name)
        assert np.isfinite(every[kept]).all()
        assert np.array_equal(every, getattr(backwards, name)[::-1], equal_nan=True)
        assert np.array_equal(every[4:5], getattr(alone, name), equal_nan=True)
        assert np.array_equal(every[kept], getattr(beside, name)[kept], equal_nan=True)
    assert np.array_equal(together.nodal_prices()[4:5], alone.nodal_prices())
    assert beside.counts.infeasible >= 4


def test_limits_that_typical_forecasts_do_not_meet_hold_all_the_same() -> None:
    """Limits learned from hardly any power are none: draws that exceed them are solved again, and counted."""
    problem = _market(0, {"reactive": True, "band": (0.985, 1.012)})
    forecasts = _forecasts(problem, 0)
    unaware = DispatchBatch(problem, EXACT, typical=1e-3 * problem.forecast[None]).solve_many(forecasts)
    aware = DispatchBatch(problem, EXACT, typical=forecasts).solve_many(forecasts)
    assert unaware.counts.widened >= 3
    assert aware.counts.widened == 0
    solved = [draw for draw in range(DRAWS) if aware.errors[draw] is None]
    assert len(solved) >= 5
    for draw in solved:
        assert unaware.flexible_mva[draw] == pytest.approx(aware.flexible_mva[draw], abs=1e-4)


def test_limits_of_devices_are_left_out_and_hold_all_the_same() -> None:
    """Typical forecasts of hardly any power leave batteries their room; draws that use it up are solved again."""
    problem = _alone(0, {})
    forecasts = 2 * _forecasts(problem, 0)
    batch = DispatchBatch(problem, EXACT, typical=1e-3 * _forecasts(problem, 1, 16))
    found = batch.solve_many(forecasts)
    assert found.counts.widened + found.counts.alone >= 3
    expected = [_expected(problem, forecast) for forecast in forecasts]
    costs = [(found[d].solution.cost, e.solution.cost) for d, e in enumerate(expected) if isinstance(e, Dispatch)]
    assert len(costs) >= 5
    assert all(mine == pytest.approx(theirs, rel=1e-7, abs=1e-7) for mine, theirs in costs)


def test_what_the_batch_does_not_solve_the_library_solves_and_it_is_counted() -> None:
    """With a tolerance that no batch meets every draw is solved alone, to the same answer."""
    problem = _market(2, FEEDERS["voltages bind"])
    forecasts = _forecasts(problem, 2, 4)
    strict = DispatchBatch(problem, EXACT, accepted=0.0).solve_many(forecasts)
    normal = DispatchBatch(problem, EXACT).solve_many(forecasts)
    feasible = 4 - strict.counts.infeasible
    assert feasible >= 2
    assert (strict.counts.alone, strict.counts.fallback_share) == (feasible, 1.0)
    assert (normal.counts.alone, normal.counts.fallback_share) == (0, 0.0)
    assert strict.flexible_mva == pytest.approx(normal.flexible_mva, abs=5e-4, nan_ok=True)


def test_what_no_solver_solves_is_an_error_of_the_draw() -> None:
    """A limit of one step and a tolerance of nothing leave no answer, and no number."""
    problem = _market(1, FEEDERS["reactive power given, lines bind"])
    settings = SolverSettings(accepted=1e-30, iterations=200)
    batch = DispatchBatch(problem, settings, accepted=0.0).solve_many(_forecasts(problem, 1, 2))
    assert batch.counts.failed == 2
    assert all(isinstance(error, SolverError) for error in batch.errors)
    assert np.isnan(batch.flexible_mva).all()
    assert np.isnan(batch.nodal_prices()).all()


def test_prices_are_minus_the_derivative_of_the_cost() -> None:
    """Central differences of the optimal cost by an injection, all of them solved in one batch."""
    problem = _market(2, FEEDERS["voltages bind"])
    step, base = 1e-3, _forecasts(problem, 2, 1)[0]
    moves = [(m, t, part) for m in range(base.shape[0]) for t in range(base.shape[1]) for part in (1.0, 1j)]
    moved = np.repeat(base[None], 2 * len(moves) + 1, axis=0)
    for place, (m, t, part) in enumerate(moves):
        moved[2 * place, m, t] += step * part
        moved[2 * place + 1, m, t] -= step * part
    batch = DispatchBatch(problem, EXACT).solve_many(moved)
    costs = np.array([each.solution.cost for each in batch])
    prices, leaf = batch.nodal_prices()[-1], problem.grid.tree.leaf
    compared = 0
    for place, (m, t, part) in enumerate(moves):
        up, down = costs[2 * place], costs[2 * place + 1]
        right, left = ((c - costs[-1]) / step / problem.step_hours for c in (up, down))
        if abs(right + left) > 1.0:
            continue  # a kink
        price = prices[leaf[m], t]
        expected = price.real if part == 1.0 else price.imag
        assert (down - up) / (2 * step) / problem.step_hours == pytest.approx(expected, abs=0.5)
        compared += 1
    assert compared > len(moves) / 2
    assert np.ptp(prices.real) > 1.0


def test_a_series_gives_the_same_kind_of_result() -> None:
    """The library's way has the same arrays and errors, and counts every draw as solved alone."""
    problem = _alone(0, FEEDERS["voltages bind"])
    forecasts = _forecasts(problem, 0, 4)
    forecasts[1] = 50.0
    one, other = (
        DispatchSeries(problem, EXACT).solve_many(forecasts),
        DispatchBatch(problem, EXACT).solve_many(forecasts),
    )
    assert one.flexible_mva == pytest.approx(other.flexible_mva, abs=1e-4, nan_ok=True)
    assert [str(error) for error in one.errors] == [str(error) for error in other.errors]
    assert one.counts.alone == 4 - one.counts.infeasible
    assert one.counts.infeasible >= 1
    assert len(one) == 4


def test_without_numba_the_error_says_what_to_install() -> None:
    """In a process of its own in which numba can't be imported; everything else works there."""
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "import lempart.dispatch, lempart.cost\n"
        "from lempart.errors import UsageError\n"
        "try:\n    import lempart.conic.batch\n"
        "except UsageError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "lempart[batch]"' in done.stdout


def test_numba_is_not_imported_by_the_package() -> None:
    """Only a batch that is solved needs it: imports stay fast."""
    code = "import sys, lempart, lempart.dispatch, lempart.cost, lempart.cli; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
