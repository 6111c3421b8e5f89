"""The prosumption of the paper's three branches (Section VII-A, Figure 7) as formulas, read from figure and Table IV.

Everything is per unit of a node's peak load. Hours are those of a day, 0 to 24; wherever a function takes them they may
be shifted, and the day is a circle.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lempart.typing import FloatArray

HOURS: FloatArray = np.arange(24, dtype=np.float64) + 0.5
"""The middle of each hour."""


def _bump(hours: FloatArray, mode: float, width: float) -> FloatArray:
    """Return a bell of height 1 around an hour of the day, on the circle of 24 hours."""
    distance = (hours - mode + 12) % 24 - 12
    values: FloatArray = np.exp(-0.5 * (distance / width) ** 2)
    return values


def _club(hours: FloatArray) -> FloatArray:
    return 0.25 + 0.75 * _bump(hours, 0.0, 3.5)


def _homes(hours: FloatArray) -> FloatArray:
    return 0.42 + 0.30 * _bump(hours, 7.0, 1.3) + 0.58 * _bump(hours, 20.5, 3.0)


def _offices(hours: FloatArray) -> FloatArray:
    of_day = hours % 24
    opening, closing = 1 + np.exp(-(of_day - 7.5) / 0.6), 1 + np.exp((of_day - 18.5) / 0.6)
    values: FloatArray = 0.25 + 0.75 / (opening * closing)
    return values


def _wind(hours: FloatArray) -> FloatArray:
    values: FloatArray = 0.55 + 0.30 * np.cos(2 * np.pi * hours / 24)
    return values


def _pv(hours: FloatArray) -> FloatArray:
    values: FloatArray = 2.0 * np.maximum(0.0, np.sin(np.pi * (hours % 24 - 6) / 12))
    return values


_LOADS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "branch 1": _club,
    "branch 2": _homes,
    "branch 3": _offices,
}


def load(branch: str, hours: FloatArray = HOURS) -> FloatArray:
    """Return a branch's load: a night club's, homes', offices'; its largest value on unshifted hours is 1."""
    shape = _LOADS[branch]
    values: FloatArray = shape(hours) / shape(HOURS).max()
    return values


def generation(branch: str, hours: FloatArray = HOURS, wind_factors: FloatArray | None = None) -> FloatArray:
    """Return a branch's generation: wind, rooftop PV, a constant waste-to-energy plant.

    Wind and waste are scaled to the energy that the branch's unshifted load takes; PV is within 1 % of it.

    Parameters
    ----------
    branch
        ``"branch 1"``, ``"branch 2"`` or ``"branch 3"``.
    hours
        At which hours of the day, shape ``(steps,)``.
    wind_factors
        What the wind of each hour is of its mean, shape ``(steps,)``; None: 1.
    """
    if branch == "branch 1":
        wind = _wind(hours) if wind_factors is None else _wind(hours) * wind_factors
        scaled: FloatArray = wind * load(branch).mean() / wind.mean()
        return scaled
    if branch == "branch 2":
        return _pv(hours)
    return np.full(len(hours), load(branch).mean())
