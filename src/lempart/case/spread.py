"""Numbers that stand for all steps, as a case file may have them, made series of the case's length."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from lempart.arguments import fits
from lempart.case.records import CaseFields, Market, Prosumer, Scenario
from lempart.case.rules.settings import MAX_STEPS
from lempart.case.shapes import array_axes
from lempart.typing import ComplexArray

R = TypeVar("R")


def over_all_steps(case: CaseFields) -> None:
    """Replace numbers in a frozen case that stand for all steps; what is of another type is left to the rules."""
    steps: Any = getattr(case.horizon, "steps", None)
    if not fits(steps, int) or not 1 <= steps <= MAX_STEPS:
        return
    changed: dict[str, Any] = {}
    if isinstance(case.market, Market):
        changed["market"] = _spread(case.market, steps)
    if isinstance(case.prosumers, tuple | list):
        changed["prosumers"] = tuple(_own(one, steps) for one in case.prosumers)
        if isinstance(case.scenario, Scenario):
            changed["scenario"] = _scenario(case.scenario, len(case.prosumers), steps)
    for name, value in changed.items():
        object.__setattr__(case, name, value)


def _spread(record: R, steps: int) -> R:
    axes = array_axes(type(record))
    scalars = [name for name in axes if axes[name] == ("steps",) and np.ndim(getattr(record, name)) == 0]
    values: dict[str, Any] = {name: np.full(steps, getattr(record, name)) for name in scalars}
    return replace(record, **values) if values else record  # type: ignore[type-var]


def _own(prosumer: Prosumer, steps: int) -> Prosumer:
    devices = getattr(prosumer, "flexibility", None)
    if not isinstance(devices, tuple | list) or not all(hasattr(type(item), "kind") for item in devices):
        return prosumer
    spread = tuple(_spread(item, steps) for item in devices)
    same = all(new is old for new, old in zip(spread, devices, strict=True))
    return prosumer if same else replace(prosumer, flexibility=spread)


def _scenario(scenario: Scenario, prosumers: int, steps: int) -> Scenario:
    given = {"forecast": scenario.forecast, "realization": scenario.realization}
    spread = {name: _per_step(values, prosumers, steps) for name, values in given.items()}
    return scenario if all(spread[name] is given[name] for name in given) else Scenario(**spread)


def _per_step(values: ComplexArray, prosumers: int, steps: int) -> ComplexArray:
    if values.ndim == 0:
        return np.full((prosumers, steps), values)
    return np.repeat(values[:, None], steps, axis=1) if values.shape == (prosumers,) else values
