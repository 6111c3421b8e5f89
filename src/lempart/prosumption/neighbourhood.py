"""The neighbourhood of the paper's second case study (Section VII-B), on public data: one day as a case."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from lempart.arguments import Count, check_fields, checks_arguments
from lempart.case import (
    Case,
    DispatchOptions,
    Flexibility,
    Grid,
    Horizon,
    Line,
    Market,
    Prosumer,
    Scenario,
)
from lempart.errors import InputError
from lempart.prosumption.batteries import home_battery
from lempart.prosumption.buildings import HEAVY_WH_PER_M2K, heat_gains_kw, heat_pump
from lempart.prosumption.forecasts import Forecaster, Lag, scaled_towards_actual
from lempart.prosumption.houses import Home, LoadSource, homes
from lempart.prosumption.solar import (
    BAD_MARIENBERG,
    ROOF,
    SOUTH_WALL,
    Plane,
    photovoltaic_yield,
    plane_irradiance,
)
from lempart.prosumption.tables import BASE_KV, DAYS, HOURS_PER_DAY, feeder, weather
from lempart.typing import FloatArray

PRICE_PER_MWH, PENALTY_PER_MWH = 139.0, 300.0
"""Energy price of Lausanne's utility in 2024, and the paper's imbalance penalty, taken for overloaded lines too."""


@dataclass(frozen=True)
class NeighbourhoodOptions:
    """Which neighbourhood, and which day of it.

    Attributes
    ----------
    day
        Day of the year, 1 to 365, or a date, whose year is ignored (the weather's year has no 29 February).
    seed
        Of houses, PV, households and the players' order.
    order
        Which of the paper's players sits at each of the five nodes; None draws it from the seed.
    electrification
        Share of the homes with a heat pump.
    minimum_voltage_pu
        ``v``: voltages stay within ``[v, 2 - v]``.
    voltage_penalty
        As in the market: ``"curtailment"`` (path reading), ``"curtailment-branch"``, or a number.
    tax_per_mwh
        ``kappa``; 144 is Lausanne's full network charge, 58 and 29 the Swiss discounts of 40 % and 20 % of it.
    price_per_mwh, penalty_per_mwh
        ``lambda_0``, and the penalty on imbalances and line violations.
    forecaster, forecast_error_scale
        How load is forecast, and how much of its error is kept: 0 is a perfect forecast. PV, weather and gains are
        known.
    limits
        ``"hard"`` or ``"elastic"``.
    losses
        ``"none"``, or ``"priced"``: as in the market.
    loads, pv_share, pv_scale
        As in :func:`~lempart.prosumption.houses.homes`.
    battery_kwh_per_kwp
        Size of each home's battery for each kWp of its PV; full in two hours, wear as in the paper's Example 1.
    power_factor
        Of load and heat pumps, lagging; PV injects active power alone.
    end_c
        Least temperature of each building at the end of the day.
    capacity_wh_per_m2k, two_masses
        Heat capacity of the buildings, and whether air and structure are apart (2R2C).
    """

    day: int | date = 14
    seed: Count = 0
    order: tuple[int, ...] | None = None
    electrification: float = 1.0
    minimum_voltage_pu: float = 0.95
    voltage_penalty: Literal["curtailment", "curtailment-branch"] | float = "curtailment"
    tax_per_mwh: float = 144.0
    price_per_mwh: float = PRICE_PER_MWH
    penalty_per_mwh: float = PENALTY_PER_MWH
    single_boundary: bool = False
    forecaster: Forecaster = field(default_factory=lambda: Lag(HOURS_PER_DAY))
    forecast_error_scale: float = 1.0
    limits: Literal["hard", "elastic"] = "hard"
    loads: LoadSource = "synpro"
    pv_share: float = 0.3
    pv_scale: float = 1.0
    battery_kwh_per_kwp: float = 0.0
    power_factor: float = 0.98
    end_c: float | None = 22.0
    capacity_wh_per_m2k: float = HEAVY_WH_PER_M2K
    two_masses: bool = False
    losses: Literal["none", "priced"] = "none"

    def __post_init__(self) -> None:
        check_fields(self, but=("loads", "limits", "losses", "voltage_penalty"))

    @property
    def first_hour(self) -> int:
        """Return the hour of the year at which the day begins."""
        if isinstance(self.day, date):
            if (self.day.month, self.day.day) == (2, 29):
                raise InputError.of("day", "the weather's year has no 29 February", "Take another day.")
            return HOURS_PER_DAY * (date(2021, self.day.month, self.day.day).timetuple().tm_yday - 1)
        if not 1 <= self.day <= DAYS:
            raise InputError.of("day", f"{self.day} is no day of the year", f"Give a number from 1 to {DAYS}.")
        return HOURS_PER_DAY * (self.day - 1)


@checks_arguments
def neighbourhood_homes(options: NeighbourhoodOptions) -> tuple[Home, ...]:
    """Return the 47 homes, in the order of the case's prosumers."""
    return homes(
        options.seed,
        loads=options.loads,
        electrification=options.electrification,
        pv_share=options.pv_share,
        pv_scale=options.pv_scale,
        order=options.order,
    )


@checks_arguments
def neighbourhood_case(options: NeighbourhoodOptions | None = None) -> Case:
    """Return one day of the neighbourhood: 47 homes on SimBench's rural feeder, five of them players.

    Raises
    ------
    InputError
        When the options make no sense.
    """
    options = options or NeighbourhoodOptions()
    found = neighbourhood_homes(options)
    hours = slice(options.first_hour, options.first_hour + HOURS_PER_DAY)
    return Case(
        name=f"neighbourhood-{options.first_hour // HOURS_PER_DAY + 1:03d}-{options.seed}",
        horizon=Horizon(HOURS_PER_DAY, 1.0),
        market=_market(options),
        grid=_grid(options.minimum_voltage_pu),
        prosumers=tuple(Prosumer(h.name, h.node, h.player, _flexibility(h, hours, options)) for h in found),
        scenario=_scenario(found, hours, options),
        dispatch=DispatchOptions(limits=options.limits),
    )


def _market(options: NeighbourhoodOptions) -> Market:
    def constant(value: float) -> FloatArray:
        return np.full(HOURS_PER_DAY, value)

    return Market(
        externalities=True,
        single_boundary=options.single_boundary,
        tax_per_mwh=constant(options.tax_per_mwh),
        price_per_mwh=constant(options.price_per_mwh),
        reactive_price_per_mvarh=constant(0.0),
        imbalance_penalty_per_mwh=constant(options.penalty_per_mwh),
        line_penalty_per_mvah=options.penalty_per_mwh,
        voltage_penalty=options.voltage_penalty,
        losses=options.losses,
    )


def _grid(minimum_voltage_pu: float) -> Grid:
    cables = feeder()
    lines = tuple(Line(cable.start, cable.end, cable.r_ohm, cable.x_ohm, cable.rating_mva) for cable in cables)
    return Grid(cables[0].start, BASE_KV, lines, (minimum_voltage_pu, 2.0 - minimum_voltage_pu))


def _sun_on(plane: Plane, hours: slice) -> FloatArray:
    sky = weather()
    direct, diffuse = sky.direct_w_per_m2[hours], sky.diffuse_w_per_m2[hours]
    return plane_irradiance(BAD_MARIENBERG, plane, direct, diffuse, hours.start)


def _flexibility(home: Home, hours: slice, options: NeighbourhoodOptions) -> tuple[Flexibility, ...]:
    return (*_heating(home, hours, options), *home_battery(home.pv_kwp, options.battery_kwh_per_kwp))


def _heating(home: Home, hours: slice, options: NeighbourhoodOptions) -> tuple[Flexibility, ...]:
    if not home.heat_pump:
        return ()
    # The mean load, not the day's: the heat a home needs is then the same under every forecast.
    gains = heat_gains_kw(home.archetype, _sun_on(SOUTH_WALL, hours), float(home.load_kw.mean()))
    unit = heat_pump(
        home.archetype,
        weather().outdoor_c[hours],
        gains,
        power_factor=options.power_factor,
        end_c=options.end_c,
        capacity_wh_per_m2k=options.capacity_wh_per_m2k,
        two_masses=options.two_masses,
    )
    return (unit,)


def _scenario(found: tuple[Home, ...], hours: slice, options: NeighbourhoodOptions) -> Scenario:
    """Return forecast and realisation in MVA: load at its power factor, PV as it will be."""
    load = np.array([home.load_kw for home in found])
    actual = load[:, hours]
    guess = options.forecaster.forecast(load, options.first_hour, HOURS_PER_DAY)
    guess = scaled_towards_actual(guess, actual, options.forecast_error_scale)
    per_kwp = photovoltaic_yield(_sun_on(ROOF, hours), weather().outdoor_c[hours])
    generation = np.array([home.pv_kwp for home in found])[:, None] * per_kwp
    complex_load = 1.0 + 1j * np.tan(np.arccos(options.power_factor))
    return Scenario(*((generation - each * complex_load) / 1e3 for each in (guess, actual)))
