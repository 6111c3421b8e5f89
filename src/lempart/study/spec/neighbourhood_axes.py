"""The neighbourhood as the case of a study: its options in the study file, and those that are axes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lempart.errors import InputError, Problem
from lempart.prosumption import Lag, NeighbourhoodOptions
from lempart.prosumption.tables import DAYS
from lempart.study.spec.axes import Point

NEIGHBOURHOOD_AXES = (
    "day",
    "electrification",
    "pv_share",
    "pv_scale",
    "battery_kwh_per_kwp",
    "forecast_error_scale",
    "minimum_voltage_pu",
)
"""Options that a study may vary: the day of the year, and shares and sizes of what homes have."""

OPTION_KINDS: Mapping[str, type] = {
    "day": int,
    "seed": int,
    "order": list,
    "electrification": float,
    "minimum_voltage_pu": float,
    "voltage_penalty": object,
    "tax_per_mwh": float,
    "price_per_mwh": float,
    "penalty_per_mwh": float,
    "single_boundary": bool,
    "forecast_error_scale": float,
    "limits": str,
    "loads": str,
    "pv_share": float,
    "pv_scale": float,
    "battery_kwh_per_kwp": float,
    "power_factor": float,
    "end_c": float,
    "capacity_wh_per_m2k": float,
    "two_masses": bool,
    "losses": str,
}
"""The fields of ``[neighbourhood]`` in a study file, and what each takes (object: a text or a number)."""

_CHOICES = {"limits": ("hard", "elastic"), "losses": ("none", "priced"), "loads": ("synpro", "simbench")}
_SHARES = {"electrification", "pv_share", "minimum_voltage_pu"}


def neighbourhood_at(options: NeighbourhoodOptions, point: Point) -> NeighbourhoodOptions:
    """Return the options at a point; other axes leave them as they are."""
    changes: dict[str, Any] = {name: value for name, value in point.items() if name in NEIGHBOURHOOD_AXES}
    if "day" in changes:
        changes["day"] = int(changes["day"])
    return replace(options, **changes)


def axis_fault(name: str, value: float) -> str:
    """Return what is wrong with a value of an axis of the neighbourhood; empty where nothing is."""
    if not np.isfinite(value):
        return f"{value} is not a finite number"
    if name == "day":
        whole = float(value).is_integer() and 1 <= value <= DAYS
        return "" if whole else f"{value:g} is no day of the year, a whole number from 1 to {DAYS}"
    if value < 0:
        return f"{value:g} is negative"
    return f"{value:g} is more than 1" if value > 1 and name in _SHARES else ""


def option_problems(options: NeighbourhoodOptions) -> Iterator[Problem]:
    """Yield what a study can't do with options of the neighbourhood."""
    if type(options.forecaster) is not Lag:
        yield Problem("neighbourhood.forecaster", "a study knows persistence alone", "Leave it at Lag.")
    if type(options.day) is not int:
        yield Problem("neighbourhood.day", f"{options.day} is not a whole number", "Give the day of the year.")
        return
    for name in NEIGHBOURHOOD_AXES:
        if fault := axis_fault(name, getattr(options, name)):
            yield Problem(f"neighbourhood.{name}", fault, "Correct the value.")
    for name, known in _CHOICES.items():
        if getattr(options, name) not in known:
            told = f"{getattr(options, name)!r} is unknown"
            yield Problem(f"neighbourhood.{name}", told, f"It is one of: {', '.join(known)}.")
    if not 0 < options.power_factor <= 1:
        yield Problem("neighbourhood.power_factor", f"{options.power_factor:g} is not in (0, 1]", "Correct the value.")


def read_options(table: Mapping[str, Any]) -> NeighbourhoodOptions:
    """Return the options that a table of a study file, or of a store's header, states; its types are checked already.

    Raises
    ------
    InputError
        When the players' order isn't a list of whole numbers.
    """
    stated = dict(table)
    if "forecaster" in stated:  # a header's; a study file has none
        stated["forecaster"] = Lag(**stated["forecaster"])
    if stated.get("order") is not None:
        if any(type(index) is not int for index in stated["order"]):
            raise InputError.of("neighbourhood.order", f"{stated['order']} aren't whole numbers", "Give [0, 1, …].")
        stated["order"] = tuple(stated["order"])
    return NeighbourhoodOptions(**stated)
