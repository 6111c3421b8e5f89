"""Every number of a case with its place, named as a case file names it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from lempart.case.flexibility import Flexibility
from lempart.case.prices import derived_prices
from lempart.case.record import Record
from lempart.case.records import CaseFields, Prosumer
from lempart.case.where import indexed
from lempart.typing import FloatArray

PROFILES = ("forecast_mw", "forecast_mvar", "actual_mw", "actual_mvar")


def at_prosumer(prosumer: Prosumer) -> str:
    """Return the place of a prosumer."""
    return indexed("prosumers", prosumer.name)


def devices(case: CaseFields) -> Iterator[tuple[str, Prosumer, Flexibility]]:
    """Return each flexibility with its place and its prosumer."""
    for prosumer in case.prosumers:
        for index, unit in enumerate(prosumer.flexibility):
            yield indexed(f"{at_prosumer(prosumer)}.flexibility", index), prosumer, unit


def profiles(case: CaseFields) -> Iterator[tuple[str, FloatArray]]:
    """Return each prosumer's forecast and realisation, active and reactive, by its key in a file.

    A realisation equal to the forecast is left out: it was given once.
    """
    scenario = case.scenario
    parts = (scenario.forecast.real, scenario.forecast.imag, scenario.realization.real, scenario.realization.imag)
    if any(part.ndim != 2 or len(part) != len(case.prosumers) for part in parts):
        return
    for row, prosumer in enumerate(case.prosumers):
        rows = dict(zip(PROFILES, (part[row] for part in parts), strict=True))
        for key, values in rows.items():
            forecast = rows[key.replace("actual", "forecast")]
            if values is forecast or values.tobytes() != forecast.tobytes():
                yield f"{at_prosumer(prosumer)}.{key}", values


def numbers(case: CaseFields) -> Iterator[tuple[str, FloatArray]]:
    """Return every number and array of numbers but the voltage bands."""
    yield "time.step_hours", np.asarray(case.horizon.step_hours, dtype=np.float64)
    yield "grid.base_kv", np.asarray(case.grid.base_kv, dtype=np.float64)
    yield from _of_record("market", case.market)
    yield from _of_record("dispatch", case.dispatch)
    yield from _of_record("rules", case.rules)
    for index, line in enumerate(case.grid.lines):
        yield from _of_record(indexed("grid.lines", index), line)
    for index, node in enumerate(case.grid.nodes):
        yield from _of_record(indexed("grid.nodes", index), node)
    for prosumer in case.prosumers:
        yield from _of_record(at_prosumer(prosumer), prosumer)
    for where, _, unit in devices(case):
        yield from _of_record(where, unit)
    yield from profiles(case)


def with_arrays(case: CaseFields) -> Iterator[tuple[str, Record]]:
    """Return every record that may have series: the market and flexibility."""
    yield "market", case.market
    for where, _, unit in devices(case):
        yield where, unit


def _of_record(where: str, record: Any) -> Iterator[tuple[str, FloatArray]]:
    for field in fields(record):
        if field.name in derived_prices(record):
            continue
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray) or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield f"{where}.{field.name}", np.asarray(value, dtype=np.float64)
