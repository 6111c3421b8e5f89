"""Each device on a problem that can be solved by hand; docstrings say what it would be without the feature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from lempart.case import Case, Convex, Curtailment, Flexibility, Inverter
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, costs_of
from lempart.dispatch import Dispatch, dispatch
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer

TIE_BREAK = 1e-6


def _solved(given: Case) -> Dispatch:
    """Return the dispatch of the grand coalition."""
    costs = costs_of(given)
    family = costs.prepared.family
    if isinstance(costs, CostsWithoutExternalities):
        return dispatch(costs.coalition_problem(family.subgraph(family.everyone)))
    assert isinstance(costs, CostsWithExternalities)
    return dispatch(costs.problem(Partition.of([family.everyone])))


def _one(
    items: Sequence[Flexibility], price: Sequence[float], load: Sequence[complex] | None = None, **fields: object
) -> Case:
    """Return one prosumer on a line without limits."""
    forecast = {"P": [0.0] * len(price) if load is None else load}
    return case(
        [line("root", "n")],
        [prosumer("P", "n", *items)],
        forecast,
        price_per_mwh=price,
        tie_break=TIE_BREAK,
        **fields,
    )  # type: ignore[arg-type]


def test_a_lossy_battery_gives_back_less() -> None:
    """Empty, 0.8 in and 0.5 out: 1 MWh bought at 10 gives 0.4 MWh to sell at 100, +30. Lossless it were +90."""
    unit = battery(1.0, 10.0, initial_soc=0.0, charge_efficiency=0.8, discharge_efficiency=0.5)
    solved = _solved(_one([unit], [10.0, 100.0]))
    assert solved.flexible_mva[0].real == pytest.approx([-1.0, 0.4], abs=1e-5)
    assert solved.solution.cost == pytest.approx(-30.0, abs=1e-4)


def test_losses_can_make_storing_pointless() -> None:
    """At a spread of 10 to 30 a battery with an efficiency of a quarter stays idle; lossless it would earn 20."""
    unit = battery(1.0, 10.0, initial_soc=0.0, charge_efficiency=0.5, discharge_efficiency=0.5)
    solved = _solved(_one([unit], [10.0, 30.0]))
    assert solved.flexible_mva[0].real == pytest.approx([0.0, 0.0], abs=1e-5)


def test_the_step_length_counts() -> None:
    """In half-hour steps an empty battery of 1 MWh takes 2 MW; with hours ignored it would be 1 MW."""
    unit = battery(5.0, 1.0, initial_soc=0.0)
    solved = _solved(_one([unit], [10.0, 100.0], step_hours=0.5))
    assert solved.flexible_mva[0].real == pytest.approx([-2.0, 2.0], abs=1e-5)
    assert solved.solution.cost == pytest.approx(-90.0, abs=1e-3)


@pytest.mark.parametrize(("cyclic", "sold"), [(True, 0.0), (False, 5.0)])
def test_a_cyclic_battery_ends_where_it_began(cyclic: bool, sold: float) -> None:
    """Half full of 10 MWh at one price: with a free end the 5 MWh are sold, a cyclic one has nothing to gain."""
    solved = _solved(_one([battery(10.0, 10.0, cyclic=cyclic)], [50.0, 50.0]))
    assert solved.flexible_mva[0].real.sum() == pytest.approx(sold, abs=1e-4)


def test_a_full_battery_takes_no_more() -> None:
    """Of 3 MWh two are in: 1 MWh fits at step 1, all 3 come out at step 2. Without the limit it were 10 MW."""
    solved = _solved(_one([battery(10.0, 3.0, initial_soc=2 / 3)], [10.0, 100.0]))
    assert solved.flexible_mva[0].real == pytest.approx([-1.0, 3.0], abs=1e-5)


def test_an_empty_battery_gives_no_more() -> None:
    """At 1/3 of 3 MWh only 1 MWh can be sold at step 1, though more could be bought back later."""
    solved = _solved(_one([battery(10.0, 3.0, initial_soc=1 / 3)], [100.0, 10.0]))
    assert solved.flexible_mva[0, 0].real == pytest.approx(1.0, abs=1e-5)


def test_battery_cost_is_on_charge_and_discharge() -> None:
    """Throughput at 7 each way: a spread of 20 leaves 6 for 1 MWh, a spread of 13 is left alone."""
    unit = battery(1.0, 10.0, initial_soc=0.0, cost_per_mwh=7.0)
    assert _solved(_one([unit], [10.0, 30.0])).solution.cost == pytest.approx(-6.0, abs=1e-4)
    assert _solved(_one([unit], [10.0, 23.0])).flexible_mva == pytest.approx(np.zeros((1, 2)), abs=1e-5)


def test_quadratic_cost() -> None:
    """Selling at 60 with 10 u + 5 u^2 stops at u = 5, at a flexibility cost of 175; without the square at 8 MW."""
    solved = _solved(_one([battery(8.0, 100.0, cost_per_mwh=10.0, quadratic_cost_per_mw2h=5.0)], [60.0]))
    assert solved.flexible_mva[0, 0].real == pytest.approx(5.0, abs=1e-4)
    assert solved.flexibility_cost == pytest.approx([175.0], abs=1e-3)


def test_generation_is_curtailed_at_negative_prices_only() -> None:
    """2 MW of sun at -30, -5 and +20 with a cost of 10 per MWh: only at -30 it pays to turn all of it down.

    Without curtailment the 2 MW cost 60 at -30; curtailed they cost 20.
    """
    sun = Curtailment(np.array([2.0, 2.0, 2.0]), cost_per_mwh=10.0)
    solved = _solved(_one([sun], [-30.0, -5.0, 20.0], [2.0, 2.0, 2.0]))
    assert solved.flexible_mva[0].real == pytest.approx([-2.0, 0.0, 0.0], abs=1e-5)
    assert solved.flexibility_cost == pytest.approx([20.0], abs=1e-4)


def test_an_inverter_s_circle() -> None:
    """13 MVA that carry 12 MW leave 5 Mvar (12-5-13), all sold at 3. Ignoring P it were 13."""
    inverter = Inverter(13.0, np.array([12.0]))
    solved = _solved(_one([inverter], [50.0], [12.0], reactive_price_per_mvarh=3.0))
    assert solved.flexible_mva[0, 0] == pytest.approx(5j, abs=1e-4)


def test_curtailment_frees_the_inverter() -> None:
    """12 MW turned down to 5 (curtailing 7 at a price of -1) leave 12 Mvar, when Mvar sell at 40."""
    inverter = Inverter(13.0, np.array([12.0]))
    sun = Curtailment(np.array([7.0]))
    solved = _solved(_one([sun, inverter], [-1.0], [12.0], reactive_price_per_mvarh=40.0))
    assert solved.flexible_mva[0, 0] == pytest.approx(-7.0 + 12j, abs=1e-3)


@pytest.mark.parametrize(("hybrid", "reactive"), [(True, 5.0), (False, 13.0)])
def test_a_hybrid_inverter_also_carries_the_battery(hybrid: bool, reactive: float) -> None:
    """A battery that gives 12 MW leaves 5 of 13 MVA if it is behind the same inverter, else all 13."""
    items = [battery(12.0, 100.0), Inverter(13.0, np.array([0.0]), hybrid=hybrid)]
    solved = _solved(_one(items, [500.0], reactive_price_per_mvarh=3.0))
    assert solved.flexible_mva[0, 0] == pytest.approx(12.0 + 1j * reactive, abs=1e-3)


def test_reactive_power_has_its_own_cost() -> None:
    """At 4 per Mvarh nothing is sold at 3; for free it were 5 Mvar."""
    inverter = Inverter(13.0, np.array([12.0]), cost_per_mvarh=4.0)
    solved = _solved(_one([inverter], [50.0], [12.0], reactive_price_per_mvarh=3.0))
    assert solved.flexible_mva[0, 0] == pytest.approx(0.0, abs=1e-4)
    bought = _solved(_one([inverter], [50.0], [12.0], reactive_price_per_mvarh=-6.0))
    assert bought.flexible_mva[0, 0] == pytest.approx(-5j, abs=1e-4)
    assert bought.flexibility_cost == pytest.approx([20.0], abs=1e-3)


def test_a_convex_polyhedron() -> None:
    """At most 3 MW a step but 4 in both: the dearer step gets 3, the other 1. Without the row it were 3 and 3."""
    unit = Convex(np.zeros(2), np.full(2, 3.0), rows_mw=np.ones((1, 2)), upper=np.array([4.0]))
    solved = _solved(_one([unit], [10.0, 50.0]))
    assert solved.flexible_mva[0].real == pytest.approx([1.0, 3.0], abs=1e-5)


def test_a_convex_polyhedron_with_reactive_power() -> None:
    """With u_p + 2 u_q <= 4, |u| <= 5, prices 1 and 2, all of the row is worth 4: the least norm is (0.8, 1.6)."""
    unit = Convex(
        np.full(1, -5.0),
        np.full(1, 5.0),
        rows_mw=np.ones((1, 1)),
        rows_mvar=np.full((1, 1), 2.0),
        upper=np.array([4.0]),
        apparent_power_mva=5.0,
    )
    solved = _solved(_one([unit], [1.0], reactive_price_per_mvarh=2.0))
    assert solved.flexible_mva[0, 0] == pytest.approx(0.8 + 1.6j, abs=1e-2)


def test_convex_bounds_and_costs() -> None:
    """Cost 5 u + 3 |u| + u^2 on [-1, 2] at prices 12, 7 and -20: u = 2 (marginal 12), 0 (kink) and -1."""
    unit = Convex(
        np.full(3, -1.0),
        np.full(3, 2.0),
        cost_per_mwh=np.full(3, 5.0),
        absolute_cost_per_mwh=3.0,
        quadratic_cost_per_mw2h=1.0,
    )
    solved = _solved(_one([unit], [12.0, 7.0, -20.0]))
    assert solved.flexible_mva[0].real == pytest.approx([2.0, 0.0, -1.0], abs=1e-3)
    assert solved.flexibility_cost == pytest.approx([20.0 + 0.0 - 1.0], abs=1e-2)


def test_reactive_power_needs_a_circle() -> None:
    """Without apparent_power_mva a convex flexibility has no reactive power, whatever Mvar sell at."""
    unit = Convex(np.zeros(1), np.ones(1))
    solved = _solved(_one([unit], [10.0], reactive_price_per_mvarh=100.0))
    assert solved.flexible_mva[0, 0] == pytest.approx(1.0, abs=1e-5)


def test_several_devices_of_one_prosumer_add_up() -> None:
    """Two batteries of 1 and 2 MW at one prosumer sell 3 MW together, each paying its own cost."""
    items = [battery(1.0, 10.0, cost_per_mwh=5.0), battery(2.0, 10.0, cost_per_mwh=7.0)]
    solved = _solved(_one(items, [50.0]))
    assert solved.flexible_mva[0, 0].real == pytest.approx(3.0, abs=1e-5)
    assert solved.flexibility_cost == pytest.approx([19.0], abs=1e-4)


def test_of_equally_cheap_dispatches_the_least_norm_is_taken() -> None:
    """Three batteries at the same cost cover 3 MW with 1 MW each; without the tie-break any split were optimal."""
    lines = [line("root", f"n{i}") for i in range(4)]
    people = [prosumer("load", "n0"), *(prosumer(f"B{i}", f"n{i}", battery(cost_per_mwh=5.0)) for i in (1, 2, 3))]
    forecast = {"load": [-3.0], "B1": [0.0], "B2": [0.0], "B3": [0.0]}
    solved = _solved(case(lines, people, forecast, externalities=False))
    assert solved.flexible_mva[:, 0].real == pytest.approx([0.0, 1.0, 1.0, 1.0], abs=2e-3)


def test_the_tie_break_is_no_part_of_the_reported_cost() -> None:
    """With a tie-break as large as the price the dispatch moves, but the flexibility cost is still 5 per MWh."""
    given = case(
        [line("root", "n")],
        [prosumer("P", "n", battery(cost_per_mwh=5.0))],
        {"P": [0.0]},
        price_per_mwh=25.0,
        tie_break=2.0,
    )
    solved = _solved(given)
    assert solved.flexible_mva[0, 0].real == pytest.approx(5.0, abs=1e-4)
    assert solved.flexibility_cost == pytest.approx([25.0], abs=1e-3)
