"""Batteries and vehicles that burn energy: charge and discharge at once, which no real one can.

The dispatch is convex, so a battery with losses may do both in one step. What it injects is then less than what it
stores and draws says, and the difference is burnt. Whether that is needed is a question of the injections alone: a
battery that only ever does one at a time holds more and more energy than the dispatch says, by all that the dispatch
has burnt. Where that still fits into it, and it needn't end where it began, the same injections burn nothing, at no
more wear. Else the least that has to be burnt is what is too much at its worst step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lempart.case import Battery, ElectricVehicle, Prosumer
from lempart.typing import BoolArray, FloatArray, IntArray

COUNTS = 1e-5
"""Burning less than this over the horizon, as a share of what full power moves in a step, is a solver's tolerance."""


@dataclass(frozen=True, slots=True)
class Burning:
    """What one battery or vehicle burns.

    Attributes
    ----------
    prosumer
        Whose it is: a number in the list of the problem, or of the case.
    kind
        ``"battery"`` or ``"ev"``.
    energy_mwh
        The least that has to be burnt for these injections, per step.
    """

    prosumer: int
    kind: str
    energy_mwh: tuple[float, ...]

    @property
    def total_mwh(self) -> float:
        """Return what is burnt over the horizon."""
        return sum(self.energy_mwh)

    @property
    def steps(self) -> tuple[int, ...]:
        """Return the steps in which something is burnt, counted from 1."""
        least = COUNTS * max(self.energy_mwh, default=0.0)
        return tuple(step for step, burnt in enumerate(self.energy_mwh, start=1) if burnt > least)


@dataclass(frozen=True, eq=False)
class Storage:
    """All devices of one kind that store energy, in the order of their block; arrays ``(devices, steps)`` or columns.

    Attributes
    ----------
    prosumer
        Shape ``(devices,)``.
    lossy
        Which lose energy when they charge and discharge, and can do both; shape ``(devices,)``.
    given_mwh
        What comes in besides charging: the energy at the start less what is driven.
    kept
        Which must end with what they began with.
    """

    kind: str
    prosumer: IntArray
    lossy: BoolArray
    power_mw: FloatArray
    capacity_mwh: FloatArray
    charge_efficiency: FloatArray
    discharge_efficiency: FloatArray
    given_mwh: FloatArray
    kept: BoolArray
    step_hours: float

    @classmethod
    def of(cls, prosumers: Sequence[Prosumer], steps: int, step_hours: float) -> Iterator[Storage]:
        """Yield the storage of each kind of which there is any."""
        owned: dict[str, list[tuple[int, Battery | ElectricVehicle]]] = {}
        for m, owner in enumerate(prosumers):
            for item in owner.flexibility:
                if isinstance(item, Battery | ElectricVehicle):
                    owned.setdefault(item.kind, []).append((m, item))
        for kind, items in owned.items():
            yield cls._of_kind(kind, items, steps, step_hours)

    @classmethod
    def _of_kind(
        cls, kind: str, owned: Sequence[tuple[int, Battery | ElectricVehicle]], steps: int, step_hours: float
    ) -> Storage:
        items = [item for _, item in owned]

        def column(name: str) -> FloatArray:
            return np.array([[getattr(item, name)] for item in items], dtype=np.float64)

        stored, drawn, capacity = (column(name) for name in ("charge_efficiency", "discharge_efficiency", "energy_mwh"))
        able = np.array([getattr(item, "vehicle_to_grid", True) and item.power_mw > 0.0 for item in items])
        given = np.array([-getattr(item, "driven_mwh", np.zeros(steps)) for item in items])
        given[:, :1] += capacity * column("initial_soc")
        return cls(
            kind=kind,
            prosumer=np.array([m for m, _ in owned], dtype=np.int64),
            lossy=able & ((stored * drawn).ravel() < 1.0),
            power_mw=column("power_mw"),
            capacity_mwh=capacity,
            charge_efficiency=stored,
            discharge_efficiency=drawn,
            given_mwh=given,
            kept=np.array([getattr(item, "cyclic", False) for item in items]),
            step_hours=step_hours,
        )

    def burnt_mwh(self, injection_mw: FloatArray, energy_mwh: FloatArray) -> FloatArray:
        """Return the least that is burnt per step: 0 where what the dispatch burns needn't be.

        Parameters
        ----------
        injection_mw, energy_mwh
            What a dispatch says of the devices, shape ``(devices, steps, ...)`` each.
        """
        extra = injection_mw.ndim - 2
        per_device = (slice(None), slice(None)) + (None,) * extra
        charged = np.maximum(-injection_mw, 0.0) * (self.charge_efficiency * self.step_hours)[per_device]
        drawn = np.maximum(injection_mw, 0.0) * (self.step_hours / self.discharge_efficiency)[per_device]
        alone = np.cumsum(charged - drawn + self.given_mwh[per_device], axis=1)
        burnt = np.maximum.accumulate(np.maximum(alone - energy_mwh, 0.0), axis=1)
        too_much = (alone - self.capacity_mwh[per_device]).max(axis=1)
        at_end = alone[:, -1] - energy_mwh[:, -1]
        column = (slice(None),) + (None,) * extra
        needed = np.maximum(too_much, np.where(self.kept[column], at_end, 0.0))
        dust = COUNTS * self.step_hours * self.power_mw[(slice(None), 0) + (None,) * extra]
        needed = np.where(self.lossy[column] & (needed > dust), needed, 0.0)
        return np.diff(np.minimum(burnt, needed[:, None]), axis=1, prepend=0.0)
