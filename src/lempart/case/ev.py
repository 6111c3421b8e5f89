"""An electric vehicle: a battery that comes, leaves and drives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from lempart.case.record import ArrayRecord
from lempart.case.shapes import PerStep
from lempart.typing import BoolArray


@dataclass(frozen=True, eq=False)
class ElectricVehicle(ArrayRecord):
    """An electric vehicle: ``e[t] = e[t-1] + h (eta_c charge - discharge / eta_d) - driven``, charged at its plug.

    All of its charging is flexible: the prosumer's forecast and actual must not contain it.

    Attributes
    ----------
    power_mw
        Limit on charging, and with ``vehicle_to_grid`` on discharging.
    energy_mwh
        Capacity of its battery; ``0 <= e <= energy_mwh``.
    plugged_in
        Shape ``(steps,)``; share of each step during which it is plugged in, 0 to 1.
    driven_mwh
        Shape ``(steps,)``; energy taken out of the battery by driving in each step; absent means 0.
    initial_soc
        Energy at the start as a share of the capacity.
    departure_soc
        Least state of charge at each departure: at the end of every plugged-in step that one without plug follows.
    end_soc
        Least state of charge at the end; None: no bound.
    charge_efficiency, discharge_efficiency
        ``eta_c`` and ``eta_d``.
    vehicle_to_grid
        Whether it may feed the grid.
    discharge_cost_per_mwh
        Cost of each MWh fed to the grid (wear).
    """

    kind: ClassVar[str] = "ev"
    power_mw: float
    energy_mwh: float
    plugged_in: PerStep
    driven_mwh: PerStep = field(default_factory=lambda: np.zeros(0))
    initial_soc: float = 0.5
    departure_soc: float = 0.0
    end_soc: float | None = None
    charge_efficiency: float = 1.0
    discharge_efficiency: float = 1.0
    vehicle_to_grid: bool = False
    discharge_cost_per_mwh: float = 0.0

    def __post_init__(self) -> None:
        if np.size(self.driven_mwh) == 0:
            object.__setattr__(self, "driven_mwh", np.zeros(np.shape(self.plugged_in)))
        super().__post_init__()

    @property
    def departures(self) -> BoolArray:
        """Return after which steps it leaves, shape ``(steps,)``."""
        here = self.plugged_in > 0
        leaves = np.zeros(len(here), dtype=bool)
        leaves[:-1] = here[:-1] & ~here[1:]
        return leaves
