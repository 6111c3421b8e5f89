"""Feeders on which surplus is worth less than nothing, and homes have storage with losses that could burn it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lempart.case import Battery, Case, ElectricVehicle, Flexibility
from support.feeders import random_feeder


def lossy(rng: np.random.Generator, *, square: float = 0.0) -> Battery:
    """Return a small battery that loses much, and mostly costs nothing to use."""
    efficiency = rng.uniform(0.6, 0.95, 2)
    return Battery(
        power_mw=float(rng.uniform(0.5, 2.0)),
        energy_mwh=float(rng.uniform(0.3, 1.5)),
        initial_soc=float(rng.uniform(0.2, 1.0)),
        cost_per_mwh=float(rng.choice([0.0, 1.0])),
        quadratic_cost_per_mw2h=square,
        charge_efficiency=float(efficiency[0]),
        discharge_efficiency=float(efficiency[1]),
        cyclic=bool(rng.random() < 0.5),
    )


def vehicle(rng: np.random.Generator, steps: int) -> ElectricVehicle:
    """Return a vehicle that may feed the grid, plugged in for part of some steps."""
    return ElectricVehicle(
        power_mw=float(rng.uniform(0.5, 1.5)),
        energy_mwh=float(rng.uniform(0.3, 0.8)),
        plugged_in=np.where(np.arange(steps) % 3 == 1, 0.6, 1.0),
        initial_soc=0.9,
        end_soc=0.5,
        charge_efficiency=0.8,
        discharge_efficiency=0.8,
        vehicle_to_grid=True,
    )


def burning_case(
    seed: int,
    *,
    prosumers: int = 3,
    owners: int = 2,
    steps: int = 3,
    vehicles: bool = False,
    square: float = 0.0,
    tie_break: float | None = None,
    **fields: Any,
) -> Case:
    """Return a random feeder that asks for batteries that never charge and discharge at once.

    The first ``owners`` homes have one battery each, or the last of them a vehicle.
    """
    rng = np.random.default_rng(1000 + seed)
    price = rng.uniform(-60, 10, steps)
    given = random_feeder(seed, prosumers=prosumers, steps=steps, **({"price_per_mwh": price} | fields))
    people = []
    for m, one in enumerate(given.prosumers):
        own: tuple[Flexibility, ...] = (lossy(rng, square=square),) if m < owners else ()
        if vehicles and m == owners - 1:
            own = (vehicle(rng, steps),)
        people.append(replace(one, flexibility=own))
    options = replace(given.dispatch, battery="exclusive", tie_break_per_mw2h=tie_break)
    return replace(given, prosumers=tuple(people), dispatch=options)


def convex(case: Case) -> Case:
    """Return the same case with batteries that may do as they like."""
    return replace(case, dispatch=replace(case.dispatch, battery="convex"))
