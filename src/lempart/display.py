"""How amounts and partitions are written, and tables in a notebook: plain HTML with every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from lempart.text import shown

SHOWN = 20
"""Rows of a table that are shown; the rest is counted."""


def html_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]], *, left: int = 1) -> str:
    """Return a titled table: the first ``left`` columns to the left, the others, amounts, to the right.

    Texts are escaped: a name such as ``<script>`` is shown, not run. Floats get two decimals and thousands apart.
    """
    head = "".join(f'<th style="{_side(index, left)}">{escape(name)}</th>' for index, name in enumerate(headers))
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{_side(index, left)}">{_text(cell)}</td>' for index, cell in enumerate(row))
        + "</tr>"
        for row in rows[:SHOWN]
    )
    more = len(rows) - SHOWN
    rest = f'<tr><td colspan="{len(headers)}">and {more:,} more</td></tr>' if more > 0 else ""
    caption = f'<caption style="text-align: left; font-weight: bold">{escape(shown(title))}</caption>'
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}{rest}</tbody></table>"


def braces(blocks: Iterable[Iterable[str]]) -> str:
    """Return a partition as people write it: ``{A, B} {C}``."""
    return " ".join("{" + ", ".join(block) + "}" for block in blocks)


def amount(value: float) -> str:
    """Return an amount with two decimals and thousands separated, never ``-0.00``."""
    return f"{round(value, 2) + 0.0:,.2f}"


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return escape(amount(cell) if isinstance(cell, float) else shown(str(cell)))


def _side(index: int, left: int) -> str:
    return f"text-align: {'left' if index < left else 'right'}"
