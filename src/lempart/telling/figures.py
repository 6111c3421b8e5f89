"""Key figures as a table of texts: one line for each market, then one for each home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lempart.display import amount, percent, short_braces

HEADERS = (
    "",
    "takes",
    "gives",
    "shared",
    "self-suff.",
    "self-cons.",
    "peak in",
    "peak out",
    "load factor",
)
UNITS = "energy in kWh, peaks in kW"
UNKNOWN = "\u2013"


def figure_headers(figures: Iterable[Mapping[str, Any]], currency: str) -> tuple[str, ...]:
    """Return the headers of the table: CO2 where some figures have it."""
    return (*HEADERS, *_co2(figures), f"saves {currency}")


def figure_row(name: Sequence[str], figures: Mapping[str, Any], *, co2: bool) -> list[str]:
    """Return one line: a market by its players' names, a home by its own.

    What a home shares is what it takes of its market's and what it gives to it, added up; of a market the energy that
    its homes use of each other's.
    """
    taken, given = (figures[f"shared_{way}_mwh"] for way in ("taken", "given"))
    shared = taken if len(name) != 1 else taken + given
    return [
        short_braces([name]) if len(name) != 1 else name[0],
        *(_kilo(figures[key]) for key in ("taken_mwh", "given_mwh")),
        _kilo(shared),
        *(_share(figures[key]) for key in ("self_sufficiency", "self_consumption")),
        *(_kilo(figures[key]) for key in ("peak_import_mw", "peak_export_mw")),
        UNKNOWN if figures["load_factor"] is None else f"{figures['load_factor']:.2f}",
        *([UNKNOWN if figures["co2_kg"] is None else f"{figures['co2_kg']:.4g}"] if co2 else []),
        UNKNOWN if figures["saving"] is None else amount(figures["saving"]),
    ]


def _co2(figures: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return ("CO2 kg",) if any(one["co2_kg"] is not None for one in figures) else ()


def _kilo(value: float) -> str:
    return f"{1e3 * value:.4g}"


def _share(value: float | None) -> str:
    return UNKNOWN if value is None else percent(value)
