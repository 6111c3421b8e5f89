"""Phase diagrams, against the JSON that they are drawn from, written here by hand."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from drawn import marks, scenegraph

from lempart import plot
from lempart.errors import UsageError
from lempart.plot.phase_map import axis_title

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

GRAND, PAIR, ALONE = "{P1, P2, P3}", "{P1, P2} {P3}", "{P1} {P2} {P3}"


def won(partition: str, probability: float, *tied: str) -> dict[str, Any]:
    return {
        "partition": partition,
        "mean": 240.0,
        "probability": probability,
        "runner_up": PAIR,
        "lead": 1.5,
        "lead_standard_error": 0.5,
        "tied_with": list(tied),
    }


def cell(optimal: dict[str, Any] | None, stable: dict[str, Any] | None) -> dict[str, Any]:
    return {"draws": 8, "optimal": optimal, "stability_known": True, "optimal_stable": stable}


def crossing(value: float, interval: list[float | None], tax: float) -> dict[str, Any]:
    between = [0.0, 0.2] if value < 0.2 else [0.2, 0.6]
    one = {"value": value, "interval": interval, "between": between, "cheaper_below": GRAND, "found": 0.9}
    at = {"at": {"tax_per_mwh": tax}, "axis": "forecast_noise", "outcome": "crossings", "none_found": 0.1}
    difference = {"values": [0.0, 0.6], "difference": [-1.0, 1.0], "standard_error": [0.1, 0.1], "left_out": [0.2]}
    return {"first": GRAND, "second": ALONE, "crossings": [one], **at, **difference}


NONE = cell(None, None)

SOURCE: dict[str, Any] = {
    "format": 1,
    "version": "0",
    "x": {"axis": "forecast_noise", "values": [0.0, 0.2, 0.6]},
    "y": {"axis": "tax_per_mwh", "values": [0.0, 80.0]},
    "at": {"price_per_mwh": 50.0},
    "currency": "CHF",
    "penalties": [
        {
            "voltage_penalty": "curtailment",
            "cells": [
                [cell(won(GRAND, 0.9), won(ALONE, 0.7)), cell(won(ALONE, 0.6, PAIR), won(ALONE, 1.0)), NONE],
                [cell(won(GRAND, 1.0), won(GRAND, 1.0)), cell(won(GRAND, 0.8), won(PAIR, 0.5, ALONE)), NONE],
            ],
            "crossings": [crossing(0.11, [0.05, 0.17], 0.0), crossing(0.5, [0.3, None], 80.0)],
        },
        {
            "voltage_penalty": "7",
            "cells": [[cell(won(PAIR, 1.0), won(PAIR, 1.0))] * 3] * 2,
            "crossings": [],
        },
    ],
}  # fmt: skip


def datasets(chart: Any) -> dict[str, list[dict[str, Any]]]:
    spec = plot.spec(chart)
    inner = [layer["data"] for layer in spec["layer"] if "data" in layer]
    return {data["name"]: data["values"] for data in (spec["data"], *inner)}


def test_each_point_is_a_cell_up_to_the_middle_between_neighbours() -> None:
    """Three by two points, of which two have no winner; cells meet half-way and tile the whole field."""
    chart = plot.phase(SOURCE, stable=False)
    cells = {(one["x"], one["y"]): one for one in datasets(chart)["phase-cells"]}
    assert len(cells) == 6
    ends = {x: (cells[x, 0.0]["x_low"], cells[x, 0.0]["x_high"]) for x in (0.0, 0.2, 0.6)}
    assert ends == {0.0: (-0.1, 0.1), 0.2: (0.1, pytest.approx(0.4)), 0.6: (pytest.approx(0.4), pytest.approx(0.8))}
    assert (cells[0.0, 80.0]["y_low"], cells[0.0, 80.0]["y_high"]) == (40.0, 120.0)
    drawn = marks(scenegraph(chart), "phase-cells")
    assert len(drawn) == 4
    assert sorted(round(item["width"]) for item in drawn) == pytest.approx([116, 116, 173, 173], abs=1)
    assert {round(item["height"]) for item in drawn} == {160}


def test_cells_say_who_wins_how_probably_and_whether_it_is_certain() -> None:
    """Winners, probabilities and ties are those of the source; letters go from coarse to fine, ``*`` marks a tie."""
    cells = {(one["x"], one["y"]): one for one in datasets(plot.phase(SOURCE, stable=False))["phase-cells"]}
    told = {at: (one["partition"], one["probability"], one["letter"]) for at, one in cells.items() if one["partition"]}
    assert told == {
        (0.0, 0.0): (GRAND, 0.9, "A"),
        (0.2, 0.0): (ALONE, 0.6, "B*"),
        (0.0, 80.0): (GRAND, 1.0, "A"),
        (0.2, 80.0): (GRAND, 0.8, "A"),
    }
    stable = {(one["x"], one["y"]): one for one in datasets(plot.phase(SOURCE))["phase-cells"]}
    assert [stable[at]["partition"] for at in ((0.0, 0.0), (0.2, 80.0))] == [ALONE, PAIR]
    assert stable[0.2, 80.0]["letter"] == "B*"
    assert plot.spec(plot.phase(SOURCE))["title"]["text"] == "The cheapest stable partition"


def test_each_partition_has_one_colour_and_letters_stand_in_their_cells() -> None:
    """Two winners, two colours; every letter is drawn inside the cell that it is about."""
    scene = scenegraph(plot.phase(SOURCE, stable=False))
    cells, letters = marks(scene, "phase-cells"), marks(scene, "phase-letters")
    fills = {item["fill"] for item in cells}
    assert len(fills) == 2
    for item in cells:
        inside = [
            one["text"]
            for one in letters
            if item["x"] <= one["x"] < item["x"] + item["width"] and item["y"] <= one["y"] < item["y"] + item["height"]
        ]
        assert len(inside) == 1
        assert (item["fill"] == max(fills)) == (item["fill"] != "#443983")
        assert inside[0].startswith("A" if item["fill"] == "#443983" else "B")


def test_crossings_stand_at_their_value_with_their_interval() -> None:
    """Diamonds at (0.11, tax 0) and (0.5, tax 80); an interval without an end stops at the last point of the axis."""
    chart = plot.phase(SOURCE, stable=False)
    rows = datasets(chart)["phase-crossings"]
    assert [(one["value"], one["low"], one["high"], one["y"]) for one in rows] == [
        (0.11, 0.05, 0.17, 0.0),
        (0.5, 0.3, 0.6, 80.0),
    ]
    points = marks(scenegraph(chart), "crossings")
    # 520 pixels for -0.1 to 0.8; 320 for -40 to 120, upwards.
    assert [(round(item["x"], 1), round(item["y"], 1)) for item in points] == [
        (round(520 * 0.21 / 0.9, 1), 240.0),
        (round(520 * 0.6 / 0.9, 1), 80.0),
    ]
    assert "Equal cost: {P1, P2, P3} and {P1} {P2} {P3} at 0.11" in chart.description


def test_along_one_axis_it_is_a_strip() -> None:
    """Without a second axis the cells stand in one row, and no axis goes up."""
    source = copy.deepcopy(SOURCE) | {"y": None}
    for reading in source["penalties"]:
        reading["cells"], reading["crossings"] = reading["cells"][:1], []
    chart = plot.phase(source, stable=False)
    assert plot.spec(chart)["height"] == 70.0
    assert len(marks(scenegraph(chart), "phase-cells")) == 2


def test_the_penalty_is_chosen_by_name() -> None:
    """Another voltage penalty shows its own cells; one that isn't there is refused with those there are."""
    cells = datasets(plot.phase(SOURCE, penalty="7"))["phase-cells"]
    assert {one["partition"] for one in cells} == {PAIR}
    with pytest.raises(UsageError, match="no voltage penalty 'x': there are curtailment, 7"):
        plot.phase(SOURCE, penalty="x")
    with pytest.raises(UsageError, match="no phase diagram"):
        plot.phase({"partitions": []})


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("tax_per_mwh", "tax, CHF/MWh"),
        ("line_penalty_per_mvah", "line penalty, CHF/MVAh"),
        ("battery_mwh", "battery, MWh"),
        ("forecast_noise", "forecast noise, share"),
        ("day", "day"),
    ],
)
def test_axes_of_a_study_carry_their_unit(name: str, title: str) -> None:
    """The unit is read off the axis's name."""
    assert axis_title(name, "CHF") == title
