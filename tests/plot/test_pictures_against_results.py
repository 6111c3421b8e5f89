"""What each picture contains, against the result that it is drawn from; and that it can be written anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from drawn import CHARTS, bills, dataset, drawn, marks, scene_of, solved

from lempart import Case, plot, read_case, shipped_case_path, solution_json, solve
from lempart.errors import InputError, UsageError
from lempart.plot.colours import MARKETS, look

pytest.importorskip("altair")
pytest.importorskip("vl_convert")


def axis_titles(spec: Any) -> set[str]:
    if isinstance(spec, list):
        return {title for one in spec for title in axis_titles(one)}
    if not isinstance(spec, dict):
        return set()
    own = {
        channel["title"]
        for axis, channel in spec.get("encoding", {}).items()
        if axis in ("x", "y") and channel.get("title")
    }
    return own.union(*(axis_titles(value) for value in spec.values()))


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_renders_and_tells_what_it_shows(name: str) -> None:
    """Each becomes SVG, in light and dark, carries a text alternative, and is the same byte by byte again."""
    chart = drawn(name)
    assert len(chart.description) > 30
    first = plot.render(chart, ".svg")
    assert first.startswith(b"<svg")
    assert plot.render(CHARTS[name](), ".svg") == first
    assert plot.render(chart, ".svg", "dark") != first
    assert b"NaN" not in first
    assert b"undefined" not in first


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("costs", "cost of the network, CHF over the horizon"),
        ("bills", "bill, CHF over the horizon"),
        ("voltages", "voltage, p.u."),
        ("voltages", "time, h"),
        ("loadings", "largest loading, % of the rating"),
        ("profiles", "net injection, kW"),
        ("branch_profiles", "power, p.u. of the peak load"),
    ],
)
def test_axes_carry_their_unit(name: str, unit: str) -> None:
    """Each axis that has a title says its unit in it."""
    assert unit in axis_titles(plot.spec(drawn(name)))


def test_the_feeder_shows_every_node_line_market_and_violation() -> None:
    """Example 2 has 3 homes, 3 lines, 2 markets, and 2 lines over their rating in the realisation."""
    solution = solved()
    scene = scene_of("feeder")
    homes = marks(scene, "nodes-player")
    assert len(homes) == 3
    assert len(marks(scene, "nodes-pcc")) == 1
    assert len(marks(scene, "member-lines-run")) + len(marks(scene, "external-lines-run")) == 3
    assert len(marks(scene, "violated-lines")) == 2
    assert not marks(scene, "violated-nodes")
    players = solution.costs.prepared.player_names
    expected = sorted(look(block, players).colour for block in solution.names(solution.optimal_stable) for _ in block)
    assert sorted(home["fill"] for home in homes) == expected


def test_a_market_has_one_colour_everywhere() -> None:
    """The same market is drawn in the same colour on the feeder, in the lattice, in bills and in loadings."""
    solution = solved()
    blocks = solution.names(solution.optimal_stable)
    players = solution.costs.prepared.player_names
    wanted = {look(block, players).colour for block in blocks}
    feeder = {item["fill"] for item in marks(scene_of("feeder"), "nodes-player")}
    billed = {item["fill"] for item in marks(scene_of("bills"), "bill-markets")}
    cells = {item["fill"] for item in marks(scene_of("lattice"), "lattice-cells")}
    assert feeder == billed == wanted
    assert wanted < cells <= set(MARKETS["light"])


def test_costs_are_those_of_the_result() -> None:
    """Bars sum to the totals, cheapest first; the notes tell what is optimal and what is stable."""
    spec = plot.spec(plot.costs(solution_json(solved())))
    rows = {row["row"]: row for row in spec["data"]["values"]}
    parts: dict[int, float] = {}
    for part in spec["layer"][0]["data"]["values"]:
        parts[part["row"]] = parts.get(part["row"], 0.0) + part["amount"]
    totals = [item.total for item in solved().search.evaluated]
    assert [rows[i]["total"] for i in range(5)] == pytest.approx(totals)
    assert [parts[i] for i in range(5)] == pytest.approx(totals)
    assert rows[0]["word"] == "optimal, unstable"
    assert [rows[i]["word"] for i in (1, 2, 3)] == ["optimal stable"] * 3


def test_the_lattice_has_every_partition_and_its_covers() -> None:
    """Three players: five partitions, six covering pairs, costs and stability as in the result."""
    scene = scene_of("lattice")
    assert len(marks(scene, "lattice-links")) == 6
    assert len(marks(scene, "lattice-cells")) == 15
    assert len(marks(scene, "lattice-best")) == 3
    assert len(marks(scene, "lattice-best-unstable")) == 1


def test_bills_stand_where_they_are() -> None:
    """One bar per player whose parts sum to the bill, and a line across at the bill."""
    spec = plot.spec(drawn("bills"))
    amounts = {row["player"]: row["amount"] for row in spec["data"]["values"]}
    assert amounts == pytest.approx({bill.player: bill.amount for bill in bills()})
    assert len(marks(scene_of("bills"), "pays")) == 3


def test_names_are_escaped() -> None:
    """A prosumer with markup for a name shows as text in SVG; nothing in the file is an element of that name."""
    case = read_case(shipped_case_path("example-2"))
    evil = "<script>\"'&"
    people = (replace(case.prosumers[0], name=evil), *case.prosumers[1:])
    solution = solve(Case(**{**{f: getattr(case, f) for f in case.__dataclass_fields__}, "prosumers": people}))
    for chart in (plot.feeder(solution), plot.costs(solution), plot.lattice(solution)):
        svg = plot.render(chart, ".svg").decode()
        assert "<script" not in svg
        assert "&lt;script&gt;" in svg


def test_files_are_what_their_suffix_says(tmp_path: Path) -> None:
    """PNG, PDF and JSON begin as such; another suffix, and a folder that isn't there, are refused."""
    chart = plot.profiles(solved().costs.prepared)
    assert plot.save(chart, tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    assert plot.save(chart, tmp_path / "a.pdf").read_bytes()[:5] == b"%PDF-"
    assert json.loads(plot.save(chart, tmp_path / "a.json").read_text())["$schema"].startswith("https://vega.")
    with pytest.raises(UsageError, match=r"\.bmp"):
        plot.save(chart, tmp_path / "a.bmp")
    with pytest.raises(InputError, match="can't be written"):
        plot.save(chart, tmp_path / "nowhere" / "a.svg")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "a.pdf", "a.png"]


def test_drawing_needs_no_network() -> None:
    """A picture is drawn with every socket refused."""
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise OSError('no network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from lempart import plot\n"
        "print(len(plot.render(plot.branch_profiles(), '.png')))"
    )
    assert int(subprocess.check_output([sys.executable, "-c", code], text=True)) > 10_000


def test_colours_and_layout_need_no_drawing_library() -> None:
    """Importing the package and its colours loads neither altair nor vl-convert."""
    code = "import sys; from lempart.plot import look; print({'altair', 'vl_convert'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def test_what_is_unknown_is_not_told_as_a_number() -> None:
    """Without externalities nobody dispatches the trunk: its nodes and lines say so, instead of NaN or 0 %."""
    nodes = dataset(plot.feeder(solved("ieee33-branches")), "feeder-nodes")
    assert nodes[0]["voltages"] == "in no market"
    assert "to" in next(node["voltages"] for node in nodes if node["kind"] == "player")
    assert {edge["rating"] for edge in dataset(drawn("feeder"), "feeder-edges")} == {"1 MVA"}
    assert "NaN" not in plot.render(plot.feeder(solved("ieee33-branches")), ".svg").decode()
