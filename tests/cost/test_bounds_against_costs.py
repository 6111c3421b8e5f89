"""Additive lower bounds with externalities hold on every partition, and are exact where they say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import Case, Curtailment
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.cost.bounds.additive import PartitionBounds
from lempart.partition import Partition, members
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder, wide_feeder


def _without_limits(given: Case) -> Case:
    lines = tuple(replace(item, rating_mva=None) for item in given.grid.lines)
    return replace(given, grid=replace(given.grid, lines=lines, voltage_band_pu=None))


def _costs(given: Case) -> CostsWithExternalities:
    return CostsWithExternalities(PreparedCase.of(given))


def _bounded(bounds: PartitionBounds, coalitions: tuple[int, ...]) -> float:
    quick, sharp = [bounds.excess(c) for c in coalitions], [bounds.sharp_excess(c) for c in coalitions]
    assert all(0.0 <= a <= b for a, b in zip(quick, sharp, strict=True))
    return bounds.floor + sum(sharp)


def test_bounds_hold_on_every_partition() -> None:
    """Proves floor and excess valid with limits that bind, with reactive power, and in both families."""
    carrying = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        given = random_feeder(
            seed,
            prosumers=int(rng.integers(3, 5)),
            devices=("batteries", "every kind")[seed % 2],
            reactive=bool(seed % 3 == 0),
            tight=(None, 1.02, 0.9)[seed % 3],
            band=((0.93, 1.06), (0.98, 1.02))[seed // 2 % 2],
            single_boundary=bool(seed % 4 == 0),
        )
        costs = _costs(given)
        assert not costs.partition_bounds.limits_never_bind
        for partition in costs.prepared.family.enumerate():
            total = costs.total(partition)
            assert _bounded(costs.partition_bounds, partition.coalitions) <= total + 1e-6 * max(1.0, abs(total))
            carrying += any(costs.partition_bounds.excess(mask) > 0.0 for mask in partition)
    assert carrying > 0


def test_own_lines_that_bind_by_hand() -> None:
    """Proves the bound ex-ante: 2 MW behind a line of 1 MVA have to be turned down to 1 MW, which hindsight ignores.

    Turning down costs 50 per MWh, the price is 100, the tax 10: ``50 - 100 + 10 = -40`` for the first home, and the
    second, which misses its forecast of 1 MW by 0.5 MW less, can't do better than ``-100 + 10 + 100 * 0.5 - 10 * 0.5``.
    """
    lines = [line("root", "p1", rating=1.0), line("root", "p2", rating=1.0)]
    people = [prosumer("p1", "p1", Curtailment(np.array([2.0]), 50.0)), prosumer("p2", "p2")]
    given = case(
        lines, people, {"p1": [2.0], "p2": [1.0]}, realization={"p1": [2.0], "p2": [0.5]}, tax_per_mwh=10.0,
        price_per_mwh=100.0,
    )  # fmt: skip
    costs = _costs(given)
    apart = (0b01, 0b10)
    balancing = costs.partition_bounds.by_cluster.balancing
    assert _bounded(costs.partition_bounds, apart) - balancing == pytest.approx(-40.0 - 45.0, abs=1e-3)
    assert costs.total(Partition.of(apart)) - balancing == pytest.approx(-40.0 - 45.0, abs=1e-3)


def test_bounds_are_exact_where_no_limit_can_bind() -> None:
    """Proves the own dispatch exact: with single boundaries and no limit in reach, the bound is the cost."""
    for seed in range(4):
        given = _without_limits(random_feeder(seed, prosumers=4, single_boundary=True, reactive=bool(seed % 2)))
        costs = _costs(given)
        assert costs.partition_bounds.limits_never_bind
        for partition in costs.prepared.family.enumerate():
            total = costs.total(partition)
            assert _bounded(costs.partition_bounds, partition.coalitions) == pytest.approx(total, rel=1e-5)


def test_carrying_a_home_by_hand() -> None:
    """Proves the transit bound: a coalition around a home of 2 MW pays its tax twice, at that node and at the top.

    Everyone consumes, so the direction is that of import: ``10 * (2 + 2) = 40`` at both of the home's hours.
    """
    lines = [
        line("root", "a"),
        line("a", "b"),
        *(line(bus, name) for bus, name in (("a", "p1"), ("a", "p2"), ("b", "p3"))),
    ]
    lines.append(line("b", "p4"))
    people = [prosumer(f"p{i}", f"p{i}") for i in (1, 2, 3, 4)]
    forecast = {"p1": [-1.0, -1.0], "p2": [-2.0, -2.0], "p3": [-1.0, -1.0], "p4": [-1.0, -1.0]}
    costs = _costs(case(lines, people, forecast, tax_per_mwh=10.0))
    around, bounds = 0b1101, costs.partition_bounds  # p2 hangs at bus a, beside the root of nobody: a is the top
    assert bounds.excess(around) == pytest.approx(0.0)
    through = 0b1011  # p3 hangs at bus b, below the coalition's highest node
    assert bounds.excess(through) == pytest.approx(10.0 * 2 * (1.0 + 1.0), rel=1e-6)
    assert bounds.carried(0b0100) == pytest.approx(bounds.excess(through))
    assert members(through) == (0, 1, 3)


def test_carrying_a_home_with_a_battery_by_hand() -> None:
    """Proves that a battery doesn't make carrying free: what it would cost to use it counts.

    The carried home consumes 1 MW, then generates 1 MW, and could store or give as much at 15 per MWh. Alone, at a
    tax of 10 per MWh, it pays 10 + 10. Carried by those who consume, the first MWh is taxed three times and the second
    once in all: the battery covers the first. 15 + 10 is 5 more than alone.
    """
    lines = [line("root", "a"), line("a", "b"), line("a", "p1"), line("a", "p2"), line("b", "p3"), line("b", "p4")]
    people = [prosumer(f"p{i}", f"p{i}", *([battery(1.0, cost_per_mwh=15.0)] if i == 3 else [])) for i in (1, 2, 3, 4)]
    forecast = {"p1": [-3.0, -3.0], "p2": [-3.0, -3.0], "p3": [-1.0, 1.0], "p4": [-3.0, -3.0]}
    costs = _costs(case(lines, people, forecast, tax_per_mwh=10.0, price_per_mwh=0.0))
    assert costs.partition_bounds.carried(0b0100) == pytest.approx(5.0, abs=1e-4)
    assert costs.partition_bounds.excess(0b1011) == pytest.approx(5.0, abs=1e-4)


def test_bounds_hold_on_carried_homes_where_no_limit_can_bind() -> None:
    """Proves that a home's own dispatch isn't taken for what it costs carried by others, who move its dispatch."""
    tight = 0
    for seed in (*range(6), 48):
        costs = _costs(wide_feeder(seed))
        assert costs.partition_bounds.limits_never_bind
        for partition in costs.prepared.family.enumerate():
            total = costs.total(partition)
            bound = _bounded(costs.partition_bounds, partition.coalitions)
            assert bound <= total + 1e-6 * max(1.0, abs(total))
            tight += bound > total - 1e-3 * max(1.0, abs(total))
    assert tight > 10


def test_regular_customers_are_carried_too() -> None:
    """Proves what hangs at a bus counted in full: a regular customer of 1 MW beside the home of 2 MW makes it 3 MW.

    It is known before the coalition is complete, from the home alone. Buses on the way, with a regular customer each,
    don't confuse where the coalition passes.
    """
    pairs = [("root", "a"), ("a", "b"), ("b", "c"), ("a", "p1"), ("a", "p2"), ("b", "p4"), ("b", "r1")]
    lines = [line(*pair) for pair in [*pairs, ("c", "d"), ("d", "p3"), ("c", "r2")]]
    people = [prosumer(f"p{i}", f"p{i}") for i in (1, 2, 3, 4)]
    people += [prosumer(f"r{i}", f"r{i}", player=False) for i in (1, 2)]
    forecast = {name: [-1.0, -1.0] for name in ("p1", "p2", "p4", "r1", "r2")} | {"p3": [-2.0, -2.0]}
    bounds = _costs(case(lines, people, forecast, tax_per_mwh=10.0)).partition_bounds
    through = 0b1011  # p3 and r2 hang below c, r1 at b: 4 MW are carried, there and at the top
    assert bounds.excess(through) == pytest.approx(10.0 * 2 * (4.0 + 4.0), rel=1e-6)
    assert bounds.carried(0b0100) == pytest.approx(bounds.excess(through))


def test_limits_in_reach_of_a_device_are_not_certain() -> None:
    """Proves the certificate: the line holds the forecast, but not the forecast with the battery at full power."""
    given = random_feeder(5, prosumers=3, band=None)
    assert not _costs(given).partition_bounds.limits_never_bind
    idle = replace(given, prosumers=tuple(replace(p, flexibility=()) for p in given.prosumers))
    assert _costs(idle).partition_bounds.limits_never_bind
