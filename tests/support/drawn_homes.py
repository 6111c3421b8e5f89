"""Random homes with heat pumps, cars and washing machines, alone and on a feeder."""

from __future__ import annotations

import numpy as np

from lempart.case import Battery, Case, ElectricVehicle, Flexibility, HeatPump, Prosumer, Shiftable
from support.cases import case, line
from support.feeders import random_tree

STEPS = 12


def random_homes(seed: int, *, season: str, two_masses: bool) -> tuple[list[list[Flexibility]], np.ndarray, float]:
    """Return what four homes own, prices, and the length of a step: heat pumps, some with a car or a washer."""
    rng = np.random.default_rng(seed)
    hours = float(rng.choice([0.5, 1.0, 2.0]))
    hour = np.arange(STEPS) * hours
    mean = {"winter": -4.0, "spring": 12.0}[season]
    sun = {"winter": 0.3, "spring": 4.0}[season]
    owned: list[list[Flexibility]] = []
    for _ in range(4):
        resistance, capacity = rng.uniform(2.5, 10.0), rng.uniform(5.0, 12.0)
        more: dict[str, float] = {}
        if two_masses and rng.random() < 0.7:
            more = {
                "air_capacity_kwh_per_k": rng.uniform(0.5, 1.5),
                "air_resistance_k_per_kw": rng.uniform(0.2, 0.6),
            }
        pump = HeatPump(
            power_mw=0.025 / resistance,
            resistance_k_per_kw=resistance,
            capacity_kwh_per_k=capacity,
            outdoor_c=mean + 5.0 * np.sin(hour / 4.0) + rng.normal(0, 1, STEPS),
            flow_temperature_c=float(rng.choice([35.0, 48.0, 55.0])),
            gains_kw=0.2 + sun * rng.random(STEPS),
            end_c=None if rng.random() < 0.3 else 21.5,
            comfort_penalty_per_kh=rng.uniform(0.005, 0.05),
            power_factor=float(rng.choice([1.0, 0.95])),
            **more,
        )
        car = ElectricVehicle(
            power_mw=0.011,
            energy_mwh=0.05,
            plugged_in=np.where(np.arange(STEPS) // 3 % 2 == 0, 1.0, 0.0),
            driven_mwh=np.where(np.arange(STEPS) // 3 % 2 == 0, 0.0, 0.002),
            initial_soc=float(rng.uniform(0.3, 0.6)),
            departure_soc=0.4,
            end_soc=0.35,
            charge_efficiency=0.9,
            discharge_efficiency=0.92,
            vehicle_to_grid=bool(rng.random() < 0.5),
            discharge_cost_per_mwh=20.0,
        )
        washer = Shiftable(0.002 * hours, 0.002, int(rng.integers(1, 4)), int(rng.integers(6, STEPS)))
        owned.append([pump, *([car] if rng.random() < 0.5 else []), *([washer] if rng.random() < 0.5 else [])])
    return owned, rng.uniform(50.0, 250.0, STEPS), hours


def feeder_of_homes(seed: int) -> Case:
    """Return such homes on a random feeder, half of them with a battery and some with nothing to decide.

    Every other pair of seeds has elastic limits and reactive power, every fifth a high price for it. Loads are small
    and now and then zero, so that exchanges of exactly zero are common.
    """
    rng = np.random.default_rng(seed)
    owned, price, hours = random_homes(seed, season=("winter", "spring")[seed % 2], two_masses=seed % 3 == 0)
    pairs = random_tree(rng, len(owned))
    people, forecast, realization = [], {}, {}
    for home, items in enumerate(owned):
        name, devices = f"p{home}", list(items)
        if rng.random() < 0.5:
            lossy, cyclic = float(rng.choice([1.0, 0.95])), bool(rng.random() < 0.5)
            devices.append(Battery(0.005, 0.01, 0.5, float(rng.uniform(0, 40)), 0.0, lossy, 1.0, cyclic))
        if rng.random() < 0.3:
            devices = []
        people.append(Prosumer(name, name, True, tuple(devices)))
        sun = np.maximum(0.0, np.sin(np.arange(STEPS) / STEPS * np.pi)).round(2)
        load = -0.001 * rng.random(STEPS).round(2) + 0.004 * (rng.random() < 0.5) * sun
        load = np.zeros(STEPS) if rng.random() < 0.15 else load
        forecast[name] = load * (1.0 + 0.3j * (seed % 4 >= 2))
        realization[name] = forecast[name] * rng.uniform(0.8, 1.2, STEPS)
    lines = [
        line(
            above,
            below,
            r=rng.uniform(0.01, 0.1),
            x=rng.uniform(0.01, 0.05),
            rating=float(rng.uniform(0.012, 0.03)) * (1 + 3 * (above == "root")),
        )
        for above, below in pairs
    ]
    return case(
        lines,
        people,
        forecast,
        realization=realization,
        base_kv=0.4,
        band=(0.9, 1.1),
        step_hours=hours,
        limits=("hard", "elastic")[seed // 2 % 2],
        tax_per_mwh=float(rng.uniform(40, 130)),
        price_per_mwh=price,
        reactive_price_per_mvarh=50.0 if seed % 5 == 0 else 0.0,
        imbalance_penalty_per_mwh=300.0,
        line_penalty_per_mvah=250.0,
        voltage_penalty="curtailment",
    )
