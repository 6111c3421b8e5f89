"""A case as the tables and keys of a case file."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from lempart.case import Case, DispatchOptions, Flexibility, Line, Market, MarketRules, Prosumer
from lempart.case.prices import derived_prices
from lempart.case.shapes import array_axes
from lempart.typing import FloatArray

FORMAT = 1
PROFILE_KEYS = ("forecast_mw", "forecast_mvar", "actual_mw", "actual_mvar")


def document(case: Case) -> dict[str, Any]:
    """Return ``case`` as a case file with everything in it. What a reader would take by default is left out."""
    grid = case.grid
    return {
        "format": FORMAT,
        "name": case.name,
        "time": {"steps": case.horizon.steps, "step_hours": case.horizon.step_hours},
        "market": market(case.market),
        "dispatch": options(case.dispatch),
        "rules": rules(case.rules) or None,
        "grid": {
            "pcc": grid.pcc,
            "base_kv": grid.base_kv,
            "voltage_band_pu": None if grid.voltage_band_pu is None else list(grid.voltage_band_pu),
            "coordinates": grid.coordinates if grid.nodes or grid.coordinates != "wgs84" else None,
            "lines": [line(item) for item in grid.lines],
            "nodes": [record(item) for item in grid.nodes] or None,
        },
        "prosumers": [
            {**prosumer(item), **profile, "flexibility": [device(unit) for unit in item.flexibility]}
            for item, profile in zip(case.prosumers, profiles(case), strict=True)
        ],
        "players": {group.name: list(group.members) for group in case.groups} or None,
    }


def record(item: Any) -> dict[str, Any]:
    """Return a record's fields; a series that never changes as one number."""
    axes = array_axes(type(item))
    values = {field.name: getattr(item, field.name) for field in fields(item)}
    return {name: compact(value) if axes.get(name) == ("steps",) else value for name, value in values.items()}


def market(item: Market) -> dict[str, Any]:
    """Return the market: one pair of prices, as it was given; what was added to the format later, where it differs."""
    without = {"losses": "none", "loss_pricing": "average", "tax_on": "apparent"}
    stated = {key: value for key, value in record(item).items() if key not in derived_prices(item) and np.size(value)}
    return {key: value for key, value in stated.items() if key not in without or value != without[key]}


def options(item: DispatchOptions) -> dict[str, Any]:
    """Return the options of the dispatch; margins of zero are left out, and batteries that may do as they like."""
    return {key: value for key, value in record(item).items() if value not in (0.0, "convex")}


def device(unit: Flexibility) -> dict[str, Any]:
    """Return one flexibility; arrays without rows are left out."""
    values = record(unit).items()
    return {"kind": unit.kind, **{k: v for k, v in values if not (isinstance(v, np.ndarray) and v.size == 0)}}


def line(item: Line) -> dict[str, Any]:
    """Return one line."""
    band = item.voltage_band_pu
    return {
        "from": item.from_node,
        "to": item.to_node,
        "r_ohm": item.r_ohm,
        "x_ohm": item.x_ohm,
        "rating_mva": item.rating_mva,
        "voltage_band_pu": None if band is None else list(band),
    }


def prosumer(item: Prosumer) -> dict[str, Any]:
    """Return one prosumer without profiles and flexibility."""
    return {
        "name": item.name,
        "node": item.node,
        "player": item.player,
        **{f"area_{level}": name for level, name in item.areas},
        "connection_kw": item.connection_kw,
        "generation_kw": item.generation_kw,
        "eligible": None if item.eligible else False,
    }


def rules(item: MarketRules) -> dict[str, Any]:
    """Return the rules, those of a preset too: they stay what they are where a later version reads another law."""
    preset = {} if item.preset is None else {"preset": item.preset}
    return {**preset, **{key: list(value) if isinstance(value, tuple) else value for key, value in item.given.items()}}


def profiles(case: Case) -> list[dict[str, FloatArray]]:
    """Return each prosumer's profiles: without reactive power of 0 and realisations as forecast."""
    forecast, actual = case.scenario.forecast, case.scenario.realization
    found = []
    for expected, realized in zip(forecast, actual, strict=True):
        parts = dict(zip(PROFILE_KEYS, (expected.real, expected.imag, realized.real, realized.imag), strict=True))
        if _same(parts["actual_mvar"], parts["forecast_mvar"]):
            del parts["actual_mvar"]
        if _same(parts["actual_mw"], parts["forecast_mw"]):
            del parts["actual_mw"]
        if _same(parts["forecast_mvar"], np.zeros(len(expected))):
            del parts["forecast_mvar"]
        found.append(parts)
    return found


def compact(series: FloatArray) -> float | FloatArray:
    """Return a series as one number if it never changes."""
    return float(series[0]) if series.size and _same(series, np.full_like(series, series[0])) else series


def _same(one: FloatArray, other: FloatArray) -> bool:
    """Return whether two series are the same bit for bit, so that -0.0 isn't 0.0."""
    return one.tobytes() == other.tobytes()
