"""Random radial feeders, drawn from a generator: the raw material of property tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from lempart.case import Battery, Case, Convex, Curtailment, Flexibility, Inverter, Line, Prosumer
from support.cases import case, line

Devices = Literal["batteries", "every kind"]


def random_tree(rng: np.random.Generator, prosumers: int, *, children: int = 3) -> list[tuple[str, str]]:
    """Return (parent, child) pairs of a random tree with exactly that many leaves, each called ``p<i>``.

    Leaves are hung together upwards in random groups of at most ``children``; a chain bus is put in now and then.
    """
    tops = [f"p{i}" for i in range(prosumers)]
    pairs: list[tuple[str, str]] = []
    buses = 0
    while len(tops) > 1 or not pairs:
        take = min(len(tops), int(rng.integers(2, children + 1))) if len(tops) > 1 else 1
        chosen = [tops.pop(int(rng.integers(len(tops)))) for _ in range(take)]
        bus = "root" if not tops else f"b{buses}"
        buses += 1
        pairs += [(bus, child) for child in chosen]
        if bus != "root":
            if rng.random() < 0.25:
                pairs.append((f"b{buses}", bus))
                bus = f"b{buses}"
                buses += 1
            tops.append(bus)
    return pairs


def random_feeder(
    seed: int,
    *,
    prosumers: int = 4,
    steps: int = 3,
    children: int = 3,
    devices: Devices = "batteries",
    reactive: bool = False,
    perfect: bool = False,
    tight: float | None = None,
    band: tuple[float, float] | None = (0.93, 1.06),
    scale: float = 1.0,
    quadratic: bool = True,
    **case_fields: object,
) -> Case:
    """Return a random case with injections of about 1 MW (times ``scale``).

    ``tight`` rates every line at that share of its largest forecast flow without flexibility (None: about 3 MVA);
    lines are drawn in random directions. Impedances are such that 1 MW moves the voltage by about 1 % on each line.
    """
    rng = np.random.default_rng(seed)
    pairs = random_tree(rng, prosumers, children=children)
    forecast = rng.normal(0.0, 1.0, (prosumers, steps)).round(3).astype(complex)
    if reactive:
        forecast += 1j * rng.normal(0.0, 0.4, (prosumers, steps)).round(3)
    error = 0.15 * rng.normal(0.0, 1.0, (prosumers, steps)) * (1.0 + (0.4j if reactive else 0.0))
    realization = forecast if perfect else forecast + error
    flow = _flows(pairs, forecast)
    hours = 0.5
    lines: list[Line] = []
    for parent, child in pairs:
        # Never two equal ratings: in series, with nothing in between, their shadow prices would not be unique.
        rating = rng.uniform(2.8, 3.4) if tight is None else max(tight * float(np.abs(flow[child]).max()), 0.2)
        ends = (parent, child) if rng.random() < 0.5 else (child, parent)
        r, x = rng.uniform(0.002, 0.012, 2)
        lines.append(line(*ends, r=r / scale, x=x / scale, rating=rating * scale))
    people = tuple(
        Prosumer(f"p{m}", f"p{m}", True, _devices(rng, forecast[m], devices, scale, quadratic=quadratic))
        for m in range(prosumers)
    )
    fields: dict[str, object] = {
        "tax_per_mwh": float(rng.uniform(40, 130)),
        "price_per_mwh": rng.uniform(20, 90, steps),
        "reactive_price_per_mvarh": rng.uniform(0, 8, steps) if reactive else 0.0,
        "imbalance_penalty_per_mwh": 300.0,
        "line_penalty_per_mvah": 250.0,
        "voltage_penalty": "curtailment",
    }
    fields.update(case_fields)
    return case(
        lines,
        people,
        {f"p{m}": forecast[m] * scale for m in range(prosumers)},
        realization={f"p{m}": realization[m] * scale for m in range(prosumers)},
        band=band,
        step_hours=hours,
        **fields,  # type: ignore[arg-type]
    )


def wide_feeder(seed: int) -> Case:
    """Return a feeder with wide lines: all sorts of devices, half of them with none, regular customers, free steps."""
    rng = np.random.default_rng(seed)
    given = random_feeder(
        seed,
        prosumers=int(rng.integers(4, 7)),
        steps=3,
        children=int(rng.integers(2, 4)),
        devices=("batteries", "every kind")[seed % 2],
        reactive=seed % 3 > 0,
        band=None,
        single_boundary=bool(rng.random() < 0.3),
        tax_per_mwh=[60.0, 0.0, 90.0] if seed % 4 == 0 else 70.0,
    )
    people = tuple(
        replace(one, player=seed % 5 != 1 or index != 1, flexibility=one.flexibility if rng.random() < 0.6 else ())
        for index, one in enumerate(given.prosumers)
    )
    lines = tuple(replace(one, rating_mva=1e3) for one in given.grid.lines)
    return replace(given, prosumers=people, grid=replace(given.grid, lines=lines))


def _flows(pairs: list[tuple[str, str]], forecast: np.ndarray) -> dict[str, np.ndarray]:
    above = {child: parent for parent, child in pairs}
    flow: dict[str, np.ndarray] = {child: np.zeros(forecast.shape[1], dtype=complex) for child in above}
    for m, row in enumerate(forecast):
        at: str | None = f"p{m}"
        while at in above:
            flow[at] = flow[at] + row
            at = above[at]
    return flow


def _devices(
    rng: np.random.Generator, forecast: np.ndarray, devices: Devices, scale: float, *, quadratic: bool
) -> tuple[Flexibility, ...]:
    cost = float(rng.uniform(5, 40))
    square = float(rng.choice([0.0, 2.0, 6.0])) / scale if quadratic else 0.0
    lossless = Battery(4.0 * scale, 12.0 * scale, 0.5, cost, square)
    if devices == "batteries":
        return (lossless,)
    steps = len(forecast)
    lossy = Battery(
        3.0 * scale, 8.0 * scale, 0.4, cost, square, float(rng.uniform(0.85, 1)), float(rng.uniform(0.85, 1)),
        bool(rng.random() < 0.5),
    )  # fmt: skip
    generation = np.maximum(forecast.real, 0.0)
    pv = Curtailment(generation * scale, float(rng.uniform(0, 30)))
    inverter = Inverter(
        float(generation.max() + 1.5) * scale,
        generation * scale,
        float(rng.uniform(0, 3)),
        bool(rng.random() < 0.5),
    )
    shift = np.vstack([np.ones(steps), -np.ones(steps)])
    load = Convex(
        minimum_mw=np.full(steps, -0.6 * scale),
        maximum_mw=np.full(steps, 0.6 * scale),
        rows_mw=shift,
        rows_mvar=0.2 * shift,
        upper=np.full(2, 0.1 * scale),
        apparent_power_mva=0.7 * scale,
        cost_per_mwh=rng.uniform(-5, 5, steps),
        absolute_cost_per_mwh=float(rng.uniform(0, 15)),
        quadratic_cost_per_mw2h=square,
    )
    every: list[Flexibility] = [lossy, pv, inverter, load]
    kept = [item for item in every if rng.random() < 0.7]
    return (lossless, *kept)
