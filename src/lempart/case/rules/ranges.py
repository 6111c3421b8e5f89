"""Rules on the size of numbers: what can be computed with, each alone and those that meet in one sum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lempart.case.flexibility import Convex
from lempart.case.records import CaseFields
from lempart.case.rules.rule import rule
from lempart.case.rules.walk import at_prosumer, devices, numbers
from lempart.case.typical import typical_power
from lempart.case.where import indexed
from lempart.errors import Problem
from lempart.typing import FloatArray

SMALLEST = float(np.finfo(np.float64).tiny)
"""Below it are only numbers that have lost digits already, whose reciprocals are infinite."""
RANGES: dict[str, tuple[float, float]] = {
    "step_hours": (1e-6, 1e5),
    "base_kv": (1e-3, 1e4),
    "_ohm": (SMALLEST, 1e6),
    "rating_mva": (SMALLEST, 1e12),
    "_mw": (SMALLEST, 1e6),
    "_mvar": (SMALLEST, 1e6),
    "_mva": (SMALLEST, 1e6),
    "_mwh": (SMALLEST, 1e9),
    "_per_mwh": (SMALLEST, 1e9),
    "_per_mvarh": (SMALLEST, 1e9),
    "_per_mvah": (SMALLEST, 1e9),
    "_per_mw2h": (SMALLEST, 1e12),
    "_per_kh": (SMALLEST, 1e6),
    "voltage_penalty": (SMALLEST, 1e15),
    "efficiency": (1e-6, 1.0),
    "power_factor": (1e-3, 1.0),
    "_c": (SMALLEST, 1e4),
    "_kw": (SMALLEST, 1e9),
    "_k_per_kw": (1e-6, 1e9),
    "_kwh_per_k": (1e-6, 1e9),
    "cop": (1e-3, 1e3),
    "tie_break_per_mw2h": (1e-15, 1e12),
    "": (SMALLEST, 1e9),
}
"""The smallest and the largest size of a number other than 0, by the end of its name, which says its unit."""

LARGEST_SPREAD = 1e6
"""The power of a device over the typical power of a prosumer: beyond it a solver can't tell the latter from 0."""
LARGEST_FORECAST_SPREAD = 1e9
"""The same of a forecast, which is no unknown of a solver: beyond it a bill is lost in the rounding of a sum."""
LARGEST_COST_SPREAD = 1e8
"""The cost of a device over the largest price or tax."""
LARGEST_RISE = {"hard": 1e5, "elastic": 100.0}
"""By how much the typical power may change the squared voltage over one line, p.u.: a line that serves anybody has some
hundredths."""
LARGEST_VOLTAGE_PENALTY = {"hard": 1e15, "elastic": 1e10}
"""Per p.u. of squared voltage and hour; with elastic limits it is a cost in the dispatch."""
_SHARES = ("efficiency", "power_factor")
_DIGITS = "Check its digits and its unit; docs/case-format.md says what is computed with."


@rule()
def sizes_are_computable(case: CaseFields) -> Iterator[Problem]:
    """Require numbers that aren't so small or large, or so far apart, that something is lost in computing with them."""
    alone = True
    for where, values in numbers(case):
        if not np.isfinite(values).all():
            alone = False  # told by another rule
            continue
        for problem in _beyond(where, values):
            alone = False
            yield problem
    if alone:
        yield from _compared(case)


def _beyond(where: str, values: FloatArray) -> Iterator[Problem]:
    """Yield the first number that is too large or too small by itself."""
    unit = _unit_of(where.rpartition(".")[2])
    smallest, largest = RANGES[unit]
    sizes = np.abs(values)
    if unit in _SHARES:  # above 1 they are told by the rule of their kind
        largest = np.inf
    for wrong, word, limit in (
        (sizes > largest, "more than", largest),
        ((sizes < smallest) & (sizes > 0.0), "less than", smallest),
    ):
        if wrong.any():
            first = tuple(int(axis) for axis in np.argwhere(wrong)[0])
            place = where
            for axis in first:
                place = indexed(place, axis)
            yield Problem(place, f"{values[first]:g} is {word} can be computed with ({limit:g})", _DIGITS)
            return


def _unit_of(field: str) -> str:
    """Return the longest key of ``RANGES`` that a field's name ends with."""
    return max((end for end in RANGES if field.endswith(end)), key=len)


def _compared(case: CaseFields) -> Iterator[Problem]:
    """Yield sizes that meet in one sum, of which the smaller ones would be lost."""
    forecast = case.scenario.forecast
    if forecast.ndim != 2 or len(forecast) != len(case.prosumers):
        return
    peaks = np.abs(forecast).max(axis=1, initial=0.0)
    power = typical_power(peaks, case.prosumers)
    yield from _forecasts(case, peaks, power)
    yield from _devices(case, power)
    yield from _lines(case, power)


def _forecasts(case: CaseFields, peaks: FloatArray, power: float) -> Iterator[Problem]:
    for prosumer, peak in zip(case.prosumers, peaks, strict=True):
        if peak > LARGEST_FORECAST_SPREAD * power:
            place = f"{at_prosumer(prosumer)}.forecast_mw"
            yield Problem(place, f"up to {peak:g} MVA, {_apart(peak, power)}", _DIGITS)
    if 0.0 < power < 1e-9:
        yield Problem(
            "prosumers", f"the typical power is {power:g} MW, less than can be computed with (1e-09)", _DIGITS
        )


def _devices(case: CaseFields, power: float) -> Iterator[Problem]:
    """Yield limits and costs of devices that are too far from the typical power and from the prices."""
    market, hours = case.market, case.horizon.step_hours
    prices = (np.abs(market.price_per_mwh).max(initial=0.0), market.tax_per_mwh.max(initial=0.0))
    money = max(float(max(prices)), 1e-3)
    limits = (
        (("_mw", "apparent_power_mva"), LARGEST_SPREAD * power, "the typical power of a prosumer", power),
        (("energy_mwh",), LARGEST_SPREAD * power * max(hours, 1.0) * 10.0, "what is typical for a step", power * hours),
    )
    for where, _, unit in devices(case):
        if isinstance(unit, Convex):
            yield from _polyhedron(unit, where, power)
        for name, values in _fields_of(unit):
            for ends, largest, what, typical in limits:
                if name.endswith(ends) and not name.startswith("rows_") and values.max(initial=0.0) > largest:
                    message = f"{values.max():g}, {values.max() / typical:.0e} times {what} ({typical:g})"
                    remedy = "Give the limit that the device really has."
                    yield Problem(f"{where}.{name}", f"{message}: too far apart to be computed with", remedy)
            if name.endswith(("_per_mwh", "_per_mvarh")) and max(prices) > 0:
                largest = LARGEST_COST_SPREAD * money
                if values.max(initial=0.0) > largest:
                    message = (
                        f"{values.max():g}, {values.max() / money:.0e} times the largest price and tax ({money:g})"
                    )
                    yield Problem(f"{where}.{name}", f"{message}: too far apart to be computed with", _DIGITS)


def _polyhedron(unit: Convex, where: str, power: float) -> Iterator[Problem]:
    """Yield a side of a polyhedron that lies too far away."""
    rows = max(1.0, *(float(np.abs(part).max(initial=0.0)) for part in (unit.rows_mw, unit.rows_mvar)))
    far = np.flatnonzero(np.abs(unit.upper) > LARGEST_SPREAD * power * rows)
    if len(far):
        message = f"{unit.upper[far[0]]:g}, which no sum over powers of {power:g} MW comes near"
        yield Problem(indexed(f"{where}.upper", int(far[0])), message, "Leave the row out, or correct its digits.")


def _fields_of(unit: object) -> Iterator[tuple[str, FloatArray]]:
    for name, value in vars(unit).items():
        if isinstance(value, np.ndarray) or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield name, np.abs(np.asarray(value, dtype=np.float64))


def _lines(case: CaseFields, power: float) -> Iterator[Problem]:
    """Yield impedances whose per-unit value, with the typical power or as a penalty, leaves what can be computed."""
    base, grid = case.grid.base_kv**2, case.grid
    limits = "elastic" if case.dispatch.limits == "elastic" else "hard"
    if base == 0.0:
        return
    limited = grid.voltage_band_pu is not None or any(line.voltage_band_pu is not None for line in grid.lines)
    rule, most, dearest = case.market.voltage_penalty, LARGEST_RISE[limits], LARGEST_VOLTAGE_PENALTY[limits]
    rates = case.market.imbalance_penalty_per_mwh if isinstance(rule, str) else np.zeros(0)
    penalty = float(np.mean(rates)) / 2.0 if len(rates) else 0.0
    if not isinstance(rule, str) and rule > dearest:
        message = f"{rule:g} is more than can be computed with ({dearest:g})"
        yield Problem("market.voltage_penalty", message, _DIGITS)
    for index, line in enumerate(grid.lines):
        place = indexed("grid.lines", index)
        for name in ("r_ohm", "x_ohm"):
            rise = 2.0 * abs(getattr(line, name)) / base * power
            if limited and rise > most:
                message = (
                    f"{getattr(line, name):g} ohm, over which {power:g} MW change the squared voltage by {rise:g} p.u."
                )
                yield Problem(f"{place}.{name}", f"{message} at {grid.base_kv:g} kV", _DIGITS)
        if limited and line.r_ohm > 0 and penalty > dearest * line.r_ohm / base:
            message = f"{line.r_ohm:g} ohm, so little that the voltage penalty, {penalty:g} / R, can't be computed with"
            yield Problem(f"{place}.r_ohm", message, "Write 0, or give market.voltage_penalty as a number.")


def _apart(size: float, typical: float) -> str:
    times = f"{size / typical:.0e} times the typical power of a prosumer ({typical:g} MW)"
    return f"{times}: too far apart to be computed with"
