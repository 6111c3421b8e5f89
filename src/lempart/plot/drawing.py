"""What all charts share: inline data, a title and a description, the light theme until another is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import altair as alt

from lempart.arguments import checks_arguments
from lempart.plot.colours import PART_COLOURS, dashes, shapes
from lempart.plot.files import Drawn
from lempart.plot.names import lookup
from lempart.plot.themes import theme

Chart: TypeAlias = Any
"""An Altair chart: one of its several top-level classes."""


def inline(records: Sequence[Mapping[str, Any]], name: str) -> alt.InlineData:
    """Return records as a dataset that carries its name, so that a page can replace it."""
    return alt.InlineData(values=[dict(record) for record in records], name=name)


def finished(chart: Chart, title: str, subtitle: str | Sequence[str], description: str, **properties: Any) -> Chart:
    """Return a chart with its heading, its text alternative and a theme."""
    lines = [subtitle] if isinstance(subtitle, str) else list(subtitle)
    lines = [line for line in lines if line]
    heading = alt.TitleParams(text=title, subtitle=lines) if lines else alt.TitleParams(text=title)
    return chart.properties(title=heading, description=description, **properties).configure(**theme("light"))


@checks_arguments
def stacked(*charts: Drawn, description: str = "") -> Chart:
    """Return charts above each other as one picture, in the light theme until another is chosen.

    Parameters
    ----------
    charts
        Charts of this package; they keep their titles and colours.
    description
        The text alternative; by default those of the charts, one after the other.
    """
    specs = [chart.to_dict() for chart in charts]
    hoisted: dict[str, Any] = {"params": [], "datasets": {}}
    for one in specs:
        del one["config"], one["$schema"]
        hoisted["params"] += one.pop("params", [])
        hoisted["datasets"] |= one.pop("datasets", {})
    told = description or " ".join(chart.description for chart in charts)
    apart = dict.fromkeys(("color", "shape", "strokeDash", "strokeWidth"), "independent")
    # A first column of nothing: only from the second on does a view's place count what stands left of its frame, so
    # that headings begin below each other whatever the width of the axis labels.
    nothing = {"data": {"values": []}, "mark": {"type": "point", "aria": False}, "width": 1, "height": 1}
    flow: dict[str, Any] = {"concat": [view for one in specs for view in (nothing, one)], "columns": 2}
    flow |= {"align": "none", "spacing": {"row": 28, "column": 0}}
    whole = {**flow, "description": told, "resolve": {"scale": apart}}
    kept = {key: value for key, value in hoisted.items() if value}
    return alt.ConcatChart.from_dict({**whole, **kept, "config": theme("light")})


def market_scales(players: Sequence[str], markets: Mapping[str, str], *, legend: bool = True) -> dict[str, Any]:
    """Return the encodings that give markets their colour and shape, from a field ``slot``.

    Parameters
    ----------
    markets
        The market of each slot that is shown, for the legend.
    """
    key = (
        alt.Legend(
            title="market",
            values=list(markets),
            labelExpr=lookup(markets),
            orient="bottom",
            columns=max(1, min(len(markets), 4)),
            symbolOpacity=1,
            symbolDash=[1, 0],
        )
        if legend and markets
        else None
    )
    domain = list(players)
    return {
        "color": alt.Color("slot:N", scale=alt.Scale(domain=domain, range="category"), legend=key),
        "shape": alt.Shape("slot:N", scale=alt.Scale(domain=domain, range=shapes(players)), legend=key),
    }


def market_lines(players: Sequence[str], markets: Mapping[str, str]) -> dict[str, Any]:
    """Return the encodings that give lines their market's colour and dash, from a field ``slot``."""
    domain = list(players)
    return {
        "color": market_scales(players, markets)["color"],
        "strokeDash": alt.StrokeDash("slot:N", scale=alt.Scale(domain=domain, range=dashes(players)), legend=None),
    }


def part_colours(shown: Iterable[str]) -> alt.Color:
    """Return the encoding that gives parts of costs their colour, from a field ``part``."""
    held = set(shown)
    legend = alt.Legend(
        title=None, orient="top", values=[part for part in PART_COLOURS if part in held], symbolType="square"
    )
    return alt.Color(
        "part:N",
        scale=alt.Scale(domain=[part for part in PART_COLOURS if part != "loss" or part in held], range="ordinal"),
        legend=legend,
    )
