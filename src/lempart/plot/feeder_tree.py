"""The feeder: its lines and homes, the markets in colour, violations marked."""

from __future__ import annotations

from typing import Any

import altair as alt

from lempart.cost import GridState, Setting, grid_state
from lempart.partition import Partition
from lempart.plot.drawing import Chart, finished, inline, market_lines, market_scales
from lempart.plot.feeder_data import FeederData, feeder_data
from lempart.plot.names import partition_name
from lempart.result import Solution

ROW = 21.0
"""Pixels from row to row."""
LEFT = 46.0
"""Pixels left of the PCC, for its label."""
LEAST_WIDTH = 420.0
CROSS = "M-0.6,-0.6L0.6,0.6M0.6,-0.6L-0.6,0.6"


def feeder(
    source: Solution | Setting, partition: Partition | None = None, state: GridState | None = None, *, title: str = ""
) -> Chart:
    """Return the picture of a feeder with a partition's markets in colour.

    Parameters
    ----------
    source
        A solution, or a case's setting.
    partition
        Whose markets are drawn; by default the solution's optimal stable partition, or its optimal one.
    state
        The grid's state under that partition (:func:`lempart.cost.grid_state`): lines are drawn as wide as they
        are loaded at the worst step, and violations are marked. By default a solution's partition is dispatched.
    title
        By default the partition's name.

    Returns
    -------
    altair.LayerChart
        Datasets ``feeder-nodes`` and ``feeder-edges``; clicking a market sets the parameter ``market``.

    Raises
    ------
    UsageError
        When the state belongs to another partition.
    """
    if isinstance(source, Solution):
        partition = partition or source.optimal_stable or source.optimal
        if state is None and partition is not None:
            state = grid_state(source.costs, partition)
    setting = source.costs.setting if isinstance(source, Solution) else source
    data = feeder_data(setting, partition, state)
    blocks = [setting.names(mask) for mask in partition or ()]
    heading = title or (partition_name(blocks) if blocks else setting.case.name)
    width = max(data.width + 60.0, LEAST_WIDTH)
    return finished(
        _layers(data, width, known=state is not None),
        heading,
        _subtitle(data, known=state is not None),
        _description(data, heading),
        name="feeder",
        width=width,
        height=(data.rows[1] - data.rows[0] + 1.6) * ROW,
    )


def _layers(data: FeederData, width: float, *, known: bool) -> Chart:
    picked = alt.selection_point(name="market", fields=["market"], on="click", clear="dblclick", empty=True)
    faded = alt.condition(picked, alt.value(1.0), alt.value(0.25), empty=True)
    return alt.layer(
        *_lines(data, width, faded, known=known),
        _nodes(data, width, "junction", alt.MarkDef(type="circle", style="junction", size=9, opacity=1)),
        _nodes(data, width, "regular", alt.MarkDef(type="circle", style="regular", size=26, opacity=1)),
        _nodes(data, width, "pcc", alt.MarkDef(type="square", style="pcc", size=130, opacity=1)),
        _homes(data, width, faded).add_params(picked),
        *_violations(data, width),
        *_labels(data, width),
        data=inline(data.nodes, "feeder-nodes"),
    ).resolve_scale(color="shared", shape="shared", strokeDash="shared")


def _place(data: FeederData, width: float, x: str = "x", y: str = "y") -> dict[str, Any]:
    """Return the encodings of a place; the ends are fixed, so that nothing jumps when the data is replaced."""
    low, high = data.rows
    across = alt.Scale(domain=[-LEFT, width - LEFT], nice=False, zero=False)
    down = alt.Scale(domain=[low - 0.8, high + 0.8], nice=False, zero=False, reverse=True)
    return {"x": alt.X(f"{x}:Q", scale=across, axis=None), "y": alt.Y(f"{y}:Q", scale=down, axis=None)}


def _lines(data: FeederData, wide: float, faded: Any, *, known: bool) -> list[Chart]:
    """Return the lines outside markets, then those in them: the part that leaves the trunk, and the part along it."""
    width = _loading() if known else alt.value(2.5)
    return [
        *(_line(data, wide, turn, "external", {"strokeWidth": width}, known=known) for turn in (True, False)),
        *(
            _line(
                data,
                wide,
                turn,
                "member",
                {**market_lines(data.players, data.markets), "opacity": faded, "strokeWidth": width},
                known=known,
            )
            for turn in (True, False)
        ),
    ]


def _line(data: FeederData, wide: float, turn: bool, style: str, look: dict[str, Any], *, known: bool) -> Chart:
    tips = [
        alt.Tooltip("name:N", title="line"),
        alt.Tooltip("market:N"),
        alt.Tooltip("rating_mva:Q", title="rating, MVA", format=".3~f"),
        *([alt.Tooltip("loading:Q", title="largest loading", format=".1%")] if known else []),
        alt.Tooltip("violation:N", title="violation"),
    ]
    place = _place(data, wide, "x", "y" if turn else "y2")
    other: dict[str, Any] = {"y2": alt.Y2("y2:Q")} if turn else {"x2": alt.X2("x2:Q")}
    mark = alt.MarkDef(type="rule", strokeCap="round", style=style)
    name = f"{style}-lines-{'turn' if turn else 'run'}"
    chart = alt.Chart(inline(data.edges, "feeder-edges"), name=name, mark=mark)
    chart = chart.transform_filter("datum.slot != null" if style == "member" else "datum.slot == null")
    chart = chart.transform_filter("datum.y != datum.y2") if turn else chart
    chart = chart.transform_calculate(width="datum.loading === null ? 0 : datum.loading") if known else chart
    return chart.encode(**place, **other, **look, tooltip=tips)


def _loading() -> alt.StrokeWidth:
    """Return the encoding of a line's largest loading; lines without a rating are thin."""
    legend = alt.Legend(
        title="largest loading of a line, % of its rating",
        format="%",
        values=[0, 0.5, 1],
        symbolType="stroke",
        symbolSize=500,
        orient="bottom",
    )
    return alt.StrokeWidth("width:Q", scale=alt.Scale(domain=[0, 1], range=[1.5, 7], clamp=True), legend=legend)


def _nodes(data: FeederData, width: float, kind: str, mark: alt.MarkDef) -> Chart:
    tips = [alt.Tooltip("name:N", title=kind), *_voltage_tips(data)]
    chart = alt.Chart(name=f"nodes-{kind}", mark=mark).encode(**_place(data, width), tooltip=tips)
    return chart.transform_filter(alt.datum.kind == kind)


def _homes(data: FeederData, width: float, faded: Any) -> Chart:
    tips = [alt.Tooltip("name:N", title="player"), alt.Tooltip("market:N"), *_voltage_tips(data)]
    return (
        alt.Chart(name="nodes-player")
        .mark_point(style="market", filled=True, size=120, opacity=1)
        .encode(**_place(data, width), **market_scales(data.players, data.markets), opacity=faded, tooltip=tips)
        .transform_filter(alt.datum.kind == "player")
    )


def _voltage_tips(data: FeederData) -> list[alt.Tooltip]:
    if not any("voltage_min_pu" in node for node in data.nodes):
        return []
    return [
        alt.Tooltip("voltage_min_pu:Q", title="lowest voltage, p.u.", format=".4f"),
        alt.Tooltip("voltage_max_pu:Q", title="highest voltage, p.u.", format=".4f"),
        alt.Tooltip("violation:N", title="violation"),
    ]


def _violations(data: FeederData, width: float) -> list[Chart]:
    tips = [alt.Tooltip("name:N"), alt.Tooltip("violation:N", title="violation")]
    ring = (
        alt.Chart(name="violated-nodes")
        .mark_point(style="violation", shape="circle", size=260, filled=False)
        .encode(**_place(data, width), tooltip=tips)
        .transform_filter("datum.violation != ''")
    )
    crosses = [
        alt.Chart(inline(data.edges, "feeder-edges"), name=name, mark=mark)
        .encode(**_place(data, width, "middle", "y2"), tooltip=tips)
        .transform_filter("datum.violation != ''")
        .transform_calculate(middle="(datum.x + datum.x2) / 2")
        for name, mark in (
            ("violated-lines-halo", alt.MarkDef(type="circle", style="halo", size=190, opacity=1)),
            ("violated-lines", alt.MarkDef(type="point", style="violation", shape=CROSS, size=110, filled=False)),
        )
    ]
    return [ring, *crosses]


def _labels(data: FeederData, width: float) -> list[Chart]:
    base = alt.Chart().encode(**_place(data, width), text="label:N")
    return [
        base.mark_text(style="note", align="left", dx=9)
        .transform_filter("datum.label != '' && datum.kind != 'pcc'")
        .properties(name="labels"),
        base.mark_text(style="note", align="right", dx=-11)
        .transform_filter("datum.kind == 'pcc'")
        .properties(name="pcc-label"),
    ]


def _violated(data: FeederData) -> tuple[list[str], list[str]]:
    nodes = [f"{node['name']} ({node['violation']})" for node in data.nodes if node["violation"]]
    lines = [f"{edge['name']} ({edge['violation']})" for edge in data.edges if edge["violation"]]
    return nodes, lines


def _subtitle(data: FeederData, *, known: bool) -> str:
    if not known:
        return ""
    nodes, lines = _violated(data)
    found = []
    if nodes:
        found.append(f"ringed: voltage outside its band at {len(nodes)} {'node' if len(nodes) == 1 else 'nodes'}")
    if lines:
        found.append(f"crossed: {len(lines)} {'line' if len(lines) == 1 else 'lines'} over the rating")
    told = "; ".join(found)
    return f"{told[:1].upper()}{told[1:]} (realised)." if found else "No limit is violated in the realisation."


def _description(data: FeederData, heading: str) -> str:
    nodes, lines = _violated(data)
    found = [
        f"Feeder with {len(data.nodes)} nodes and {len(data.edges)} lines: {heading}.",
        f"Markets: {', '.join(data.markets.values())}." if data.markets else "",
        f"Voltages outside their band: {'; '.join(nodes)}." if nodes else "",
        f"Lines over their rating: {'; '.join(lines)}." if lines else "",
    ]
    return " ".join(text for text in found if text)
