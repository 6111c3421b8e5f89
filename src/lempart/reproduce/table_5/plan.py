"""The plan of the neighbourhood study: which days, settings varied one at a time, and the studies they make."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from lempart.prosumption import NeighbourhoodOptions
from lempart.prosumption.tables import DAYS, HOURS_PER_DAY, weather
from lempart.study import Axis, StudySpec

SEEDS = (0, 1, 2, 3, 4)
FORTNIGHT = 14

Changes: TypeAlias = Mapping[str, Any]

VARIATIONS: Mapping[str, Changes] = {
    "headline": {},
    "no heat pumps": {"electrification": 0.0},
    "half heat pumps": {"electrification": 0.5},
    "0.96 p.u.": {"minimum_voltage_pu": 0.96},
    "0.97 p.u.": {"minimum_voltage_pu": 0.97},
    "branch penalty": {"voltage_penalty": "curtailment-branch"},
    "branch penalty, 0.97 p.u.": {"voltage_penalty": "curtailment-branch", "minimum_voltage_pu": 0.97},
    "kappa 0": {"tax_per_mwh": 0.0},
    "kappa 58": {"tax_per_mwh": 58.0},
    "kappa 200": {"tax_per_mwh": 200.0},
    "single boundary": {"single_boundary": True},
    "perfect forecast": {"forecast_error_scale": 0.0},
    "half forecast error": {"forecast_error_scale": 0.5},
    "three times the PV": {"pv_scale": 3.0},
}
"""The headline (every home with a heat pump, 0.95 p.u., kappa 144) and what is changed against it, one at a time."""


def options_of(variation: str, day: int, seed: int, *, losses: bool = False) -> NeighbourhoodOptions:
    """Return the neighbourhood of a variation, on a day of the year, with the homes of a seed; losses priced or not."""
    given = NeighbourhoodOptions(day=day, seed=seed, losses="priced" if losses else "none")
    return replace(given, **VARIATIONS[variation])


def study_of(
    variation: str, seed: int, days: Sequence[int], *, elastic: bool = False, losses: bool = False
) -> StudySpec:
    """Return the study of one variation and one seed: every day is a point, and the case as it is its only draw.

    Parameters
    ----------
    variation, seed
        What is changed against the headline, and which homes.
    days
        Days of the year.
    elastic, losses
        Whether limits are priced, and whether losses are.
    """
    options = options_of(variation, days[0], seed, losses=losses)
    return StudySpec(
        name=folder_name(variation, seed, elastic=elastic, losses=losses),
        draws=1,
        block=1,
        axes=(Axis("day", tuple(float(day) for day in days)),),
        profiles="none",
        outputs=("parts", "coalitions", "margins", "blocking", "coalition-parts", "surplus"),
        neighbourhood=replace(options, limits="elastic") if elastic else options,
    )


def folder_name(variation: str, seed: int, *, elastic: bool = False, losses: bool = False) -> str:
    """Return the name of a study and of its folder, such as ``kappa-58-seed-0``."""
    words = re.sub(r"[^a-z0-9.]+", "-", variation).strip("-.")
    return f"{words}-seed-{seed}" + ("-losses" if losses else "") + ("-elastic" if elastic else "")


def coldest_day() -> int:
    """Return the day of the year with the lowest mean temperature."""
    return int(np.argmin(_daily_means()[1:])) + 2


def fortnights() -> tuple[int, ...]:
    """Return the coldest and the warmest 14 days in a row, found by their mean temperature, in turns."""
    mean = np.convolve(_daily_means()[1:], np.ones(FORTNIGHT) / FORTNIGHT, mode="valid")
    starts = (int(np.argmin(mean)) + 2, int(np.argmax(mean)) + 2)
    return tuple(start + day for day in range(FORTNIGHT) for start in starts)


def all_days() -> tuple[int, ...]:
    """Return every day of the year that has a day before it to be forecast from."""
    return tuple(range(2, DAYS + 1))


def _daily_means() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    means: np.ndarray[tuple[int], np.dtype[np.float64]] = weather().outdoor_c.reshape(DAYS, HOURS_PER_DAY).mean(axis=1)
    return means
