"""What ships: complete, valid, as documented, and exactly what its build script makes."""

from __future__ import annotations

import csv
import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import lempart.cases
from lempart.case import Battery, Case, Curtailment
from lempart.cases import shipped_case_path, shipped_cases
from lempart.errors import InputError
from lempart.grid import line_flows, radial_grid, squared_voltage_deviations
from lempart.io import check_case, read_case, write_case
from lempart.partition import Family

REPOSITORY = Path(__file__).parents[2]
TABLES = REPOSITORY / "tests" / "data" / "profiles"
NAMES = [name for name, _ in shipped_cases()]
END_OF_FEEDER = ["H24", "H63", "H83", "H1", "H65"]


def shipped(name: str) -> Case:
    return read_case(shipped_case_path(name))


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def assert_same_files(made: Path, name: str) -> None:
    """Compare all files a script makes, byte for byte; the texts beside them are written by hand."""
    folder = shipped_case_path(name)
    data = {file.name for file in folder.iterdir() if file.suffix != ".md"}
    assert {file.name for file in made.iterdir()} == data
    for file in data:
        assert (made / file).read_bytes() == (folder / file).read_bytes(), file


def test_the_index_lists_every_folder() -> None:
    folders = {file.parent.name for file in Path(lempart.cases.__file__).parent.glob("*/case.toml")}
    assert set(NAMES) == folders
    assert all(description for _, description in shipped_cases())


@pytest.mark.parametrize("name", NAMES)
def test_every_case_is_valid(name: str) -> None:
    """No errors; the only warnings are on limits that a case leaves out on purpose."""
    problems = check_case(shipped_case_path(name))
    assert not [problem for problem in problems if problem.severity == "error"]
    assert all("count as unlimited" in problem.message for problem in problems)
    assert shipped(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_every_case_survives_a_round_trip(name: str, tmp_path: Path) -> None:
    write_case(shipped(name), tmp_path / "copy")
    assert read_case(tmp_path / "copy") == shipped(name)


def test_unknown_names_get_a_suggestion() -> None:
    with pytest.raises(InputError, match=r"rural-feeder: no case of this name ships.*rural-feeder-5"):
        shipped_case_path("rural-feeder")


def test_the_examples_differ_in_the_battery_alone() -> None:
    """Example 2 is Example 1 with other battery costs (Table I's forecasts, realisations 1.2 times them)."""
    costs = {"example-1": (19, 0), "example-2": (15, 7), "example-2-as-printed": (19, 2)}
    for name, (linear, quadratic) in costs.items():
        case = shipped(name)
        np.testing.assert_array_equal(case.scenario.forecast.real, [[0, 1, -1], [-1, 0, 1], [1, -1, 0]])
        np.testing.assert_allclose(case.scenario.realization, 1.2 * case.scenario.forecast)
        assert case.market == shipped("example-1").market
        assert case.grid == shipped("example-1").grid
        for person in case.prosumers:
            (battery,) = person.flexibility
            assert isinstance(battery, Battery)
            assert (battery.cost_per_mwh, battery.quadratic_cost_per_mw2h) == (linear, quadratic)


class TestRuralFeeder:
    """rural-feeder-5 is what its README says."""

    case = shipped("rural-feeder-5")

    def test_people(self) -> None:
        """47 meters: 41 homes and 6 businesses; five players, at the last five buses of the feeder's longer arm."""
        names = [person.name for person in self.case.prosumers]
        assert (len(names), sum(name.startswith("H") for name in names)) == (47, 41)
        players = [person for person in self.case.prosumers if person.player]
        assert [person.name for person in players] == END_OF_FEEDER
        parent = {line.to_node: line.from_node for line in self.case.grid.lines}
        assert [parent[person.node] for person in players[1:]] == [person.node for person in players[:-1]]
        assert players[-1].node not in parent.values()

    def test_34_partitions(self) -> None:
        """The paper's count for its neighbourhood."""
        tree = radial_grid(self.case).tree
        players = tuple((row,) for row, person in enumerate(self.case.prosumers) if person.player)
        assert Family(tree, players).count() == 34

    def test_grid_against_an_independent_extract(self) -> None:
        with (TABLES / "rural2_feeder73_tree.csv").open() as file:
            rows = {f"b{row['node']}": row for row in csv.DictReader(file)}
        assert len(self.case.grid.lines) == len(rows) - 1
        for line in self.case.grid.lines:
            row = rows[line.to_node]
            assert line.from_node == f"b{row['parent']}"
            assert (line.r_ohm, line.x_ohm) == pytest.approx((float(row["r_ohm"]), float(row["x_ohm"])), abs=6e-7)
            assert line.rating_mva == pytest.approx(0.1871, abs=1e-4)

    def test_reactive_loads(self) -> None:
        """Without PV the power factor is 0.98 in every hour, forecast and realised; PV adds active power alone."""
        q_of_p = np.tan(np.arccos(0.98))
        has_pv = [any(isinstance(unit, Curtailment) for unit in person.flexibility) for person in self.case.prosumers]
        for power in (self.case.scenario.forecast, self.case.scenario.realization):
            plain = power[~np.array(has_pv)]
            np.testing.assert_allclose(plain.imag, q_of_p * plain.real, atol=1.1e-7)
            assert np.all(plain.real <= 0)
        assert sum(has_pv) == 13

    def test_curtailment_never_exceeds_the_generation_in_the_forecast(self) -> None:
        """What can be turned down is part of the forecast: without it the home would draw, never feed in."""
        for row, person in enumerate(self.case.prosumers):
            for unit in person.flexibility:
                if isinstance(unit, Curtailment):
                    load = self.case.scenario.forecast[row].real - unit.available_mw
                    assert np.all(load <= 1e-9)

    def test_equipment_of_the_players(self) -> None:
        batteries = {
            person.name: unit.energy_mwh
            for person in self.case.prosumers
            for unit in person.flexibility
            if isinstance(unit, Battery) and person.player
        }
        assert batteries == {"H63": 0.01, "H83": 0.005, "H65": 0.0075}
        units = [unit for person in self.case.prosumers for unit in person.flexibility if isinstance(unit, Battery)]
        assert len(units) == 8
        assert all(unit.power_mw == pytest.approx(unit.energy_mwh / 2) for unit in units)

    def test_it_starts_within_its_limits(self) -> None:
        """With nobody moving, the forecast respects every rating and the voltage band: the case is feasible."""
        grid = radial_grid(self.case)
        flows = line_flows(grid, self.case.scenario.forecast)
        deviations = squared_voltage_deviations(grid, flows)
        assert np.all(np.abs(flows[1:]) <= grid.rating_mva[1:, None])
        assert np.all((deviations >= grid.dv_min[:, None]) & (deviations <= grid.dv_max[:, None]))

    def test_the_notice_is_there(self) -> None:
        text = (shipped_case_path("rural-feeder-5") / "NOTICE.md").read_text()
        assert "Open Database License (ODbL) 1.0" in text
        assert "SimBench" in text

    def test_the_script_makes_it_byte_for_byte(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, simbench_net: Callable[[str], Any]
    ) -> None:
        simbench = pytest.importorskip("simbench")
        monkeypatch.setattr(simbench, "get_simbench_net", simbench_net)
        made = write_case(script("build_rural_feeder_5").build(), tmp_path / "made", tables="csv")
        assert_same_files(made, "rural-feeder-5")


class TestIeee33:
    """ieee33-branches is what its README says."""

    case = shipped("ieee33-branches")

    def test_the_script_makes_it_byte_for_byte(self, tmp_path: Path) -> None:
        made = write_case(script("build_ieee33_branches").build(), tmp_path / "made", tables="csv")
        assert_same_files(made, "ieee33-branches")

    def test_profiles_against_a_table(self) -> None:
        """Shapes that another program computed from the formulas, to four decimals; the wind is a sampled mean."""
        table = np.genfromtxt(TABLES / "ieee33_profiles.csv", delimiter=",", names=True)
        shapes = script("build_ieee33_branches").profiles()
        columns = [(1, "load_b1", "wind_b1_mean"), (2, "load_b2", "pv_b2"), (3, "load_b3", "waste_b3")]
        for branch, load, generation in columns:
            ours = shapes[f"branch {branch}"]
            np.testing.assert_allclose(ours[0], table[load], atol=6e-5)
            np.testing.assert_allclose(ours[1], table[generation], atol=0.022 if branch == 1 else 6e-5)

    def test_numbers_of_the_survey(self) -> None:
        """DATA.md 5.2: scaled peaks, path resistances, and the voltage rise of 1 p.u. export from each branch."""
        grid = radial_grid(self.case)
        path = dict(zip(grid.names, grid.path_resistance_pu, strict=True))
        assert (path["n18"], path["n33"]) == pytest.approx((0.0556, 0.0280), abs=5e-5)
        module = script("build_ieee33_branches")
        peak = {node: kw / 1000 for _, node, _, _, kw in module.BRANCHES} | {6: 0.06}
        for group, total, end, rise in (("branch 1", 1.656, "n33", 0.0607), ("branch 2", 1.29, "n18", 0.0585)):
            scaled = {node: peak[node] * module.LOAD_SCALE[group] for node in module.GROUPS[group]}
            assert sum(scaled.values()) == pytest.approx(total)
            export = np.array([[scaled.get(int(person.node[1:]), 0.0) + 0j] for person in self.case.prosumers])
            deviations = squared_voltage_deviations(grid, line_flows(grid, export))
            assert deviations[grid.names.index(end), 0] == pytest.approx(rise, abs=6e-5)

    def test_against_pandapower_s_case33bw(self) -> None:
        """The published table in the script is the one pandapower carries."""
        networks = pytest.importorskip("pandapower.networks")
        net = networks.case33bw()
        load = dict(zip(net.load.bus, net.load.p_mw, strict=True))
        lines = {
            (row.from_bus + 1, row.to_bus + 1): (row.r_ohm_per_km * row.length_km, row.x_ohm_per_km * row.length_km)
            for row in net.line.itertuples()
        }
        for one, other, r_ohm, x_ohm, kw in script("build_ieee33_branches").BRANCHES:
            assert lines[one, other] == pytest.approx((r_ohm, x_ohm))
            assert load[other - 1] == pytest.approx(kw / 1000)

    def test_noise(self) -> None:
        """The error of a forecast is 10 % of load and generation, added in squares; its mean is about 0."""
        shapes = script("build_ieee33_branches").profiles()
        groups = {member: group.name for group in self.case.groups for member in group.members}
        relative = []
        for row, person in enumerate(self.case.prosumers):
            load, generation = shapes[groups[person.name]]
            net = generation - load
            scale = self.case.scenario.realization[row].real @ net / (net @ net)
            error = (self.case.scenario.forecast[row] - self.case.scenario.realization[row]).real
            relative.append(error / (scale * np.hypot(load, generation)))
        assert np.std(relative) == pytest.approx(0.1, rel=0.1)
        assert abs(np.mean(relative)) < 0.015

    def test_batteries_never_limit(self) -> None:
        """One battery could swallow all that everybody generates in the day."""
        total = np.abs(self.case.scenario.realization).sum()
        for person in self.case.prosumers:
            (battery,) = person.flexibility
            assert isinstance(battery, Battery)
            assert battery.energy_mwh / 2 > total


def test_a_case_can_be_copied_and_edited(tmp_path: Path) -> None:
    """A user's first step: copy a shipped folder, change one number, read it."""
    copy = shutil.copytree(shipped_case_path("rural-feeder-5"), tmp_path / "mine")
    text = (copy / "case.toml").read_text().replace("tax_per_mwh = 144.1", "tax_per_mwh = 57.6")
    (copy / "case.toml").write_text(text)
    assert read_case(copy).market.tax_per_mwh[0] == 57.6
