"""What partitions cost, part by part, with what is known about their stability (Figure 8)."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt

from lempart.arguments import Many, checks_arguments
from lempart.formats.statistics import Statistics
from lempart.plot.answers import Result
from lempart.plot.cost_data import CostsData, costs_data
from lempart.plot.drawing import Chart, finished, inline, part_colours
from lempart.plot.names import lookup

COST_HEIGHT = 30.0
"""Pixels of a partition's row."""
COSTS_WIDTH = 460.0


@checks_arguments
def costs(
    source: Result | Statistics,
    *,
    shown: Many = 12,
    point: Mapping[str, float] | None = None,
    penalty: str | None = None,
    title: str = "",
) -> Chart:
    """Return the costs of partitions as bars, one colour for each part, cheapest first.

    Parameters
    ----------
    source
        A solution, its JSON, or a study's statistics, as JSON or as a record: then totals are means over draws, with
        their 95 % confidence intervals.
    shown
        How many partitions; the optimal ones, one market of all and everyone alone are among them.
    point, penalty
        Of a study: which point of its axes and which voltage penalty, where it has several.
    title
        Its heading; by default one is made of what is shown.

    Returns
    -------
    altair.LayerChart
        Bars in currency over the horizon, of dataset ``costs-parts``; totals of dataset ``costs``.

    Raises
    ------
    UsageError
        When ``source`` is neither, or the study has no such point.
    """
    data = costs_data(source, shown, point=point, penalty=penalty)
    heading = title or "What the partitions cost"
    layers = [_bars(data), _totals(data), *(_intervals(data) if data.draws is not None else []), _notes(data)]
    chart = alt.layer(*layers, data=inline(data.rows, "costs"))
    return finished(
        chart,
        heading,
        _subtitle(data),
        _description(data),
        name="costs",
        width=COSTS_WIDTH,
        height=COST_HEIGHT * len(data.rows),
    )


def _row(data: CostsData) -> alt.Y:
    names = {str(row["row"]): row["name"] for row in data.rows}
    axis = alt.Axis(title=None, labelExpr=lookup(names), ticks=False, domain=False, labelPadding=8)
    return alt.Y("row:O", axis=axis, scale=alt.Scale(paddingInner=0.35))


def _money(field: str, data: CostsData) -> alt.X:
    what = "mean cost of the network" if data.draws is not None else "cost of the network"
    low = sum(min(part["amount"], 0.0) for part in data.parts)
    least = min([0.0, *([_least(data)] if low < 0 else [])])
    scale = alt.Scale(domain=[least, max(row["end"] for row in data.rows)], nice=False)
    return alt.X(f"{field}:Q", title=f"{what}, {data.currency} over the horizon", scale=scale)


def _least(data: CostsData) -> float:
    found: dict[int, float] = {}
    for part in data.parts:
        found[part["row"]] = found.get(part["row"], 0.0) + min(part["amount"], 0.0)
    return min(found.values())


def _bars(data: CostsData) -> Chart:
    tips = [
        alt.Tooltip("name:N", title="partition"),
        alt.Tooltip("part:N"),
        alt.Tooltip("amount:Q", title=data.currency, format=",.2f"),
    ]
    return (
        alt.Chart(inline(data.parts, "costs-parts"), name="costs-parts")
        .mark_bar(style="part")
        .encode(
            x=_money("amount", data).stack("zero"),
            y=_row(data),
            color=part_colours(dict.fromkeys(part["part"] for part in data.parts)),
            order=alt.Order("order:Q"),
            tooltip=tips,
        )
    )


def _totals(data: CostsData) -> Chart:
    tips = [
        alt.Tooltip("name:N", title="partition"),
        alt.Tooltip("total:Q", title=f"total, {data.currency}", format=",.2f"),
        alt.Tooltip("word:N", title="core"),
    ]
    return (
        alt.Chart(name="totals")
        .mark_tick(style="total", thickness=2.5, opacity=1, size=COST_HEIGHT * 0.72)
        .encode(x=_money("total", data), y=_row(data), tooltip=tips)
    )


def _intervals(data: CostsData) -> list[Chart]:
    """Return the confidence intervals of the totals: a line with an end on each side."""
    ends = alt.MarkDef(type="tick", style="interval", size=9, thickness=1.5, opacity=1)
    line = alt.Chart(name="intervals", mark=alt.MarkDef(type="rule", style="interval"))
    return [
        line.encode(x=_money("low", data), x2="high:Q", y=_row(data)),
        *(
            alt.Chart(name=f"{end}-ends", mark=ends).encode(x=_money(end, data), y=_row(data))
            for end in ("low", "high")
        ),
    ]


def _notes(data: CostsData) -> Chart:
    return (
        alt.Chart(name="notes")
        .mark_text(style="note", align="left", dx=8)
        .encode(x=_money("end", data), y=_row(data), text="note:N")
    )


def _subtitle(data: CostsData) -> list[str]:
    left = (
        f"{data.left_out:,} dearer {'one is' if data.left_out == 1 else 'ones are'} left out" if data.left_out else ""
    )
    mean = f"means of {data.draws:,} draws with 95 % intervals" if data.draws is not None else ""
    told = "; ".join(text for text in (mean, left) if text)
    return [told[:1].upper() + told[1:] + "." if told else ""]


def _description(data: CostsData) -> str:
    rows = "; ".join(f"{row['name']} {row['note']}" for row in data.rows)
    return f"Costs of {len(data.rows)} partitions in {data.currency}, cheapest first: {rows}."
