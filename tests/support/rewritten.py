"""The same case written in another way: order, units, a line in two pieces, an empty home, half steps.

Each way takes a case and returns one with the same answer: the same partitions, by names, at the same costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from lempart.case import (
    Battery,
    Case,
    Curtailment,
    DispatchOptions,
    Flexibility,
    Grid,
    Horizon,
    Inverter,
    Line,
    Market,
    Prosumer,
    Scenario,
    Shiftable,
)
from lempart.case.shapes import array_axes

Rewriting = Callable[[Case], Case]


def street(seed: int, *, limits: str | None = None, steps: int = 2, players: int = 4) -> Case:
    """Return homes that share the buses of a small weak feeder, with devices whose use is seldom unique.

    Free wear, free reactive power, two batteries that could do the same, prices that ask for nothing: the dispatch is
    decided by the tie-break, and what really happens costs very different amounts from one answer to the next.
    """
    rng = np.random.default_rng(seed)
    buses = int(rng.integers(3, 7))
    lines = []
    for bus in range(buses):
        above = "root" if bus == 0 else f"b{int(rng.integers(max(0, bus - 2), bus))}"
        rating = round(float(rng.uniform(0.2, 0.8)), 6) if rng.random() < 0.7 else None
        lines.append(
            Line(above, f"b{bus}", round(float(rng.uniform(0.05, 0.3)), 4), float(rng.uniform(0, 0.15)), rating)
        )
    homes = players + int(rng.integers(0, 2))
    forecast = rng.uniform(-0.3, 0.3, (homes, steps)).round(6).astype(complex)
    if rng.random() < 0.5:
        forecast += 0.3j * forecast.real * (rng.random((homes, 1)) < 0.4)
    actual = forecast * rng.uniform(0.6, 1.4, (homes, steps)).round(3)
    people = tuple(
        Prosumer(f"H{m}", f"b{int(rng.integers(0, buses))}", m < players, _devices(rng, forecast[m]))
        for m in range(homes)
    )
    market = Market(
        externalities=True,
        single_boundary=bool(rng.random() < 0.3),
        tax_per_mwh=np.full(steps, float(rng.choice([0.0, 20.0, 58.0]))),
        price_per_mwh=rng.choice([80.0, 40.0, -20.0, 0.0], steps),
        reactive_price_per_mvarh=np.full(steps, float(rng.choice([0.0, 0.0, 3.0]))),
        imbalance_penalty_per_mwh=np.full(steps, 300.0),
        line_penalty_per_mvah=300.0,
        voltage_penalty="curtailment",
    )
    chosen = limits or str(rng.choice(["hard", "elastic"]))
    return Case(
        name="street",
        horizon=Horizon(steps, 1.0),
        market=market,
        grid=Grid("root", 0.4, tuple(lines), (0.9, 1.1)),
        prosumers=people,
        scenario=Scenario(forecast, actual),
        dispatch=DispatchOptions(chosen),  # type: ignore[arg-type]
    )


def _devices(rng: np.random.Generator, forecast: np.ndarray) -> tuple[Flexibility, ...]:
    owned: list[Flexibility] = []
    if rng.random() < 0.7:
        power, efficiency = float(rng.uniform(0.1, 0.6)), float(rng.choice([1.0, 0.95]))
        wear, square = float(rng.choice([0.0, 5.0])), float(rng.choice([0.0, 0.0, 7.0]))
        owned.append(Battery(power, 2 * power, 0.5, wear, square, efficiency, efficiency))
    sun = np.maximum(forecast.real, 0.0)
    if sun.max() > 0 and rng.random() < 0.5:
        owned.append(Curtailment(sun, float(rng.choice([0.0, 2.0]))))
    if rng.random() < 0.4:
        owned.append(Inverter(0.45, np.zeros_like(sun), float(rng.choice([0.0, 0.5]))))
    if rng.random() < 0.2:
        owned.append(Shiftable(0.1, 0.08))
    return tuple(owned)


def reordered(case: Case) -> Case:
    """Return the case with prosumers and lines in another order, every other line drawn the other way round."""
    rng = np.random.default_rng(len(case.prosumers))
    people, lines = rng.permutation(len(case.prosumers)), rng.permutation(len(case.grid.lines))
    turned = [_turned(case.grid.lines[at]) if place % 2 else case.grid.lines[at] for place, at in enumerate(lines)]
    return replace(
        case,
        prosumers=tuple(case.prosumers[at] for at in people),
        scenario=Scenario(case.scenario.forecast[people], case.scenario.realization[people]),
        grid=replace(case.grid, lines=tuple(turned)),
    )


def _turned(line: Line) -> Line:
    return replace(line, from_node=line.to_node, to_node=line.from_node)


def another_base(case: Case, factor: float = 3.7) -> Case:
    """Return the case with impedances referred to another voltage."""
    lines = (replace(one, r_ohm=one.r_ohm * factor**2, x_ohm=one.x_ohm * factor**2) for one in case.grid.lines)
    return replace(case, grid=replace(case.grid, base_kv=case.grid.base_kv * factor, lines=tuple(lines)))


def in_other_units(case: Case, *, power: float = 1.0, hours: float = 1.0, money: float = 1.0) -> Case:
    """Return the case with powers, times and money in other units: kW read as MW, seconds as hours, cents as francs.

    Voltages stay what they are: impedances get smaller as powers grow.
    """
    factor = _Factors(power, hours, money)
    line_penalty = case.market.line_penalty_per_mvah * factor.of("_per_mvah")
    market = {name: values * factor.of(name) for name, values in _arrays(case.market).items()}
    lines = tuple(
        replace(
            one,
            r_ohm=one.r_ohm / power,
            x_ohm=one.x_ohm / power,
            rating_mva=None if one.rating_mva is None else one.rating_mva * power,
        )
        for one in case.grid.lines
    )
    people = (replace(one, flexibility=tuple(map(factor.device, one.flexibility))) for one in case.prosumers)
    return replace(
        case,
        horizon=Horizon(case.horizon.steps, case.horizon.step_hours * hours),
        market=replace(case.market, line_penalty_per_mvah=line_penalty, **market),
        grid=replace(case.grid, lines=lines),
        prosumers=tuple(people),
        scenario=Scenario(case.scenario.forecast * power, case.scenario.realization * power),
    )


@dataclass(frozen=True)
class _Factors:
    """What numbers are multiplied with, by the unit that their names end in."""

    power: float
    hours: float
    money: float

    def of(self, name: str) -> float:
        energy = self.power * self.hours
        units = {
            "_mw": self.power,
            "_mva": self.power,
            "_mwh": energy,
            "_per_mwh": self.money / energy,
            "_per_mvarh": self.money / energy,
            "_per_mvah": self.money / energy,
            "_per_mw2h": self.money / energy / self.power,
        }
        return units[max((end for end in units if name.endswith(end)), key=len)]

    def device(self, device: Flexibility) -> Flexibility:
        ends = ("_mw", "_mva", "_mwh", "_per_mvarh", "_per_mw2h")
        names = [item.name for item in fields(device) if item.name.endswith(ends)]
        return replace(device, **{name: getattr(device, name) * self.of(name) for name in names})


def _arrays(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in array_axes(type(record))}


def with_an_empty_home(case: Case) -> Case:
    """Return the case with one more regular customer, who neither needs nor gives anything."""
    empty = Prosumer("empty", "at the pcc", player=False)
    nothing = np.zeros((1, case.horizon.steps))
    return replace(
        case,
        prosumers=(empty, *case.prosumers),
        grid=replace(case.grid, lines=(*case.grid.lines, Line(case.grid.pcc, "at the pcc", 0.1, 0.1))),
        scenario=Scenario(
            np.concatenate([nothing, case.scenario.forecast]), np.concatenate([nothing, case.scenario.realization])
        ),
    )


def with_a_line_in_two_pieces(case: Case) -> Case:
    """Return the case with the first line in two, the rating at the lower piece, no limit at the joint.

    Not for a home's own line, which is its market when it is alone, nor for penalties that ask for a branch's length.
    """
    first, *others = case.grid.lines
    half = replace(first, r_ohm=first.r_ohm / 2, x_ohm=first.x_ohm / 2)
    upper = replace(half, to_node="joint", rating_mva=None, voltage_band_pu=(0.01, 10.0))
    return replace(case, grid=replace(case.grid, lines=(upper, replace(half, from_node="joint"), *others)))


def in_half_steps(case: Case) -> Case:
    """Return the case with every step cut in two that are alike."""
    market = {name: np.repeat(values, 2) for name, values in _arrays(case.market).items()}
    people = (replace(one, flexibility=tuple(_halved(device) for device in one.flexibility)) for one in case.prosumers)
    forecast, actual = (np.repeat(u, 2, axis=1) for u in (case.scenario.forecast, case.scenario.realization))
    return replace(
        case,
        horizon=Horizon(2 * case.horizon.steps, case.horizon.step_hours / 2),
        market=replace(case.market, **market),
        prosumers=tuple(people),
        scenario=Scenario(forecast, actual),
    )


def _halved(device: Flexibility) -> Flexibility:
    changes: dict[str, Any] = {
        name: np.repeat(getattr(device, name), 2) for name, axes in array_axes(type(device)).items() if axes == PER_STEP
    }
    if isinstance(device, Shiftable):
        changes["earliest_step"] = 2 * device.earliest_step - 1
        changes["latest_step"] = None if device.latest_step is None else 2 * device.latest_step
    return replace(device, **changes)


PER_STEP: Any = array_axes(Curtailment)["available_mw"]

REWRITINGS: dict[str, tuple[Rewriting, float]] = {
    "order": (reordered, 1.0),
    "base voltage": (another_base, 1.0),
    "powers times 1000": (lambda case: in_other_units(case, power=1000.0), 1.0),
    "powers by 1000": (lambda case: in_other_units(case, power=1e-3, money=1e-3), 1e-3),
    "seconds": (lambda case: in_other_units(case, power=1000.0, hours=3600.0), 1.0),
    "money by a million": (lambda case: in_other_units(case, money=1e-6), 1e-6),
    "an empty home": (with_an_empty_home, 1.0),
    "a line in two": (with_a_line_in_two_pieces, 1.0),
    "half steps": (in_half_steps, 1.0),
}
"""Every way to write a case anew, and what its costs are then to be divided by to compare."""
