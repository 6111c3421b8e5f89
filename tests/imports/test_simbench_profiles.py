"""SimBench grids, and their profiles against the simbench package's own numbers."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lempart.case import check
from lempart.errors import InputError, UsageError
from lempart.io import from_simbench
from lempart.io.networks.network import Imported

simbench = pytest.importorskip("simbench")

RURAL2 = "1-LV-rural2--0-no_sw"
TREE = Path(__file__).parents[1] / "data" / "profiles" / "rural2_feeder73_tree.csv"


@pytest.fixture(autouse=True)
def read_once(monkeypatch: pytest.MonkeyPatch, simbench_net: Callable[[str], Any]) -> None:
    """Read each grid once: it takes seconds, and none of these tests changes it."""
    monkeypatch.setattr(simbench, "get_simbench_net", simbench_net)


@cache
def rural2(**options: Any) -> Imported:
    (imported,) = from_simbench(RURAL2, **options)
    return imported


def test_rural2_s_shape() -> None:
    """DATA.md: 97 buses, 99 loads; 8 PV plants join loads or stand alone; its band is 0.9 to 1.1."""
    case = rural2().case
    assert len(case.grid.lines) == 96
    assert len(case.prosumers) == 99
    assert case.grid.voltage_band_pu == (0.9, 1.1)
    assert case.name == RURAL2
    assert not [problem for problem in check(case) if problem.severity == "error"]


def test_semiurb4() -> None:
    """The survey's second grid: 44 buses, 41 loads."""
    (imported,) = from_simbench("1-LV-semiurb4--0-no_sw")
    assert (len(imported.case.grid.lines), len(imported.case.prosumers)) == (43, 41)


def test_feeder_73_against_an_independent_extract(simbench_net: Callable[[str], Any]) -> None:
    """Parents, ohms and ratings of the 43 lines, as another program read them."""
    names = simbench_net(RURAL2).bus.name.to_dict()
    case = rural2(root=names[62], feeder=names[73]).case
    with TREE.open() as file:
        rows = {int(row["node"]): row for row in csv.DictReader(file)}
    number = {name: bus for bus, name in names.items()}
    assert {number[line.to_node] for line in case.grid.lines} == set(rows) - {62}
    for line in case.grid.lines:
        row = rows[number[line.to_node]]
        assert number[line.from_node] == int(row["parent"])
        assert line.r_ohm == pytest.approx(float(row["r_ohm"]), abs=6e-7)
        assert line.x_ohm == pytest.approx(float(row["x_ohm"]), abs=6e-7)
        assert line.rating_mva == pytest.approx(0.1871, abs=1e-4)
    loads = [number[person.node] for person in case.prosumers]
    assert {bus: loads.count(bus) for bus in rows} == {bus: int(row["n_loads"]) for bus, row in rows.items()}


def test_profiles_are_hourly_means_of_simbench_s(simbench_net: Callable[[str], Any]) -> None:
    """Every hour of the day, total and per meter, from simbench's own absolute values; consumption negative."""
    case = rural2(start="2016-01-17", forecast="day-lag").case
    absolute = simbench.get_absolute_values(simbench_net(RURAL2), True)
    load, pv = absolute["load", "p_mw"].to_numpy(), absolute["sgen", "p_mw"].to_numpy()
    for day, scenario in ((16, case.scenario.realization), (15, case.scenario.forecast)):
        hours = slice(day * 96, (day + 1) * 96)
        expected = (pv.sum(1) - load.sum(1))[hours].reshape(24, 4).mean(1)
        np.testing.assert_allclose(scenario.real.sum(0), expected, atol=1e-12)
    q = absolute["load", "q_mvar"].to_numpy()[16 * 96 : 17 * 96].sum(1).reshape(24, 4).mean(1)
    np.testing.assert_allclose(case.scenario.realization.imag.sum(0), -q, atol=1e-12)


def test_a_perfect_forecast_is_the_realisation() -> None:
    scenario = rural2(start="2016-06-01 06:00", steps=3, step_hours=0.25).case.scenario
    np.testing.assert_array_equal(scenario.forecast, scenario.realization)
    assert scenario.forecast.shape == (99, 3)


def test_step_length() -> None:
    """Half-hour steps average to the hourly ones."""
    hour = rural2(start="2016-03-01", steps=24).case
    half = rural2(start="2016-03-01", steps=48, step_hours=0.5).case
    assert (half.horizon.steps, half.horizon.step_hours) == (48, 0.5)
    joined = half.scenario.realization.reshape(-1, 24, 2).mean(axis=2)
    np.testing.assert_allclose(joined, hour.scenario.realization, atol=1e-12)


def test_week_roll_is_a_seeded_shift_of_loads_alone() -> None:
    """Same seed, same case; another seed, another; each load is its own profile some whole weeks away; PV stays."""
    plain = rural2(start="2016-05-11").case
    rolled = rural2(start="2016-05-11", week_roll_seed=4).case
    (again,) = from_simbench(RURAL2, start="2016-05-11", week_roll_seed=4)
    assert rolled == again.case
    assert rolled != rural2(start="2016-05-11", week_roll_seed=5).case
    weeks = [f"2016-{day}" for day in ("04-13", "04-20", "04-27", "05-04", "05-11", "05-18", "05-25", "06-01", "06-08")]
    days = [rural2(start=week, ignore_elements=("sgen",)).case.scenario.realization for week in weeks]
    without_pv = rural2(start="2016-05-11", week_roll_seed=4, ignore_elements=("sgen",)).case.scenario.realization
    for row, values in enumerate(without_pv):
        assert any(np.array_equal(values, day[row]) for day in days)
    pv = rolled.scenario.realization - without_pv
    np.testing.assert_allclose(pv, plain.scenario.realization - days[4], atol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": "17.01.2016"}, "'17.01.2016' is not a date"),
        ({"start": "2017-01-17"}, "isn't in the profiles, which go from 01.01.2016 00:00 to 31.12.2016 23:45"),
        ({"start": "2016-01-17 06:07"}, "isn't in the profiles"),
        ({"start": "2016-12-31", "steps": 25}, "don't lie within"),
        ({"start": "2016-01-01", "forecast": "day-lag"}, "don't lie within"),
        ({"start": "2016-01-17", "step_hours": 0.1}, "no multiple of 15 minutes"),
        ({"start": "2016-01-17", "steps": 0}, "steps must be a whole number of at least 1"),
        ({"start": "2016-01-17", "forecast": "oracle"}, 'forecast must be "perfect" or "day-lag"'),
    ],
)
def test_horizons_that_don_t_exist(options: dict[str, Any], message: str) -> None:
    with pytest.raises((InputError, UsageError), match=message):
        from_simbench(RURAL2, **options)


def test_unknown_codes_get_a_suggestion() -> None:
    with pytest.raises(InputError, match=r"no grid '1-LV-rural9--0-sw'.*Close to it: 1-LV-rural"):
        from_simbench("1-LV-rural9--0-sw")
