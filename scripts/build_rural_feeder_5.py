"""Build the shipped case rural-feeder-5 from SimBench, bit for bit.

    python scripts/build_rural_feeder_5.py [FOLDER]

Needs lempart[simbench]. The grid is the longest feeder of the SimBench grid 1-LV-rural2--0-no_sw, rooted at the
low-voltage busbar; loads are SimBench's, on 17 January 2016 (a Sunday), with the day before as forecast.
SimBench has three PV plants on this feeder and no storage: the other equipment below is ours, drawn once from
SEED or set by hand.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import simbench

from lempart.case import Battery, Case, Curtailment, Prosumer, Scenario
from lempart.case.flexibility import Flexibility
from lempart.io import from_simbench, write_case
from lempart.typing import ComplexArray, FloatArray

CODE = "1-LV-rural2--0-no_sw"
BUSBAR, FEEDER = 62, 73
DAY = "2016-01-17"
FIRST_QUARTER, QUARTERS = 16 * 96, 96
SEED = 20160117

LOAD_POWER_FACTOR = 0.98
PV_YIELD_KWH_PER_KWP = 950.0
"""SimBench's PV shapes yield 575 to 697; this is what a roof in central Europe gives in a mean year."""

BATTERY_COST_PER_MWH = 12.5
"""200 per kWh of capacity over 8000 cycles, half on charging and half on discharging."""
BATTERY_QUADRATIC_COST_PER_MW2H = 500.0
"""5 per MWh more at 5 kW: losses that grow with power; it also makes the cheapest schedule unique."""
BATTERY_EFFICIENCY = 0.97
CURTAILMENT_COST_PER_MWH = 1.0

PLAYER_BUSES = (24, 63, 83, 1, 65)
"""The end of the feeder, one home at each bus."""
PV_KWP = {24: 3.0, 83: 5.0, 65: 4.0, 82: 4.7, 55: 9.8, 79: 22.6}
"""Bus to PV size: the players' by hand, then the three plants of SimBench."""
BATTERY_KWH = {63: 10.0, 83: 5.0, 65: 7.5}
"""Bus to battery size, the players' by hand; power is half of it per hour."""
MORE_PV_HOMES, MORE_BATTERIES = 7, 5


@dataclass(frozen=True)
class Meter:
    """A SimBench load: its name there, its bus, and whether it is a home (not a business)."""

    name: str
    bus: int
    home: bool


def build() -> Case:
    """Return the case."""
    net = simbench.get_simbench_net(CODE)
    bus_name = net.bus.name.to_dict()
    (imported,) = from_simbench(
        CODE,
        start=DAY,
        forecast="day-lag",
        week_roll_seed=SEED,
        name="rural-feeder-5",
        root=bus_name[BUSBAR],
        feeder=bus_name[FEEDER],
        ignore_elements=("sgen",),
    )
    case = imported.case
    meters = {row.name: Meter(row.name, int(row.bus), row.profile.startswith("H0")) for row in net.load.itertuples()}
    case = _in_feeder_order(case)
    homes = [meters[person.name] for person in case.prosumers]
    pv, batteries = _equipment(homes)
    generation = _generation(net.profiles["renewables"], pv)
    people = []
    forecast, actual = np.array(case.scenario.forecast), np.array(case.scenario.realization)
    for row, (meter, name) in enumerate(zip(homes, _names(homes), strict=True)):
        own: list[Flexibility] = []
        forecast[row], actual[row] = _with_power_factor(forecast[row]), _with_power_factor(actual[row])
        if meter.name in generation:
            ahead, real = generation[meter.name]
            forecast[row], actual[row] = forecast[row] + ahead, actual[row] + real
            own.append(Curtailment(available_mw=ahead, cost_per_mwh=CURTAILMENT_COST_PER_MWH))
        if meter.name in batteries:
            own.append(_battery(batteries[meter.name]))
        people.append(Prosumer(name, f"b{meter.bus}", meter.bus in PLAYER_BUSES, tuple(own)))
    index = {name: f"b{bus}" for bus, name in bus_name.items()}
    lines = tuple(
        replace(
            line,
            from_node=index[line.from_node],
            to_node=index[line.to_node],
            r_ohm=round(line.r_ohm, 7),
            x_ohm=round(line.x_ohm, 7),
            rating_mva=None if line.rating_mva is None else round(line.rating_mva, 6),
        )
        for line in case.grid.lines
    )
    nodes = tuple(replace(node, name=index[node.name]) for node in case.grid.nodes)
    return replace(
        case,
        grid=replace(case.grid, pcc=f"b{BUSBAR}", lines=lines, voltage_band_pu=(0.95, 1.05), nodes=nodes),
        prosumers=tuple(people),
        scenario=Scenario(_to_tenth_watts(forecast), _to_tenth_watts(actual)),
    )


def _in_feeder_order(case: Case) -> Case:
    """Return the case with its prosumers listed from the busbar outwards."""
    place = {line.to_node: place for place, line in enumerate(case.grid.lines)}
    order = sorted(range(len(case.prosumers)), key=lambda row: (place[case.prosumers[row].node], row))
    return replace(
        case,
        prosumers=tuple(case.prosumers[row] for row in order),
        scenario=Scenario(case.scenario.forecast[order], case.scenario.realization[order]),
    )


def _names(meters: list[Meter]) -> list[str]:
    """Return H (home) or B (business) and the bus, with a letter where a bus has several meters."""
    count = {meter.bus: sum(other.bus == meter.bus for other in meters) for meter in meters}
    seen: dict[int, int] = dict.fromkeys(count, 0)
    names = []
    for meter in meters:
        letter = "abcd"[seen[meter.bus]] if count[meter.bus] > 1 else ""
        seen[meter.bus] += 1
        names.append(f"{'H' if meter.home else 'B'}{meter.bus}{letter}")
    return names


def _equipment(meters: list[Meter]) -> tuple[dict[str, float], dict[str, float]]:
    """Return PV size (kWp) and battery size (kWh) by meter."""
    first = {meter.bus: meter.name for meter in reversed(meters)}
    pv = {first[bus]: size for bus, size in PV_KWP.items()}
    batteries = {first[bus]: size for bus, size in BATTERY_KWH.items()}
    rng = np.random.default_rng(SEED)
    free = [meter.name for meter in meters if meter.home and meter.bus not in (*PLAYER_BUSES, *PV_KWP)]
    chosen = [free[place] for place in sorted(rng.choice(len(free), MORE_PV_HOMES, replace=False))]
    pv |= {name: round(float(size), 1) for name, size in zip(chosen, rng.uniform(2, 6, MORE_PV_HOMES), strict=True)}
    with_pv = [name for name in pv if name in chosen]
    for place in sorted(rng.choice(len(with_pv), MORE_BATTERIES, replace=False)):
        batteries[with_pv[place]] = float(rng.choice([5.0, 7.5, 10.0]))
    return pv, batteries


def _generation(renewables: object, pv: dict[str, float]) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return each PV plant's hourly generation (MW), the day before and on the day."""
    table = {name: column.to_numpy() for name, column in renewables.items() if name.startswith("PV")}  # type: ignore[attr-defined]
    shapes = sorted(table)
    series = {}
    for place, (meter, size) in enumerate(pv.items()):
        year = table[shapes[place % len(shapes)]]
        scale = PV_YIELD_KWH_PER_KWP / (year.sum() / 4) * size / 1000
        days = [year[first : first + QUARTERS] for first in (FIRST_QUARTER - QUARTERS, FIRST_QUARTER)]
        ahead, real = (np.round(day.reshape(24, 4).mean(axis=1) * scale, 7) for day in days)
        series[meter] = (ahead, real)
    return series


def _with_power_factor(power: ComplexArray) -> ComplexArray:
    """Return the load with the reactive power that LOAD_POWER_FACTOR, inductive, makes of its active power."""
    return power.real * (1 + 1j * math.tan(math.acos(LOAD_POWER_FACTOR)))


def _battery(energy_kwh: float) -> Battery:
    return Battery(
        power_mw=energy_kwh / 2000,
        energy_mwh=energy_kwh / 1000,
        initial_soc=0.5,
        cost_per_mwh=BATTERY_COST_PER_MWH,
        quadratic_cost_per_mw2h=BATTERY_QUADRATIC_COST_PER_MW2H,
        charge_efficiency=BATTERY_EFFICIENCY,
        discharge_efficiency=BATTERY_EFFICIENCY,
        cyclic=True,
    )


def _to_tenth_watts(power: ComplexArray) -> ComplexArray:
    return np.round(power, 7) + 0.0


if __name__ == "__main__":
    shipped = Path(__file__).parents[1] / "src" / "lempart" / "cases" / "rural-feeder-5"
    write_case(build(), Path(sys.argv[1]) if len(sys.argv) > 1 else shipped, tables="csv", overwrite=True)
