"""Legal and damaged pandapower nets that once lost something without a word or ended in an internal error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lempart.case.flexibility import Battery
from lempart.cli.importing import folder_names
from lempart.errors import InputError
from lempart.io import from_pandapower
from lempart.io.networks.network import Imported, unique_names
from support.command_line import Lempart
from support.pandapower_files import NetFile


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Imported]:
    """Return a function that imports a net as the only case in it."""

    def imported(file: NetFile, **options: Any) -> Imported:
        (only,) = from_pandapower(file.write(tmp_path / "net.json"), **options)
        return only

    return imported


def text_of(imported: Imported) -> str:
    return "\n".join(map(str, imported.notes))


def power_of(imported: Imported) -> dict[str, complex]:
    people = imported.case.prosumers
    return {person.name: u for person, u in zip(people, imported.case.scenario.forecast[:, 0], strict=True)}


WRONG = [
    ("trafo", {"sn_mva": 0.0}, r'net\.trafo\["T"\]\.sn_mva: is the number 0\.0'),
    ("trafo", {"parallel": 0}, r'net\.trafo\["T"\]\.parallel: is the number 0'),
    ("trafo", {"vn_lv_kv": 1e300}, r'net\.trafo\["T"\]\.vn_lv_kv: is the number 1e\+300, which no grid has'),
    ("trafo", {"vk_percent": None}, r'net\.trafo\["T"\]\.vk_percent: is empty'),
    ("line", {"parallel": 0}, r'net\.line\["L1"\]\.parallel: is the number 0'),
    ("line", {"r_ohm_per_km": True}, r'net\.line\["L1"\]\.r_ohm_per_km: is true, no number'),
    ("line", {"from_bus": [1]}, r'net\.line\["L1"\]\.from_bus: is a list of 1, no index'),
    ("line", {"in_service": "False"}, r'net\.line\["L1"\]\.in_service: is the text "False"'),
    ("load", {"p_mw": "0.02"}, r'net\.load\["A"\]\.p_mw: is the text "0\.02", no number'),
    ("load", {"p_mw": 10**400}, r'net\.load\["A"\]\.p_mw: is a huge number'),
    ("load", {"scaling": -(10**400)}, r'net\.load\["A"\]\.scaling: is a huge number'),
    ("load", {"scaling": float("inf")}, r'net\.load\["A"\]\.scaling: is the number inf'),
    ("bus", {"vn_kv": 0.0}, r'net\.bus\["mv"\]\.vn_kv: is the number 0\.0'),
    ("bus", {"vn_kv": {}}, r'net\.bus\["mv"\]\.vn_kv: is a table of keys, no number'),
]


@pytest.mark.parametrize(("table", "cells", "told"), WRONG)
def test_cells_that_can_t_be_used_are_named(made: Callable[..., Imported], table: str, cells: Any, told: str) -> None:
    """Once "internal error": table, element, column, value, and every one of them at once."""
    file = NetFile()
    file.change(table, 0, **cells)
    file.change("load", 1, q_mvar="much")
    with pytest.raises(InputError, match=told) as caught:
        made(file)
    assert 'net.load["B"].q_mvar: is the text "much", no number' in str(caught.value)


def test_a_rating_beyond_any_is_a_placeholder(made: Callable[..., Imported]) -> None:
    """Infinite, or an integer that no float holds: as absent as 99999 kA."""
    for current in (float("inf"), 10**400, 99999):
        file = NetFile()
        file.change("line", 0, max_i_ka=current)
        with pytest.raises(InputError, match="1 lines have no rating, or a placeholder: L1"):
            made(file)


def test_names_are_told_apart_from_the_names_of_others(made: Callable[..., Imported]) -> None:
    """A load called like the key that a nameless one gets: both stay."""
    file = NetFile()
    file.change("load", 0, name="load 1")
    file.change("load", 1, name="")
    assert [person.name for person in made(file).case.prosumers] == ["load 1", "load 1 #2"]
    names = unique_names(["a", "a", "a (1)", "", "2"], ["0", "1", "2", "2", "2"])
    assert len(set(names)) == 5
    assert {"a (1)", "2"} <= set(names)


def test_zero_to_two_is_no_band(made: Callable[..., Imported]) -> None:
    """What create_bus fills in where only other buses have a band: asked for, as where there is none."""
    file = NetFile()
    for row in (1, 3):
        file.change("bus", row, min_vm_pu=0.0, max_vm_pu=2.0)
    with pytest.raises(InputError, match="2 buses have no voltage band: lv, b"):
        made(file)
    assert made(file, voltage_band_pu=(0.95, 1.05)).case.grid.voltage_band_pu is not None


def test_a_storage_that_may_only_feed_in_keeps_its_power(made: Callable[..., Imported]) -> None:
    """A PV plant kept as a storage: by hand, B draws 2 kW, 13.7 kW are fed in: +11.7 kW."""
    file = NetFile()
    file.change("load", 1, p_mw=0.002, q_mvar=0.0)
    file.put(
        "storage",
        [{"name": "PV", "bus": 3, "p_mw": -0.0137, "max_e_mwh": 0.0274, "min_p_mw": -0.0137, "max_p_mw": 0.0}],
    )
    imported = made(file)
    assert power_of(imported)["B"] == pytest.approx(0.0117)
    assert all(person.flexibility == () for person in imported.case.prosumers)
    assert "PV: may not both charge (up to 0 MW) and discharge (up to 0.0137 MW)" in text_of(imported)


def test_a_battery_has_the_lower_of_its_limits(made: Callable[..., Imported]) -> None:
    """It may charge with 20 kW and discharge with 5: as a battery of one limit, 5, so that neither is broken."""
    file = NetFile()
    limits = {"min_p_mw": -0.005, "max_p_mw": 0.02, "soc_percent": 50.0}
    file.put("storage", [dict(name="S", bus=2, p_mw=0.0, max_e_mwh=0.05, **limits)])
    imported = made(file)
    (battery,) = imported.case.prosumers[0].flexibility
    assert isinstance(battery, Battery)
    assert battery.power_mw == 0.005
    assert "S: became a battery" in text_of(imported)
    assert "the lower of 0.02 and 0.005" in text_of(imported)


def test_the_root_may_be_a_fused_bus(made: Callable[..., Imported]) -> None:
    """A busbar that a closed switch makes one with another is called by either name."""
    file = NetFile()
    file.add("bus", name="busbar B", vn_kv=0.4)
    file.put("switch", [{"bus": 1, "element": 4, "et": "b", "closed": True}])
    file.add("line", name="L9", from_bus=4, to_bus=2, in_service=False)
    for name in ("busbar B", "lv"):
        assert made(file, root=name).case.grid.pcc == "lv"


def test_a_source_without_lines_does_not_stop_the_others(made: Callable[..., Imported]) -> None:
    """Once "the grid has no lines": the feeder is imported, and the lone bus and its load are named."""
    file = NetFile()
    file.add("bus", name="far", vn_kv=0.4)
    file.add("load", name="far load", bus=4, p_mw=0.01)
    file.add("ext_grid", name="second", bus=4)
    imported = made(file)
    assert len(imported.case.grid.lines) == 3
    assert "second: this external grid feeds no line" in text_of(imported)
    assert "far load" in text_of(imported)


def test_a_net_of_nothing_but_sources_says_so(made: Callable[..., Imported]) -> None:
    file = NetFile()
    for row in (0, 1):
        file.change("load", row, bus=0)
        file.change("line", row, in_service=False)
    file.change("trafo", 0, in_service=False)
    with pytest.raises(InputError, match="the grid has no lines"):
        made(file)


NOTED: list[tuple[str, str, dict[str, Any], str]] = [
    ("ratio", "trafo", {"vn_lv_kv": 0.38}, r"T: its ratio 20/0.38 kV differs from 20/0.4 kV .* are 5.00% too high"),
    ("planning limit", "trafo", {"max_loading_percent": 60.0}, r"net.trafo: max_loading_percent was not applied.*: T"),
    ("planning limit", "line", {"max_loading_percent": 60.0}, r"net.line: max_loading_percent was not applied.*: L1"),
    ("at no bus", "load", {"bus": 99}, r"net.load: 1 elements at buses that don't exist were left out: A \(bus 99\)"),
]


@pytest.mark.parametrize(("_kind", "table", "cells", "told"), NOTED)
def test_what_is_lost_is_said(made: Callable[..., Imported], _kind: str, table: str, cells: Any, told: str) -> None:
    """A note names the element and what was not read."""
    file = NetFile()
    assert not [note for note in made(file).notes if note.where != "market"]
    file.change(table, 0, **cells)
    (note,) = [note for note in made(file).notes if note.where != "market"]
    assert re.search(told, str(note))


def plant(file: NetFile, **cells: Any) -> None:
    file.put("sgen", [dict(name="PV", bus=3, p_mw=0.09, q_mvar=0.0, **cells)])


def test_generation_of_the_second_load_is_said(made: Callable[..., Imported]) -> None:
    """Whose the plant is, the net doesn't say; the note says whose it became."""
    file = NetFile()
    plant(file)
    assert "joined" not in text_of(made(file))
    file.add("load", name="C", bus=3, p_mw=0.001)
    assert "PV joined B" in text_of(made(file))
    assert "joined" not in text_of(made(file, prosumers="bus"))


def test_controllable_generation_is_said(made: Callable[..., Imported]) -> None:
    file = NetFile()
    plant(file, controllable=True, min_p_mw=0.0, max_p_mw=0.09)
    assert "net.sgen: controllable elements keep their power" in text_of(made(file))
    assert "PV (0 to 0.09 MW)" in text_of(made(file))


def test_prices_in_the_net_are_said(made: Callable[..., Imported]) -> None:
    file = NetFile()
    file.put("poly_cost", [{"et": "ext_grid", "element": 0, "cp1_eur_per_mw": 77.0}])
    assert "the net's own costs were not read: ext_grid 0 77 EUR/MWh" in text_of(made(file))


def test_profiles_and_controllers_in_the_net_are_said(made: Callable[..., Imported]) -> None:
    file = NetFile()
    file.put("load_profile", [{"A": 0.01}] * 24)
    file.net["profiles"] = {"load": file.net.pop("load_profile")}
    controller = {"_module": "pandapower.control.controller.const_control", "_class": "ConstControl", "_object": "{}"}
    file.put("controller", [{"object": controller, "in_service": True}])
    assert "24 steps of profiles are in the net and were not read" in text_of(made(file))
    assert "1 controllers were not read" in text_of(made(file))


def test_elements_of_a_kind_that_nobody_knows_are_refused(made: Callable[..., Imported]) -> None:
    """Tables that later versions of pandapower add carry power, too: refused by name, unless told to leave them."""
    file = NetFile()
    file.put("vsc_stacked", [{"name": "converter", "bus": 2, "p_mw": 0.1, "in_service": True}])
    with pytest.raises(InputError, match=r"net.vsc_stacked: 1 elements have no counterpart .*converter"):
        made(file)
    assert len(made(file, ignore_elements=("vsc_stacked",)).case.prosumers) == 2


DAMAGED: list[tuple[str, Callable[[NetFile], object], str]] = [
    ("a table is text", lambda file: file.net.update(load="none"), r"net\.load: is the text"),
    ("rows are no text", lambda file: file.net["load"].update(_object=7), r"net\.load: its rows are the number 7"),
    ("rows end early", lambda file: file.net["load"].update(_object='{"columns":["bus"'), r"net\.load: its rows are"),
    ("another order", lambda file: file.net["load"].update(_object="[]"), r"written as columns, index and data"),
    (
        "an index twice",
        lambda file: file.put("load", file.rows("load"), [0, 0]),
        r"net\.load: the index 0 occurs twice",
    ),
    ("an index of text", lambda file: file.put("load", file.rows("load"), [0, "x"]), r'its index holds the text "x"'),
    ("nested deeply", lambda file: file.net["load"].update(_object="[" * 10_000), r"nested too deeply"),
    ("kilowatts", lambda file: file.net.update(format_version="1.6.0"), r"format version is the text .1\.6\.0"),
    ("the future", lambda file: file.net.update(format_version="4.0"), r"and 2\.0 to 3\.x are read"),
    ("no buses", lambda file: file.net.pop("bus"), r"holds no pandapower network"),
]


@pytest.mark.parametrize(("_name", "damage", "told"), DAMAGED)
def test_damaged_tables_are_named(
    made: Callable[..., Imported], _name: str, damage: Callable[[NetFile], object], told: str
) -> None:
    file = NetFile()
    damage(file)
    with pytest.raises(InputError, match=told):
        made(file)


def test_what_is_said_twice_is_refused(tmp_path: Path) -> None:
    """JSON readers take the last of two equal keys, so a table would be lost without a word."""
    path = NetFile().write(tmp_path / "net.json")
    path.write_text(path.read_text().replace('"bus": {', '"load": {}, "bus": {', 1))
    with pytest.raises(InputError, match=r'the key "load" occurs twice'):
        from_pandapower(path)


def test_an_object_that_is_no_net_is_told() -> None:
    for thing in (None, 7, {}, object(), [1]):
        with pytest.raises(InputError, match="expected a pandapower net or the path of its JSON file"):
            from_pandapower(thing)


LEAVING = ["../../../esc", "{here}/esc", "..", ".", "", "a/b", "a\\b", "C:\\esc", "con", "NUL.txt", "x\x00y", "\x1b[2J"]


@pytest.mark.parametrize("name", LEAVING)
@pytest.mark.parametrize("field", ["source", "net", "option"])
def test_cases_stay_in_the_folder_that_was_named(lempart: Lempart, tmp_path: Path, name: str, field: str) -> None:
    """Two external grids make two folders below --out, whatever net and source are called."""
    name = name.format(here=tmp_path)
    file = NetFile()
    for row in file.rows("bus")[:2]:
        file.add("bus", **{**row, "name": f"{row['name']} 2"})
    file.add("trafo", name="T2", hv_bus=4, lv_bus=5)
    file.add("load", name="C", bus=5)
    file.add("ext_grid", name=name if field == "source" else "second", bus=4)
    file.net["name"] = name if field == "net" else "two"
    path = file.write(tmp_path / "net.json")
    option = ["--name", name.replace("\x00", "")] if field == "option" else []
    done = lempart("import", "pandapower", path, "--out", tmp_path / "in" / "case", *option)
    written = {path.parent.parent for path in tmp_path.rglob("case.toml")}
    assert done.code in (0, 1)
    if done.code == 0:
        assert written == {tmp_path / "in" / "case"}
        assert len(list(tmp_path.rglob("case.toml"))) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) in (["in", "net.json"], ["net.json"])


def test_folders_differ_where_names_do() -> None:
    """Also where only what can't be in a folder's name tells them apart, or a letter's case does."""
    names = ["a/b", "a\\b", "A_B", "..", "aux", "é" * 500]
    found = folder_names(names)
    assert len({name.casefold() for name in found}) == len(names)
    assert all(Path(name).name == name and len(name.encode()) < 255 for name in found)
    assert json.dumps(found)
