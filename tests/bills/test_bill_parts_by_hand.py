"""The parts of a bill on cases small enough for a sheet of paper."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.bills import BillOptions, Bills, make_bills
from lempart.case import Case, Scenario
from lempart.cost import CostsWithExternalities, costs_of
from lempart.game import Inertia, NoExternalities
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer


def billed(given: Case, rule: str = "dual", options: BillOptions | None = None) -> Bills:
    """Return the bills of everyone together."""
    costs = costs_of(given)
    family = costs.prepared.family
    model = Inertia(costs, family) if isinstance(costs, CostsWithExternalities) else NoExternalities(costs)
    grand = Partition.of([family.everyone])
    return make_bills(costs, grand, model, deviation_name="inertia", rule=rule, options=options)  # type: ignore[arg-type]


def seller_and_buyer(**changes: object) -> Case:
    """P1 injects 1 MW, P2 takes 2 MW and then really 3; 50 CHF/MWh, tax 10, each on a line of its own behind a bus."""
    fields: dict[str, object] = {"price_per_mwh": 50.0, "tax_per_mwh": 10.0} | changes
    lines = [line("root", "bus"), line("bus", "n1", rating=5.0), line("bus", "n2", rating=2.0)]
    people = [prosumer("P1", "n1"), prosumer("P2", "n2")]
    return case(lines, people, {"P1": [1.0], "P2": [-2.0]}, realization={"P1": [1.0], "P2": [-3.0]}, **fields)


def test_energy_and_tax() -> None:
    """P1 earns 50 and the tax of 10 it saves the market; P2 pays 150 and 30. The market takes 2 MWh: 100 and 20."""
    bills = billed(seller_and_buyer())
    assert (bills["P1"].parts.energy, bills["P2"].parts.energy) == pytest.approx((-50.0, 150.0))
    assert (bills["P1"].parts.tax, bills["P2"].parts.tax) == pytest.approx((-10.0, 30.0))
    assert bills["P1"].parts.trade == pytest.approx(0.0, abs=1e-4)
    assert bills.total == pytest.approx(120.0)
    assert bills["P1"].amount == bills["P1"].transfer == pytest.approx(-60.0)
    assert bills["P1"].parts.settlement == pytest.approx(0.0, abs=1e-9)


def test_imbalance() -> None:
    """P2's error of -1 is the market's: at 300 CHF/MWh it pays 300. With P1 off by +0.5 the market pays 150.

    Then P1's error helps: it is credited 150, and P2 pays 300 as before.
    """
    bills = billed(seller_and_buyer(imbalance_penalty_per_mwh=300.0))
    assert (bills["P1"].parts.imbalance, bills["P2"].parts.imbalance) == pytest.approx((0.0, 300.0))
    given = seller_and_buyer(imbalance_penalty_per_mwh=300.0)
    scenario = Scenario(given.scenario.forecast, given.scenario.realization + np.array([[0.5], [0.0]]))
    helped = billed(given.with_scenario(scenario))
    assert (helped["P1"].parts.imbalance, helped["P2"].parts.imbalance) == pytest.approx((-150.0, 300.0))


def test_errors_that_cancel_but_for_rounding_cost_nobody() -> None:
    """+0.3 and -0.3 written as 0.1 + 0.2: the sum is 5e-17, and its direction is nobody's fault. Without it: 90 CHF."""
    lines, people = [line("root", "n1"), line("root", "n2")], [prosumer("P1", "n1"), prosumer("P2", "n2")]
    off = {"P1": [0.1 + 0.2], "P2": [-0.3]}
    given = case(
        lines,
        people,
        {"P1": [0.0], "P2": [0.0]},
        realization=off,
        externalities=False,
        imbalance_penalty_per_mwh=300.0,
    )
    assert given.scenario.realization.sum() != 0.0
    assert [bill.parts.imbalance for bill in billed(given)] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_an_overloaded_line_is_paid_by_who_loads_it() -> None:
    """P2's own line of 2 MVA carries 3: one MVA over at 200 CHF is P2's alone."""
    bills = billed(seller_and_buyer(line_penalty_per_mvah=200.0))
    assert (bills["P1"].parts.line, bills["P2"].parts.line) == pytest.approx((0.0, 200.0))


def test_a_shared_line_is_shared_by_flow_and_counterflow_is_credited() -> None:
    """P1 and P2 hang behind one line of 1 MVA in a market with P3. P1 injects 1, P2 really takes 3: it carries 2.

    One MVA over at 200 CHF: P2's 3 of the 2 that flow make 300, P1's counterflow earns 100.
    """
    lines = [line("root", "n3"), line("root", "bus", rating=1.0), line("bus", "n1"), line("bus", "n2")]
    people = [prosumer(f"P{i}", f"n{i}") for i in (1, 2, 3)]
    forecast = {"P1": [1.0], "P2": [-2.0], "P3": [1.0]}
    really = forecast | {"P2": [-3.0]}
    bills = billed(case(lines, people, forecast, realization=really, line_penalty_per_mvah=200.0))
    shares = [bills[name].parts.line for name in ("P1", "P2", "P3")]
    assert shares == pytest.approx([-100.0, 300.0, 0.0])


def test_voltage_is_shared_by_what_each_shifts_it() -> None:
    """Bus behind r = 0.01 p.u., homes at it: P1 takes 1 MW, P2 2 and really 3: dv = -0.08 at the bus, 0.02 beyond.

    At 1000 per p.u. and hour the 20 are P1's by a quarter, P2's by three.
    """
    lines = [line("root", "n0"), line("root", "bus", r=0.01), line("bus", "n1"), line("bus", "n2")]
    people = [prosumer(f"P{i}", f"n{i}") for i in (0, 1, 2)]
    forecast = {"P0": [3.0], "P1": [-1.0], "P2": [-2.0]}
    given = case(
        lines,
        people,
        forecast,
        realization=forecast | {"P2": [-3.0]},
        band=(0.94**0.5, 1.1),
        voltage_penalty=1000.0,
    )
    bills = billed(given)
    # The bus and both leaves behind it (no resistance of their own) are 0.02 beyond: 60 in all.
    shares = [bills[name].parts.voltage for name in ("P0", "P1", "P2")]
    assert sum(shares) == pytest.approx(60.0)
    assert shares == pytest.approx([0.0, 15.0, 45.0])


def test_a_battery_is_paid_by_whom_it_serves() -> None:
    """Without the grid P2's battery takes P1's 1 MWh and gives it back, 19 CHF/MWh each way.

    Prices are -19 and +19: P1 pays 38, P2 earns 38 and bears 38 at home, so that its bill is 0 and its transfer -38.
    """
    lines = [line("root", "n1"), line("root", "n2")]
    people = [prosumer("P1", "n1"), prosumer("P2", "n2", battery(cost_per_mwh=19.0))]
    given = case(lines, people, {"P1": [1.0, -1.0], "P2": [0.0, 0.0]}, externalities=False)
    bills = billed(given)
    assert (bills["P1"].parts.trade, bills["P2"].parts.trade) == pytest.approx((38.0, -38.0), abs=1e-3)
    assert bills["P2"].parts.flexibility == pytest.approx(38.0, abs=1e-3)
    assert (bills["P1"].amount, bills["P2"].amount) == pytest.approx((38.0, 0.0), abs=1e-3)
    assert bills["P2"].transfer == pytest.approx(-38.0, abs=1e-3)
    assert bills["P1"].alone == float("inf")  # without a battery it can't balance
    assert bills["P2"].alone == pytest.approx(0.0, abs=1e-6)


def test_the_same_with_the_grid_at_hand_but_taxed_away() -> None:
    """With a tax of 100 the market keeps to itself, exactly at the kink of the tax: the price inside is the battery's.

    The tax paid is 0, the boundary price is 0, and trade at home prices still pays the battery.
    """
    lines = [line("root", "n1"), line("root", "n2")]
    people = [prosumer("P1", "n1"), prosumer("P2", "n2", battery(cost_per_mwh=19.0))]
    given = case(lines, people, {"P1": [1.0, -1.0], "P2": [0.0, 0.0]}, tax_per_mwh=100.0)
    bills = billed(given)
    assert (bills["P1"].parts.trade, bills["P2"].parts.trade) == pytest.approx((38.0, -38.0), abs=1e-2)
    assert (bills["P1"].parts.tax, bills["P2"].parts.tax) == pytest.approx((0.0, 0.0), abs=1e-2)


def test_equal_and_by_energy() -> None:
    """120 CHF: 60 each; by energy 1 and 3 MWh pass the meters: 30 and 90. Nobody's meter turns: equal, and said."""
    assert [bill.amount for bill in billed(seller_and_buyer(), "equal")] == pytest.approx([60.0, 60.0])
    assert [bill.amount for bill in billed(seller_and_buyer(), "by-energy")] == pytest.approx([30.0, 90.0])
    lines = [line("root", "n1"), line("root", "n2")]
    idle = case(lines, [prosumer("P1", "n1"), prosumer("P2", "n2")], {"P1": [0.0], "P2": [0.0]})
    bills = billed(idle, "by-energy")
    assert [bill.amount for bill in bills] == [0.0, 0.0]
    assert "shared equally" in bills.markets[0].note
