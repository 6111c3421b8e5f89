"""What a study may vary from point to point, and how a case follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeAlias

import numpy as np

from lempart.case import Battery, Case, Flexibility
from lempart.case.prices import repriced
from lempart.study.spec.scenario_options import ScenarioOptions

Point: TypeAlias = Mapping[str, float]
"""One value for every axis of a study."""


def _with_market(name: str) -> Callable[[Case, float], Case]:
    def apply(case: Case, value: float) -> Case:
        per_step = np.ndim(case.market.price_per_mwh) > 0
        stated = np.full(case.horizon.steps, value) if per_step else value
        changes: dict[str, Any] = {name: stated}
        return replace(case, market=replace(case.market, **repriced(case.market, changes)))

    return apply


def _with_ratings(case: Case, factor: float) -> Case:
    lines = tuple(
        line if line.rating_mva is None else replace(line, rating_mva=line.rating_mva * factor)
        for line in case.grid.lines
    )
    return replace(case, grid=replace(case.grid, lines=lines))


def _with_batteries(case: Case, factor: float) -> Case:
    def scaled(item: Flexibility) -> Flexibility:
        if isinstance(item, Battery):
            return replace(item, power_mw=item.power_mw * factor, energy_mwh=item.energy_mwh * factor)
        return item

    people = tuple(
        replace(prosumer, flexibility=tuple(scaled(item) for item in prosumer.flexibility))
        for prosumer in case.prosumers
    )
    return replace(case, prosumers=people)


CASE_AXES: Mapping[str, Callable[[Case, float], Case]] = {
    "tax_per_mwh": _with_market("tax_per_mwh"),
    "price_per_mwh": _with_market("price_per_mwh"),
    "import_price_per_mwh": _with_market("import_price_per_mwh"),
    "export_price_per_mwh": _with_market("export_price_per_mwh"),
    "imbalance_penalty_per_mwh": _with_market("imbalance_penalty_per_mwh"),
    "line_penalty_per_mvah": _with_market("line_penalty_per_mvah"),
    "rating_factor": _with_ratings,
    "battery_factor": _with_batteries,
}
"""Axes that change the case: its market, all line ratings, or power and energy of all batteries."""

SCENARIO_AXES = tuple(field.name for field in fields(ScenarioOptions) if field.name != "noise_on")
"""Axes that change how scenarios vary."""

_UNBOUNDED_BELOW = {"price_per_mwh", "import_price_per_mwh", "export_price_per_mwh"}
_AT_MOST_ONE = {"correlation", "step_scaling"}


def case_at(case: Case, point: Point) -> Case:
    """Return the case at a point; axes of scenarios leave it as it is."""
    for name, value in point.items():
        if name in CASE_AXES:
            case = CASE_AXES[name](case, value)
    return case


def options_at(options: ScenarioOptions, point: Point) -> ScenarioOptions:
    """Return how scenarios vary at a point."""
    changes: dict[str, Any] = {name: value for name, value in point.items() if name in SCENARIO_AXES}
    return replace(options, **changes)


def fault_of(name: str, value: float) -> str:
    """Return what is wrong with a value of an axis; empty where nothing is."""
    if not np.isfinite(value):
        return f"{value} is not a finite number"
    if value < 0 and name not in _UNBOUNDED_BELOW:
        return f"{value:g} is negative"
    if value > 1 and name in _AT_MOST_ONE:
        return f"{value:g} is more than 1"
    return ""
