"""Rules on numbers wherever they stand: finite, of the right length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lempart.case.prices import derived_prices
from lempart.case.record import Record
from lempart.case.records import CaseFields
from lempart.case.rules.rule import rule
from lempart.case.rules.settings import steps_are_usable
from lempart.case.rules.walk import numbers, with_arrays
from lempart.case.shapes import array_axes, optional_fields
from lempart.case.where import indexed
from lempart.errors import Problem
from lempart.typing import FloatArray


@rule()
def finite(case: CaseFields) -> Iterator[Problem]:
    """Require that every number is one: not NaN, not infinite."""
    for where, values in numbers(case):
        if not np.isfinite(values).all():
            wrong = np.argwhere(~np.isfinite(values))
            first = tuple(int(axis) for axis in wrong[0])
            yield _not_finite(where, values, first, len(wrong))


def _not_finite(where: str, values: FloatArray, first: tuple[int, ...], count: int) -> Problem:
    place = where
    for axis in first:
        place = indexed(place, axis)
    more = f" (and {count - 1} more like it)" if count > 1 else ""
    if np.isnan(values[first]):
        remedy = "Leave it out for unlimited." if where.endswith(".rating_mva") else "Fill the gap."
        return Problem(place, f"not a number (nan){more}", remedy)
    if ".flexibility[" in where:
        message = f"unbounded flexibility: {values[first]}{more}"
        return Problem(place, message, "Give the limit that the device really has.")
    remedy = "Leave it out for unlimited." if where.endswith(".rating_mva") else "Write a finite number."
    return Problem(place, f"infinite ({values[first]}){more}", remedy)


@rule("time.steps")
def series_fit_the_steps(case: CaseFields) -> Iterator[Problem]:
    """Require one value per step in every series."""
    if steps_are_usable(case):
        for where, record in with_arrays(case):
            yield from _series_of(record, where, case.horizon.steps)


def _series_of(record: Record, at: str, steps: int) -> Iterator[Problem]:
    """Yield the series of wrong length; one that a record makes up as long as another is told by that one alone."""
    told: set[int] = set()
    for name, axes in array_axes(type(record)).items():
        if name in derived_prices(record):
            continue
        values = getattr(record, name)
        absent = name in optional_fields(type(record)) and values.size == 0
        if values.ndim != len(axes):
            message = f"an array of {values.ndim} axes, expected {' x '.join(axes)}"
            yield Problem(f"{at}.{name}", message, "Give it one axis for each.")
        elif axes[-1] == "steps" and values.shape[-1] != steps and not absent:
            if name not in optional_fields(type(record)) or values.shape[-1] not in told:
                yield wrong_length(f"{at}.{name}", values.shape[-1], steps)
            told.add(values.shape[-1])


@rule("time.steps")
def scenario_fits(case: CaseFields) -> Iterator[Problem]:
    """Require one row per prosumer and one column per step in forecast and realisation."""
    expected = (len(case.prosumers), case.horizon.steps)
    if not steps_are_usable(case):
        return
    for name in ("forecast", "realization"):
        found = getattr(case.scenario, name).shape
        if found != expected:
            message = f"of shape {found} for {expected[0]} prosumers and {expected[1]} steps"
            yield Problem(f"scenario.{name}", message, f"Give an array of shape {expected}.")


def wrong_length(where: str, found: int, steps: int) -> Problem:
    """Return the problem of a series whose length isn't the number of steps."""
    message = f"{found} {'value' if found == 1 else 'values'} for {steps} {'step' if steps == 1 else 'steps'}"
    more = "Remove" if found > steps else "Add"
    return Problem(where, message, f"{more} {abs(found - steps)}, or correct time.steps.")
