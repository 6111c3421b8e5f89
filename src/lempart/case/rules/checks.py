"""Checks that several kinds of flexibility share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lempart.case.where import indexed
from lempart.errors import Problem


def not_negative(unit: object, at: str, *names: str) -> Iterator[Problem]:
    """Yield each of the fields ``names`` that is negative somewhere."""
    for name in names:
        values = np.asarray(getattr(unit, name), dtype=np.float64)
        negative = np.argwhere(values < 0)
        if len(negative):
            place = f"{at}.{name}"
            for axis in negative[0]:
                place = indexed(place, int(axis))
            yield Problem(place, f"negative ({values[tuple(negative[0])]:g})", "Give a number >= 0.")


def within(unit: object, at: str, name: str, *, zero: bool) -> Iterator[Problem]:
    """Yield the field ``name`` if it isn't a share between 0 and 1."""
    value = getattr(unit, name)
    if value < 0 or value > 1 or (value == 0 and not zero):
        hint = f"Write {value / 100:g} for {value:g} %." if 1 < value <= 100 else "Give a share of 1."
        yield Problem(f"{at}.{name}", f"{value:g} is not {'from' if zero else 'above'} 0 to 1", hint)


def positive(unit: object, at: str, *names: str) -> Iterator[Problem]:
    """Yield each of the fields ``names`` that isn't above 0."""
    for name in names:
        value = getattr(unit, name)
        if value <= 0:
            yield Problem(f"{at}.{name}", f"not above 0 ({value:g})", "Give a number > 0.")
