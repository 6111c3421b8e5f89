"""Rules on numbers wherever they stand: finite, of the right length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lempart.case.records import CaseFields
from lempart.case.rules.rule import rule
from lempart.case.rules.settings import steps_are_usable
from lempart.case.rules.walk import numbers, series
from lempart.case.where import indexed
from lempart.errors import Problem
from lempart.typing import FloatArray


@rule()
def finite(case: CaseFields) -> Iterator[Problem]:
    """Require that every number is one: not NaN, not infinite."""
    for where, values in numbers(case):
        wrong = np.argwhere(~np.isfinite(values))
        if len(wrong):
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
    if not steps_are_usable(case):
        return
    steps = case.horizon.steps
    for where, values, axes in series(case):
        if values.ndim != len(axes):
            message = f"{values.ndim}-dimensional, expected {' x '.join(axes)}"
            yield Problem(where, message, "Give it one axis for each.")
        elif axes[-1] == "steps" and values.shape[-1] != steps and values.size:
            yield wrong_length(where, values.shape[-1], steps)
        elif axes == ("steps",) and values.size == 0:
            yield wrong_length(where, 0, steps)


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
