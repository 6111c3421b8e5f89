"""How amounts, counts, partitions and tables are written, in the terminal, in reports and in notebooks alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from lempart.text import shown

MAX_TABLE_ROWS = 20
"""Rows of a notebook's table that are shown; the rest is counted."""

Z_95 = 1.959963984540054
"""Standard errors from a mean to either end of its 95 % interval."""

_MAX_MEMBERS, _MEMBERS = 20, 4  # members of a market: all of so many are named, of more the first
_MAX_MARKETS, _MARKETS = 20, 8  # markets of a partition; of more the largest
_READABLE, _LARGEST = 10**12, 10**300  # beyond the first nobody reads digits, beyond the second no float holds them
_CENT = 5e-3  # less is written 0.00
_NOTHING, _SMALL = 1e-6, 0.1  # amounts between them lose digits that matter when they are written with two decimals
_NO_ENERGY_MWH = 1e-9


def amount(value: float) -> str:
    """Return an amount with two decimals and thousands separated, never ``-0.00``."""
    return f"{round(value, 2) + 0.0:,.2f}"


def money(value: float, currency: str) -> str:
    """Return an amount with its currency."""
    return f"{amount(value)} {currency}"


def energy(energy_mwh: float) -> str:
    """Return an amount of energy in kWh or MWh, with the digits that matter; less than anyone could meter is none."""
    if abs(energy_mwh) < _NO_ENERGY_MWH:
        return "0 kWh"
    return f"{1e3 * energy_mwh:.3g} kWh" if abs(energy_mwh) < 1.0 else f"{energy_mwh:.4g} MWh"


def fine_money(value: float, currency: str) -> str:
    """Return an amount as :func:`money`, but with two digits that matter where it is small."""
    return f"{value:.2g} {currency}" if _NOTHING < abs(value) < _SMALL else money(value, currency)


def gain(value: float) -> str:
    """Return what somebody gains: as :func:`amount`, but never ``0.00``, for who gains nothing isn't said to gain."""
    return amount(value) if abs(value) >= _CENT else f"{value:.1g}"


def half_width(standard_error: float | None) -> float | None:
    """Return half the width of the 95 % interval of a mean; None where its error isn't known."""
    return None if standard_error is None else Z_95 * standard_error


def plus_minus(standard_error: float | None) -> str:
    """Return half of a mean's 95 % interval as it stands behind it; nothing where its error isn't known."""
    half = half_width(standard_error)
    return "" if half is None else f" ± {amount(half)}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share of one in per cent."""
    return f"{100 * share:.{digits}f} %"


def large(count: int) -> str:
    """Return a whole number of any size: ``1,234``, or ``2.2 × 10^96`` where nobody would read the digits."""
    if count < _READABLE:
        return f"{count:,}"
    if count >= _LARGEST:
        return f"10^{int(math.log10(count))}"
    mantissa, exponent = f"{count:.1e}".split("e+")
    return f"{mantissa} × 10^{exponent}"


def count_of(count: int, noun: str) -> str:
    """Return a number with its noun: ``no warnings``, ``1 line``, ``1,234 lines``."""
    return f"{large(count) if count else 'no'} {noun}" + ("" if count == 1 else "s")


def stability_word(stable: bool | None, unknown: str = "") -> str:
    """Return the word for the stability of a partition or a core, or ``unknown``."""
    return {True: "stable", False: "unstable", None: unknown}[stable]


def listed(items: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def line_name(upper: str, lower: str) -> str:
    """Return a line by its ends, that towards the PCC first: ``A – B``."""
    return f"{upper} – {lower}"


def decimals(largest: float) -> int:
    """Return after how many decimals the largest of some amounts has three digits that matter, at least two."""
    return max(2, 2 - math.floor(math.log10(largest))) if largest > _NOTHING else 2


def braces(blocks: Iterable[Iterable[str]]) -> str:
    """Return a partition as people write it: ``{A, B} {C}``."""
    return " ".join("{" + ", ".join(block) + "}" for block in blocks)


def nested_braces(blocks: Iterable[Iterable[str]]) -> str:
    """Return a partition as the paper writes it: ``{{A, B}, {C}}``."""
    return "{" + ", ".join(braces([block]) for block in blocks) + "}"


def short_braces(blocks: Sequence[Sequence[str]]) -> str:
    """Return a partition as :func:`braces`; of many markets the largest, of large ones the first members."""
    named = blocks if len(blocks) <= _MAX_MARKETS else sorted(blocks, key=len, reverse=True)[:_MARKETS]
    text = braces(map(_members, named))
    left = len(blocks) - len(named)
    if not left:
        return text
    alone = sum(len(block) == 1 for block in blocks) - sum(len(block) == 1 for block in named)
    return f"{text} and {left:,} more" + (f", {alone:,} of them alone" if alone else "")


def _members(block: Sequence[str]) -> Sequence[str]:
    if len(block) <= _MAX_MEMBERS:
        return block
    return [*block[:_MEMBERS], f"… {len(block) - _MEMBERS:,} more"]


def html_table(title: str, headers: Sequence[str], rows: Sequence[Sequence[object]], *, left: int = 1) -> str:
    """Return a titled table: the first ``left`` columns to the left, the others, amounts, to the right.

    Texts are escaped: a name such as ``<script>`` is shown, not run. Floats get two decimals and thousands apart.
    """
    head = "".join(f'<th style="{_side(index, left)}">{escape(name)}</th>' for index, name in enumerate(headers))
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{_side(index, left)}">{_text(cell)}</td>' for index, cell in enumerate(row))
        + "</tr>"
        for row in rows[:MAX_TABLE_ROWS]
    )
    more = len(rows) - MAX_TABLE_ROWS
    rest = f'<tr><td colspan="{len(headers)}">and {more:,} more</td></tr>' if more > 0 else ""
    caption = f'<caption style="text-align: left; font-weight: bold">{escape(shown(title))}</caption>'
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}{rest}</tbody></table>"


def html_sentences(sentences: Iterable[str]) -> str:
    """Return sentences as paragraphs, with every text escaped."""
    return "".join(f"<p>{escape(shown(sentence))}</p>" for sentence in sentences)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    return escape(amount(cell) if isinstance(cell, float) else shown(str(cell)))


def _side(index: int, left: int) -> str:
    return f"text-align: {'left' if index < left else 'right'}"
