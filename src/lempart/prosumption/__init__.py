"""What prosumers use and make: load, sun, buildings, forecasts, and the neighbourhood of the second case study."""

from lempart.prosumption.buildings import (
    HOUSE_MIX,
    OLD_FLAT,
    OLD_HOUSE,
    PASSIVE_FLAT,
    PASSIVE_HOUSE,
    Archetype,
    heat_gains_kw,
    heat_pump,
    heat_pump_power_mw,
)
from lempart.prosumption.forecasts import (
    Forecaster,
    ForecastErrors,
    Given,
    Lag,
    Noise,
    scaled_towards_actual,
)
from lempart.prosumption.houses import PLAYER_NODES, PLAYERS, Home, PlayerSize, homes
from lempart.prosumption.neighbourhood import NeighbourhoodOptions, neighbourhood_case, neighbourhood_homes
from lempart.prosumption.solar import Plane, Site, Sun, photovoltaic_yield, plane_irradiance

__all__ = [
    "HOUSE_MIX",
    "OLD_FLAT",
    "OLD_HOUSE",
    "PASSIVE_FLAT",
    "PASSIVE_HOUSE",
    "PLAYERS",
    "PLAYER_NODES",
    "Archetype",
    "ForecastErrors",
    "Forecaster",
    "Given",
    "Home",
    "Lag",
    "NeighbourhoodOptions",
    "Noise",
    "Plane",
    "PlayerSize",
    "Site",
    "Sun",
    "heat_gains_kw",
    "heat_pump",
    "heat_pump_power_mw",
    "homes",
    "neighbourhood_case",
    "neighbourhood_homes",
    "photovoltaic_yield",
    "plane_irradiance",
    "scaled_towards_actual",
]
