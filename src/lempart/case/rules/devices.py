"""Rules on flexibility: one function for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from lempart.case.flexibility import Battery, Convex, Curtailment, Flexibility, Inverter, OwnFlexibility
from lempart.case.records import CaseFields
from lempart.case.rules.checks import not_negative, within
from lempart.case.rules.homes import HOME_RULES
from lempart.case.rules.rule import rule
from lempart.case.rules.walk import devices
from lempart.case.shapes import array_axes, optional_fields
from lempart.case.where import indexed
from lempart.errors import Problem

KindRule = Callable[[Any, str], Iterator[Problem]]


def battery(unit: Battery, at: str) -> Iterator[Problem]:
    """Require limits and costs that aren't negative, and shares for efficiencies and the state of charge."""
    yield from not_negative(unit, at, "power_mw", "energy_mwh", "cost_per_mwh", "quadratic_cost_per_mw2h")
    yield from within(unit, at, "initial_soc", zero=True)
    yield from within(unit, at, "charge_efficiency", zero=False)
    yield from within(unit, at, "discharge_efficiency", zero=False)


def curtailment(unit: Curtailment, at: str) -> Iterator[Problem]:
    """Require that what can be curtailed isn't negative, and that curtailing isn't paid for."""
    yield from not_negative(unit, at, "available_mw", "cost_per_mwh")


def inverter(unit: Inverter, at: str) -> Iterator[Problem]:
    """Require that the inverter carries its own generation."""
    yield from not_negative(unit, at, "apparent_power_mva", "cost_per_mvarh")
    beyond = np.flatnonzero(np.abs(unit.generation_mw) > unit.apparent_power_mva)
    if len(beyond) and unit.apparent_power_mva >= 0:
        step = int(beyond[0])
        message = f"{unit.generation_mw[step]:g} MW don't fit through an inverter of {unit.apparent_power_mva:g} MVA"
        remedy = "Lower the generation to what the inverter lets through, or raise apparent_power_mva."
        yield Problem(indexed(f"{at}.generation_mw", step), message, remedy)


def convex(unit: Convex, at: str) -> Iterator[Problem]:
    """Require bounds in order, a polyhedron whose arrays match, and convex costs."""
    yield from not_negative(unit, at, "absolute_cost_per_mwh", "quadratic_cost_per_mw2h")
    if unit.apparent_power_mva is not None:
        yield from not_negative(unit, at, "apparent_power_mva")
    low, high = unit.minimum_mw, unit.maximum_mw
    crossed = np.flatnonzero(low > high) if low.shape == high.shape else np.zeros(0, dtype=np.int64)
    if len(crossed):
        step = int(crossed[0])
        message = f"{low[step]:g} MW are more than maximum_mw, {high[step]:g} MW"
        yield Problem(indexed(f"{at}.minimum_mw", step), message, "Exchange them, or correct one.")
    yield from _polyhedron(unit, at)


def _polyhedron(unit: Convex, at: str) -> Iterator[Problem]:
    if any(np.isnan(part).any() for part in (unit.rows_mw, unit.rows_mvar, unit.upper)):
        return
    rows = len(unit.rows_mw)
    for name in ("rows_mvar", "upper"):
        found = len(getattr(unit, name))
        if found != rows:
            yield Problem(f"{at}.{name}", f"{found} rows, but rows_mw has {rows}", "Give each row all three.")


KIND_RULES: Mapping[type, KindRule] = MappingProxyType(
    {Battery: battery, Curtailment: curtailment, Inverter: inverter, Convex: convex, **HOME_RULES}
)
"""The rule of each kind of flexibility."""


@rule()
def flexibility_is_sound(case: CaseFields) -> Iterator[Problem]:
    """Require that each flexibility keeps the rule of its kind."""
    for where, _, unit in devices(case):
        if _arrays_fit(unit):
            yield from KIND_RULES.get(type(unit), _own)(unit, where)


def _own(unit: OwnFlexibility, at: str) -> Iterator[Problem]:
    """Leave it to a kind that isn't part of lempart."""
    yield from unit.problems(at)


def _arrays_fit(unit: Flexibility) -> bool:
    """Return whether series have one axis and one length; otherwise another rule has told so."""
    axes = array_axes(type(unit))
    arrays = {name: getattr(unit, name) for name in axes}
    present = [name for name, array in arrays.items() if array.size or name not in optional_fields(type(unit))]
    lengths = {arrays[name].size for name in present if axes[name] == ("steps",)}
    return len(lengths) <= 1 and all(array.ndim == len(axes[name]) for name, array in arrays.items())
