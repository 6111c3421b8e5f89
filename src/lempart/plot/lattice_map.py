"""The lattice of partitions: from one market of all to everyone alone, with cost and stability."""

from __future__ import annotations

from typing import Any

import altair as alt

from lempart.arguments import Many, checks_arguments
from lempart.display import amount
from lempart.plot.answers import Result, result_of
from lempart.plot.drawing import Chart, finished, inline
from lempart.plot.lattice_data import LatticeData, lattice_data

CELL, SMALLEST = 15.0, 3.5
"""Pixels of a player's square in a partition, and the least there may be."""
LEVEL_WIDTH = 1000.0
"""Pixels that a level should take."""
LEVEL_HEIGHT = 92.0
"""Pixels from level to level."""
MIN_PARTITION_WIDTH = 66.0
"""Pixels of a partition, for what is written below it."""
ABOVE, BELOW = 11.0, 29.0
"""Pixels from the middle of a partition to the lines that come from above and go down."""
ROOM = 24.0
"""Pixels between partitions."""


@checks_arguments
def lattice(source: Result, *, shown: Many = 40, title: str = "") -> Chart:
    """Return partitions as a Hasse diagram: large markets on top; a line where one splits a market of the other.

    Each partition is a row of its players, in the case's order, in the colours of their markets; below it its cost.
    A full frame: stable; a dashed one: unstable; none: not checked; a thick frame: optimal or optimal stable.

    Parameters
    ----------
    source
        A solution, or its JSON.
    shown
        How many partitions: the cheapest, and those that matter (optimal, one market of all, everyone alone).
    title
        Its heading; by default one is made of what is shown.

    Returns
    -------
    altair.LayerChart
        Datasets ``lattice-nodes``, ``lattice-cells`` and ``lattice-links``.

    Raises
    ------
    UsageError
        When ``source`` is neither.
    """
    result = result_of(source)
    players = len(result.players)
    cell = max(SMALLEST, min(CELL, 120.0 / players))
    pitch = max(cell * players, MIN_PARTITION_WIDTH) + ROOM
    data = lattice_data(result, shown, max(int(LEVEL_WIDTH / pitch), 3))
    wide = pitch * (max(abs(node["x"]) for node in data.nodes) * 2 + 1)
    rows = max(node["y"] for node in data.nodes) + 1
    drawn = _Drawn(data, cell, pitch, wide, rows)
    heading = title or "Partitions, from few large markets to many small ones"
    chart = alt.layer(
        drawn.links(), drawn.cells(), *drawn.letters(), *drawn.frames(), *drawn.costs(),
        data=inline(data.nodes, "lattice-nodes"),
    )  # fmt: skip
    return finished(
        chart,
        heading,
        _subtitle(data),
        _description(data, heading),
        name="lattice",
        width=wide,
        height=rows * LEVEL_HEIGHT,
    )


class _Drawn:
    """The layers of one lattice, in pixels."""

    def __init__(self, data: LatticeData, cell: float, pitch: float, wide: float, rows: int) -> None:
        self._data, self._cell = data, cell
        half = wide / pitch / 2
        self._across = alt.Scale(domain=[-half, half], nice=False, zero=False)
        self._down = alt.Scale(domain=[-0.4, rows - 0.4], nice=False, zero=False, reverse=True)
        self._pitch = pitch

    def _at(self, x: str = "x:Q", y: str = "y:Q") -> dict[str, Any]:
        return {"x": alt.X(x, scale=self._across, axis=None), "y": alt.Y(y, scale=self._down, axis=None)}

    def links(self) -> Chart:
        data = inline(self._data.links, "lattice-links")
        chart = alt.Chart(data, name="lattice-links").mark_rule(style="link")
        chart = chart.transform_calculate(
            top=f"datum.y - {ABOVE / LEVEL_HEIGHT}", bottom=f"datum.y2 + {BELOW / LEVEL_HEIGHT}"
        )
        return chart.encode(**self._at("x:Q", "top:Q"), x2="x2:Q", y2="bottom:Q")

    def _beside(self) -> str:
        """Return where a player's square is: its place within the row of players."""
        count, share = len(self._data.players), self._cell / self._pitch
        return f"datum.x + (datum.index - {(count - 1) / 2}) * {share}"

    def cells(self) -> Chart:
        colour = alt.Color(
            "slot:N", scale=alt.Scale(domain=list(self._data.players), range="category"), legend=None
        )  # fmt: skip
        return (
            alt.Chart(inline(self._data.cells, "lattice-cells"), name="lattice-cells")
            .transform_calculate(place=self._beside())
            .mark_point(shape="square", filled=True, size=self._cell**2, opacity=1)
            .encode(
                **self._at("place:Q"), color=colour, tooltip=[alt.Tooltip("player:N"), alt.Tooltip("market:N")]
            )
        )  # fmt: skip

    def letters(self) -> list[Chart]:
        """Return the letters of the markets, for print in grey; where squares are large enough to hold them."""
        if self._cell < 11:
            return []
        chart = (
            alt.Chart(inline(self._data.cells, "lattice-cells"), name="lattice-letters")
            .transform_calculate(place=self._beside())
            .mark_text(style="on-market", fontSize=10, baseline="middle")
            .encode(**self._at("place:Q"), text="letter:N")
        )
        return [chart]

    def frames(self) -> list[Chart]:
        tips = [
            alt.Tooltip("name:N", title="partition"),
            alt.Tooltip("total:Q", title=f"cost, {self._data.currency}", format=",.2f"),
            alt.Tooltip("stable:N", title="core"),
            alt.Tooltip("mark:N", title="is"),
        ]
        # A path from -1 to 1, which the renderer scales to the width that the size stands for.
        wide = self._cell * len(self._data.players) + 6
        high = (self._cell + 6) / wide
        box = f"M-1,{-high:.4f}L1,{-high:.4f}L1,{high:.4f}L-1,{high:.4f}Z"
        kinds = (
            ("stable", "frame", "datum.stable == 'stable' && datum.mark == ''"),
            ("unstable", "frame-dashed", "datum.stable == 'unstable' && datum.mark == ''"),
            ("best", "frame-thick", "datum.stable != 'unstable' && datum.mark != ''"),
            ("best-unstable", "frame-thick-dashed", "datum.stable == 'unstable' && datum.mark != ''"),
            ("unchecked", "frame-none", "datum.stable == 'not checked' && datum.mark == ''"),
        )
        return [
            alt.Chart(name=f"lattice-{name}")
            .mark_point(style=style, shape=box, size=wide**2, filled=False)
            .encode(**self._at(), tooltip=tips)
            .transform_filter(test)
            for name, style, test in kinds
        ]

    def costs(self) -> list[Chart]:
        """Return what stands below each partition, on a ground that hides the lines."""
        told = alt.Chart().transform_calculate(
            text="format(datum.total, ',.2f')", told="datum.mark == '' ? datum.text : [datum.text, datum.mark]"
        )
        return [
            told.mark_text(style=style, baseline="top", dy=self._cell / 2 + 7, lineHeight=13)
            .encode(**self._at(), text="told:N")
            .properties(name=name)
            for name, style in (("lattice-ground", "ground"), ("lattice-costs", "note"))
        ]


def _subtitle(data: LatticeData) -> list[str]:
    order = ", ".join(data.players) if len(data.players) <= 16 else f"the case's {len(data.players)} players"
    left = f" The {data.left_out:,} dearest are left out." if data.left_out else ""
    first = f"Squares: {order}, in the colours of their markets. Below: cost, {data.currency} over the horizon.{left}"
    words = {node["stable"] for node in data.nodes}
    frames = {"stable": "frame: stable", "unstable": "dashed: unstable", "not checked": "no frame: not checked"}
    told = [text for word, text in frames.items() if word in words]
    return [first, ("; ".join([*told, "thick: optimal or optimal stable"]) + ".").capitalize()]


def _description(data: LatticeData, heading: str) -> str:
    told = "; ".join(f"{node['name']} at {amount(node['total'])}, {_word(node)}" for node in data.nodes)
    return f"{heading}, costs in {data.currency}: {told}."


def _word(node: dict[str, Any]) -> str:
    mark, stable = node["mark"], node["stable"]
    return mark if "stable" in mark else f"{mark}, {stable}" if mark else str(stable)
