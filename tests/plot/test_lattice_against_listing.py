"""The lattice of partitions, against all partitions of four players listed and compared one by one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from drawn import dataset, marks, scenegraph

from lempart import plot
from lempart.errors import UsageError

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

PLAYERS = ["A", "B", "C", "D"]
Blocks = list[list[str]]


def partitions_of(names: list[str]) -> Iterator[Blocks]:
    """Yield every partition: the first name joins each block of the others', or stays alone."""
    if not names:
        yield []
        return
    for rest in partitions_of(names[1:]):
        yield [names[:1], *rest]
        for i in range(len(rest)):
            yield [[names[0], *rest[i]], *rest[:i], *rest[i + 1 :]]


def result(stable: bool | None = True) -> dict[str, Any]:
    """Return the JSON of a made-up result: all 15 partitions, from 100 up; the second is the optimal stable one."""
    listed = sorted(partitions_of(PLAYERS), key=lambda blocks: (-len(blocks), sorted(map(sorted, blocks))))
    entries = [
        {
            "partition": blocks,
            "total": 100.0 + index,
            "viable": True,
            "stable": bool(index) if stable else None,
            "network_surplus": 0.0,
            "costs": None,
            "coalitions": [],
        }
        for index, blocks in enumerate(listed)
    ]
    return {
        "format": 1,
        "case": "made up",
        "version": "0",
        "case_hash": "",
        "currency": "CHF",
        "players": PLAYERS,
        "method": "exhaustive",
        "deviation": "inertia",
        "proven": True,
        "stopped": None,
        "partition_count": len(listed),
        "evaluated": len(listed),
        "partitions": entries,
        "optimal": {"partition": listed[0], "total": 100.0, "ties": []},
        "optimal_stable": {"partition": listed[1], "total": 101.0, "ties": []} if stable else None,
    }


def splits_one(fine: Blocks, coarse: Blocks) -> bool:
    """Return whether ``fine`` comes from ``coarse`` when one block is cut in two."""
    one, other = ({frozenset(block) for block in blocks} for blocks in (fine, coarse))
    new, gone = one - other, other - one
    return len(new) == 2 and len(gone) == 1 and frozenset.union(*new) == next(iter(gone))


def test_lines_join_exactly_those_that_split_one_market() -> None:
    """15 partitions, 31 lines: 6 ways to join two of four, 18 of three in six partitions, 7 of two."""
    chart = plot.lattice(result())
    nodes = dataset(chart, "lattice-nodes")
    entries = result()["partitions"]
    by_total = {entry["total"]: entry["partition"] for entry in entries}
    place = {(node["x"], node["y"]): by_total[node["total"]] for node in nodes}
    assert len(place) == 15
    links = {
        (str(place[one["x"], one["y"]]), str(place[one["x2"], one["y2"]])) for one in dataset(chart, "lattice-links")
    }
    wanted = {
        (str(fine), str(coarse))
        for fine, coarse in itertools.permutations(by_total.values(), 2)
        if splits_one(fine, coarse)
    }
    assert len(wanted) == 31
    assert links == wanted


def test_levels_go_from_one_market_to_everyone_alone() -> None:
    """Rows have 1, 7, 6 and 1 partitions, each with as many markets as its level, and no two at one place."""
    nodes = dataset(plot.lattice(result()), "lattice-nodes")
    rows = [sorted(node["markets"] for node in nodes if node["y"] == row) for row in range(4)]
    assert rows == [[1], [2] * 7, [3] * 6, [4]]
    scene = scenegraph(plot.lattice(result()))
    assert len({(round(one["x"]), round(one["y"])) for one in marks(scene, "lattice-cells")}) == 60


def test_cells_are_in_the_colour_of_their_market() -> None:
    """Each partition shows its players in the case's order; two have one colour exactly if they are in one market."""
    chart = plot.lattice(result())
    by_total = {entry["total"]: entry["partition"] for entry in result()["partitions"]}
    total = {node["id"]: node["total"] for node in dataset(chart, "lattice-nodes")}
    cells = dataset(chart, "lattice-cells")
    for number in total:
        own = [cell for cell in cells if cell["id"] == number]
        assert [cell["player"] for cell in own] == PLAYERS
        together = {frozenset(pair) for block in by_total[total[number]] for pair in itertools.combinations(block, 2)}
        for a, b in itertools.combinations(own, 2):
            joint = frozenset((a["player"], b["player"])) in together
            assert (a["slot"] == b["slot"]) == (a["letter"] == b["letter"]) == joint


def test_frames_tell_stability_and_the_answer() -> None:
    """The optimal one isn't stable: thick and dashed; the optimal stable one is thick; the other 13 are stable."""
    scene = scenegraph(plot.lattice(result()))
    frames = ("stable", "unstable", "best", "best-unstable", "unchecked")
    assert [len(marks(scene, f"lattice-{name}")) for name in frames] == [13, 0, 1, 1, 0]
    unchecked = scenegraph(plot.lattice(result(stable=None)))
    assert [len(marks(unchecked, f"lattice-{name}")) for name in frames] == [0, 0, 1, 0, 14]


def test_the_dearest_are_left_out_but_not_what_matters() -> None:
    """Of 15 six are shown: the cheapest, the answers, one market of all and everyone alone; the rest is counted."""
    chart = plot.lattice(result(), shown=6)
    nodes = dataset(chart, "lattice-nodes")
    assert len(nodes) == 6
    assert {node["markets"] for node in nodes} >= {1, 4}
    assert {node["mark"] for node in nodes} >= {"optimal", "optimal stable"}
    assert "The 9 dearest are left out." in plot.spec(chart)["title"]["subtitle"][0]
    with pytest.raises(UsageError, match="this is no result"):
        plot.lattice({"x": 1})
