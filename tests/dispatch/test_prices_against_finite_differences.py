"""Nodal prices against central differences of the optimal cost by an injection, taken on the cvxpy twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lempart.case import Case, Convex
from lempart.cost import CostsWithExternalities, costs_of
from lempart.dispatch import Dispatch, dispatch
from lempart.errors import InfeasibleError
from lempart.partition import Partition
from support.cases import case as tiny_case
from support.cases import line, prosumer
from support.feeders import random_feeder
from support.paper_model import ExAnte, ex_ante

TIE_BREAK = 0.5
STEP_MW = 2e-3
FEEDERS: dict[str, dict[str, Any]] = {
    "no reactive power": {"tight": 0.7},
    "reactive power given, lines bind": {"reactive": True, "tight": 0.85},
    "reactive power given, voltages bind": {"reactive": True, "band": (0.985, 1.012)},
    "reactive power decided": {"devices": "every kind", "reactive": True, "tight": 0.8, "band": (0.985, 1.012)},
    "tax on active power": {"reactive": True, "tight": 0.85, "tax_on": "active"},
    "elastic": {"reactive": True, "tight": 0.3, "band": (0.993, 1.005), "limits": "elastic"},
}


def _solved(seed: int, fields: dict[str, Any]) -> tuple[Case, CostsWithExternalities, Partition, Dispatch] | None:
    case = random_feeder(seed, steps=2, tie_break=TIE_BREAK, **fields)
    costs = costs_of(case)
    assert isinstance(costs, CostsWithExternalities)
    partition = costs.prepared.family.sample(np.random.default_rng(seed))
    try:
        return case, costs, partition, dispatch(costs.problem(partition))
    except InfeasibleError:
        return None


def _slopes(twin: ExAnte, bus: str, power: np.ndarray) -> tuple[float, float, float]:
    """Return minus the derivative of the optimal cost: from the right, from the left, centred; per hour."""
    costs = [twin.solve(bus, sign * power).cost for sign in (-1.0, 0.0, 1.0)]
    step = float(np.abs(power).sum()) * twin.case.horizon.step_hours
    return (costs[1] - costs[2]) / step, (costs[0] - costs[1]) / step, (costs[0] - costs[2]) / (2 * step)


@pytest.mark.parametrize("fields", FEEDERS.values(), ids=FEEDERS)
def test_prices_are_minus_the_derivative_of_the_cost(fields: dict[str, Any]) -> None:
    """``lambda_n`` of leaves and inner nodes, active and reactive, sign and scale included.

    Points at which the two one-sided differences disagree are kinks, where no derivative exists.
    """
    compared = {"leaf": 0, "inner": 0, "active": 0, "reactive": 0, "unlike the PCC": 0}
    for seed in range(5):
        found = _solved(seed, fields)
        if found is None:
            continue
        case, costs, partition, solved = found
        grid = costs.prepared.grid
        coalitions = [costs.prepared.family.prosumers(mask) for mask in partition]
        rng = np.random.default_rng(seed)
        leaves = set(grid.tree.leaf.tolist())
        inner = [n for n in range(1, grid.node_count) if n not in leaves]
        nodes = [*rng.choice(sorted(leaves), 2, replace=False), *(rng.choice(inner, 1) if inner else [])]
        twin = ex_ante(case, coalitions, TIE_BREAK, [grid.names[node] for node in nodes])
        for node in nodes:
            for unit in (1.0, 1j):
                step = int(rng.integers(case.horizon.steps))
                power = np.zeros(case.horizon.steps, dtype=complex)
                power[step] = STEP_MW * unit
                right, left, centre = _slopes(twin, grid.names[node], power)
                if abs(right - left) > 0.2:
                    continue
                price = complex(solved.nodal_prices[node, step])
                value = price.real if unit == 1.0 else price.imag
                assert value == pytest.approx(centre, abs=max(2e-3, 0.6 * abs(right - left))), (
                    seed,
                    node,
                    step,
                    unit,
                )
                compared["leaf" if node in leaves else "inner"] += 1
                compared["active" if unit == 1.0 else "reactive"] += 1
                at_pcc = solved.nodal_prices[0, step]
                compared["unlike the PCC"] += abs(price - at_pcc) > 0.1
    assert min(compared.values()) >= 2, compared


@pytest.mark.parametrize("fields", FEEDERS.values(), ids=FEEDERS)
def test_the_price_at_the_pcc_is_the_market_price(fields: dict[str, Any]) -> None:
    """``lambda_0`` is the dual of Eq 1b at the PCC, because the revenue is booked on the flow there.

    Booked on the sum of injections, as Eq 3 prints it, this dual would be 0.
    """
    solved_any = False
    for seed in range(3):
        found = _solved(seed, fields)
        if found is None:
            continue
        case, _, _, solved = found
        market = case.market
        wanted = market.price_per_mwh + 1j * market.reactive_price_per_mvarh
        assert solved.nodal_prices[0] == pytest.approx(wanted, abs=1e-6)
        solved_any = True
    assert solved_any


def test_the_reactive_price_feels_the_line_limit() -> None:
    """With given reactive power the limit on P shrinks as Q grows: without that term the price of Q would be wrong.

    One prosumer exports cheap flexible power over a line of 1.0 MVA that carries 0.6 Mvar, so P <= 0.8. More Q by
    dq leaves 0.75 dq less P (slope Q/P = 0.6/0.8), each worth 50 - 10 = 40 CHF/MWh: lambda_Q = -30 CHF/Mvarh.
    """
    cheap = Convex(np.zeros(1), np.full(1, 1.0), cost_per_mwh=np.full(1, 10.0))
    grid = [line("root", "a", rating=1.0)]
    given = tiny_case(grid, [prosumer("A", "a", cheap)], {"A": [0.6j]}, price_per_mwh=50.0, tie_break=1e-7)
    costs = costs_of(given)
    assert isinstance(costs, CostsWithExternalities)
    solved = dispatch(costs.problem(Partition.of([1])))
    assert solved.flexible_mva[0, 0] == pytest.approx(0.8, abs=1e-6)
    assert solved.nodal_prices[1, 0] == pytest.approx(10.0 - 30.0j, abs=1e-4)
