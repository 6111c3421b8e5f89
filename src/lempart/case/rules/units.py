"""Warnings of numbers that look like another unit: kW for MW, per kWh for per MWh, volts for kV."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lempart.case.prices import IMPORT_AND_EXPORT, PRICE_AND_TAX, derived_prices
from lempart.case.records import CaseFields
from lempart.case.rules.lines import line_name
from lempart.case.rules.rule import rule, warning
from lempart.case.rules.walk import at_prosumer
from lempart.case.where import indexed, quoted
from lempart.errors import Problem
from lempart.text import some_of
from lempart.typing import FloatArray

LOW_VOLTAGE_KV = 1.0
HIGHEST_DISTRIBUTION_KV = 150.0
LARGEST_MW = {"low": 20.0, "medium": 2000.0}
"""More than any one prosumer injects at low and at medium voltage: a 0.4 kV feeder carries some 0.2 MVA."""
LARGEST_INJECTION_MW = {"low": 2.0, "medium": 2000.0}
"""The same of what a prosumer really injects, where devices are often given without a limit."""
WARNED_RISE = 0.5
"""By how much one prosumer can change the squared voltage over the line to its bus, p.u."""
LARGEST_OHM = {"low": 20.0, "medium": 500.0}
"""More than any line has: 1 km of the thinnest 0.4 kV cable has some 2 ohm."""
LARGEST_RATING_MVA = {"low": 50.0, "medium": 5000.0}
OUTLIER = 100.0
MINUTES = (5.0, 10.0, 15.0, 20.0, 30.0, 60.0)
SECONDS = (300.0, 600.0, 900.0, 1800.0, 3600.0)


def _level(case: CaseFields) -> str:
    return "low" if case.grid.base_kv <= LOW_VOLTAGE_KV else "medium"


@rule()
def steps_are_in_hours(case: CaseFields) -> Iterator[Problem]:
    """Warn of a step of 15 or 60 hours: probably minutes."""
    hours = case.horizon.step_hours
    unit, per_hour = ("minutes", 60.0) if hours in MINUTES else ("seconds", 3600.0)
    if hours in MINUTES or hours in SECONDS:
        remedy = f"Write step_hours = {hours / per_hour:g} if {unit} were meant."
        yield warning("time.step_hours", f"a step of {hours:g} hours is unusual", remedy)


@rule()
def base_voltage_is_in_kv(case: CaseFields) -> Iterator[Problem]:
    """Warn of a distribution grid of 400 kV: probably volts."""
    kv = case.grid.base_kv
    if kv > HIGHEST_DISTRIBUTION_KV:
        message = f"{kv:g} kV is no voltage of a distribution grid"
        yield warning("grid.base_kv", message, f"Write {kv / 1000:g} if volts were meant.")


@rule("grid.base_kv")
def impedances_are_in_ohm(case: CaseFields) -> Iterator[Problem]:
    """Warn of impedances of hundreds of ohm: probably milliohm."""
    limit = LARGEST_OHM[_level(case)]
    large = [
        f"{line_name(line)} with {max(line.r_ohm, abs(line.x_ohm)):g} ohm"
        for line in case.grid.lines
        if max(line.r_ohm, abs(line.x_ohm)) > limit
    ]
    if large:
        message = f"more than {limit:g} ohm, much for {case.grid.base_kv:g} kV: "
        yield warning("grid.lines", message + some_of(large, 3), "Divide by 1000 if milliohm were meant.")


@rule("grid.base_kv")
def ratings_are_in_mva(case: CaseFields) -> Iterator[Problem]:
    """Warn of ratings of hundreds of MVA at low voltage: probably kVA."""
    limit = LARGEST_RATING_MVA[_level(case)]
    large = [
        f"{line_name(line)} with {line.rating_mva:g} MVA"
        for line in case.grid.lines
        if line.rating_mva is not None and line.rating_mva > limit
    ]
    if large:
        message = f"rated above {limit:g} MVA, much for {case.grid.base_kv:g} kV: "
        yield warning("grid.lines", message + some_of(large, 3), "Divide by 1000 if kVA were meant.")


@rule("grid.base_kv", "grid.lines.rating_mva")
def injections_are_in_mw(case: CaseFields) -> Iterator[Problem]:
    """Warn of injections beyond their voltage level, all ratings together, or 100 times the others: probably kW."""
    peaks = _peaks(case)
    if peaks is None:
        return
    common = float(np.median(peaks[peaks > 0])) if np.any(peaks > 0) else 0.0
    ratings = [line.rating_mva for line in case.grid.lines]
    together = sum(rating for rating in ratings if rating is not None) if None not in ratings else np.inf
    nearest = _least_resistance_pu(case)
    for prosumer, peak in zip(case.prosumers, peaks, strict=True):
        rise = 2.0 * peak * nearest.get(prosumer.node, 0.0)
        if peak > LARGEST_INJECTION_MW[_level(case)]:
            reason = f"much for {case.grid.base_kv:g} kV"
        elif peak > together:
            reason = f"more than all lines can carry together ({together:g} MVA)"
        elif peak > OUTLIER * common:
            reason = f"{peak / common:.0f} times the median prosumer's"
        elif rise > WARNED_RISE:
            reason = f"which alone would change the squared voltage at {quoted(prosumer.node)} by {rise:.2g} (p.u.)"
        else:
            continue
        message = f"up to {peak:g} MVA, {reason}"
        yield warning(f"{at_prosumer(prosumer)}.forecast_mw", message, "Divide by 1000 if kW were meant.")


def _least_resistance_pu(case: CaseFields) -> dict[str, float]:
    """Return the least resistance of the lines at each bus, on a 1 MVA base."""
    found: dict[str, float] = {}
    base = case.grid.base_kv
    for line in case.grid.lines if base > 0 else ():
        for bus in (line.from_node, line.to_node):
            found[bus] = min(found.get(bus, np.inf), line.r_ohm / base / base)
    return found


def _peaks(case: CaseFields) -> FloatArray | None:
    """Return each prosumer's largest apparent power, forecast or real; None where the arrays don't fit."""
    expected = (len(case.prosumers), case.horizon.steps)
    scenario = case.scenario
    if {scenario.forecast.shape, scenario.realization.shape} != {expected} or 0 in expected:
        return None
    largest: FloatArray = np.maximum(np.abs(scenario.forecast), np.abs(scenario.realization)).max(axis=1)
    return largest


@rule()
def prices_are_per_mwh(case: CaseFields) -> Iterator[Problem]:
    """Warn of prices below 1 per MWh: probably per kWh."""
    market = case.market
    prices = IMPORT_AND_EXPORT if derived_prices(market) else PRICE_AND_TAX
    for name in (*prices, "imbalance_penalty_per_mwh", "line_penalty_per_mvah"):
        values = np.atleast_1d(getattr(market, name))
        largest = float(np.abs(values).max(initial=0.0))
        if 0.0 < largest < 1.0:
            message = f"at most {largest:g} {market.currency}/MWh, unusually little"
            remedy = f"Write {largest * 1000:g} if {market.currency}/kWh were meant."
            yield warning(f"market.{name}", message, remedy)


@rule("grid.base_kv")
def devices_are_in_mw(case: CaseFields) -> Iterator[Problem]:
    """Warn of a battery or an inverter beyond its voltage level: probably kW."""
    limit = LARGEST_MW[_level(case)]
    for prosumer in case.prosumers:
        for index, unit in enumerate(prosumer.flexibility):
            for name in ("power_mw", "apparent_power_mva"):
                value = getattr(unit, name, None)
                if value is not None and limit < value < np.inf:
                    place = f"{indexed(f'{at_prosumer(prosumer)}.flexibility', index)}.{name}"
                    message = f"{value:g}, much for {case.grid.base_kv:g} kV"
                    yield warning(place, message, "Divide by 1000 if kW or kVA were meant.")
