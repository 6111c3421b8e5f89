"""What each line of the feeder loses, from the PCC outward, beside what it would lose without markets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np

from lempart.arguments import Many, checks_arguments
from lempart.cost import GridState, LineLosses, PreparedCase, line_losses
from lempart.display import count_of, decimals, energy, fine_money
from lempart.errors import UsageError
from lempart.plot.drawing import Chart, finished, inline, market_scales
from lempart.plot.feeder_data import edge_markets
from lempart.plot.names import edge_name, lookup, short
from lempart.typing import FloatArray

LINE_HEIGHT = 16.0
"""Pixels of a line's row."""
LOSSES_WIDTH = 420.0
OUTSIDE = "in no market"


@checks_arguments
def losses(
    prepared: PreparedCase,
    state: GridState,
    without: GridState | None = None,
    *,
    shown: Many = 24,
    title: str = "",
) -> Chart:
    """Return what each line loses as bars, from the PCC outward, beside what it would lose without markets.

    Parameters
    ----------
    prepared
        The case, made ready; losses are priced in it.
    state
        The grid's state under a partition (:func:`lempart.cost.grid_state`).
    without
        The state under everyone alone, whose losses are marked too; None: they aren't.
    shown
        How many lines: those that lose most, and one row for all others.
    title
        Its heading; by default one is made of what is shown.

    Returns
    -------
    altair.LayerChart
        Bars in kWh or MWh over the horizon, with what that costs; lines have their market's colour. Dataset ``losses``.

    Raises
    ------
    UsageError
        When losses aren't priced, a state belongs to another case, or no line that is dispatched has an impedance.
    """
    found = line_losses(prepared, state)
    other = None if without is None else line_losses(prepared, without)
    data = _data(prepared, state, found, other, shown)
    if not data.rows:
        raise UsageError("no market of this partition has a line that could lose anything")
    heading = title or "What the lines lose"
    chart = alt.layer(
        *_bars(data, prepared.player_names),
        *([_without(data)] if other is not None else []),
        _notes(data),
        data=inline(data.rows, "losses"),
    )
    return finished(
        chart,
        heading,
        _subtitle(data, found, other),
        f"{heading}: {_told(data, found, other)}",
        name="losses",
        width=LOSSES_WIDTH,
        height=LINE_HEIGHT * len(data.rows),
    )


@dataclass(frozen=True, eq=False)
class _Data:
    """What the picture shows.

    Attributes
    ----------
    rows
        One dictionary per line: ``row``, ``line``, ``slot`` and ``market`` (None in none), ``mwh``, ``cost``,
        ``without_mwh``, ``without_cost``; ``amount`` and ``without`` in the picture's unit, ``note`` in words.
    markets
        The market of each slot.
    """

    rows: list[dict[str, Any]]
    markets: dict[str, str]
    unit: str
    currency: str


def _data(prepared: PreparedCase, state: GridState, found: LineLosses, other: LineLosses | None, shown: int) -> _Data:
    columns = [found.energy_mwh, found.cost]
    columns += [] if other is None else [np.nan_to_num(other.energy_mwh), np.nan_to_num(other.cost)]
    table: FloatArray = np.array(columns).T
    known = found.lines[~np.isnan(found.energy_mwh[found.lines])]
    kept = np.sort(np.argsort(-table[known, ::2].max(axis=1), kind="stable")[:shown])
    rest = np.delete(known, kept)
    unit, factor = ("MWh", 1.0) if table[known, ::2].max(initial=0.0) >= 1.0 else ("kWh", 1e3)
    currency, owner = prepared.case.market.currency, edge_markets(prepared, state.partition)
    rows: list[dict[str, Any]] = []
    for node in known[kept].tolist():
        first, market = owner.get(node, (None, OUTSIDE))
        rows.append({"line": edge_name(prepared.grid, node), "slot": first, "market": market, "amounts": table[node]})
    if len(rest):
        told = count_of(len(rest), "other line")
        rows.append({"line": told, "slot": None, "market": "", "amounts": table[rest].sum(axis=0)})
    digits = [decimals(float(column.max(initial=0.0))) for column in (factor * table[known, 0], table[known, 1])]
    for number, row in enumerate(rows):
        mwh, cost, *without = row.pop("amounts").tolist()
        row |= {"row": number, "mwh": mwh, "cost": cost, "amount": factor * mwh, "end": factor * mwh}
        row["note"] = f"{factor * mwh:,.{digits[0]}f} {unit}"
        row["note"] += f", {cost:,.{digits[1]}f} {currency}" if found.total_cost else ""
        if without:
            row |= {"without_mwh": without[0], "without_cost": without[1], "without": factor * without[0]}
            row["end"] = factor * max(mwh, without[0])
    shown_slots = {row["slot"] for row in rows}
    markets = {first: name for first, name in dict(owner.values()).items() if first in shown_slots}
    return _Data(rows, markets, unit, currency)


def _line(data: _Data) -> alt.Y:
    names = {str(row["row"]): short(row["line"], 40) for row in data.rows}
    axis = alt.Axis(title=None, labelExpr=lookup(names), ticks=False, domain=False, labelPadding=8, labelOverlap=False)
    return alt.Y("row:O", axis=axis, scale=alt.Scale(paddingInner=0.25))


def _energy(field: str, data: _Data) -> alt.X:
    longest = max((row["end"] for row in data.rows), default=0.0)
    scale = alt.Scale(domain=[0, 1.02 * longest or 1.0], nice=False)
    return alt.X(f"{field}:Q", title=f"lost over the horizon, {data.unit}", scale=scale)


def _bars(data: _Data, players: tuple[str, ...]) -> list[Chart]:
    tips = [
        alt.Tooltip("line:N"),
        alt.Tooltip("market:N"),
        alt.Tooltip("amount:Q", title=data.unit, format=".3~g"),
        alt.Tooltip("cost:Q", title=data.currency, format=".3~g"),
        *([alt.Tooltip("without:Q", title=f"without markets, {data.unit}", format=".3~g")] if _compares(data) else []),
    ]
    chart = alt.Chart(name="loss-bars", mark=alt.MarkDef(type="bar", style="external"))
    chart = chart.encode(x=_energy("amount", data), y=_line(data), tooltip=tips)
    if not data.markets:
        return [chart]
    inside = alt.Chart(name="loss-bars-of-markets", mark=alt.MarkDef(type="bar"))
    inside = inside.transform_filter("datum.slot != null")
    look = market_scales(players, data.markets)["color"]
    return [chart, inside.encode(x=_energy("amount", data), y=_line(data), color=look, tooltip=tips)]


def _compares(data: _Data) -> bool:
    return "without" in data.rows[0]


def _without(data: _Data) -> Chart:
    mark = alt.MarkDef(type="point", style="alone", shape="diamond", size=40)
    return alt.Chart(name="loss-without", mark=mark).encode(x=_energy("without", data), y=_line(data))


def _notes(data: _Data) -> Chart:
    return (
        alt.Chart(name="loss-notes")
        .mark_text(style="note", align="left", dx=9)
        .encode(x=_energy("end", data), y=_line(data), text="note:N")
    )


def _subtitle(data: _Data, found: LineLosses, other: LineLosses | None) -> list[str]:
    told = _told(data, found, other)
    key = "Diamond: without markets. " if other is not None else ""
    grey = "Grey: lines in no market." if data.markets and any(row["slot"] is None for row in data.rows) else ""
    return [told, (key + grey).strip()]


def _told(data: _Data, found: LineLosses, other: LineLosses | None) -> str:
    def amounts(lost: LineLosses) -> str:
        cost = fine_money(lost.total_cost, data.currency) if lost.total_cost else "which cost nothing"
        return f"{energy(lost.total_mwh)}, {cost}"

    alone = "" if other is None else f"; without markets, everyone alone, {amounts(other)}"
    return f"In all {amounts(found)}{alone}."
