"""Voltages and loadings over time, as expected and as realised, against their limits."""

from __future__ import annotations

from collections import Counter
from typing import Any

import altair as alt
import numpy as np

from lempart._renamed import renamed_arguments
from lempart.arguments import checks_arguments
from lempart.cost import GridState, PreparedCase, Stage
from lempart.errors import UsageError
from lempart.plot.colours import slot
from lempart.plot.drawing import Chart, finished, inline, market_lines
from lempart.plot.feeder_data import VIOLATED, voltage_band
from lempart.plot.names import edge_name, market_name
from lempart.typing import FloatArray

HEIGHT = 220.0
TIME_WIDTH = 640.0
OUTSIDE = "in no market"
Ends = list[dict[str, Any]]


@renamed_arguments({"setting": "prepared"})
@checks_arguments
def voltages(prepared: PreparedCase, state: GridState, *, title: str = "") -> Chart:
    """Return the lowest and highest voltage of the grid over time, with the band and what lies outside it.

    Parameters
    ----------
    prepared
        The case, made ready.
    state
        The grid's state under a partition (:func:`lempart.cost.grid_state`).
    title
        Its heading; by default one is made of what is shown.

    Returns
    -------
    altair.LayerChart
        Per unit over hours. An area between the lowest and highest realised voltage, dashed lines as expected
        ex-ante; each step's worst violation is marked.
    """
    hours = prepared.case.horizon.step_hours
    realized = _range(prepared, state.realized, hours, "realised")
    expected = _range(prepared, state.expected, hours, "expected")
    outside = _outside(prepared, state.realized, hours)
    limits = _limits(prepared)
    span = [row[end] for row in (*realized, *expected) for end in ("low", "high")] + [row["limit"] for row in limits]
    room = 0.06 * (max(span) - min(span)) + 1e-4
    scale = alt.Scale(domain=[min(span) - room, max(span) + room], nice=False, zero=False)
    unit = "voltage, p.u."
    layers = [
        alt.Chart(inline(realized, "voltages"), name="voltage-range")
        .mark_area(style="realised-range", interpolate="step-after")
        .encode(x=_time(), y=alt.Y("low:Q", title=unit, scale=scale), y2="high:Q"),
        *(
            alt.Chart(inline(rows, name), name=f"{name}-{end}")
            .mark_line(style=style, interpolate="step-after")
            .encode(x=_time(), y=alt.Y(f"{end}:Q", title=unit, scale=scale))
            for rows, name, style in ((realized, "voltages", "realized"), (expected, "voltages-expected", "expected"))
            for end in ("low", "high")
        ),
        alt.Chart(inline(limits, "voltage-limits"), name="voltage-limits")
        .mark_rule(style="limit")
        .encode(y=alt.Y("limit:Q", title=unit, scale=scale)),
    ]
    if outside:  # an empty layer has no extent, of which the drawing would warn
        layers.append(
            alt.Chart(inline(outside, "voltage-violations"), name="voltage-violations")
            .mark_point(style="violation", size=60, filled=False)
            .encode(
                x=_time("middle"),
                y=alt.Y("voltage:Q", title=unit, scale=scale),
                tooltip=["node:N", alt.Tooltip("hour:Q"), alt.Tooltip("voltage:Q", format=".4f"), "nodes:Q"],
            )
        )
    heading = title or "Voltages: lowest and highest of the grid"
    count = sum(row["nodes"] for row in outside)
    told = f"{count} violations (ringed: each step's worst)" if count else "no violations" if limits else "no limits"
    low, high = min(row["low"] for row in realized), max(row["high"] for row in realized)
    text = f"{heading}: realised between {low:.4f} and {high:.4f} p.u.; {told}."
    subtitle = f"Solid: realised, dashed: expected ex-ante, red: limits; {told}."
    return finished(alt.layer(*layers), heading, subtitle, text, name="voltages", width=TIME_WIDTH, height=HEIGHT)


@renamed_arguments({"setting": "prepared"})
@checks_arguments
def loadings(prepared: PreparedCase, state: GridState, *, title: str = "") -> Chart:
    """Return the largest loading of each market's lines over time, expected and realised, with the limit.

    Parameters
    ----------
    prepared, state
        As of :func:`voltages`.
    title
        Its heading; by default one is made of what is shown.

    Returns
    -------
    altair.LayerChart
        Shares of the rating over hours, a line for each market and one for the lines in none.

    Raises
    ------
    UsageError
        When no line has a rating.
    """
    if not prepared.grid.has_rating.any():
        raise UsageError("no line of this case has a rating: there are no loadings")
    hours = prepared.case.horizon.step_hours
    edges, markets = _edges(prepared, state)
    rows = [
        row
        for stage, name in ((state.expected, "expected"), (state.realized, "realised"))
        for row in _worst(prepared, stage.loading(prepared.grid), edges, markets, hours, name)
    ]
    over = [row for row in rows if row["stage"] == "realised" and row["loading"] > 1.0 + VIOLATED and not row["last"]]
    top = max(1.05, 1.05 * max(row["loading"] for row in rows))
    scale = alt.Scale(domain=[0, top], nice=False)
    height = alt.Y("loading:Q", title="largest loading, % of the rating", scale=scale, axis=alt.Axis(format="%"))
    data = inline(rows, "loadings")
    layers = []
    for inside in (False, True):
        look = market_lines(prepared.player_names, markets)["color"] if inside else None
        for stage, style in (("realised", "realized"), ("expected", "expected")):  # the key shows the first
            mark = alt.MarkDef(type="line", interpolate="step-after", style=[style] if inside else [style, "external"])
            chart = alt.Chart(data, name=f"{stage}-{'markets' if inside else 'others'}", mark=mark)
            chart = chart.transform_filter(alt.datum.stage == stage)
            chart = chart.transform_filter("datum.slot != null" if inside else "datum.slot == null")
            chart = chart.encode(x=_time(), y=height, detail="market:N")
            layers.append(chart.encode(color=look) if look is not None else chart)
    layers.append(
        alt.Chart(inline([{"limit": 1.0}], "loading-limit"), name="loading-limit")
        .mark_rule(style="limit")
        .encode(y=alt.Y("limit:Q", scale=scale))
    )
    if over:
        layers.append(
            alt.Chart(inline(over, "loading-violations"), name="loading-violations")
            .mark_point(style="violation", size=60, filled=False)
            .encode(
                x=_time("middle"),
                y=height,
                tooltip=["line:N", "market:N", "hour:Q", alt.Tooltip("loading:Q", format=".1%")],
            )
        )
    heading = title or "Loadings: the most loaded line of each market"
    told = (
        f"over the rating at {len({row['hour'] for row in over})} of {state.realized.flows_mva.shape[1]} steps"
        if over
        else "never over the rating"
    )
    most = max(row["loading"] for row in rows if row["stage"] == "realised")
    grey = "grey: lines in no market; " if any(row["slot"] is None for row in rows) else ""
    subtitle = f"Solid: realised, dashed: expected ex-ante, {grey}{told}."
    text = f"{heading}: realised up to {100 * most:.1f} % of the rating, {told}."
    return finished(alt.layer(*layers), heading, subtitle, text, name="loadings", width=TIME_WIDTH, height=HEIGHT)


def _time(field: str = "hour") -> alt.X:
    return alt.X(f"{field}:Q", title="time, h", scale=alt.Scale(nice=False), axis=alt.Axis(grid=False))


def _last_repeated(rows: Ends, hours: float) -> Ends:
    """Return the rows with the last one again at the end of its step, so that it has a width too."""
    return [*rows, {**rows[-1], "hour": rows[-1]["hour"] + hours, "last": True}] if rows else rows


def _range(prepared: PreparedCase, stage: Stage, hours: float, name: str) -> Ends:
    voltage = stage.voltage_pu
    known = ~np.isnan(voltage).any(axis=1)
    ids = np.flatnonzero(known)
    shown = voltage[known]
    rows: Ends = [
        {
            "hour": step * hours,
            "stage": name,
            "low": float(shown[:, step].min()),
            "high": float(shown[:, step].max()),
            "low_node": prepared.grid.names[ids[int(shown[:, step].argmin())]],
            "high_node": prepared.grid.names[ids[int(shown[:, step].argmax())]],
        }
        for step in range(shown.shape[1])
    ]
    return _last_repeated(rows, hours)


def _limits(prepared: PreparedCase) -> Ends:
    """Return the ends of the band that most nodes have."""
    grid = prepared.grid
    bands = Counter((grid.dv_min[n], grid.dv_max[n]) for n in np.flatnonzero(grid.has_band))
    ends = bands.most_common(1)[0][0] if bands else ()
    return [{"limit": float(voltage_band(end))} for end in ends if np.isfinite(end)]


def _outside(prepared: PreparedCase, stage: Stage, hours: float) -> Ends:
    """Return each step's voltage that lies farthest outside its node's band, and how many nodes do."""
    grid, voltage = prepared.grid, stage.voltage_pu
    low, high = voltage_band(grid.dv_min)[:, None], voltage_band(grid.dv_max)[:, None]
    beyond = np.where(grid.has_band[:, None], np.nan_to_num(np.maximum(low - voltage, voltage - high)), 0.0)
    rows = []
    for step in np.flatnonzero((beyond > VIOLATED).any(axis=0)):
        node = int(beyond[:, step].argmax())
        rows.append(
            {
                "hour": float(step * hours),
                "middle": float((step + 0.5) * hours),
                "voltage": float(voltage[node, step]),
                "node": grid.names[node],
                "nodes": int((beyond[:, step] > VIOLATED).sum()),
            }
        )
    return rows


def _edges(prepared: PreparedCase, state: GridState) -> tuple[dict[str | None, list[int]], dict[str, str]]:
    """Return the rated edges of each market by slot (None: in no market), and the markets' names."""
    edges: dict[str | None, list[int]] = {}
    markets: dict[str, str] = {}
    taken: set[int] = set()
    for mask in state.partition:
        members = prepared.names(mask)
        own = [edge for edge in prepared.family.subgraph(mask).edges if prepared.grid.has_rating[edge]]
        taken.update(own)
        if own:
            first = slot(members, prepared.player_names)
            edges[first], markets[first] = own, market_name(members)
    known = ~np.isnan(state.realized.flows_mva).any(axis=1)
    rest = [int(edge) for edge in np.flatnonzero(prepared.grid.has_rating & known) if int(edge) not in taken]
    return edges | ({None: rest} if rest else {}), markets


def _worst(
    prepared: PreparedCase,
    loading: FloatArray,
    edges: dict[str | None, list[int]],
    markets: dict[str, str],
    hours: float,
    stage: str,
) -> Ends:
    found: Ends = []
    for first, own in edges.items():
        rows: Ends = []
        for step in range(loading.shape[1]):
            edge = own[int(loading[own, step].argmax())]
            rows.append(
                {
                    "hour": step * hours,
                    "middle": (step + 0.5) * hours,
                    "stage": stage,
                    "slot": first,
                    "market": OUTSIDE if first is None else markets[first],
                    "loading": float(loading[edge, step]),
                    "line": edge_name(prepared.grid, edge),
                    "last": False,
                }
            )
        found += _last_repeated(rows, hours)
    return found
