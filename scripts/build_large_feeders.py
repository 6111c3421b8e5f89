"""Build feeders with 50, 200 and 1,000 homes as cases without externalities, bit for bit.

    python scripts/build_large_feeders.py FOLDER [SIZE ...]

Needs lempart[simbench]. The grids are real ones: everything below a bus of the medium-voltage grid in SimBench's
1-MVLV-rural-all-0-no_sw, with its transformers and low-voltage grids whole; no bus has more than four branches. Homes
are ours: household loads and sun of the shipped profiles on one day, equipment drawn once from SEED. SimBench's data
is under the Open Database License 1.0.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from lempart.case import Case, Convex, Curtailment, Flexibility, Horizon, Line, Market, Prosumer, Scenario
from lempart.io import from_simbench, write_case
from lempart.prosumption import photovoltaic_yield, plane_irradiance
from lempart.prosumption.batteries import home_battery
from lempart.prosumption.solar import BAD_MARIENBERG, ROOF
from lempart.prosumption.tables import synpro_households, weather
from lempart.typing import FloatArray

CODE = "1-MVLV-rural-all-0-no_sw"
ROOTS = {50: "MV1.101 Bus 44", 200: "MV1.101 Bus 22", 1000: "MV1.101 Bus 50"}
"""Least number of homes to the bus that becomes the PCC; 52, 211 and 1,030 meters are below it."""

DAY, HOURS = 126, 24
"""A day in May with half the sun of the day before, which is its forecast: networks are strained by errors."""
SEED = 20160117

PV_SHARE, PV_KWP, BATTERY_KWH_PER_KWP = 0.5, (4.0, 10.0), 1.5
FARM_SHARE, FARM_KWP, FARM_KWH_PER_KWP = 0.06, (30.0, 100.0), 0.3
"""One building in sixteen is a farm with PV on its barns: they supply neighbours, and strain lines and voltages."""
POWER_FACTOR = 0.98
CURTAILMENT_COST_PER_MWH = 1.0
SHEDDING_COST_PER_MWH = 1000.0
"""What a home would pay not to go without. With curtailment it makes everyone viable, alone and in any company:
zero exchange at every hour (Eq 9f) asks of a home without PV to go without, unless it joins others."""

LOW_VOLTAGE_BAND = (0.97, 1.03)
"""VDE-AR-N 4105 grants generators at low voltage a rise of 3 %; taken for drops, too, and from the coalition's PCC."""
PRICE_PER_MWH, PENALTY_PER_MWH = 139.0, 300.0
LONGEST_ROLL_WEEKS = 4


@dataclass(frozen=True)
class _Day:
    """Load (kW) and generation per kWp (kW) of the day before, which is the forecast, and of the day."""

    load_kw: tuple[FloatArray, FloatArray]
    per_kwp: tuple[FloatArray, FloatArray]


def build(size: int) -> Case:
    """Return the case with at least ``size`` homes."""
    grid = _grid(ROOTS[size])
    count = len(grid.prosumers)
    rng = np.random.default_rng(SEED)
    day = _day(rng, count)
    kwp = np.where(rng.permutation(count) < PV_SHARE * count, rng.uniform(*PV_KWP, count).round(1), 0.0)
    farm = rng.permutation(count) < FARM_SHARE * count
    kwp = np.where(farm, rng.uniform(*FARM_KWP, count).round(), kwp)
    kwh = kwp * np.where(farm, FARM_KWH_PER_KWP, BATTERY_KWH_PER_KWP)
    reactive = 1.0 + 1j * np.tan(np.arccos(POWER_FACTOR))
    generation = [kwp[:, None] * each / 1e3 for each in day.per_kwp]
    load = [each / 1e3 for each in day.load_kw]
    forecast, actual = (made - used * reactive for made, used in zip(generation, load, strict=True))
    people = tuple(
        Prosumer(person.name, person.node, True, _equipment(kwp[row], kwh[row], generation[0][row], load[0][row]))
        for row, person in enumerate(grid.prosumers)
    )
    return replace(
        grid,
        name=f"rural-{count}",
        horizon=Horizon(HOURS, 1.0),
        market=_market(),
        grid=replace(grid.grid, lines=tuple(_line(line) for line in grid.grid.lines)),
        prosumers=people,
        scenario=Scenario(_to_tenth_watts(forecast), _to_tenth_watts(actual)),
    )


@cache
def _grid(root: str) -> Case:
    """Return SimBench's grid below a bus, every load a prosumer."""
    (imported,) = from_simbench(CODE, root=root, ignore_elements=("sgen", "storage"))
    return imported.case


def _line(line: Line) -> Line:
    """Return a line with readable numbers; medium voltage keeps SimBench's band, low voltage has ours."""
    return replace(
        line,
        r_ohm=round(line.r_ohm, 6),
        x_ohm=round(line.x_ohm, 6),
        rating_mva=None if line.rating_mva is None else round(line.rating_mva, 6),
        voltage_band_pu=line.voltage_band_pu or LOW_VOLTAGE_BAND,
    )


def _day(rng: np.random.Generator, count: int) -> _Day:
    """Return what homes use: one of four households each, rolled by whole weeks; the day before is the forecast."""
    households = list(synpro_households().values())
    kinds = rng.integers(len(households), size=count)
    weeks = rng.integers(-LONGEST_ROLL_WEEKS, LONGEST_ROLL_WEEKS + 1, size=count)
    load = np.array([np.roll(households[kind], 7 * 24 * roll) for kind, roll in zip(kinds, weeks, strict=True)])
    hours = HOURS * (DAY - 1) + np.arange(HOURS)
    sky = weather()
    yields = [
        photovoltaic_yield(
            plane_irradiance(BAD_MARIENBERG, ROOF, sky.direct_w_per_m2[each], sky.diffuse_w_per_m2[each], each[0]),
            sky.outdoor_c[each],
        )
        for each in (hours - HOURS, hours)
    ]
    return _Day((load[:, hours - HOURS], load[:, hours]), (yields[0], yields[1]))


def _equipment(kwp: float, kwh: float, generation_mw: FloatArray, load_mw: FloatArray) -> tuple[Flexibility, ...]:
    """Return what a home can do: shed load at a price, and with PV curtail and store."""
    shedding = Convex(
        minimum_mw=np.zeros(HOURS),
        maximum_mw=_rounded(load_mw),
        cost_per_mwh=np.full(HOURS, SHEDDING_COST_PER_MWH),
    )
    if kwp == 0.0:
        return (shedding,)
    curtailment = Curtailment(_rounded(generation_mw), CURTAILMENT_COST_PER_MWH)
    return (shedding, curtailment, *home_battery(kwp, kwh / kwp))


def _market() -> Market:
    def constant(value: float) -> FloatArray:
        return np.full(HOURS, value)

    return Market(
        externalities=False,
        single_boundary=True,
        tax_per_mwh=constant(0.0),
        price_per_mwh=constant(PRICE_PER_MWH),
        reactive_price_per_mvarh=constant(0.0),
        imbalance_penalty_per_mwh=constant(PENALTY_PER_MWH),
        line_penalty_per_mvah=PENALTY_PER_MWH,
        voltage_penalty="curtailment",
    )


def _rounded(power_mw: FloatArray) -> FloatArray:
    return np.round(power_mw, 7) + 0.0


def _to_tenth_watts(power: np.ndarray) -> np.ndarray:
    return np.round(power, 7) + 0.0


if __name__ == "__main__":
    for chosen in [int(text) for text in sys.argv[2:]] or list(ROOTS):
        made = build(chosen)
        write_case(made, Path(sys.argv[1]) / made.name, tables="csv", overwrite=True)
