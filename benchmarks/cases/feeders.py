"""Feeders that benchmarks share; what isn't shipped is made here, from stated numbers and a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lempart.case import Battery, Case, Grid, Horizon, Line, Market, Prosumer, Scenario

BENCHMARKS = ()
HOURS = np.arange(24) + 0.5


def six_buses() -> Case:
    """Return a low-voltage feeder of six buses in a row: homes of 4 to 9 kW with PV, a battery each, 24 hours."""
    rng = np.random.default_rng(6)
    peak = rng.uniform(4e-3, 9e-3, 6)
    lines = tuple(Line("pcc" if k == 0 else f"bus {k}", f"bus {k + 1}", 0.06, 0.02, 0.03) for k in range(6))
    evening = 0.3 + 0.7 * np.exp(-0.5 * ((HOURS - 19) / 2.5) ** 2)
    sun = np.maximum(0.0, np.sin(np.pi * (HOURS - 6) / 12))
    load = peak[:, None] * evening * rng.uniform(0.8, 1.2, (6, 24))
    forecast = peak[:, None] * sun - load * (1 + 0.2j)
    unit = Battery(0.004, 0.012, cost_per_mwh=19.0, charge_efficiency=0.95, discharge_efficiency=0.95, cyclic=True)
    people = tuple(Prosumer(f"P{k + 1}", f"bus {k + 1}", True, (unit,)) for k in range(6))
    return Case(
        name="six-buses",
        horizon=Horizon(24, 1.0),
        market=_market(externalities=True),
        grid=Grid("pcc", 0.4, lines, (0.95, 1.05)),
        prosumers=people,
        scenario=Scenario(forecast, forecast * rng.normal(1.0, 0.1, (6, 24))),
    )


def _market(*, externalities: bool) -> Market:
    def constant(value: float) -> np.ndarray:
        return np.full(24, value)

    return Market(
        externalities=externalities,
        single_boundary=not externalities,
        tax_per_mwh=constant(60.0),
        price_per_mwh=100.0 + 60.0 * np.exp(-0.5 * ((HOURS - 19) / 3) ** 2),
        reactive_price_per_mvarh=constant(0.0),
        imbalance_penalty_per_mwh=constant(300.0),
        line_penalty_per_mvah=300.0,
        voltage_penalty="curtailment",
    )


def players_from_the_end(case: Case, count: int) -> Case:
    """Return a feeder whose players are the ``count`` prosumers nearest its last player, along the path to the PCC."""
    last = next(prosumer.node for prosumer in reversed(case.prosumers) if prosumer.player)
    up = {line.to_node: line.from_node for line in case.grid.lines}
    path = [last]
    while path[-1] in up:
        path.append(up[path[-1]])
    on_path = [prosumer for prosumer in case.prosumers if prosumer.node in path]
    chosen = {p.name for p in sorted(on_path, key=lambda p: (not p.player, path.index(p.node)))[:count]}
    return replace(case, prosumers=tuple(replace(p, player=p.name in chosen) for p in case.prosumers))


def hub(homes: int) -> Case:
    """Return homes at one bus behind a cable, no externalities: loads, PV and batteries that cover each home's day.

    Real injections miss the forecast by 15 % and violate lines and the voltage band, so that the core isn't given away
    by the dispatch's duals alone.
    """
    rng = np.random.default_rng(homes)
    peak = rng.uniform(3e-3, 6e-3, homes)
    service = tuple(Line("bus", f"home {k + 1}", 0.05, 0.01, float(round(3.2 * peak[k], 6))) for k in range(homes))
    sun = np.maximum(0.0, np.sin(np.pi * (HOURS - 6) / 12))
    evening = 0.3 + 0.7 * np.exp(-0.5 * ((HOURS - 19) / 2.5) ** 2)
    load = peak[:, None] * evening * rng.uniform(0.7, 1.3, (homes, 24))
    forecast = load.sum(axis=1)[:, None] * sun / sun.sum() - load + 0j
    people = tuple(
        Prosumer(
            f"H{k + 1}",
            f"home {k + 1}",
            True,
            (Battery(float(2.5 * peak[k]), float(20 * peak[k]), cost_per_mwh=float(rng.uniform(15, 40))),),
        )
        for k in range(homes)
    )
    return Case(
        name=f"hub-{homes}",
        horizon=Horizon(24, 1.0),
        market=_market(externalities=False),
        grid=Grid("pcc", 0.4, (Line("pcc", "bus", 0.02, 0.01, 1.0), *service), (0.98, 1.02)),
        prosumers=people,
        scenario=Scenario(forecast, forecast * rng.normal(1.0, 0.15, (homes, 24))),
    )
