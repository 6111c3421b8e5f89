"""What prosumers would pay at a price, from programs built once, against a dispatch written down anew each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import Battery, Case
from lempart.cost import CostsWithoutExternalities, PreparedCase
from lempart.cost.bounds.price_takers import PriceTakers
from lempart.cost.equations.edge_allocation import injection_prices
from lempart.dispatch import DispatchProblem, Tariffs, dispatch
from lempart.grid import RadialGrid
from lempart.tree import Tree
from lempart.typing import ComplexArray, FloatArray
from support.feeders import random_feeder

BATTERY = Battery(energy_mwh=4.0, power_mw=2.0, cost_per_mwh=10.0)


def feeder(seed: int, **fields: object) -> Case:
    return random_feeder(seed, prosumers=5, devices="every kind", externalities=False, **fields)  # type: ignore[arg-type]


def written_down(prepared: PreparedCase, chosen: list[int], price: ComplexArray) -> FloatArray:
    """Return the same from one dispatch of the chosen on a grid without limits that trades at the price."""
    case, none = prepared.case, np.zeros(len(chosen) + 1)
    free = np.full(len(chosen) + 1, np.inf)
    tree = Tree.of([-1] + [0] * len(chosen), range(1, len(chosen) + 1))
    forecast = case.scenario.forecast[chosen]
    solved = dispatch(
        DispatchProblem(
            grid=RadialGrid(tree, tuple(map(str, range(len(none)))), none, none, free, -free, free),
            prosumers=tuple(case.prosumers[m] for m in chosen),
            forecast=forecast,
            step_hours=case.horizon.step_hours,
            tariffs=Tariffs(price, np.zeros(len(price)), none, none),
            exchanges=None,
            balance="market",
            limits=case.dispatch.limits,
            tie_break=prepared.tie_break,
        )
    )
    sold = (price.conj() * (forecast + solved.flexible_mva)).real.sum(axis=1) * case.horizon.step_hours
    value: FloatArray = solved.flexibility_cost - sold
    return value


@pytest.mark.parametrize("seed", range(8))
def test_any_prosumers_at_any_price(seed: int) -> None:
    """Every kind of device, alone and together, in any order, twice over, also at no price at all."""
    drawn = feeder(seed, reactive=seed % 2 == 0, limits=["hard", "elastic"][seed // 2 % 2])
    prepared = PreparedCase.of(drawn)
    takers, rng = PriceTakers(prepared), np.random.default_rng(seed)
    steps = drawn.horizon.steps
    for chosen in ([3], [0, 2, 4], [4, 1], [0, 1, 2, 3, 4]):
        for size in (80.0, 0.0):
            price = size * (rng.normal(size=steps) + 0.2j * rng.normal(size=steps))
            expected = written_down(prepared, chosen, price)
            unit = max(1.0, float(np.abs(expected).max()))
            assert takers.values(chosen, price) == pytest.approx(expected, abs=1e-6 * unit)
    assert takers.values([], np.zeros(steps, dtype=complex)).size == 0


@pytest.mark.parametrize("seed", range(6))
def test_prices_read_from_the_duals(seed: int) -> None:
    """They are those of the map of all nodal prices; reactive ones at the boundary, elsewhere where they're decided."""
    drawn = feeder(seed, reactive=True, band=(0.98, 1.015), tight=0.9)
    if seed % 2:  # nobody decides about reactive power
        people = (replace(p, flexibility=(BATTERY,)) for p in drawn.prosumers)
        drawn = replace(drawn, prosumers=tuple(people))
    costs = CostsWithoutExternalities(PreparedCase.of(drawn))
    given = set()
    for mask in costs.prepared.family.subcoalitions(costs.prepared.family.everyone):
        solved = costs.last_dispatch(mask)
        if solved is None:
            continue
        given.add(solved.model.reactive_is_fixed)
        prices, all_prices = injection_prices(solved), solved.nodal_prices
        unit = max(1.0, float(np.abs(all_prices).max()))
        assert prices.real == pytest.approx(all_prices.real, abs=1e-9 * unit)
        rows = [0] if solved.model.reactive_is_fixed else slice(None)
        assert prices[rows].imag == pytest.approx(all_prices[rows].imag, abs=1e-9 * unit)
    assert given == {True} if seed % 2 else False in given
