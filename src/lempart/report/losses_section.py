"""The section on losses of a report: sentences, and a table of the lines that can be read without scripts."""

from __future__ import annotations

from html import escape

from lempart.display import count_of, decimals
from lempart.report.rows import LineLossRow, LossesRow

FEW_LINES = 12
"""So many lines are shown; a longer table has to be opened."""


def losses_section(losses: LossesRow, currency: str) -> str:
    """Return the section as HTML; every name in it is escaped."""
    told = " ".join(losses.told)
    lines = losses.lines[:-1]
    opened = " open" if len(lines) <= FEW_LINES else ""
    summary = f"What each of {count_of(len(lines), 'line')} loses, from the PCC outward"
    details = (
        f"<details{opened}><summary>{summary}</summary>{_table(losses.lines, currency)}</details>" if lines else ""
    )
    return (
        '<section id="losses" aria-labelledby="losses-title">'
        f'<h2 id="losses-title">Losses</h2><p>{escape(told)}</p>{details}</section>'
    )


def _table(lines: tuple[LineLossRow, ...], currency: str) -> str:
    compares = lines[-1].without_mwh is not None
    names = ["line", "kWh", currency, *(["kWh without markets", f"{currency} without markets"] if compares else [])]
    amounts = [[*_amounts(line), *(_without(line) if compares else [])] for line in lines]
    digits = [
        decimals(max((value or 0.0 for value in column), default=0.0)) for column in zip(*amounts[:-1], strict=True)
    ]
    head = "".join(f'<th scope="col"{_right(at)}>{escape(name)}</th>' for at, name in enumerate(names))
    body = "".join(
        f"<tr{_last(line is lines[-1])}>"
        f'<th scope="row">{escape(line.line)}</th>'
        + "".join(f'<td class="n">{_number(value, after)}</td>' for value, after in zip(values, digits, strict=True))
        + "</tr>"
        for line, values in zip(lines, amounts, strict=True)
    )
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    caption = '<caption class="sr">What each line loses</caption>'
    return f'<div class="scroll"><table class="losses">{caption}{table}</table></div>'


def _amounts(line: LineLossRow) -> list[float | None]:
    return [_kwh(line.mwh), line.cost]


def _without(line: LineLossRow) -> list[float | None]:
    return [_kwh(line.without_mwh), line.without_cost]


def _kwh(mwh: float | None) -> float | None:
    return None if mwh is None else 1e3 * mwh


def _number(value: float | None, digits: int) -> str:
    return "\u2013" if value is None else f"{round(value, digits) + 0.0:,.{digits}f}"


def _right(at: int) -> str:
    return ' class="n"' if at else ""


def _last(last: bool) -> str:
    return ' class="sum"' if last else ""
