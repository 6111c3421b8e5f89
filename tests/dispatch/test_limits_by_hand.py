"""Forecasts that can't be met: what the error says, against amounts worked out by hand, and the ways out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import Battery, Case, Convex, DispatchOptions
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, PartitionCost, costs_of
from lempart.errors import InfeasibleError
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer


def _grand(given: Case) -> PartitionCost:
    costs = costs_of(given)
    return costs.partition(Partition.of([costs.prepared.family.everyone]))


def _overloaded(*, limits: str = "hard", unit: Battery | None = None, **fields: object) -> Case:
    """Return 0.4, 0.9 and 0.8 MW that want to leave over a line of 0.5 MVA."""
    items = () if unit is None else (unit,)
    return case(
        [line("root", "b", rating=0.5), line("b", "n1"), line("root", "n2")],
        [prosumer("P1", "n1", *items), prosumer("P2", "n2")],
        {"P1": [0.4, 0.9, 0.8], "P2": [-0.4, -0.9, -0.8]},
        limits=limits,
        **fields,  # type: ignore[arg-type]
    )


def test_an_overloaded_line_is_named_with_steps_and_amount() -> None:
    """0.9 MW over a line of 0.5 MVA: 0.4 too much, at steps 2 and 3 (counted from 1); the remedy is offered."""
    with pytest.raises(InfeasibleError) as caught:
        _grand(_overloaded())
    message = str(caught.value)
    assert "line root-b by 0.4 MVA (steps 2, 3)" in message
    assert 'limits = "elastic"' in message
    assert "voltage" not in message


def test_the_amount_is_the_least_that_is_missing() -> None:
    """A battery of 0.15 MW takes what it can, however dear: 0.25 MVA are missing at step 2, not 0.4."""
    with pytest.raises(InfeasibleError, match=r"line root-b by 0\.25 MVA \(steps 2, 3\)"):
        _grand(_overloaded(unit=battery(0.15, 10.0, cost_per_mwh=1000.0)))


def test_reactive_power_counts_towards_the_rating() -> None:
    """0.6 MW and 0.8 Mvar are 1 MVA (6-8-10), 0.5 over the rating, at every step; by active power 0.1."""
    given = case(
        [line("root", "b", rating=0.5), line("b", "n1")], [prosumer("P1", "n1")], {"P1": [0.6 + 0.8j, 0.6 + 0.8j]}
    )
    with pytest.raises(InfeasibleError, match=r"line root-b by 0\.5 MVA \(every step\)"):
        _grand(given)


@pytest.mark.parametrize(
    ("power", "text"),
    [
        (2.0, "voltage at n1 upper limit 1.05 p.u. by 0.045 p.u. (step 1)"),
        (-2.0, "voltage at n1 lower limit 0.95 p.u. by 0.056 p.u. (step 1)"),
    ],
)
def test_a_voltage_out_of_its_band_is_named(power: float, text: str) -> None:
    """2 MW over 0.05 p.u.: dv = 0.2, so 1.0954 instead of 1.05 p.u., or 0.8944 instead of 0.95."""
    given = case(
        [line("root", "n1", r=0.05)],
        [prosumer("P1", "n1")],
        {"P1": [power, 0.0]},
        band=(0.95, 1.05),
        line_penalty_per_mvah=1.0,
    )
    with pytest.raises(InfeasibleError) as caught:
        _grand(given)
    assert text in str(caught.value)
    assert "line" not in str(caught.value)


def test_elastic_limits_price_the_excess() -> None:
    """At 200 CHF/MVAh the excess of 0.4 and 0.3 MVA costs 140, and nothing is infeasible."""
    result = _grand(_overloaded(limits="elastic", line_penalty_per_mvah=200.0))
    assert result.parts is not None
    assert result.parts.line == pytest.approx(140.0, abs=1e-4)


@pytest.mark.parametrize(("cost", "line_cost", "flexibility"), [(150.0, 0.0, 105.0), (250.0, 140.0, 0.0)])
def test_elastic_limits_weigh_excess_against_flexibility(cost: float, line_cost: float, flexibility: float) -> None:
    """A battery at 150 CHF/MWh is cheaper than the penalty of 200 and takes all 0.7 MWh; at 250 it rests."""
    unit = battery(cost_per_mwh=cost)
    result = _grand(_overloaded(limits="elastic", unit=unit, line_penalty_per_mvah=200.0))
    assert result.parts is not None
    assert result.parts.line == pytest.approx(line_cost, abs=1e-3)
    assert result.parts.flexibility == pytest.approx(flexibility, abs=1e-3)


def test_elastic_voltages_are_priced_at_the_curtailment_rate() -> None:
    """``alpha / (2 R)``: an excess of dv by 0.1 over a path of 0.05 p.u. is 1 MW too much, and costs 300 an hour.

    2 MW make dv = 0.2 where the band ends at 0.1 (1.0488 p.u.).
    """
    given = case(
        [line("root", "n1", r=0.05)],
        [prosumer("P1", "n1")],
        {"P1": [2.0]},
        band=(0.9, float(np.sqrt(1.1))),
        limits="elastic",
        voltage_penalty="curtailment",
        imbalance_penalty_per_mwh=300.0,
    )
    result = _grand(given)
    assert result.parts is not None
    assert result.parts.voltage == pytest.approx(300.0, abs=1e-6)


@pytest.mark.parametrize("limits", ["hard", "elastic"])
def test_devices_that_contradict_themselves(limits: str) -> None:
    """A load that must take at least 1 MW and may take no more than 0.5 is no matter of the grid's limits."""
    load = Convex(np.full(1, -2.0), np.full(1, -1.0), rows_mw=-np.ones((1, 1)), upper=np.full(1, 0.5))
    given = case([line("root", "n")], [prosumer("P", "n", load)], {"P": [0.0]}, price_per_mwh=10.0, limits=limits)
    with pytest.raises(InfeasibleError) as caught:
        _grand(given)
    assert "limits at the forecast" not in str(caught.value)


def _pair() -> Case:
    """Return P1, who can store, and P2, who can't balance alone, on two lines of 0.5 MVA."""
    return case(
        [line("root", "n1", rating=0.5), line("root", "n2", rating=0.5), line("root", "n3", rating=0.3)],
        [prosumer("P1", "n1", battery(cost_per_mwh=10.0)), prosumer("P2", "n2"), prosumer("P3", "n3")],
        {"P1": [0.0, 0.0], "P2": [0.4, -0.2], "P3": [0.4, 0.0]},
        externalities=False,
    )


def test_a_coalition_that_cannot_balance_is_not_viable() -> None:
    """P2 alone has 0.4 and -0.2 MWh and no flexibility: infinite cost, with the reason; with P1 it costs 6."""
    costs = costs_of(_pair())
    assert isinstance(costs, CostsWithoutExternalities)
    alone = costs.coalition(0b010)
    assert alone.parts is None
    assert costs.cost(0b010) == float("inf")
    assert "{P2} is not viable" in alone.reason
    assert "P2 can't balance without the grid" in alone.reason
    assert "+0.2 MWh over the horizon" in alone.reason
    assert "between -0.2 and +0.4 MWh in a step" in alone.reason
    assert costs.cost(0b011) == pytest.approx(6.0, abs=1e-3)


def test_a_partition_with_such_a_coalition_is_not_viable() -> None:
    """Its total is infinite, its parts are absent, its reason names the coalition and no other."""
    costs = costs_of(_pair())
    result = costs.partition(Partition.of([0b001, 0b010, 0b100]))
    assert not result.viable
    assert result.total == float("inf")
    assert result.parts is None
    assert "{P2}" in result.reason
    assert "{P3}" in result.reason
    assert "{P1}" not in result.reason


def test_a_coalition_that_breaks_a_limit_is_not_viable() -> None:
    """P3's 0.4 MW don't fit through its line of 0.3 MVA: the reason is the line, not the balance."""
    costs = costs_of(_pair())
    assert isinstance(costs, CostsWithoutExternalities)
    reason = costs.coalition(0b101).reason
    assert "line root-n3 by 0.1 MVA (step 1)" in reason
    elastic = costs_of(replace(_pair(), dispatch=DispatchOptions("elastic")))
    assert isinstance(elastic, CostsWithoutExternalities)
    assert elastic.coalition(0b101).parts is not None


def test_coupled_costs_raise_instead_of_calling_partitions_not_viable() -> None:
    """With externalities the feasible region is the same for all partitions: it is an error of the case."""
    costs = costs_of(_overloaded())
    assert isinstance(costs, CostsWithExternalities)
    for partition in costs.prepared.family.enumerate():
        with pytest.raises(InfeasibleError):
            costs.partition(partition)
