"""The picture of losses: what it shows of each line is what the line loses, and all of it what the result counts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from drawn import dataset, marks, scenegraph

from lempart import costs_of, plot, read_case, shipped_case_path
from lempart.cost import CostModel, line_losses, with_and_without
from lempart.errors import UsageError
from support.cases import case, line, prosumer

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

GRAND = "H24,H63,H83,H1,H65"
COLUMNS = ("mwh", "cost", "without_mwh", "without_cost")


@cache
def lossy(name: str, **market: Any) -> CostModel:
    """Return the costs of a shipped case with losses."""
    given = read_case(shipped_case_path(name))
    return costs_of(replace(given, market=replace(given.market, losses="priced", **market)))


@cache
def chart_of(name: str, partition: str, shown: int = 24) -> Any:
    """Return its picture under a partition."""
    costs = lossy(name)
    return plot.losses(costs.prepared, *with_and_without(costs, partition), shown=shown)


def amounts_of(name: str, partition: str) -> list[dict[str, Any]]:
    """Return by the library what the picture should hold, line by line in the order of the feeder."""
    costs = lossy(name)
    grid = costs.prepared.grid
    state, without = with_and_without(costs, partition)
    assert without is not None
    found, other = line_losses(costs.prepared, state), line_losses(costs.prepared, without)
    return [
        {
            "line": f"{grid.names[grid.tree.parent[node]]} – {grid.names[node]}",
            **dict(
                zip(
                    COLUMNS,
                    (found.energy_mwh[node], found.cost[node], other.energy_mwh[node], other.cost[node]),
                    strict=True,
                )
            ),
        }
        for node in found.lines
    ]


def test_every_line_shows_what_it_loses() -> None:
    """All 43 lines of the shipped feeder: energy and cost, with and without markets; their sum is the result's part."""
    rows = dataset(chart_of("rural-feeder-5", GRAND, 100), "losses")
    wanted = amounts_of("rural-feeder-5", GRAND)
    assert len(rows) == len(wanted) == 43
    for row, line_amounts in zip(rows, wanted, strict=True):
        assert {key: row[key] for key in ("line", *COLUMNS)} == pytest.approx(line_amounts, abs=1e-12)
    for key, partition in (("cost", GRAND), ("without_cost", "H24|H63|H83|H1|H65")):
        parts = lossy("rural-feeder-5").partition(partition).parts
        assert parts is not None
        assert sum(row[key] for row in rows) == pytest.approx(parts.as_dict()["loss"], rel=1e-6)


def test_lines_that_are_left_out_are_counted_together() -> None:
    """Of 43 lines the ten that lose most stay, in the feeder's order; one row sums up the other 33."""
    every, rows = amounts_of("rural-feeder-5", GRAND), dataset(chart_of("rural-feeder-5", GRAND, 10), "losses")
    most = sorted(every, key=lambda row: -max(row["mwh"], row["without_mwh"]))[:10]
    assert [row["line"] for row in rows] == [*(row["line"] for row in every if row in most), "33 other lines"]
    for key in COLUMNS:
        assert sum(row[key] for row in rows) == pytest.approx(sum(row[key] for row in every), rel=1e-9)


def test_markets_have_their_colours_and_free_energy_has_no_price() -> None:
    """The IEEE feeder's branches are markets on their own; their losses cost nothing, as energy doesn't."""
    chart = chart_of("ieee33-branches", "branch 1,branch 3|branch 2")
    rows, scene = dataset(chart, "losses"), scenegraph(chart)
    assert {row["market"] for row in rows} == {"{branch 1, branch 3}", "{branch 2}"}
    assert len({bar["fill"] for bar in marks(scene, "loss-bars-of-markets")}) == 2
    assert len(marks(scene, "loss-without")) == len(marks(scene, "loss-notes")) == len(rows) == 19
    assert not any("CHF" in row["note"] for row in rows)
    assert "which cost nothing" in chart.description


def test_notes_tell_what_the_bars_show() -> None:
    """A bar of 0.204 kWh has that beside it; the heading has the sums of both states."""
    rows = dataset(chart_of("rural-feeder-5", GRAND), "losses")
    largest = max(rows, key=lambda row: row["mwh"])
    assert largest["amount"] == pytest.approx(1e3 * largest["mwh"])
    assert largest["note"] == f"{1e3 * largest['mwh']:.3f} kWh, {largest['cost']:.4f} CHF"
    told = chart_of("rural-feeder-5", GRAND).description
    assert "In all 0.656 kWh, 0.091 CHF; without markets, everyone alone, 0.722 kWh, 0.10 CHF." in told


def test_five_homes_and_no_others() -> None:
    """Where everyone is in a market each line has its own row, and nothing is left over."""
    homes = [prosumer(f"P{n}", f"n{n}") for n in range(1, 6)]
    feeder = [line("root", "n1", 0.01), *(line(f"n{n}", f"n{n + 1}", 0.01) for n in range(1, 5))]
    given = case(feeder, homes, {home.name: [-2.0] for home in homes}, price_per_mwh=100.0, losses="priced")
    costs = costs_of(given)
    rows = dataset(plot.losses(costs.prepared, *with_and_without(costs, "P1,P2,P3,P4,P5")), "losses")
    assert [row["line"] for row in rows] == ["root – n1", "n1 – n2", "n2 – n3", "n3 – n4", "n4 – n5"]
    assert [row["mwh"] for row in rows] == pytest.approx([0.01 * flow**2 for flow in (10, 8, 6, 4, 2)])
    assert rows[0]["note"] == "1.00 MWh, 100.00 CHF"


def test_what_can_not_be_shown_is_refused() -> None:
    """Without prices of losses, and where nobody's lines lose anything."""
    plain = costs_of(read_case(shipped_case_path("example-2")))
    with pytest.raises(UsageError, match='losses = "priced"'):
        plot.losses(plain.prepared, *with_and_without(plain, "P1,P2,P3"))
    with pytest.raises(UsageError, match="no market of this partition has a line that could lose anything"):
        plot.losses(*_of(lossy("example-1"), "P1,P2,P3"))


def _of(costs: CostModel, partition: str) -> tuple[Any, ...]:
    return (costs.prepared, *with_and_without(costs, partition))
