"""Rules on each line and on the voltage bands."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lempart.case.records import CaseFields, Line
from lempart.case.rules.rule import rule, warning
from lempart.case.where import indexed, quoted
from lempart.errors import Problem
from lempart.text import some_of

HIGHEST_PU = 100.0
"""The highest end of a voltage band; none is infinite."""


def line_name(line: Line) -> str:
    """Return what a message calls a line: ``"b1" - "b2"``."""
    return f"{quoted(line.from_node)} - {quoted(line.to_node)}"


@rule("grid.lines")
def there_are_lines(case: CaseFields) -> Iterator[Problem]:
    """Require a line."""
    if not case.grid.lines:
        yield Problem("grid.lines", "the grid has no lines", "Add one for each cable, line or transformer.")


@rule()
def base_voltage_is_positive(case: CaseFields) -> Iterator[Problem]:
    """Require a voltage that impedances are referred to."""
    if case.grid.base_kv <= 0:
        yield Problem("grid.base_kv", f"{case.grid.base_kv:g} kV", "Give the nominal voltage in kV, > 0.")


@rule()
def impedance_and_rating_are_not_negative(case: CaseFields) -> Iterator[Problem]:
    """Require resistance and rating >= 0. A reactance may be negative (a series capacitor); zero is fine."""
    for index, line in enumerate(case.grid.lines):
        place = indexed("grid.lines", index)
        if line.r_ohm < 0:
            message = f"the line {line_name(line)} has a negative resistance ({line.r_ohm:g} ohm)"
            yield Problem(f"{place}.r_ohm", message, "Give it in ohm, >= 0.")
        if line.rating_mva is not None and line.rating_mva < 0:
            message = f"the line {line_name(line)} has a negative rating ({line.rating_mva:g} MVA)"
            yield Problem(f"{place}.rating_mva", message, "Give it in MVA, >= 0, or leave it out for unlimited.")


@rule()
def bands_contain_nominal(case: CaseFields) -> Iterator[Problem]:
    """Require that a voltage band runs from low to high and holds 1.0, the voltage at the PCC."""
    for where, band in _bands(case):
        yield from _band(where, *band)


@rule("grid.voltage_band_pu", "grid.lines.voltage_band_pu")
def margin_leaves_a_band(case: CaseFields) -> Iterator[Problem]:
    """Require that a band less the voltage margin still holds 1.0, the voltage at the PCC."""
    margin = case.dispatch.voltage_margin_pu
    if margin <= 0:
        return
    for where, (low, high) in _bands(case):
        room = min(1.0 - low, high - 1.0)
        if 0.0 <= room < margin:
            message = f"{margin:g} leaves no band around 1.0 of {where} = [{low:g}, {high:g}]"
            yield Problem("dispatch.voltage_margin_pu", message, f"Give at most {room:g}, or widen the band.")


def _bands(case: CaseFields) -> Iterator[tuple[str, tuple[float, float]]]:
    """Return every voltage band with its place."""
    if case.grid.voltage_band_pu is not None:
        yield "grid.voltage_band_pu", case.grid.voltage_band_pu
    for index, line in enumerate(case.grid.lines):
        if line.voltage_band_pu is not None:
            yield f"{indexed('grid.lines', index)}.voltage_band_pu", line.voltage_band_pu


def _band(where: str, low: float, high: float) -> Iterator[Problem]:
    shown = f"[{low:g}, {high:g}]"
    remedy = "Write the lowest and the highest voltage in p.u.: [0.95, 1.05]."
    if math.isnan(low) or math.isnan(high) or math.isinf(low):
        yield Problem(where, f"{shown} is no voltage band", remedy)
    elif low > high:
        yield Problem(where, f"the band {shown} is reversed", f"Write [{high:g}, {low:g}].")
    elif low < 0:
        yield Problem(where, f"the band {shown} has a negative voltage", remedy)
    elif HIGHEST_PU < high < math.inf:
        yield Problem(where, f"the band {shown} reaches beyond {HIGHEST_PU:g} times the nominal voltage", remedy)
    elif not low <= 1.0 <= high:
        message = f"the band {shown} doesn't hold 1.0, the voltage at the PCC"
        yield Problem(where, message, "Give it in p.u. of the nominal voltage, around 1.0.")


@rule("grid.lines.rating_mva")
def lines_have_ratings(case: CaseFields) -> Iterator[Problem]:
    """Warn of lines without a rating: they carry anything, which is legal, and easily overlooked."""
    absent = [line_name(line) for line in case.grid.lines if line.rating_mva is None]
    if absent:
        where = f"{len(absent)} of {len(case.grid.lines)} lines"
        message = f"{where} have no rating_mva and count as unlimited: {some_of(absent, 3)}"
        yield warning("grid.lines", message, "Add ratings if they can bind.")


@rule("grid.voltage_band_pu", "grid.lines.voltage_band_pu")
def grid_has_a_band(case: CaseFields) -> Iterator[Problem]:
    """Warn of a grid without a voltage band, which is legal, and easily overlooked."""
    if case.grid.voltage_band_pu is None and any(line.voltage_band_pu is None for line in case.grid.lines):
        message = "absent, so that voltages count as unlimited"
        yield warning("grid.voltage_band_pu", message, "Add a band such as [0.95, 1.05] if voltages can bind.")
