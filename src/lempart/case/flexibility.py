"""What a prosumer can control: one frozen record per kind, units in the field names.

``u = u_p + j u_q`` is the flexible injection of a prosumer, positive into the grid (MW, Mvar).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np

from lempart.case.ev import ElectricVehicle
from lempart.case.heat_pump import HeatPump
from lempart.case.record import ArrayRecord, Record
from lempart.case.shapes import PerRow, PerRowAndStep, PerStep
from lempart.case.shiftable import Shiftable
from lempart.errors import Problem, UsageError


@dataclass(frozen=True, eq=False)
class Battery(Record):
    """A battery; with ``e`` its energy, ``e[t] = e[t-1] + h (eta_c charge - discharge / eta_d)``.

    Attributes
    ----------
    power_mw
        Limit on ``|u|``, charging and discharging alike.
    energy_mwh
        Capacity; ``0 <= e <= energy_mwh``.
    initial_soc
        Energy at the start as a share of the capacity.
    cost_per_mwh, quadratic_cost_per_mw2h
        Cost on ``|u|`` (as charge + discharge) and on ``u**2``.
    cyclic
        Whether the battery must end with the energy it began with.

    Examples
    --------
    >>> from lempart.case import Battery
    >>> Battery(power_mw=0.005, energy_mwh=0.01, cost_per_mwh=19.0, charge_efficiency=0.95).initial_soc
    0.5
    """

    kind: ClassVar[str] = "battery"
    power_mw: float
    energy_mwh: float
    initial_soc: float = 0.5
    cost_per_mwh: float = 0.0
    quadratic_cost_per_mw2h: float = 0.0
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    cyclic: bool = False


@dataclass(frozen=True, eq=False)
class Curtailment(ArrayRecord):
    """Generation that can be turned down: ``-available_mw[t] <= u_p[t] <= 0``.

    Attributes
    ----------
    available_mw
        Shape ``(steps,)``; forecast of the generation that is part of the prosumer's injection, >= 0.
    cost_per_mwh
        Cost of each MWh not generated.
    """

    kind: ClassVar[str] = "curtailment"
    available_mw: PerStep
    cost_per_mwh: float = 0.0


@dataclass(frozen=True, eq=False)
class Inverter(ArrayRecord):
    """Reactive power of an inverter: ``(p[t])**2 + u_q[t]**2 <= apparent_power_mva**2``.

    ``p`` is ``generation_mw`` plus the prosumer's curtailment, and with ``hybrid`` also its battery.

    Attributes
    ----------
    generation_mw
        Shape ``(steps,)``; forecast of the active power that passes through the inverter uncurtailed.
    cost_per_mvarh
        Cost on ``|u_q|``.
    """

    kind: ClassVar[str] = "inverter"
    apparent_power_mva: float
    generation_mw: PerStep
    cost_per_mvarh: float = 0.0
    hybrid: bool = False


@dataclass(frozen=True, eq=False)
class Convex(ArrayRecord):
    """A general convex flexibility: bounds, a polyhedron, an apparent-power circle and a convex cost.

    ``minimum_mw <= u_p <= maximum_mw``; ``rows_mw @ u_p + rows_mvar @ u_q <= upper``; with
    ``apparent_power_mva``, ``|u[t]| <= apparent_power_mva`` and reactive power is free within, else ``u_q = 0``.

    Attributes
    ----------
    minimum_mw, maximum_mw
        Shape ``(steps,)``.
    rows_mw, rows_mvar
        Shape ``(rows, steps)`` each; absent means no rows, absent ``rows_mvar`` zeros.
    upper
        Shape ``(rows,)``.
    cost_per_mwh, absolute_cost_per_mwh, quadratic_cost_per_mw2h
        Cost on ``u_p`` (shape ``(steps,)``, any sign, absent means 0), on ``|u_p|`` and on ``u_p**2``.
    """

    kind: ClassVar[str] = "convex"
    minimum_mw: PerStep
    maximum_mw: PerStep
    rows_mw: PerRowAndStep = field(default_factory=lambda: np.zeros((0, 0)))
    rows_mvar: PerRowAndStep = field(default_factory=lambda: np.zeros((0, 0)))
    upper: PerRow = field(default_factory=lambda: np.zeros(0))
    apparent_power_mva: float | None = None
    cost_per_mwh: PerStep = field(default_factory=lambda: np.zeros(0))
    absolute_cost_per_mwh: float = 0.0
    quadratic_cost_per_mw2h: float = 0.0

    def __post_init__(self) -> None:
        steps = np.size(self.minimum_mw)
        for name, absent in (
            ("rows_mw", (0, steps)),
            ("rows_mvar", (0, steps)),
            ("cost_per_mwh", np.shape(self.minimum_mw)),
        ):
            if np.size(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.zeros(absent))
        if len(self.rows_mvar) == 0 and np.ndim(self.rows_mw) > 0:
            object.__setattr__(self, "rows_mvar", np.zeros((len(self.rows_mw), steps)))
        super().__post_init__()


@dataclass(frozen=True, eq=False)
class OwnFlexibility(ArrayRecord):
    """Base of a kind of flexibility that isn't part of lempart: a frozen dataclass with ``kind``, fields and a block.

    Its objects are used like any other flexibility. ``lempart.case.KINDS["boiler"] = Boiler`` makes case files know
    the kind, too; its fields are then read by their types, ``PerStep`` for a number or one number per step.
    """

    kind: ClassVar[str]

    def problems(self, where: str) -> Iterable[Problem]:  # noqa: ARG002
        """Return what is wrong with the fields, each problem at a place that begins with ``where``."""
        return ()

    def block(self, builder: Any, name: str, prosumer: int, context: Any) -> Any:  # noqa: ARG002
        """Add the device to a dispatch.

        Parameters
        ----------
        builder
            The convex program, a :class:`~lempart.conic.ProgramBuilder`.
        name
            Unique in the program: what names of variables and constraints begin with.
        prosumer
            The number of its owner among the problem's prosumers.
        context
            A :class:`~lempart.dispatch.devices.DeviceContext`: steps, their length, a typical power.

        Returns
        -------
        lempart.dispatch.devices.DeviceBlock
            Its injection in MW, positive into the grid, and its cost, both of one device: ``prosumer`` in an array of
            one, expressions of ``steps`` entries.
        """
        raise UsageError(f"a kind of flexibility must define block, and {type(self).__name__} doesn't")


Flexibility: TypeAlias = (
    Battery | Curtailment | Inverter | Convex | HeatPump | Shiftable | ElectricVehicle | OwnFlexibility
)
"""Any kind of flexibility."""

KINDS: dict[str, type[Flexibility]] = {
    kind.kind: kind for kind in (Battery, Curtailment, Inverter, Convex, HeatPump, Shiftable, ElectricVehicle)
}
"""The record of each ``kind`` that a case file may name; kinds of your own can be added."""
