"""The section on key figures of a report: tables of markets and homes that can be read without scripts."""

from __future__ import annotations

from html import escape

from lempart.display import count_of
from lempart.report.rows import FiguresRow

FEW_HOMES = 12
"""So many homes are shown; a longer table has to be opened."""

EXPLAINED = (
    "In the realisation, at the meters: energy in kWh, peaks in kW. At every step the homes of a market share the "
    "lesser of what they take and of what they give. Self-sufficiency (self-suff.) is the share of what is taken "
    "that comes from the market, self-consumption (self-cons.) the share of what is given that stays in it. Peaks "
    "of a market are those of all its homes together. Savings are against everyone alone, those of homes by a bill "
    "that nobody leaves."
)


def figures_section(figures: FiguresRow) -> str:
    """Return the section as HTML; every name in it is escaped."""
    opened = " open" if len(figures.homes) <= FEW_HOMES else ""
    markets = _table("Markets", figures.headers, figures.markets) if figures.markets else ""
    homes = _table("Homes", figures.headers, figures.homes)
    summary = f"Each of {count_of(len(figures.homes), 'home')}"
    return (
        '<section id="figures" aria-labelledby="figures-title">'
        f'<h2 id="figures-title">Key figures</h2><p>{escape(EXPLAINED)}</p>{markets}'
        f"<details{opened}><summary>{summary}</summary>{homes}</details></section>"
    )


def _table(title: str, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    head = "".join(f'<th scope="col"{_right(at)}>{escape(name)}</th>' for at, name in enumerate(headers))
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f'<td class="n">{escape(cell)}</td>' for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    caption = f'<caption class="sr">Key figures: {escape(title)}</caption>'
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="scroll"><table class="figures">{caption}{table}</table></div>'


def _right(at: int) -> str:
    return ' class="n"' if at else ""
