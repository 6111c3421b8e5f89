"""Which days of the neighbourhood are studied: every one, and the settings varied one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from lempart.prosumption import NeighbourhoodOptions
from lempart.prosumption.tables import DAYS, HOURS_PER_DAY, weather
from lempart.study.neighbourhood import evaluate_day
from lempart.study.runner import Report, Task, run_tasks
from lempart.study.store import RecordStore

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


@dataclass(frozen=True, slots=True)
class Day:
    """One task of the study: a variation, a day of the year and a seed."""

    variation: str
    day: int
    seed: int

    @property
    def key(self) -> str:
        """Return the record's key."""
        return f"{self.variation}/{self.day:03d}/{self.seed}"

    @property
    def options(self) -> NeighbourhoodOptions:
        """Return the neighbourhood of this day."""
        return replace(NeighbourhoodOptions(day=self.day, seed=self.seed), **VARIATIONS[self.variation])


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


def plan(variations: Sequence[str], days: Sequence[int], seeds: Sequence[int]) -> list[Task]:
    """Return the tasks of a study, variations innermost: one cut short compares all of them on its first days."""
    found = [Day(variation, day, seed) for seed in seeds for day in days for variation in variations]
    return [(task.key, task) for task in found]


def work(task: Day) -> dict[str, Any]:
    """Return the record of one task."""
    return {"variation": task.variation, **evaluate_day(task.options)}


def run_neighbourhood(
    tasks: Sequence[Task], store: RecordStore, *, workers: int = 1, progress: Report | None = None
) -> None:
    """Evaluate all tasks into a store; see :func:`lempart.study.run_tasks`."""
    run_tasks(tasks, work, store, workers=workers, progress=progress)


def _daily_means() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    means: np.ndarray[tuple[int], np.dtype[np.float64]] = weather().outdoor_c.reshape(DAYS, HOURS_PER_DAY).mean(axis=1)
    return means
