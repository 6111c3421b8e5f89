"""Partitions with losses dispatched together, passes and all, against one dispatch of the whole grid each."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from cost.test_together_against_one_by_one import _differ, _some
from lempart import costs_of
from lempart.case import Case
from lempart.conic.kkt import kkt_residuals
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.routes import whole_grid
from lempart.cost.routes.taxable import flows_to_tax
from lempart.cost.routes.whole_grid import WholeGrid
from lempart.cost.scenarios import Scenarios
from lempart.dispatch import DispatchTogether, dispatch
from support.feeders import random_feeder
from support.nasty_cases import nasty_case

CASES = int(os.environ.get("LEMPART_CASES", "3"))

pytestmark = pytest.mark.usefixtures("_small_cases_together")


@pytest.fixture
def _small_cases_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have cases of two players dispatched together, too."""
    monkeypatch.setattr(whole_grid, "FEWEST_PLAYERS", 2)


def _compared(case: Case) -> tuple[int, int]:
    """Return how many partitions were dispatched together, and how many of them with shifted limits."""
    prepared = PreparedCase.of(case)
    scenarios, size = Scenarios.of(prepared), prepared.turnover(prepared.family.everyone)
    together, alone = WholeGrid(scenarios), WholeGrid(scenarios, one_by_one=True)
    chosen = _some(prepared)
    found = [one for one in together._dispatched(chosen) if one is not None]
    for mine, partition in zip(together.costs_if_any(chosen), chosen, strict=True):
        twin = alone.costs_if_any([partition])[0]
        assert (mine is None) == (twin is None), partition
        if mine is None or twin is None or mine.tie_open or twin.tie_open:
            continue
        assert _differ(mine, twin) < 2e-6 * size, partition
        assert mine.parts is not None
        assert twin.parts is not None
        assert mine.parts.as_dict() == pytest.approx(twin.parts.as_dict(), abs=2e-6 * size)
    shifted = sum(one.problem.losses is not None and one.problem.losses.shift is not None for one in found)
    return len(found), shifted


@pytest.mark.parametrize("seed", range(CASES))
def test_nasty_cases(seed: int) -> None:
    """Devices of all kinds, groups, carried customers, hard and elastic limits: costs agree."""
    case = nasty_case(seed, prosumers=(4, 5))
    assert _compared(replace(case, market=replace(case.market, losses="priced")))[0]


@pytest.mark.parametrize("seed", range(CASES))
def test_feeders_whose_limits_bind(seed: int) -> None:
    """Lines and voltages at their limits, reactive power decided, given or none, by either rule: costs agree."""
    found, shifted = _compared(
        random_feeder(
            seed,
            tight=0.9,
            band=(0.97, 1.03),
            devices=("batteries", "every kind")[seed // 2 % 2],
            reactive=seed % 2 == 0,
            limits=("hard", "elastic")[seed // 3 % 2],
            loss_pricing=("average", "marginal")[seed % 2],
            losses="priced",
        )
    )
    assert found
    assert shifted


@pytest.mark.parametrize("seed", [5, 6])
def test_dispatches_that_begin_without_limits(seed: int) -> None:
    """Given reactive flows, limits at no step at first: answers meet KKT, and prices are those of one dispatch each."""
    given = random_feeder(
        seed, tight=0.8, band=(0.97, 1.03), reactive=True, tie_break=0.3, tax_per_mwh=5.0, losses="priced"
    )
    prepared, costs = PreparedCase.of(given), costs_of(given)
    flows, chosen = flows_to_tax(prepared), _some(prepared)[:4]
    assert flows is not None
    problems = [costs.problems(partition)[0] for partition in chosen]
    exchanges = [problem.exchanges for problem in problems if problem.exchanges is not None]
    begun = replace(problems[0], line_steps=(), voltage_steps=())
    shifted = 0
    for mine, problem in zip(DispatchTogether(begun, flows, exchanges).dispatch(exchanges), problems, strict=True):
        assert mine is not None
        alone = dispatch(problem)
        assert kkt_residuals(mine.solution).worst < 1e-7
        assert mine.solution.cost == pytest.approx(alone.solution.cost, rel=1e-7)
        assert mine.flexible_mva == pytest.approx(alone.flexible_mva, abs=1e-5)
        assert mine.nodal_prices == pytest.approx(alone.nodal_prices, abs=1e-3)
        assert alone.problem.losses is not None
        shifted += alone.problem.losses.shift is not None
    assert shifted


def test_a_cost_does_not_depend_on_the_others() -> None:
    """Bit for bit: alone, beside others, in another order, after others."""
    prepared = PreparedCase.of(random_feeder(1, tight=0.9, band=(0.97, 1.03), losses="priced"))
    scenarios, chosen = Scenarios.of(prepared), _some(prepared)
    found = WholeGrid(scenarios).costs_if_any(chosen)
    other = WholeGrid(scenarios)
    assert other.costs_if_any(chosen[::-1])[::-1] == found
    assert [other.cost(partition) for partition in chosen[:3]] == found[:3]
    assert [WholeGrid(scenarios).cost(chosen[0])] == found[:1]
