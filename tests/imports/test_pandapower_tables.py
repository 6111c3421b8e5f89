"""pandapower's own example networks, and nets built here element by element."""

from __future__ import annotations

import copy
import itertools
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lempart.case import Case, check
from lempart.errors import InputError
from lempart.io import from_pandapower, read_case, write_case
from lempart.io.networks.network import Imported

pp = pytest.importorskip("pandapower")
networks = pytest.importorskip("pandapower.networks")
toolbox = pytest.importorskip("pandapower.toolbox")

BAND = {"voltage_band_pu": (0.9, 1.1)}

SHAPES = [
    # From DATA.md's survey: buses (of the tree), loads' buses, leaves, depth, most children.
    ("create_kerber_landnetz_kabel_1", {}, 18, 8, 8, 8, 2),
    ("create_kerber_dorfnetz", {}, 116, 57, 57, 18, 6),
    ("case33bw", {"rating_mva": 6.0}, 33, 32, 4, 17, 2),
    ("create_cigre_network_mv", {}, 15, 13, 4, 7, 2),
    ("create_cigre_network_lv", {}, 41, 15, 13, 11, 3),
    ("create_synthetic_voltage_control_lv_network", {}, 26, 14, 12, 9, 3),
]


def only(net: Any, **options: Any) -> Imported:
    (imported,) = from_pandapower(net, **{**BAND, **options})
    return imported


def tree_of(case: Case) -> tuple[int, int, int, int]:
    """Return buses, leaves, depth and the most children of the case's tree."""
    parent = {line.to_node: line.from_node for line in case.grid.lines}
    depth = {case.grid.pcc: 0}
    for line in case.grid.lines:
        depth[line.to_node] = depth[line.from_node] + 1
    children = Counter(parent.values())
    leaves = [bus for bus in parent if bus not in children]
    return len(depth), len(leaves), max(depth.values()), max(children.values())


@pytest.mark.parametrize(("name", "options", "buses", "loads", "leaves", "depth", "children"), SHAPES)
def test_known_networks(
    name: str, options: dict[str, Any], buses: int, loads: int, leaves: int, depth: int, children: int
) -> None:
    """Each network has the shape that an independent survey found, keeps its power, and is a valid case."""
    net = getattr(networks, name)()
    before = copy.deepcopy(net)
    case = only(net, **options).case
    assert tree_of(case) == (buses, leaves, depth, children)
    assert len({person.node for person in case.prosumers} - {case.grid.pcc}) == loads
    load = (net.load.p_mw * net.load.scaling).sum()
    sgen = (net.sgen.p_mw * net.sgen.scaling).sum()
    assert case.scenario.forecast.real.sum() == pytest.approx(sgen - load)
    assert not [problem for problem in check(case) if problem.severity == "error"]
    assert toolbox.nets_equal(net, before)


def test_two_external_grids_make_two_cases() -> None:
    """mv_oberrhein: its two parts have 70 and 109 buses (DATA.md), no bus in both."""
    north, south = from_pandapower(networks.mv_oberrhein(), **BAND)
    assert [tree_of(each.case)[:3] for each in (north, south)] == [(70, 11, 31), (109, 20, 35)]
    buses = [{line.to_node for line in each.case.grid.lines} for each in (north, south)]
    assert not buses[0] & buses[1]
    assert north.case.name != south.case.name


def test_places_of_a_real_grid_are_degrees() -> None:
    """mv_oberrhein lies on the Upper Rhine: every bus of both cases has its GeoJSON point, as it stands there."""
    net = networks.mv_oberrhein()
    points = {tuple(json.loads(geo)["coordinates"]) for geo in net.bus.geo}
    for imported in from_pandapower(net, **BAND):
        grid = imported.case.grid
        assert grid.coordinates == "wgs84"
        assert {node.name for node in grid.nodes} == {grid.pcc, *(line.to_node for line in grid.lines)}
        assert {(node.x, node.y) for node in grid.nodes} <= points
        assert all(7 < node.x < 8.5 and 48 < node.y < 49 for node in grid.nodes)


@pytest.mark.parametrize("name", ["case33bw", "create_cigre_network_lv"])
def test_places_of_a_drawing_are_schematic(name: str) -> None:
    """Both keep a drawing where degrees belong: around 0 N 0 E and many degrees wide."""
    assert only(getattr(networks, name)(), rating_mva=6.0).case.grid.coordinates == "schematic"


def test_places_that_can_not_be_read_are_left_out() -> None:
    """Buses without a point, or with something else in its place, have none; a fused one lends its own."""
    net = pp.create_empty_network()
    buses = [pp.create_bus(net, 0.4, name=f"b{n}") for n in range(5)]
    pp.create_ext_grid(net, buses[0])
    for a, b in itertools.pairwise(buses[:4]):
        pp.create_line_from_parameters(net, a, b, 0.1, 0.3, 0.1, 0.0, 0.2)
    pp.create_load(net, buses[3], 0.01)
    pp.create_switch(net, buses[3], buses[4], et="b", closed=True)
    net.bus["geo"] = [None, "nowhere", '{"coordinates": [NaN, 2]}', None, '{"coordinates": [8.0, 48.0, 300.0]}']
    grid = only(net).case.grid
    assert [(node.name, node.x, node.y) for node in grid.nodes] == [("b3", 8.0, 48.0)]


def test_dummy_ratings_are_refused() -> None:
    """case33bw gives every line 99999 kA: that is no rating, and nobody but the user can say what is."""
    net = networks.case33bw()
    with pytest.raises(InputError, match=r"32 lines have no rating.*rating_mva=") as caught:
        from_pandapower(net)
    assert "voltage band" not in str(caught.value)
    lines = from_pandapower(net, rating_mva=4.5)[0].case.grid.lines
    assert {line.rating_mva for line in lines} == {4.5}


def test_open_ties_of_case33bw_stay_open() -> None:
    """Five tie lines are out of service; closing one makes a loop, which is named."""
    net = networks.case33bw()
    net.line.loc[~net.line.in_service, "name"] = ["tie 1", "tie 2", "tie 3", "tie 4", "tie 5"]
    net.line.loc[net.line.name == "tie 4", "in_service"] = True
    with pytest.raises(InputError, match=r"form a loop: .*tie 4") as caught:
        from_pandapower(net, rating_mva="unlimited")
    assert len(caught.value.problems) == 1


def test_elements_without_counterpart_are_named() -> None:
    """One problem per kind of element, with the names and the way out; one out of service doesn't matter."""
    net = feeder()
    pp.create_shunt(net, 2, q_mvar=-0.01, name="capacitor")
    pp.create_shunt(net, 2, q_mvar=-0.01, name="spare", in_service=False)
    pp.create_ward(net, 1, 0.1, 0.1, 0, 0, name="equivalent")
    pp.create_motor(net, 2, 0.01, cos_phi=0.9, name="pump")
    with pytest.raises(InputError) as caught:
        only(net)
    assert [problem.where for problem in caught.value.problems] == ["net.motor", "net.shunt", "net.ward"]
    assert all("ignore_elements" in problem.remedy for problem in caught.value.problems)
    assert "capacitor" in str(caught.value)
    assert "spare" not in str(caught.value)


def test_elements_may_be_left_out() -> None:
    """example_simple without its shunt: 110/20 kV, switches of all kinds; the PCC's level is the base."""
    imported = only(networks.example_simple(), ignore_elements=("shunt",))
    assert imported.case.grid.base_kv == 110
    assert any("voltage control is not modelled" in note.message for note in imported.notes)


def test_json_file_and_round_trip(tmp_path: Path) -> None:
    """The file gives the case the net gives, and the case survives being written and read."""
    net = networks.create_kerber_landnetz_kabel_1()
    pp.to_json(net, str(tmp_path / "net.json"))
    from_net, from_file = only(net, name="kerber").case, only(tmp_path / "net.json", name="kerber").case
    assert from_net == from_file
    write_case(from_file, tmp_path / "case")
    assert read_case(tmp_path / "case") == from_net


@pytest.mark.parametrize("content", ["", "{}", "[1, 2", '{"a": 1}', "not json"])
def test_files_that_are_no_network(tmp_path: Path, content: str) -> None:
    (tmp_path / "net.json").write_text(content)
    with pytest.raises(InputError, match=r"net\.json: (can't be read as|holds no) (a )?pandapower network"):
        from_pandapower(tmp_path / "net.json")


def test_a_file_that_isn_t_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"net\.json: no such file"):
        from_pandapower(tmp_path / "net.json")


def feeder() -> Any:
    """Return 20 kV, a transformer, and a 0.4 kV line to a house."""
    net = pp.create_empty_network()
    mv, lv, house = (pp.create_bus(net, kv, name=name) for kv, name in ((20, "mv"), (0.4, "lv"), (0.4, "house")))
    pp.create_ext_grid(net, mv)
    pp.create_transformer_from_parameters(
        net, mv, lv, sn_mva=0.4, vn_hv_kv=20, vn_lv_kv=0.4, vkr_percent=1.5, vk_percent=6, pfe_kw=1, i0_percent=0.2
    )
    line = {"r_ohm_per_km": 0.2, "x_ohm_per_km": 0.08, "c_nf_per_km": 0, "max_i_ka": 0.27}
    pp.create_line_from_parameters(net, lv, house, length_km=0.5, **line)
    pp.create_load(net, house, p_mw=0.01, q_mvar=0.002, name="family")
    return net


def test_transformer_impedance_and_ratings() -> None:
    """By hand: z_k = 6 % of 20^2/0.4 = 60 ohm at 20 kV; S = sqrt(3) 0.4 kV 0.27 kA = 187.06 kVA."""
    trafo, line = only(feeder()).case.grid.lines
    assert trafo.r_ohm == pytest.approx(15)
    assert abs(complex(trafo.r_ohm, trafo.x_ohm)) == pytest.approx(60)
    assert trafo.rating_mva == pytest.approx(0.4)
    assert line.rating_mva == pytest.approx(0.187061, rel=1e-5)
    assert line.r_ohm == pytest.approx(0.1 * 50**2)


def test_parallel_systems_and_derating() -> None:
    """parallel=2 halves impedance and doubles the rating; df scales the rating alone."""
    net = feeder()
    net.line["parallel"] = 2
    net.line["df"] = 0.8
    net.trafo["parallel"] = 2
    trafo, line = only(net).case.grid.lines
    assert (trafo.r_ohm, trafo.rating_mva) == pytest.approx((7.5, 0.8))
    assert (line.r_ohm, line.rating_mva) == pytest.approx((125, 0.187061 * 2 * 0.8), rel=1e-5)


def open_line(net: Any) -> None:
    pp.create_switch(net, 1, 0, et="l", closed=False)


def open_trafo(net: Any) -> None:
    pp.create_switch(net, 0, 0, et="t", closed=False)


def line_out(net: Any) -> None:
    net.line["in_service"] = False


@pytest.mark.parametrize("cut", [open_line, open_trafo, line_out])
def test_what_is_open_doesn_t_supply(cut: Callable[[Any], None]) -> None:
    net = feeder()
    cut(net)
    with pytest.raises(InputError, match="have no supply: house"):
        only(net)


def test_what_is_out_of_service_is_gone() -> None:
    """A load out of service, and one at a bus out of service, draw nothing."""
    net = feeder()
    dead = pp.create_bus(net, 0.4, in_service=False)
    pp.create_load(net, dead, p_mw=1)
    pp.create_load(net, 2, p_mw=1, in_service=False)
    assert [person.name for person in only(net).case.prosumers] == ["family"]


def test_open_bus_switch_doesn_t_fuse() -> None:
    """Closed, the two busbars are one; open, the second is an island without customers."""
    net = feeder()
    second = pp.create_bus(net, 0.4, name="second bar")
    switch = pp.create_switch(net, 1, second, et="b", closed=True)
    assert not only(net).notes[0].message.startswith("1 buses without supply")
    net.switch.loc[switch, "closed"] = False
    assert any("second bar" in note.message for note in only(net).notes)


def test_a_storage_becomes_a_battery() -> None:
    """At the family's bus it joins them, with the lower of its two limits; its schedule is dropped with a note."""
    net = feeder()
    pp.create_storage(net, 2, p_mw=0.003, max_e_mwh=0.01, min_p_mw=-0.004, max_p_mw=0.005, soc_percent=30)
    imported = only(net)
    (person,) = imported.case.prosumers
    (battery,) = person.flexibility
    assert (battery.power_mw, battery.energy_mwh, battery.initial_soc) == (0.004, 0.01, 0.3)
    assert imported.case.scenario.forecast.real.tolist() == [[-0.01]]
    (note,) = [note for note in imported.notes if "became a battery" in note.message]
    assert "its schedule of 0.003 MW" in note.message
    assert "at most 0.004 MW, the lower of 0.005 and 0.004" in note.message


def test_a_storage_without_size_is_refused() -> None:
    """Its power and capacity are limits, so they are never guessed."""
    net = feeder()
    pp.create_storage(net, 2, p_mw=0.003, max_e_mwh=np.nan, name="box")
    with pytest.raises(InputError, match="box: the storage has no power"):
        only(net)
    assert only(net, ignore_elements=("storage",)).case.prosumers[0].flexibility == ()


def test_signs_and_scaling() -> None:
    """A static generator feeds in, scaled; loads draw; both at the house are one prosumer."""
    net = feeder()
    net.load["scaling"] = 2.0
    pp.create_sgen(net, 2, p_mw=0.006, q_mvar=-0.001, scaling=0.5)
    assert only(net).case.scenario.forecast.tolist() == [[pytest.approx(-0.017 - 0.0045j)]]


def test_three_phase_loads_are_added_up() -> None:
    net = feeder()
    pp.create_asymmetric_load(net, 1, p_a_mw=0.001, p_b_mw=0.002, p_c_mw=0.003, q_a_mvar=0.001, name="3ph")
    imported = only(net)
    power = {p.name: u for p, u in zip(imported.case.prosumers, imported.case.scenario.forecast[:, 0], strict=True)}
    assert power["3ph"] == pytest.approx(-0.006 - 0.001j)
    assert any("phases" in note.message for note in imported.notes)


def test_equal_and_empty_names() -> None:
    """Two loads called "home" and one without a name: each can still be told apart."""
    net = feeder()
    for name in ("home", "home", None):
        pp.create_load(net, 2, p_mw=0.001, name=name)
    names = [person.name for person in only(net).case.prosumers]
    assert names == ["family", "home (load 1)", "home (load 2)", "load 3"]


def test_what_a_case_can_t_carry_is_noted() -> None:
    """A set point off 1.0, a tap off neutral, a loading limit other than 100 %."""
    net = feeder()
    net.ext_grid["vm_pu"] = 1.02
    net.trafo["tap_pos"], net.trafo["tap_neutral"] = 2, 0
    net.line["max_loading_percent"] = 60.0
    text = "\n".join(note.message for note in only(net).notes)
    assert "held at 1.02 p.u." in text
    assert "tap position 2" in text
    assert "max_loading_percent was not applied" in text


def test_a_slack_generator_is_an_external_grid() -> None:
    net = feeder()
    net.ext_grid["in_service"] = False
    pp.create_gen(net, 0, p_mw=0.1, slack=True, name="plant")
    case = only(net).case
    assert case.grid.pcc == "mv"
    assert [person.name for person in case.prosumers] == ["family"]
