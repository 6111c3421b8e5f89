"""A feeder on a map, against the coordinates of its case."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from drawn import dataset, drawn, marks, scene_of, solved

from lempart import Case, plot, read_case, shipped_case_path
from lempart.case import Node
from lempart.cost import PreparedCase
from lempart.errors import UsageError
from lempart.plot.map_labels import text_box
from lempart.plot.map_places import bus_count, has_map, map_places
from lempart.plot.map_scale import round_metres
from lempart.plot.map_stubs import STUB

pytest.importorskip("altair")
pytest.importorskip("vl_convert")


def rural() -> PreparedCase:
    return solved("rural-feeder-5").costs.prepared


def metres_apart(one: Node, other: Node) -> float:
    """Return the great-circle distance of two places in degrees (haversine, mean radius of the earth)."""
    a, b = math.radians(one.y), math.radians(other.y)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(other.x - one.x) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


def placed(case: Case, nodes: list[Node], coordinates: str = "metres") -> PreparedCase:
    return PreparedCase.of(replace(case, grid=replace(case.grid, nodes=tuple(nodes), coordinates=coordinates)))


@pytest.fixture(scope="module")
def star() -> Case:
    """Return example 2: a star of three homes, each at the end of its own line."""
    return read_case(shipped_case_path("example-2"))


def test_distances_on_the_map_are_those_on_the_earth() -> None:
    """Pixels between any two buses, times the scale, are the great-circle distance to 0.5 %; north is up."""
    prepared = rural()
    places = map_places(prepared.case, prepared.grid, [""] * prepared.grid.node_count)
    where = {node.name: node for node in prepared.case.grid.nodes}
    buses = range(bus_count(prepared.case, prepared.grid))
    nodes = [where[prepared.grid.names[n]] for n in buses]
    for (i, a), (j, b) in itertools.combinations(enumerate(nodes), 2):
        drawn_apart = math.hypot(places.x[i] - places.x[j], places.y[i] - places.y[j]) * places.metres_per_pixel
        assert drawn_apart == pytest.approx(metres_apart(a, b), rel=5e-3, abs=0.1)
        assert (places.y[i] < places.y[j]) == (a.y > b.y)


def test_the_bar_is_as_long_as_it_says() -> None:
    """Metres told and pixels drawn agree with the scale of the map, which the distances above were checked with."""
    prepared = rural()
    scale = map_places(prepared.case, prepared.grid, [""] * prepared.grid.node_count).metres_per_pixel
    (told,) = dataset(drawn("map"), "feeder-scale")
    assert told["text"] == f"{told['metres']:g} m"
    bar = marks(scene_of("map"), "scale-bar")[0]
    assert abs(bar["x2"] - bar["x"]) * scale == pytest.approx(told["metres"], rel=1e-3)


@pytest.mark.parametrize(("most", "length"), [(1.0, 1), (199.0, 100), (200.0, 200), (4999.0, 2000), (0.7, 0.5)])
def test_bars_are_round(most: float, length: float) -> None:
    """The longest of 1, 2, 5 times a power of ten that fits."""
    assert round_metres(most) == pytest.approx(length)


def test_homes_stand_beside_their_bus_and_apart() -> None:
    """All 47 homes are a stub away from their bus, and no two marks that carry a home overlap."""
    prepared = rural()
    places = map_places(prepared.case, prepared.grid, [""] * prepared.grid.node_count)
    homes = [int(n) for n in prepared.grid.tree.leaf]
    assert len(homes) == 47
    for home in homes:
        bus = int(prepared.grid.tree.parent[home])
        apart = math.hypot(places.x[home] - places.x[bus], places.y[home] - places.y[bus])
        assert apart == pytest.approx(STUB, abs=0.02)
    points = np.column_stack([places.x, places.y])[homes]
    gaps = [math.dist(a, b) for a, b in itertools.combinations(points, 2)]
    assert min(gaps) > 6.0


def test_labels_do_not_overlap() -> None:
    """Neither each other nor a home; everything is within the box of the picture."""
    prepared = rural()
    owner = {int(n): p.name for n, p in zip(prepared.grid.tree.leaf, prepared.case.prosumers, strict=True) if p.player}
    labels = [owner.get(n, "") for n in range(prepared.grid.node_count)]
    places = map_places(prepared.case, prepared.grid, labels)
    boxes = [text_box(anchor, label) for anchor, label in zip(places.labels, labels, strict=True) if anchor]
    assert len(boxes) == 5
    left, top, right, bottom = places.box
    assert all(left <= b[0] and top <= b[1] and b[2] <= right and b[3] <= bottom for b in boxes)
    for a, b in itertools.combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for home in prepared.grid.tree.leaf:
        assert not any(b[0] < places.x[home] < b[2] and b[1] < places.y[home] < b[3] for b in boxes)


def test_every_line_is_drawn_straight_once() -> None:
    """On a map each edge is one line from node to node; in a tree it is one along its row, and one that turns off."""
    prepared = rural()
    scene = scene_of("map")
    assert len(marks(scene, "external-lines-straight")) == prepared.grid.node_count - 1
    assert not marks(scene, "external-lines-run")
    assert len(marks(scene, "nodes-player")) == 5
    assert len(marks(scene, "nodes-regular")) == 42


def test_plane_coordinates_keep_their_shape(star: Case) -> None:
    """Metres on a plane: 300 to the east and 400 to the north are 500 apart; a drawing has no scale."""
    nodes = [Node("root", 0.0, 0.0), Node("n1", 300.0, 0.0), Node("n2", 0.0, 400.0), Node("n3", 300.0, 400.0)]
    prepared = placed(star, nodes)
    places = map_places(prepared.case, prepared.grid, [""] * 4)
    assert math.hypot(places.x[3] - places.x[0], places.y[3] - places.y[0]) * places.metres_per_pixel == pytest.approx(
        500.0, rel=1e-3
    )
    assert places.x[1] > places.x[0]
    assert places.y[2] < places.y[0]
    schematic = placed(star, nodes, "schematic")
    assert map_places(schematic.case, schematic.grid, [""] * 4).metres_per_pixel is None


def test_buses_without_a_place_stand_on_the_way() -> None:
    """A bus between two that are known is half-way; one below all that are known is a stub off its parent."""
    case = read_case(shipped_case_path("ieee33-branches"))
    line = ["b0", "b1", "b2", "b3", "b4"]
    names = PreparedCase.of(case).grid.names
    chain = [names[0]]
    tree = PreparedCase.of(case).grid.tree
    node = 0
    while len(chain) < len(line):
        node = next(child for child in tree.children[node] if tree.children[child])
        chain.append(names[node])
    prepared = placed(case, [Node(chain[0], 0.0, 0.0), Node(chain[2], 100.0, 0.0)])
    places = map_places(prepared.case, prepared.grid, [""] * prepared.grid.node_count)
    place = {name: (places.x[n], places.y[n]) for n, name in reversed(list(enumerate(prepared.grid.names)))}
    middle = np.add(place[chain[0]], place[chain[2]]) / 2
    np.testing.assert_allclose(place[chain[1]], middle, atol=0.02)
    assert math.dist(place[chain[3]], place[chain[2]]) == pytest.approx(STUB, abs=0.02)
    assert not has_map(prepared.case, prepared.grid)


def test_auto_takes_the_map_only_where_there_is_one(star: Case) -> None:
    """Without places, or with all at one spot, the tree; asked for, that is an error which says what to do."""
    assert has_map(rural().case, rural().grid)
    here = [Node(name, 6.6, 46.5) for name in ("root", "n1", "n2", "n3")]
    for prepared in (PreparedCase.of(star), placed(star, here, "wgs84")):
        assert not has_map(prepared.case, prepared.grid)
        assert marks_of_tree(plot.feeder(prepared))
        with pytest.raises(UsageError, match=r"doesn't say where its buses stand: give \[\[grid.nodes\]\]"):
            plot.feeder(prepared, layout="map")
    with pytest.raises(UsageError, match='layout must be "auto" or "tree" or "map"'):
        plot.feeder(PreparedCase.of(star), layout="plan")  # type: ignore[arg-type]


def marks_of_tree(chart: object) -> bool:
    return "external-lines-run" in str(plot.spec(chart))


def test_a_prosumer_may_be_called_like_a_bus(star: Case) -> None:
    """Two homes at one bus, one of them with the name of another bus: only buses take places."""
    people = (star.prosumers[0], replace(star.prosumers[1], name="n3", node="n1"), star.prosumers[2])
    case = replace(star, prosumers=people)
    prepared = placed(case, [Node("root", 0.0, 0.0), Node("n1", 100.0, 0.0), Node("n3", 0.0, 100.0)])
    assert bus_count(prepared.case, prepared.grid) == 3
    places = map_places(prepared.case, prepared.grid, [""] * prepared.grid.node_count)
    home = int(prepared.grid.tree.leaf[1])
    assert prepared.grid.names[home] == "n3"
    bus = prepared.grid.names.index("n1")
    assert math.hypot(places.x[home] - places.x[bus], places.y[home] - places.y[bus]) == pytest.approx(STUB, abs=0.02)
