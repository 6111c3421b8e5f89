"""What every kind of flexibility gives the dispatch: injections and their cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lempart.case import Flexibility
from lempart.conic import Affine
from lempart.typing import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class DeviceContext:
    """What devices know of the problem: its steps, their length, a typical power, whether comfort has a price."""

    steps: int
    step_hours: float
    power_scale_mw: float
    limits: Literal["hard", "elastic"] = "hard"

    @property
    def energy_scale_mwh(self) -> float:
        """Return a typical energy."""
        return self.power_scale_mw * max(self.step_hours, 1.0)


@dataclass(frozen=True, eq=False, slots=True)
class DeviceBlock:
    """All devices of one kind: ``k`` devices, expressions of ``k * steps`` entries in device order.

    Attributes
    ----------
    prosumer
        Shape ``(k,)``; the prosumer of each device.
    active_mw, reactive_mvar
        Injections; ``reactive_mvar`` None where the kind has none.
    linear_cost
        Cost per step in currency, affine.
    squares
        Pairs (expression, weight): ``weight * expression**2`` is added to the cost per step.
    """

    kind: str
    prosumer: IntArray
    active_mw: Affine
    reactive_mvar: Affine | None
    linear_cost: Affine
    squares: tuple[tuple[Affine, FloatArray], ...] = ()


def scattered(expression: Affine, prosumer: IntArray, prosumers: int, steps: int) -> Affine:
    """Return per-device expressions summed per prosumer, size ``prosumers * steps``."""
    return expression.summed((prosumer[:, None] * steps + np.arange(steps)).ravel(), prosumers * steps)


def column(records: Sequence[Flexibility], name: str) -> FloatArray:
    """Return one scalar field of all records."""
    return np.array([getattr(record, name) for record in records], dtype=float)


def per_step(values: FloatArray, steps: int) -> FloatArray:
    """Return one value per device repeated over its steps, size ``k * steps``."""
    return np.repeat(values, steps)


def change(expression: Affine, steps: int) -> Affine:
    """Return each device's expression less that of the step before, which is zero before the first."""
    later = np.flatnonzero(np.arange(expression.size) % steps)
    return expression - expression.take(later - 1).summed(later, expression.size)


def lagging(power_mw: Affine, records: Sequence[Flexibility], steps: int) -> Affine | None:
    """Return the reactive injection of consumers at their power factor, or None where all have 1."""
    factor = column(records, "power_factor")
    if np.all(factor == 1.0):
        return None
    return power_mw.scaled(-per_step(np.tan(np.arccos(factor)), steps))
