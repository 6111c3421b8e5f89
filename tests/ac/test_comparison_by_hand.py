"""What the linear model missed, its false alarms, and what was lost, where each can be worked out on paper."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from lempart.ac import Margins, PowerFlowComparison, ac_json, check_ac
from lempart.case import Case
from lempart.cost import costs_of
from lempart.dispatch import dispatch
from lempart.grid import radial_grid
from lempart.partition import Partition
from support.cases import case, line, prosumer
from support.reference import reference_case

R = 0.05
"""Of the one line, p.u. At an injection p the exact squared voltage w solves ``w^2 - (1 + 2Rp)w + (Rp)^2 = 0``."""


def _exact(power: float) -> float:
    b = 1.0 + 2.0 * R * power
    return float(np.sqrt((b + np.sqrt(b * b - 4.0 * (R * power) ** 2)) / 2.0))


def _one_line(power: list[complex], *, rating: float | None = None, band: tuple[float, float] | None) -> Case:
    """Return one prosumer at the end of one line, without flexibility."""
    home = prosumer("A", "a")
    return case([line("root", "a", r=R, rating=rating)], [home], {"A": power}, band=band, limits="elastic")


def _compared(given: Case) -> PowerFlowComparison:
    return PowerFlowComparison.at(radial_grid(given), given.scenario.forecast)


def test_errors_are_exact_less_linear() -> None:
    """Taking 1 MW: LinDistFlow says sqrt(0.9) p.u. and 1 MW, the exact voltage is lower, the PCC gives more.

    Delivering 1 MW: the exact voltage is lower too, and the larger end is the prosumer's, as in the linear model.
    """
    found = _compared(_one_line([-1.0, 1.0], rating=2.0, band=None))
    assert found.voltage_error_pu[1] == pytest.approx(
        [_exact(-1.0) - np.sqrt(0.9), _exact(1.0) - np.sqrt(1.1)], abs=1e-9
    )
    assert np.all(found.voltage_error_pu[1] < 0.0)
    lost = R / _exact(-1.0) ** 2
    assert found.flow_error_mva[1] == pytest.approx([lost, 0.0], abs=1e-9)
    assert found.flow_error_of_rating[1] == pytest.approx([lost / 2.0, 0.0], abs=1e-9)
    assert found.head_flow_error == pytest.approx(1.0 / (1.0 + lost) - 1.0, abs=1e-9)
    drop = 1.0 - _exact(-1.0)
    assert found.share_of_drop == pytest.approx((np.sqrt(0.9) - _exact(-1.0)) / drop, rel=1e-6)


def test_missed_violations_and_false_alarms() -> None:
    """Between 0.9472 and sqrt(0.9) = 0.9487 lies a lower limit that only the exact voltage violates: missed.

    Between 1.0477 and sqrt(1.1) = 1.0488 lies an upper limit that only the linear one does: a false alarm. A rating
    of 1.02 holds 1 MW but not what 1 MW costs on the way. Limits that both violate are neither.
    """
    low, high = 0.948, 1.048
    assert _exact(-1.0) < low < np.sqrt(0.9)
    assert _exact(1.0) < high < np.sqrt(1.1)
    found = _compared(_one_line([-1.0, 1.0, -3.0, 0.1], rating=1.02, band=(low, high)))
    assert found.missed.voltage_pu[1] == pytest.approx([low - _exact(-1.0), 0.0, 0.0, 0.0], abs=1e-9)
    assert found.false_alarms.voltage_pu[1] == pytest.approx([0.0, np.sqrt(1.1) - high, 0.0, 0.0], abs=1e-9)
    over = 1.0 + R / _exact(-1.0) ** 2 - 1.02
    assert found.missed.line_mva[1] == pytest.approx([over, 0.0, 0.0, 0.0], abs=1e-9)
    assert found.ac_violations.counts == (2, 2)
    assert found.linear_violations.counts == (2, 1)
    assert found.missed.counts == (1, 1)
    assert found.false_alarms.counts == (1, 0)


def test_a_step_without_solution_is_in_no_number() -> None:
    """Beyond the nose (1/(4R) = 5 MW) there is no miss, no false alarm and no loss; every sum skips it."""
    given = _one_line([-1.0, -6.0], rating=1.02, band=(0.948, 1.05))
    given = replace(given, market=replace(given.market, price_per_mwh=np.array([100.0, 200.0])))
    found = check_ac(costs_of(given), Partition.of([1]))
    at = found.forecast
    assert at.converged.tolist() == [True, False]
    assert at.missed.counts == (1, 1)
    assert at.false_alarms.counts == (0, 0)
    lost = R / _exact(-1.0) ** 2
    assert found.loss_mwh(at) == pytest.approx(lost, abs=1e-9)
    assert found.loss_cost(at) == pytest.approx(100.0 * lost, abs=1e-7)
    data = ac_json(found)["forecast"]
    assert [item["step"] for item in data["not_converged"]] == [2]
    assert data["per_step"]["voltage_error_pu"][1] is None
    assert data["per_step"]["loss_mw"][1] is None
    assert data["voltage"]["step"] == 1


def test_losses_cost_both_prices() -> None:
    """Losses are paid as <lambda_0, loss>: half an hour of R|I|^2 at 80 and of X|I|^2 at 10."""
    lines = [line("root", "a", r=R, x=0.02)]
    given = case(
        lines,
        [prosumer("A", "a")],
        {"A": [-1.0]},
        step_hours=0.5,
        price_per_mwh=80.0,
        reactive_price_per_mvarh=10.0,
    )
    found = check_ac(costs_of(given), Partition.of([1]))
    loss = complex(found.forecast.loss_mva[0])
    assert loss.imag / loss.real == pytest.approx(0.4, abs=1e-9)
    assert found.loss_cost(found.forecast) == pytest.approx(0.5 * (80.0 * loss.real + 10.0 * loss.imag))
    assert found.loss_mwh(found.forecast) == pytest.approx(0.5 * loss.real)


def test_margins_are_the_largest_optimism_rounded_up() -> None:
    """Only errors on the limit's side of 1 p.u. count: with 1 MW delivered the linear voltage errs safely."""
    taking = _compared(_one_line([-1.0], rating=2.0, band=(0.9, 1.1)))
    optimism = np.sqrt(0.9) - _exact(-1.0)
    lost = R / _exact(-1.0) ** 2
    assert taking.optimism_pu == pytest.approx(optimism, abs=1e-9)
    assert taking.optimism_of_rating == pytest.approx(lost / 2.0, abs=1e-9)
    margins = Margins.covering(taking)
    assert optimism <= margins.voltage_pu < optimism + 1.0001e-4
    assert lost / 2.0 <= margins.line < lost / 2.0 + 1.0001e-3
    delivering = _compared(_one_line([1.0], rating=2.0, band=(0.9, 1.1)))
    assert Margins.covering(delivering) == Margins(0.0, 0.0)
    without_limits = _compared(_one_line([-1.0], band=None))
    assert Margins.covering(without_limits) == Margins(0.0, 0.0)


def test_forecast_and_realisation_are_told_apart() -> None:
    """The forecast of 0.5 MW loses about 0.013 MW, the realised 1 MW about four times that."""
    home = prosumer("A", "a")
    given = case([line("root", "a", r=R)], [home], {"A": [-0.5]}, realization={"A": [-1.0]})
    found = check_ac(costs_of(given), Partition.of([1]))
    assert found.forecast.loss_mva[0].real == pytest.approx(R * 0.25 / _exact(-0.5) ** 2, abs=1e-9)
    assert found.realization.loss_mva[0].real == pytest.approx(R / _exact(-1.0) ** 2, abs=1e-9)


@pytest.mark.parametrize("power", [-1.0, -6.0, 0.0])
def test_the_json_is_json(power: float) -> None:
    """No NaN or infinity gets into the JSON, with limits or without, solved or not."""
    for band, rating in (((0.948, 1.05), 1.02), (None, None)):
        given = _one_line([power], rating=rating, band=band)
        data = ac_json(check_ac(costs_of(given), Partition.of([1])))
        assert json.loads(json.dumps(data, allow_nan=False)) == data
        assert data["forecast"]["per_edge"]["node"] == ["root", "a"]


@pytest.mark.parametrize("name", ["self-101", "star-11"])
def test_under_self_consumption_the_grid_imports_what_it_loses(name: str) -> None:
    """Eq 9 plans zero exchange for each coalition; on the one grid, what still arrives at the PCC is losses.

    Coalitions are dispatched apart and put together again: every prosumer must get its own dispatch.
    """
    costs = costs_of(reference_case(name))
    prepared = costs.prepared
    for partition in prepared.family.enumerate():
        if costs.partition(partition).viable:
            found = check_ac(costs, partition).forecast
            for coalition in partition:
                problem = costs.coalition_problem(prepared.family.subgraph(coalition))  # type: ignore[union-attr, arg-type]
                planned = problem.forecast + dispatch(problem).flexible_mva
                own = [prepared.grid.tree.leaf[prepared.case.prosumers.index(one)] for one in problem.prosumers]
                assert found.linear_flows_mva[own] == pytest.approx(planned, abs=1e-5)
                assert planned.sum(axis=0).real == pytest.approx(0.0, abs=1e-5)
            assert found.ac.sent_mva[0].real == pytest.approx(-found.loss_mva.real, abs=1e-5)
