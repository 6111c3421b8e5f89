"""Key figures on the terminal."""

from __future__ import annotations

from dataclasses import asdict

from rich.console import Console

from lempart.cli.tables import print_table, say
from lempart.cost import KeyFigures
from lempart.telling.figures import UNITS, figure_headers, figure_row

MAX_HOMES = 50
"""Homes that are listed; the result's JSON has all."""


def print_figures(out: Console, found: KeyFigures, currency: str) -> None:
    """Print the figures of markets of two and more, then those of homes."""
    markets = [(one.members, asdict(one.figures)) for one in found.markets if len(one.members) > 1]
    homes = [((one.prosumer,), asdict(one.figures)) for one in found.homes]
    for title, rows in (("Markets", markets), ("Homes", homes[:MAX_HOMES])):
        if rows:
            headers = figure_headers([figures for _, figures in rows], currency)
            co2 = len(headers) > len(figure_headers([], currency))
            cells = [figure_row(name, figures, co2=co2) for name, figures in rows]
            print_table(out, f"\n{title} at their meters, {UNITS}", headers, cells)
    if len(homes) > MAX_HOMES:
        say(out, f"{len(homes) - MAX_HOMES:,} more homes: see key_figures in the JSON.")
