"""The feeder: its lines and homes, the markets in colour, violations marked."""

from __future__ import annotations

from typing import Any

import altair as alt

from lempart.arguments import checks_arguments
from lempart.cost import GridState, PreparedCase, grid_state
from lempart.partition import PartitionLike
from lempart.plot.drawing import Chart, finished, inline, market_lines, market_scales
from lempart.plot.feeder_data import FeederData, feeder_data
from lempart.plot.map_scale import scale_bar
from lempart.plot.names import partition_name
from lempart.plot.places import LayoutName
from lempart.result import Solution

CROSS = "M-0.6,-0.6L0.6,0.6M0.6,-0.6L-0.6,0.6"


@checks_arguments
def feeder(
    source: Solution | PreparedCase,
    partition: PartitionLike | None = None,
    state: GridState | None = None,
    *,
    layout: LayoutName = "auto",
    title: str = "",
) -> Chart:
    """Return the picture of a feeder with a partition's markets in colour.

    Parameters
    ----------
    source
        A solution, or a prepared case.
    partition
        Whose markets are drawn; by default the solution's optimal stable partition, or its optimal one.
    state
        The grid's state under that partition (:func:`lempart.cost.grid_state`): lines are drawn as wide as they
        are loaded at the worst step, and violations are marked. By default a solution's partition is dispatched.
    layout
        ``"map"``: buses where the case says that they stand, north upwards, with a scale in metres if it is known;
        homes beside their bus. ``"tree"``: the trunk straight on to the right. ``"auto"``: a map where nine buses in
        ten have a place, else a tree.
    title
        By default the partition's name.

    Returns
    -------
    altair.LayerChart
        Datasets ``feeder-nodes``, ``feeder-edges`` and ``feeder-scale``; clicking a market sets the parameter
        ``market``.

    Raises
    ------
    UsageError
        When the state belongs to another partition, or a map is wanted of a case without places.
    """
    prepared = source.costs.prepared if isinstance(source, Solution) else source
    meant = None if partition is None else prepared.partition_of(partition)
    if isinstance(source, Solution):
        meant = meant or source.optimal_stable or source.optimal
        if state is None and meant is not None and source.costs.problems(meant):
            state = grid_state(source.costs, meant)
    data = feeder_data(prepared, meant, state, layout)
    blocks = [prepared.names(mask) for mask in meant or ()]
    heading = title or (partition_name(blocks) if blocks else prepared.case.name)
    left, top, right, bottom = data.box
    return finished(
        _layers(data, known=state is not None),
        heading,
        _subtitle(data, known=state is not None),
        _description(data, heading),
        name="feeder",
        width=right - left,
        height=bottom - top,
    )


def _layers(data: FeederData, *, known: bool) -> Chart:
    picked = alt.selection_point(name="market", fields=["market"], on="click", clear="dblclick", empty=True)
    faded = alt.condition(picked, alt.value(1.0), alt.value(0.25), empty=True)
    return alt.layer(
        *_lines(data, faded, known=known),
        _nodes(data, "junction", alt.MarkDef(type="circle", style="junction", size=9, opacity=1)),
        _nodes(data, "regular", alt.MarkDef(type="circle", style="regular", size=26, opacity=1)),
        _nodes(data, "pcc", alt.MarkDef(type="square", style="pcc", size=130, opacity=1)),
        _homes(data, faded).add_params(picked),
        *_violations(data),
        *_labels(data),
        *scale_bar(data.box, data.metres_per_pixel, _place(data)),
        data=inline(data.nodes, "feeder-nodes"),
    ).resolve_scale(color="shared", shape="shared", strokeDash="shared")


def _place(data: FeederData, x: str = "x", y: str = "y") -> dict[str, Any]:
    """Return the encodings of a place; the ends are fixed, so that nothing jumps when the data is replaced."""
    left, top, right, bottom = data.box
    across = alt.Scale(domain=[left, right], nice=False, zero=False)
    down = alt.Scale(domain=[top, bottom], nice=False, zero=False, reverse=True)
    return {"x": alt.X(f"{x}:Q", scale=across, axis=None), "y": alt.Y(f"{y}:Q", scale=down, axis=None)}


def _lines(data: FeederData, faded: Any, *, known: bool) -> list[Chart]:
    """Return the lines outside markets, then those in them."""
    width = _loading() if known else alt.value(2.5)
    looks: dict[str, dict[str, Any]] = {
        "external": {"strokeWidth": width},
        "member": {**market_lines(data.players, data.markets), "opacity": faded, "strokeWidth": width},
    }
    return [
        _line(data, part, style, look, known=known)
        for style, look in looks.items()
        for part in (("straight",) if data.straight else ("turn", "run"))
    ]


def _line(data: FeederData, part: str, style: str, look: dict[str, Any], *, known: bool) -> Chart:
    """Return a part of all lines: of a tree's the part that leaves the trunk and the part along it, or all of it."""
    tips = [
        alt.Tooltip("name:N", title="line"),
        *([alt.Tooltip("market:N")] if style == "member" else []),
        alt.Tooltip("rating:N"),
        *([alt.Tooltip("loaded:N", title="largest loading")] if known else []),
        alt.Tooltip("violation:N", title="violation"),
    ]
    ends: dict[str, Any] = {} if part == "turn" else {"x2": alt.X2("x2:Q")}
    ends |= {} if part == "run" else {"y2": alt.Y2("y2:Q")}
    mark = alt.MarkDef(type="rule", strokeCap="round", style=style)
    chart = alt.Chart(inline(data.edges, "feeder-edges"), name=f"{style}-lines-{part}", mark=mark)
    chart = chart.transform_filter("datum.slot != null" if style == "member" else "datum.slot == null")
    chart = chart.transform_filter("datum.y != datum.y2") if part == "turn" else chart
    chart = chart.transform_calculate(width="datum.loading === null ? 0 : datum.loading") if known else chart
    return chart.encode(**_place(data, "x", "y2" if part == "run" else "y"), **ends, **look, tooltip=tips)


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


def _nodes(data: FeederData, kind: str, mark: alt.MarkDef) -> Chart:
    tips = [alt.Tooltip("name:N", title=kind), *_voltage_tips(data)]
    chart = alt.Chart(name=f"nodes-{kind}", mark=mark).encode(**_place(data), tooltip=tips)
    return chart.transform_filter(alt.datum.kind == kind)


def _homes(data: FeederData, faded: Any) -> Chart:
    tips = [alt.Tooltip("name:N", title="player"), alt.Tooltip("market:N"), *_voltage_tips(data)]
    return (
        alt.Chart(name="nodes-player")
        .mark_point(style="market", filled=True, size=120, opacity=1)
        .encode(**_place(data), **market_scales(data.players, data.markets), opacity=faded, tooltip=tips)
        .transform_filter(alt.datum.kind == "player")
    )


def _voltage_tips(data: FeederData) -> list[alt.Tooltip]:
    if not any("voltages" in node for node in data.nodes):
        return []
    return [alt.Tooltip("voltages:N", title="voltage, p.u."), alt.Tooltip("violation:N", title="violation")]


def _violations(data: FeederData) -> list[Chart]:
    tips = [alt.Tooltip("name:N"), alt.Tooltip("violation:N", title="violation")]
    ring = (
        alt.Chart(name="violated-nodes")
        .mark_point(style="violation", shape="circle", size=260, filled=False)
        .encode(**_place(data), tooltip=tips)
        .transform_filter("datum.violation != ''")
    )
    crosses = [
        alt.Chart(inline(data.edges, "feeder-edges"), name=name, mark=mark)
        .encode(**_place(data, "middle_x", "middle_y"), tooltip=tips)
        .transform_filter("datum.violation != ''")
        for name, mark in (
            ("violated-lines-halo", alt.MarkDef(type="circle", style="halo", size=190, opacity=1)),
            ("violated-lines", alt.MarkDef(type="point", style="violation", shape=CROSS, size=110, filled=False)),
        )
    ]
    return [ring, *crosses]


def _labels(data: FeederData) -> list[Chart]:
    sides = sorted({node["label_align"] for node in data.nodes if node["label"]})
    return [
        alt.Chart(name=f"labels-{side}")
        .mark_text(style="note", align=side, baseline="middle")
        .encode(**_place(data, "label_x", "label_y"), text="label:N")
        .transform_filter(f"datum.label_align == '{side}'")
        for side in sides
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
