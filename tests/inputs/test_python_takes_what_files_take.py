"""Records made in Python take what a case file takes: a number for all steps, and the same defaults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lempart import Case, Scenario, read_case
from lempart.case import (
    Convex,
    Curtailment,
    ElectricVehicle,
    Grid,
    HeatPump,
    Horizon,
    Inverter,
    Line,
    Market,
    Prosumer,
    case_hash,
)
from lempart.errors import InputError, UsageError

FILE = """
format = 1
name = "numbers"

[time]
steps = 3
step_hours = 1.0

[market]
externalities = true
tax_per_mwh = 100.0
price_per_mwh = 50
imbalance_penalty_per_mwh = 200.0
line_penalty_per_mvah = 200.0

[grid]
pcc = "root"
base_kv = 0.4
lines = [{from = "root", to = "a", r_ohm = 0.1, x_ohm = 0.1}, {from = "a", to = "b", r_ohm = 0.1, x_ohm = 0.1},
         {from = "a", to = "c", r_ohm = 0.1, x_ohm = 0.1}]

[[prosumers]]
name = "P1"
node = "b"
forecast_mw = -0.01

[[prosumers.flexibility]]
kind = "curtailment"
available_mw = 0.002

[[prosumers.flexibility]]
kind = "inverter"
apparent_power_mva = 0.01
generation_mw = 0.004

[[prosumers.flexibility]]
kind = "convex"
minimum_mw = -0.01
maximum_mw = 0.0

[[prosumers]]
name = "P2"
node = "c"
forecast_mw = 0.02

[[prosumers.flexibility]]
kind = "heat_pump"
power_mw = 0.003
resistance_k_per_kw = 5.0
capacity_kwh_per_k = 5.0
outdoor_c = 4
flow_temperature_c = 35.0

[[prosumers.flexibility]]
kind = "ev"
power_mw = 0.01
energy_mwh = 0.05
plugged_in = 1
"""


def _in_python() -> Case:
    return Case(
        name="numbers",
        horizon=Horizon(3, 1.0),
        market=Market(
            externalities=True,
            tax_per_mwh=100.0,  # type: ignore[arg-type]  # the types say what records hold once a case has them
            price_per_mwh=50,  # type: ignore[arg-type]
            imbalance_penalty_per_mwh=200.0,  # type: ignore[arg-type]
            line_penalty_per_mvah=200.0,
        ),
        grid=Grid("root", 0.4, (Line("root", "a", 0.1, 0.1), Line("a", "b", 0.1, 0.1), Line("a", "c", 0.1, 0.1))),
        prosumers=[  # type: ignore[arg-type]
            Prosumer("P1", "b", flexibility=[Curtailment(0.002), Inverter(0.01, 0.004), Convex(-0.01, 0.0)]),  # type: ignore[arg-type]
            Prosumer(
                "P2",
                "c",
                flexibility=(HeatPump(0.003, 5.0, 5.0, 4, flow_temperature_c=35.0), ElectricVehicle(0.01, 0.05, 1)),  # type: ignore[arg-type]
            ),
        ],
        scenario=Scenario([-0.01, 0.02]),  # type: ignore[arg-type]
    )


def test_the_same_case_either_way(tmp_path: Path) -> None:
    """The case of a file with numbers is the one made of numbers in Python, to the last bit and in its hash."""
    (tmp_path / "case.toml").write_text(FILE, encoding="utf-8")
    read, made = read_case(tmp_path), _in_python()
    assert made == read
    assert case_hash(made) == case_hash(read)
    assert made.market.tax_per_mwh.tolist() == [100.0] * 3
    assert made.scenario.forecast.tolist() == [[-0.01] * 3, [0.02] * 3]


def test_defaults_of_a_market() -> None:
    """As in a file: one boundary node without externalities, no price of reactive power; what is needed is told."""
    given = {"tax_per_mwh": 1.0, "price_per_mwh": 1.0, "imbalance_penalty_per_mwh": 1.0, "line_penalty_per_mvah": 1.0}
    for externalities in (True, False):
        market = Market(externalities=externalities, **given)  # type: ignore[arg-type]
        assert market.single_boundary is not externalities
        assert market.reactive_price_per_mvarh == 0.0
    with pytest.raises(UsageError, match="Market needs tax_per_mwh, price_per_mwh, imbalance_penalty_per_mwh, line_"):
        Market(externalities=True)


def test_what_is_no_number_is_told() -> None:
    """A number for all steps is spread; a series of another length, or no number at all, is told as before."""
    case = _in_python()
    with pytest.raises(InputError, match=r"market\.tax_per_mwh: 2 values for 3 steps"):
        replace(case, market=replace(case.market, tax_per_mwh=np.ones(2)))
    with pytest.raises(InputError, match=r"market\.price_per_mwh: 0 values for 3 steps"):
        replace(case, market=replace(case.market, price_per_mwh=np.ones(0)))
    with pytest.raises(InputError, match=r"market\.tax_per_mwh.*nan"):
        replace(case, market=replace(case.market, tax_per_mwh=np.nan))
    with pytest.raises(InputError, match="of shape"):
        replace(case, scenario=Scenario([1.0, 2.0, 3.0]))  # type: ignore[arg-type]
