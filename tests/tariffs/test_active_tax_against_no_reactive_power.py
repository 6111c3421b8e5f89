"""A tax on active power alone: reactive power, where nothing limits it, then pays its own price and changes no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lempart import solve
from lempart.case import Case, Scenario
from lempart.cost import CostsWithExternalities, PartitionSeries, PreparedCase
from lempart.partition import Partition
from support.bills import amounts
from support.cases import case, line, prosumer
from support.feeders import random_feeder


def _feeder(seed: int, **fields: Any) -> Case:
    """Return a feeder with reactive power and lines that nothing fills; every third has prices for reactive power."""
    options: dict[str, Any] = {"prosumers": 4 + seed % 2, "reactive": True, "band": None, "tax_on": "active", **fields}
    given = random_feeder(seed, **options)
    lines = tuple(replace(one, rating_mva=None) for one in given.grid.lines)
    price = given.market.reactive_price_per_mvarh * (seed % 3 == 0)
    return replace(
        given,
        grid=replace(given.grid, lines=lines),
        market=replace(given.market, reactive_price_per_mvarh=price, imbalance_penalty_per_mwh=0.0 * price),
    )


def _without_reactive_power(given: Case) -> Case:
    scenario = given.scenario
    market = replace(given.market, tax_on="apparent", reactive_price_per_mvarh=np.zeros(given.horizon.steps))
    return replace(given, scenario=Scenario(scenario.forecast.real, scenario.realization.real), market=market)


def _reactive_bills(given: Case, costs: CostsWithExternalities, partition: Partition) -> list[float]:
    worth = (given.market.reactive_price_per_mvarh * given.scenario.realization.imag).sum(axis=1)
    family = costs.prepared.family
    return [-float(worth[list(family.prosumers(mask))].sum()) * given.horizon.step_hours for mask in partition]


@pytest.mark.parametrize("join", [True, False])
def test_bills_are_those_without_reactive_power(join: bool) -> None:
    """Proves every bill, by clusters and by one dispatch of the grid; by the modulus they would be others."""
    apart = 0.0
    for seed in range(6):
        given = _feeder(seed, single_boundary=seed % 2 == 0)
        here = CostsWithExternalities(PreparedCase.of(given), join=join)
        there = CostsWithExternalities(PreparedCase.of(_without_reactive_power(given)), join=join)
        market = replace(given.market, tax_on="apparent")
        modulus = CostsWithExternalities(PreparedCase.of(replace(given, market=market)), join=join)
        for partition in list(here.prepared.family.enumerate())[:6]:
            found, expected = here.partition(partition), there.partition(partition)
            reactive = _reactive_bills(given, here, partition)
            for own, other, more in zip(found.coalitions, expected.coalitions, reactive, strict=True):
                assert own.total == pytest.approx(other.total + more, abs=2e-6 * max(1.0, abs(found.total)))
            apart = max(apart, abs(modulus.total(partition) - found.total))
        found_bounds = here.partition_bounds
        for partition in list(here.prepared.family.enumerate())[:6]:
            bound = found_bounds.floor + sum(map(found_bounds.sharp_excess, partition))
            assert bound <= here.total(partition) + 1e-6 * max(1.0, abs(here.total(partition)))
    assert apart > 1.0


def test_joined_agrees_with_coupled_where_limits_bind() -> None:
    """Proves the parts of every bill alike by clusters and by the whole grid, where lines are loose, near, and full."""
    joined = 0
    for seed in range(9):
        options: dict[str, Any] = {
            "devices": ("batteries", "every kind")[seed % 2],
            "tight": (None, 1.02, 0.9)[seed % 3],
        }
        given = random_feeder(seed, prosumers=4, reactive=True, tax_on="active", **options)
        fast, slow = (CostsWithExternalities(PreparedCase.of(given), join=join) for join in (True, False))
        for partition in list(fast.prepared.family.enumerate())[:4]:
            here, there = fast.partition(partition), slow.partition(partition)
            assert amounts(here) == pytest.approx(amounts(there), abs=2e-6 * max(1.0, abs(there.total)))
        joined += fast.joined
    assert joined > 5


def test_draws_cost_what_each_costs() -> None:
    """Proves batches of draws against one case at a time."""
    for seed in range(3):
        given = _feeder(seed, devices="batteries")
        prepared, rng = PreparedCase.of(given), np.random.default_rng(seed)
        forecasts = given.scenario.forecast * rng.uniform(0.5, 1.2, (3, *given.scenario.forecast.shape))
        actual = forecasts * rng.uniform(0.8, 1.2, forecasts.shape)
        partitions = list(prepared.family.enumerate())[:3]
        for expected in (1, 10_000):
            series = PartitionSeries(prepared, draws=expected).at(forecasts, actual)
            for partition in partitions:
                found = series.costs(partition)
                for draw, one in enumerate(zip(forecasts, actual, strict=True)):
                    alone = replace(prepared, case=replace(given, scenario=Scenario(*one)))
                    total = CostsWithExternalities(alone).total(partition)
                    assert found.draw(draw).total == pytest.approx(total, rel=1e-6, abs=1e-5)


def test_searches_agree() -> None:
    """Proves that bounds leave the answer what Algorithm 1 finds."""
    for seed in (1, 4):
        given = _feeder(seed)
        every, few = solve(given, "exhaustive").search, solve(given, "bounded").search
        assert few.proven
        assert few.optimal[0].total == pytest.approx(every.optimal[0].total, rel=1e-6)
        assert {item.partition for item in few.optimal_stable} == {item.partition for item in every.optimal_stable}


def test_shares_of_a_bill_by_hand() -> None:
    """A takes 3 kW and 3 kvar, tax 100: 0.3 and not 0.42, for a home and on its bill."""
    lines = [line("root", "hub"), line("hub", "a"), line("hub", "b")]
    people = [prosumer("A", "a"), prosumer("B", "b")]
    given = case(lines, people, {"A": [-0.003 - 0.003j], "B": [0.0]}, tax_per_mwh=100.0, tax_on="active")
    solved = solve(given)
    cost = solved.costs.partition("A|B")  # type: ignore[attr-defined]
    assert cost.coalitions[0].parts.tax == pytest.approx(0.3, abs=1e-9)
    assert cost.coalitions[0].total == pytest.approx(0.3, abs=1e-9)
    assert solved.bills("by-energy", "A|B")["A"].parts.tax == pytest.approx(0.3, abs=1e-9)
