"""Figure 7 of the paper: prosumption profiles of its three branches, as the formulas that stand in for the figure."""

from __future__ import annotations

import numpy as np

from lempart.reproduce.comparison import Comparison, Row
from lempart.study.draw import branches

_QUANTILES = (0.1, 0.9)
_COLUMNS = (
    "1: load",
    "1: wind, mean",
    "wind, 10 % below",
    "wind, 10 % above",
    "2: load",
    "2: PV",
    "3: load",
    "3: waste",
)
_NOTE = (
    "The paper prints these profiles as curves only; here they are the formulas read from them, at the middle of each "
    "hour, per unit of a node's peak load. The wind of an hour is its mean times a Rayleigh factor of mean 1."
)


def figure_7() -> tuple[Comparison, ...]:
    """Return the profiles hour by hour, per unit of a node's peak load."""
    wind = branches.generation("branch 1")
    # A Rayleigh variable of scale s lies below s sqrt(-2 ln(1 - q)) with probability q; its mean is s sqrt(pi / 2).
    below, above = (wind * np.sqrt(-4 / np.pi * np.log(1 - q)) for q in _QUANTILES)
    series = [
        branches.load("branch 1"),
        wind,
        below,
        above,
        branches.load("branch 2"),
        branches.generation("branch 2"),
        branches.load("branch 3"),
        branches.generation("branch 3"),
    ]
    rows = tuple(
        Row(f"{hour:04.1f} h", (None,) * len(_COLUMNS), tuple(float(values[i]) for values in series))
        for i, hour in enumerate(branches.HOURS)
    )
    return (Comparison("Figure 7: consumption and production, p.u.", _COLUMNS, rows, _NOTE, exact=False),)
