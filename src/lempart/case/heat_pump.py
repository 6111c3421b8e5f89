"""A heat pump and the building it keeps warm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from lempart.arguments import checks_arguments
from lempart.case.record import ArrayRecord
from lempart.case.shapes import PerStep
from lempart.typing import FloatArray

# Linear fits, -12 to 15 degC outdoors, to the efficiency table of a Swiss air-to-water range as the REHO model of
# EPFL tabulates it: flow temperature, COP at 0 degC, COP per kelvin; largest error 0.12, 0.24 and 0.11.
_COP_FITS = np.array([[35.0, 4.11, 0.101], [45.0, 3.28, 0.069], [55.0, 2.58, 0.053]])
_WARMEST_FITTED_C = 15.0


@checks_arguments
def air_source_cop(outdoor_c: FloatArray | float | Sequence[float], flow_temperature_c: float) -> FloatArray:
    """Return the COP of an air-source heat pump, same shape as ``outdoor_c``.

    Linear in the outdoor temperature (fits for 35, 45 and 55 degC, linear between them and beyond); constant above
    15 degC outdoors, where the fits end, and never below 1, a resistive heater.

    Parameters
    ----------
    outdoor_c
        Outdoor temperature in degC: a number, or an array of any shape.
    flow_temperature_c
        Temperature of the water that heats the building, in degC, about 35 to 55.

    Examples
    --------
    >>> from lempart.case import air_source_cop
    >>> air_source_cop([-10.0, 0.0, 30.0], 35.0).round(2).tolist()
    [3.1, 4.11, 5.62]
    """
    outdoor = np.minimum(np.asarray(outdoor_c, dtype=float), _WARMEST_FITTED_C)
    flows = _COP_FITS[:, 0]
    left = 0 if flow_temperature_c < flows[1] else 1
    share = (flow_temperature_c - flows[left]) / (flows[left + 1] - flows[left])
    curve = (1.0 - share) * _COP_FITS[left] + share * _COP_FITS[left + 1]
    cop: FloatArray = np.maximum(curve[1] + curve[2] * outdoor, 1.0)
    return cop


@dataclass(frozen=True, eq=False)
class HeatPump(ArrayRecord):
    """A heat pump in a building of one thermal mass: ``C dT/dt = (T_out - T)/R + COP P + g``, ``u_p = -P``.

    All of its consumption is flexible: the prosumer's forecast and actual must not contain it. With
    ``air_capacity_kwh_per_k`` and ``air_resistance_k_per_kw`` the building has two masses in a row (2R2C):
    outdoors - ``resistance_k_per_kw`` - structure - ``air_resistance_k_per_kw`` - air; heat and gains enter the
    air, and the comfort band holds for the air.

    Attributes
    ----------
    power_mw
        Limit on the electrical power ``P >= 0``.
    resistance_k_per_kw, capacity_kwh_per_k
        ``R`` and ``C``; the time constant is ``R C`` hours.
    outdoor_c
        Shape ``(steps,)``; outdoor temperature.
    cop
        Shape ``(steps,)``; heat per electricity. Absent: :func:`air_source_cop` at ``flow_temperature_c``.
    gains_kw
        Shape ``(steps,)``; heat from the sun, people and appliances; absent means 0.
    minimum_c, maximum_c
        Comfort band at the end of every step. Where the building passes the maximum with the least heating that
        keeps the minimum (in summer: none at all), that temperature is the upper limit: the sun isn't infeasible.
    start_c
        Temperature of the air at the start; the structure of 2R2C starts at rest between air and mean outdoors.
    end_c
        Least temperature at the end, so that the next day isn't robbed; with 2R2C the heat stored is at least
        that of air at ``end_c`` and a structure at rest. None: the band alone.
    comfort_penalty_per_kh
        Cost of each kelvin below the minimum (or below ``end_c``) and hour, under ``limits = "elastic"`` only.
    power_factor
        Lagging: ``u_q = -P tan(arccos(power_factor))``; 1 means no reactive power.
    """

    kind: ClassVar[str] = "heat_pump"
    power_mw: float
    resistance_k_per_kw: float
    capacity_kwh_per_k: float
    outdoor_c: PerStep
    cop: PerStep = field(default_factory=lambda: np.zeros(0))
    flow_temperature_c: float | None = None
    gains_kw: PerStep = field(default_factory=lambda: np.zeros(0))
    minimum_c: float = 20.0
    maximum_c: float = 24.0
    start_c: float = 22.0
    end_c: float | None = None
    comfort_penalty_per_kh: float = 10.0
    power_factor: float = 1.0
    air_capacity_kwh_per_k: float | None = None
    air_resistance_k_per_kw: float | None = None

    def __post_init__(self) -> None:
        if np.size(self.cop) == 0 and self.flow_temperature_c is not None:
            object.__setattr__(self, "cop", air_source_cop(self.outdoor_c, self.flow_temperature_c))
        if np.size(self.gains_kw) == 0:
            object.__setattr__(self, "gains_kw", np.zeros(np.shape(self.outdoor_c)))
        super().__post_init__()

    @property
    def has_two_masses(self) -> bool:
        """Return whether air and structure have a temperature each (2R2C)."""
        return self.air_capacity_kwh_per_k is not None and self.air_resistance_k_per_kw is not None
