"""Builders of tiny cases, so that a test shows only what matters to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lempart.case import (
    Battery,
    Case,
    DispatchOptions,
    Flexibility,
    Grid,
    Group,
    Horizon,
    Line,
    Market,
    Prosumer,
    Scenario,
)

LineTuple = tuple[str, str, float, float, float | None]


def line(start: str, end: str, r: float = 0.0, x: float = 0.0, rating: float | None = None) -> Line:
    """Return a line; impedances in ohm."""
    return Line(start, end, r, x, rating)


def market(steps: int, *, externalities: bool = True, **changes: object) -> Market:
    """Return a market without prices and penalties but for the changes; scalars hold for every step."""
    values: dict[str, object] = {
        "single_boundary": not externalities,
        "tax_per_mwh": 0.0,
        "price_per_mwh": 0.0,
        "reactive_price_per_mvarh": 0.0,
        "imbalance_penalty_per_mwh": 0.0,
        "line_penalty_per_mvah": 0.0,
        "voltage_penalty": 0.0,
    }
    values.update(changes)
    for name in ("tax_per_mwh", "price_per_mwh", "reactive_price_per_mvarh", "imbalance_penalty_per_mwh"):
        values[name] = np.broadcast_to(np.asarray(values[name], dtype=float), (steps,)).copy()
    return Market(externalities=externalities, **values)


def prosumer(name: str, node: str, *flexibility: Flexibility, player: bool = True) -> Prosumer:
    """Return a prosumer."""
    return Prosumer(name, node, player, flexibility)


def battery(power: float = 10.0, energy: float = 100.0, **changes: object) -> Battery:
    """Return a battery that is large unless told otherwise."""
    return Battery(power_mw=power, energy_mwh=energy, **changes)


def case(
    lines: Sequence[Line],
    prosumers: Sequence[Prosumer],
    forecast: Mapping[str, Sequence[complex]],
    *,
    realization: Mapping[str, Sequence[complex]] | None = None,
    pcc: str = "root",
    base_kv: float = 1.0,
    band: tuple[float, float] | None = None,
    step_hours: float = 1.0,
    groups: Sequence[Group] = (),
    limits: str = "hard",
    tie_break: float | None = None,
    externalities: bool = True,
    **market_fields: object,
) -> Case:
    """Return a case; with the default 1 kV base an ohm is a per unit. Missing realisations are the forecasts."""
    given = np.array([forecast[p.name] for p in prosumers], dtype=complex)
    came = np.array([(realization or {}).get(p.name, forecast[p.name]) for p in prosumers], dtype=complex)
    steps = given.shape[1]
    return Case(
        name="test",
        horizon=Horizon(steps, step_hours),
        market=market(steps, externalities=externalities, **market_fields),
        grid=Grid(pcc, base_kv, tuple(lines), band),
        prosumers=tuple(prosumers),
        scenario=Scenario(given, came),
        groups=tuple(groups),
        dispatch=DispatchOptions(limits, tie_break),  # type: ignore[arg-type]
    )
