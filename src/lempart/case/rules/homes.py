"""Rules on what homes own: heat pumps, shiftable loads, electric vehicles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from lempart.case.ev import ElectricVehicle
from lempart.case.heat_pump import HeatPump
from lempart.case.rules.checks import not_negative, positive, within
from lempart.case.shiftable import Shiftable
from lempart.case.where import indexed
from lempart.errors import Problem


def heat_pump(unit: HeatPump, at: str) -> Iterator[Problem]:
    """Require a building with physical constants, a COP, a band in order and a start within it."""
    yield from not_negative(unit, at, "power_mw", "comfort_penalty_per_kh")
    yield from positive(unit, at, "resistance_k_per_kw", "capacity_kwh_per_k")
    yield from within(unit, at, "power_factor", zero=False)
    yield from _cop(unit, at)
    yield from _temperatures(unit, at)
    pair = ("air_capacity_kwh_per_k", "air_resistance_k_per_kw")
    given = [name for name in pair if getattr(unit, name) is not None]
    yield from positive(unit, at, *given)
    if len(given) == 1:
        (other,) = set(pair) - set(given)
        yield Problem(f"{at}.{given[0]}", f"given without {other}", "Give both (2R2C) or neither (1R1C).")


def _cop(unit: HeatPump, at: str) -> Iterator[Problem]:
    if not unit.cop.size:
        yield Problem(f"{at}.cop", "no COP", "Give cop, one value per step, or flow_temperature_c for a standard one.")
    none = np.flatnonzero(unit.cop <= 0)
    if len(none):
        step = int(none[0])
        yield Problem(indexed(f"{at}.cop", step), f"not above 0 ({unit.cop[step]:g})", "Give heat per electricity.")


def _temperatures(unit: HeatPump, at: str) -> Iterator[Problem]:
    low, high = unit.minimum_c, unit.maximum_c
    if low > high:
        message = f"{low:g} degC is more than maximum_c, {high:g} degC"
        yield Problem(f"{at}.minimum_c", message, "Exchange them, or correct one.")
        return
    for name in ("start_c", "end_c"):
        value = getattr(unit, name)
        if value is not None and (value < low or value > high):
            message = f"{value:g} degC is outside the comfort band, {low:g} to {high:g} degC"
            yield Problem(f"{at}.{name}", message, "Correct it, or the band.")


def shiftable(unit: Shiftable, at: str) -> Iterator[Problem]:
    """Require an energy and a window that has a step; whether they fit is for the dispatch to say."""
    yield from not_negative(unit, at, "energy_mwh", "power_mw")
    yield from within(unit, at, "power_factor", zero=False)
    if unit.earliest_step < 1:
        yield Problem(f"{at}.earliest_step", f"{unit.earliest_step} is no step", "Steps are counted from 1.")
    if unit.latest_step is not None and unit.latest_step < unit.earliest_step:
        message = f"{unit.latest_step} is before earliest_step, {unit.earliest_step}"
        yield Problem(f"{at}.latest_step", message, "Exchange them, or correct one; both steps are included.")


def vehicle(unit: ElectricVehicle, at: str) -> Iterator[Problem]:
    """Require shares for the plug, states of charge and efficiencies, and that it drives only while unplugged."""
    yield from not_negative(unit, at, "power_mw", "energy_mwh", "driven_mwh", "discharge_cost_per_mwh")
    for name in ("initial_soc", "departure_soc"):
        yield from within(unit, at, name, zero=True)
    if unit.end_soc is not None:
        yield from within(unit, at, "end_soc", zero=True)
    yield from within(unit, at, "charge_efficiency", zero=False)
    yield from within(unit, at, "discharge_efficiency", zero=False)
    outside = np.flatnonzero((unit.plugged_in < 0) | (unit.plugged_in > 1))
    if len(outside):
        step = int(outside[0])
        message = f"{unit.plugged_in[step]:g} is no share of the step"
        yield Problem(indexed(f"{at}.plugged_in", step), message, "Give 0 (away) to 1 (plugged in).")
    if unit.plugged_in.shape == unit.driven_mwh.shape:
        both = np.flatnonzero((unit.plugged_in >= 1) & (unit.driven_mwh > 0))
        if len(both):
            message = f"it drives in step {int(both[0]) + 1}, for all of which it is plugged in"
            yield Problem(indexed(f"{at}.driven_mwh", int(both[0])), message, "Lower plugged_in or driven_mwh there.")


HOME_RULES: Mapping[type, Callable[[Any, str], Iterator[Problem]]] = MappingProxyType(
    {HeatPump: heat_pump, Shiftable: shiftable, ElectricVehicle: vehicle}
)
"""The rule of each kind that homes own."""
