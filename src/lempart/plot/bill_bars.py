"""Bills: what every player pays, what that is made of, and what it would pay alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from lempart.arguments import checks_arguments
from lempart.bills import Bills, bills_json
from lempart.display import amount
from lempart.formats.bills import PartitionBillsFile
from lempart.plot.answers import record_of
from lempart.plot.colours import PART_COLOURS, slot
from lempart.plot.drawing import Chart, finished, inline, market_scales, part_colours
from lempart.plot.names import lookup, market_name, short

BILL_HEIGHT = 26.0
BILLS_WIDTH = 520.0
NOTHING = 1e-4
"""A part of less, as a share of the largest, isn't drawn."""
BESIDE = -14.0
"""Pixels from the axis to the mark of a player's market."""


@checks_arguments
def bills(source: Bills | PartitionBillsFile | Mapping[str, Any], *, title: str = "") -> Chart:
    """Return every player's bill as a bar, one colour for each part, beside what it would pay alone.

    Parameters
    ----------
    source
        Bills, or the JSON that ``lempart bill --json`` writes. Positive parts are paid, negative ones earned.
    title
        Its heading; by default one is made of what is shown.

    Returns
    -------
    altair.LayerChart
        Bars in currency over the horizon; datasets ``bills`` and ``bills-parts``.

    Raises
    ------
    UsageError
        When ``source`` is neither.
    """
    data = record_of(
        PartitionBillsFile,
        bills_json(source) if isinstance(source, Bills) else source,
        "these are no bills; expected Bills, or the JSON that lempart bill writes",
    )
    rows = _rows(data)
    most = max(abs(amount) for row in rows for amount in row["parts"].values())
    parts = [
        {"row": row["row"], "player": row["player"], "part": part, "order": order, "amount": row["parts"][part]}
        for row in rows
        for order, part in enumerate(PART_COLOURS)
        if abs(row["parts"].get(part) or 0.0) > NOTHING * most
    ]
    flat = [{key: value for key, value in row.items() if key != "parts"} for row in rows]
    chart = alt.layer(
        _bars(parts, rows, data),
        alt.Chart(name="zero").mark_rule(style="zero").encode(x=alt.datum(0)),
        _mark(
            "amount",
            "pays",
            alt.MarkDef(type="tick", style="total", thickness=2.5, size=BILL_HEIGHT * 0.8, opacity=1),
            rows,
        ),
        _mark("alone", "alone", alt.MarkDef(type="point", style="alone", shape="diamond", size=90), rows),
        _markets(rows, data),
        data=inline(flat, "bills"),
    ).resolve_scale(color="independent", shape="independent")
    heading = title or f"Bills: {data.rule.replace('_', ' ').replace('-', ' ')}"
    alone = any(row["alone"] is not None for row in rows)
    text = "Line across: what each pays" + ("; diamond: what it would pay alone." if alone else ".")
    return finished(
        chart, heading, text, _description(rows, data), name="bills", width=BILLS_WIDTH, height=BILL_HEIGHT * len(rows)
    )


def _rows(data: PartitionBillsFile) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "player": bill.player,
            "market": market_name(market.members),
            "slot": slot(market.members, data.players),
            "amount": bill.amount,
            "alone": bill.alone,
            "parts": bill.parts,
        }
        for row, (market, bill) in enumerate((m, b) for m in data.markets for b in m.bills)
    ]


def _player(rows: list[dict[str, Any]]) -> alt.Y:
    names = {str(row["row"]): short(row["player"], 24) for row in rows}
    axis = alt.Axis(title=None, labelExpr=lookup(names), ticks=False, domain=False, labelPadding=26)
    return alt.Y("row:O", axis=axis, scale=alt.Scale(paddingInner=0.3))


def _bars(parts: list[dict[str, Any]], rows: list[dict[str, Any]], data: PartitionBillsFile) -> Chart:
    amount = alt.X("amount:Q", title=f"bill, {data.currency} over the horizon", stack="zero")
    tips = [
        alt.Tooltip("player:N"),
        alt.Tooltip("part:N"),
        alt.Tooltip("amount:Q", title=data.currency, format=",.2f"),
    ]
    return (
        alt.Chart(inline(parts, "bills-parts"), name="bills-parts")
        .mark_bar(style="part")
        .encode(
            x=amount,
            y=_player(rows),
            color=part_colours(dict.fromkeys(part["part"] for part in parts)),
            order=alt.Order("order:Q"),
            tooltip=tips,
        )
    )


def _mark(field: str, word: str, mark: alt.MarkDef, rows: list[dict[str, Any]]) -> Chart:
    tips = [alt.Tooltip("player:N"), alt.Tooltip(f"{field}:Q", title=word, format=",.2f")]
    chart = alt.Chart(name=word, mark=mark).encode(x=alt.X(f"{field}:Q"), y=_player(rows), tooltip=tips)
    return chart.transform_filter(f"isValid(datum.{field})")


def _markets(rows: list[dict[str, Any]], data: PartitionBillsFile) -> Chart:
    """Return each player's market as a mark between its name and its bar."""
    markets = {row["slot"]: row["market"] for row in rows}
    return (
        alt.Chart(name="bill-markets")
        .mark_point(style="market", filled=True, size=90, opacity=1)
        .encode(
            x=alt.value(BESIDE),
            y=_player(rows),
            **market_scales(data.players, markets),
            tooltip=[alt.Tooltip("player:N"), alt.Tooltip("market:N")],
        )
    )


def _description(rows: list[dict[str, Any]], data: PartitionBillsFile) -> str:
    told = []
    for row in rows:
        alone = "" if row["alone"] is None else f", alone {amount(row['alone'])}"
        told.append(f"{row['player']} in {row['market']} pays {amount(row['amount'])}{alone}")
    return f"Bills in {data.currency}: {'; '.join(told)}."
