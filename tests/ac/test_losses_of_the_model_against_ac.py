"""Cases with losses replayed through the exact power flow: the model's own losses stand beside AC's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lempart import costs_of, read_case, shipped_case_path
from lempart.cost import CostModel
from lempart.partition import Partition

pytest.importorskip("power_grid_model")

from lempart.ac import AcCheck, ac_json, check_ac
from lempart.cli.ac_tables import comparison_rows, headline


def _replayed(factor: float, losses: str) -> tuple[CostModel, Partition, AcCheck]:
    """Return one market of all on rural-feeder-5, with so many times its power."""
    given = read_case(shipped_case_path("rural-feeder-5"))
    scenario = given.scenario
    case = replace(
        given,
        market=replace(given.market, losses=losses),  # type: ignore[arg-type]
        scenario=replace(scenario, forecast=scenario.forecast * factor, realization=scenario.realization * factor),
    )
    costs = costs_of(case)
    together = Partition.of([costs.prepared.family.everyone])
    return costs, together, check_ac(costs, together)


@pytest.mark.parametrize(("factor", "near"), [(1.0, 1e-4), (4.0, 2e-4)])
def test_what_a_partition_costs(factor: float, near: float) -> None:
    """``Phi`` with losses is AC's to 1e-4, and to 2e-4 at four times the power; without them it is off."""
    costs, together, checked = _replayed(factor, "priced")
    found, point = costs.partition(together), checked.realization
    assert found.parts is not None
    parts = found.parts.as_dict()
    assert parts["line"] == parts["voltage"] == 0.0
    assert point.ac_violations.counts == (0, 0)
    exact = found.total - parts["loss"] + checked.loss_cost(point)
    assert found.total == pytest.approx(exact, rel=near)
    assert checked.own_loss_cost(point) == pytest.approx(parts["loss"], rel=1e-6)
    plain = costs_of(replace(costs.prepared.case, market=replace(costs.prepared.case.market, losses="none")))
    assert abs(plain.total(together) / exact - 1.0) > 3.0 * near


def test_own_losses_are_told_beside_those_of_ac() -> None:
    """The answer and the JSON have both, and errors are those of the model with losses: smaller ones."""
    _, _, checked = _replayed(1.0, "priced")
    _, _, plain = _replayed(1.0, "none")
    data = ac_json(checked)
    losses = data["realization"]["losses"]
    assert losses["own_mwh"] == pytest.approx(losses["mwh"], rel=0.05)
    told = " ".join(headline(checked, data))
    assert told.startswith("LinDistFlow with losses is off")
    assert "its lines lose 0.656 kWh, 0.091 CHF; by AC 0.66 kWh, 0.092 CHF." in told
    rows = {name: there for name, _, there in comparison_rows(checked, data)}
    assert rows["losses, AC and linear, MWh"] == "0.00066, 0.000656"
    assert rows["what they cost, AC and linear, CHF"] == "0.0917, 0.0912"
    assert "own_mwh" not in ac_json(plain)["realization"]["losses"]
    worst = [abs(ac_json(one)["realization"]["voltage"]["largest_error_pu"]) for one in (checked, plain)]
    assert worst[0] < 0.5 * worst[1]
