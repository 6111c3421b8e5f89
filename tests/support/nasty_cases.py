"""Random small cases made to break lower bounds: everything that a proof about costs has to survive, often at once.

Homes behind lines that are too weak for what they have, on inner lines too; curtailment, shed loads, batteries with
losses and without, inverters, heat pumps, shiftable loads; regular customers whom coalitions carry; groups; negative
prices, steps without a tax; reactive loads; wrong forecasts; elastic limits; margins; a tie-break that costs something;
batteries that may not charge and discharge at once.
With hard limits there is always a dispatch: what a home can't avoid fits through every line above it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from lempart.case import (
    Battery,
    Case,
    Convex,
    Curtailment,
    DispatchOptions,
    Flexibility,
    Group,
    HeatPump,
    Inverter,
    Line,
    Prosumer,
    Shiftable,
)
from support.cases import case, line
from support.feeders import random_tree

Market = Literal["general", "single boundary", "no externalities"]


def nasty_case(seed: int, *, market: Market | None = None, prosumers: tuple[int, int] = (3, 4)) -> Case:
    """Return the case of a seed; ``prosumers`` are the fewest and the most, the market is drawn unless it is given."""
    rng = np.random.default_rng([seed, 11])
    steps, homes = int(rng.choice([1, 1, 1, 2])), int(rng.integers(prosumers[0], prosumers[1] + 1))
    kind = market or str(rng.choice(["general", "general", "general", "single boundary"]))
    elastic = bool(rng.random() < 0.25)
    pairs = random_tree(rng, homes, children=int(rng.integers(2, 5)))
    forecast = rng.normal(0.0, 2.0, (homes, steps)).round(2) + 0j
    if rng.random() < 0.3:
        forecast += 1j * rng.normal(0.0, 0.6, (homes, steps)).round(2)
    came = forecast + (rng.random() < 0.6) * rng.choice([0.05, 0.4]) * rng.normal(0.0, 1.0, (homes, steps))
    owned = [_devices(rng, forecast[m], ready=kind == "no externalities") for m in range(homes)]
    regular = (rng.random(homes) < 0.3) & (np.arange(homes) > 1) & (kind == "general" or rng.random() < 0.3)
    people = [Prosumer(f"p{m}", f"p{m}", not regular[m], tuple(item for item, _ in owned[m])) for m in range(homes)]
    margin = float(rng.choice([0.0, 0.0, 0.0, 0.1]))
    needs = [_unavoidable(forecast[m], owned[m]) / (1.0 - margin) for m in range(homes)]
    given = case(
        _lines(rng, pairs, forecast, needs, elastic=elastic),
        people,
        {f"p{m}": forecast[m] for m in range(homes)},
        realization={f"p{m}": came[m] for m in range(homes)},
        band=((0.95, 1.05), None)[int(rng.random() < 0.5)] if elastic else None,
        step_hours=float(rng.choice([0.5, 1.0])),
        groups=_groups(rng, regular) if kind == "general" else (),
        externalities=kind != "no externalities",
        tax_per_mwh=rng.choice([0.0, 5.0, 30.0, 90.0], size=steps, p=[0.1, 0.1, 0.6, 0.2]),
        price_per_mwh=rng.choice([-40.0, 0.0, 20.0, 50.0, 90.0], size=steps),
        reactive_price_per_mvarh=rng.choice([0.0, 0.0, 6.0], size=steps),
        imbalance_penalty_per_mwh=100.0,
        line_penalty_per_mvah=float(rng.choice([0.0, 20.0, 250.0])),
        voltage_penalty="curtailment",
        **({} if kind == "general" else {"single_boundary": True}),
    )
    options = DispatchOptions(
        "elastic" if elastic else "hard",
        (None, None, 1e-5, 0.5)[int(rng.integers(4))],
        line_margin=margin,
        battery=("convex", "exclusive")[int(rng.random() < 0.2)],
    )
    return replace(given, dispatch=options)


def pressed(given: Case) -> Case:
    """Return a case with elastic limits that bind nearly everywhere: on lines of several homes, and on voltages."""
    lines = tuple(replace(line, rating_mva=1.0) for line in given.grid.lines)
    grid = replace(given.grid, lines=lines, voltage_band_pu=(0.99, 1.01))
    return replace(given, grid=grid, dispatch=replace(given.dispatch, limits="elastic"))


def _devices(rng: np.random.Generator, forecast: np.ndarray, *, ready: bool) -> list[tuple[Flexibility, float]]:
    """Return a home's devices, each with the apparent power that may flow whatever else it does, in MVA.

    ``ready``: nearly everybody can do without the grid, which coalitions have to that exchange nothing.
    """
    steps, found = len(forecast), list[tuple[Flexibility, float]]()
    cost, sun = float(rng.choice([0.0, 3.0, 25.0])), np.maximum(forecast.real, 0.0)
    if rng.random() < (0.95 if ready else 0.6):
        found.append((Curtailment(sun, float(rng.choice([0.0, 0.0, 5.0, 60.0]))), 0.0))
        if rng.random() < (0.9 if ready else 0.5):
            load = np.maximum(-forecast.real, 0.0)
            found.append((Convex(np.zeros(steps), load, cost_per_mwh=np.full(steps, 200.0)), 0.0))
    if rng.random() < 0.25:
        losses = rng.uniform(0.8, 1.0, 2) if rng.random() < 0.6 else np.ones(2)
        square = float(rng.choice([0.0, 2.0]))
        cyclic = bool(rng.random() < 0.5)
        found.append((Battery(1.5, 4.0, 0.5, cost, square, float(losses[0]), float(losses[1]), cyclic), 0.0))
    if rng.random() < 0.15:
        found.append((Inverter(float(sun.max() + 1.0), sun, float(rng.choice([0.0, 2.0]))), 0.0))
    if rng.random() < 0.1:
        found.append((Convex(np.full(steps, -0.5), np.full(steps, 0.5), apparent_power_mva=0.6), 0.0))
    if rng.random() < 0.1:
        outdoor = rng.uniform(-5.0, 10.0, steps)
        pump = HeatPump(0.4, 100.0, 20.0, outdoor, cop=np.full(steps, 3.0), minimum_c=19.0, power_factor=0.97)
        found.append((pump, 0.4))
    if rng.random() < 0.1:
        found.append((Shiftable(0.2, 0.6), 0.6))
    return found


def _unavoidable(forecast: np.ndarray, owned: list[tuple[Flexibility, float]]) -> float:
    """Return the apparent power that a home may have to exchange with the grid, in MVA."""
    kinds = {type(item) for item, _ in owned}
    active = forecast.real.copy()
    if Curtailment in kinds:
        active[active > 0.0] = 0.0
    if any(isinstance(item, Convex) and item.cost_per_mwh.max() == 200.0 for item, _ in owned):
        active[active < 0.0] = 0.0
    return float(np.abs(active + 1j * forecast.imag).max() + sum(needed for _, needed in owned))


def _lines(
    rng: np.random.Generator, pairs: list[tuple[str, str]], forecast: np.ndarray, needs: list[float], *, elastic: bool
) -> list[Line]:
    below = {child: {int(child[1:])} if child[0] == "p" else set[int]() for _, child in pairs}
    above = {child: parent for parent, child in pairs}
    for m in range(len(forecast)):
        at: str | None = above[f"p{m}"]
        while at in above:
            below[at].add(m)
            at = above[at]
    weak = rng.random()
    found = []
    for parent, child in pairs:
        rating = None
        if rng.random() < weak:
            largest = float(np.abs(forecast[list(below[child])].sum(axis=0)).max())
            rating = max(float(rng.choice([0.03, 0.2, 0.6, 0.95])) * largest, 0.05)
            if not elastic:
                rating = max(rating, 1.02 * sum(needs[m] for m in below[child]))
        r, x = rng.uniform(0.0, 0.01, 2)
        found.append(line(parent, child, r=r, x=x, rating=rating))
    return found


def _groups(rng: np.random.Generator, regular: np.ndarray) -> list[Group]:
    """Return a group of two now and then, where players are left beside it."""
    players = np.flatnonzero(~regular)
    if rng.random() < 0.75 or len(players) < 4:
        return []
    return [Group("g", tuple(f"p{m}" for m in sorted(rng.choice(players, 2, replace=False))))]
