"""A window of SimBench's year of 15-minute profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np

from lempart.errors import InputError
from lempart.io.networks.pandapower.rows import Element
from lempart.typing import ComplexArray

QUARTERS_PER_HOUR = 4
QUARTERS_PER_DAY = 24 * QUARTERS_PER_HOUR
LONGEST_ROLL_WEEKS = 4


@dataclass(frozen=True)
class Series:
    """Loads and generators of a net over a horizon.

    Attributes
    ----------
    absolute
        SimBench's year: ``(table, "p_mw" or "q_mvar")`` to a table with a column per row index, 15-minute values.
    first
        Position of the horizon's first quarter of an hour.
    quarters
        Quarters of an hour per step.
    """

    absolute: Mapping[tuple[str, str], Any]
    first: int
    steps: int
    quarters: int
    day_lag: bool
    week_roll_seed: int | None

    @property
    def step_hours(self) -> float:
        """Return the length of a step."""
        return self.quarters / QUARTERS_PER_HOUR

    def power(self, row: Element) -> tuple[ComplexArray, ComplexArray]:
        """Return the row's forecast and realisation, MW and Mvar with the table's own sign, shape ``(steps,)``."""
        year = self._year(row.table, row.index, "p_mw") + 1j * self._year(row.table, row.index, "q_mvar")
        if row.table == "load" and self.week_roll_seed is not None:
            draw = np.random.default_rng([self.week_roll_seed, row.index])
            weeks = int(draw.integers(-LONGEST_ROLL_WEEKS, LONGEST_ROLL_WEEKS, endpoint=True))
            year = np.roll(year, weeks * 7 * QUARTERS_PER_DAY)
        actual = self._means(year, self.first)
        return (self._means(year, self.first - QUARTERS_PER_DAY) if self.day_lag else actual), actual

    def _year(self, table: str, index: int, quantity: str) -> Any:
        values = self.absolute.get((table, quantity))
        return np.zeros(1) if values is None or index not in values.columns else values[index].to_numpy(dtype=float)

    def _means(self, year: ComplexArray, first: int) -> ComplexArray:
        length = self.steps * self.quarters
        window = year[first : first + length] if len(year) > 1 else np.repeat(year, length)
        means: ComplexArray = window.reshape(self.steps, self.quarters).mean(axis=1)
        return means


def series_of(
    net: Any,
    absolute: Mapping[tuple[str, str], Any],
    start: str,
    steps: int,
    step_hours: float,
    forecast: Literal["perfect", "day-lag"],
    week_roll_seed: int | None,
) -> Series:
    """Return the window of a SimBench net's year, see :func:`~lempart.io.from_simbench`.

    Raises
    ------
    InputError
        If the window (with the day before, for a day-lag forecast) doesn't lie within the profiles.
    """
    quarters = round(step_hours * QUARTERS_PER_HOUR)
    if quarters < 1 or abs(quarters - step_hours * QUARTERS_PER_HOUR) > 1e-9:
        message = f"{step_hours} h is no multiple of 15 minutes"
        raise InputError.of("step_hours", message, "SimBench has 15-minute values.")
    times = net.profiles["load"]["time"].tolist()
    first = _position(times, start)
    day_lag = forecast == "day-lag"
    if first + steps * quarters > len(times) or (day_lag and first < QUARTERS_PER_DAY):
        message = f"{steps} steps of {step_hours} h from {start} don't lie within {times[0]} to {times[-1]}"
        raise InputError.of("start", message, "A day-lag forecast also needs the day before.")
    return Series(absolute, first, steps, quarters, day_lag, week_roll_seed)


def _position(times: list[str], start: str) -> int:
    try:
        moment = datetime.fromisoformat(start)
    except ValueError as error:
        raise InputError.of("start", f"{start!r} is not a date", "Write 2016-01-17 or 2016-01-17 06:00.") from error
    try:
        return times.index(moment.strftime("%d.%m.%Y %H:%M"))
    except ValueError as error:
        message = f"{start} isn't in the profiles, which go from {times[0]} to {times[-1]}"
        raise InputError.of("start", message, "Give a quarter of an hour within them.") from error
