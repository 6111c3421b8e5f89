"""What every kind of flexibility gives the dispatch: injections and their cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from lempart.case import Flexibility
from lempart.conic import Affine, ProgramBuilder
from lempart.typing import FloatArray, IntArray

Directions: TypeAlias = Mapping[str, IntArray]
"""Of each kind that stores energy, shape ``(devices, steps)``: 1 may only discharge, -1 may only charge, 0 is open."""


@dataclass(frozen=True, slots=True)
class DeviceContext:
    """What devices know of the problem: its steps, their length, a typical power, whether comfort has a price.

    ``directions`` are those that are decided; None: every device that stores energy may charge and discharge at once.
    """

    steps: int
    step_hours: float
    power_scale_mw: float
    limits: Literal["hard", "elastic"] = "hard"
    directions: Directions | None = None

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


def storage_powers(
    builder: ProgramBuilder, kind: str, charging_mw: FloatArray, discharging_mw: FloatArray, context: DeviceContext
) -> tuple[Affine, Affine]:
    """Add what storage charges and discharges between 0 and its limits; return both, size ``k * steps``.

    There is no variable where the limit is 0, and none for a direction that is ruled out. Where directions are asked
    for and one isn't decided yet, a step may be shared between both, but not at full power each: what lies between
    charging alone and discharging alone.
    """
    decided = np.zeros(charging_mw.size) if context.directions is None else context.directions[kind].ravel()
    limits = (f"{kind} charge", charging_mw, decided != 1), (f"{kind} discharge", discharging_mw, decided != -1)
    places = [np.flatnonzero(able & (limit > 0.0)) for _, limit, able in limits]
    scale = context.power_scale_mw
    powers = [builder.variable(limits[i][0], (len(at),), scale=scale) for i, at in enumerate(places)]
    for (name, _, _), power in zip(limits, powers, strict=True):
        builder.nonnegative(f"{name} at least zero", power, scale=scale)
    for (name, limit, _), at, power in zip(limits, places, powers, strict=True):
        builder.nonnegative(f"{name} limit", Affine.of_constant(limit[at]) - power, scale=scale)
    charge, discharge = (power.summed(at, decided.size) for at, power in zip(places, powers, strict=True))
    if context.directions is not None:
        both = np.intersect1d(places[0], places[1])
        shared = Affine.of_constant(charging_mw[both]) - charge.take(both) - discharge.take(both)
        builder.nonnegative(f"{kind} shared step", shared, scale=scale)
    return charge, discharge


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
