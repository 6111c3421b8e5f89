"""Build the shipped case ieee33-branches: three branches of the IEEE 33-bus feeder that trade as groups.

    python scripts/build_ieee33_branches.py [FOLDER]

Everything is computed here from published figures and formulas; the one random draw is seeded.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np

from lempart.case import Battery, Case, Grid, Group, Horizon, Line, Market, Prosumer, Scenario
from lempart.io import write_case
from lempart.study.draw import branches
from lempart.typing import FloatArray

# M. E. Baran, F. F. Wu, "Network reconfiguration in distribution systems for loss reduction and load balancing",
# IEEE Trans. Power Delivery 4(2), 1989: the part fed from node 6, as pandapower and MATPOWER carry it (line 7-8 in
# the variant 0.7114 + j0.2351). From node, to node, r and x in ohms, active load of the to node in kW.
BRANCHES = (
    (6, 7, 0.1872, 0.6188, 200),
    (7, 8, 0.7114, 0.2351, 200),
    (8, 9, 1.0300, 0.7400, 60),
    (9, 10, 1.0440, 0.7400, 60),
    (10, 11, 0.1966, 0.0650, 45),
    (11, 12, 0.3744, 0.1238, 60),
    (12, 13, 1.4680, 1.1550, 60),
    (13, 14, 0.5416, 0.7129, 120),
    (14, 15, 0.5910, 0.5260, 60),
    (15, 16, 0.7463, 0.5450, 60),
    (16, 17, 1.2890, 1.7210, 60),
    (17, 18, 0.7320, 0.5740, 90),
    (6, 26, 0.2030, 0.1034, 60),
    (26, 27, 0.2842, 0.1447, 60),
    (27, 28, 1.0590, 0.9337, 60),
    (28, 29, 0.8042, 0.7006, 120),
    (29, 30, 0.5075, 0.2585, 200),
    (30, 31, 0.9744, 0.9630, 150),
    (31, 32, 0.3105, 0.3619, 210),
    (32, 33, 0.3410, 0.5302, 60),
)
ROOT, ROOT_LOAD_KW, BASE_KV = 6, 60, 12.66
GROUPS = {"branch 1": range(26, 34), "branch 2": range(7, 19), "branch 3": range(6, 7)}
LOAD_SCALE = {"branch 1": 1.8, "branch 2": 1.2, "branch 3": 1.0}
BATTERY_COST_PER_MWH = {"branch 1": 16.0, "branch 2": 24.0, "branch 3": 8.0}
BATTERY_MW, BATTERY_MWH = 10.0, 200.0
"""So large that no battery ever limits anything."""
PENALTY_PER_MWH = 300.0
SQUARED_VOLTAGE_LIMIT = 0.05
NOISE, SEED = 0.1, 33


def profiles() -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return each branch's load and generation per unit of a node's peak load, the wind at its mean."""
    return {group: (branches.load(group), branches.generation(group)) for group in GROUPS}


def build() -> Case:
    """Return the case: realisations are the profiles, forecasts have NOISE on each node's load and generation."""
    peak_kw = {ROOT: ROOT_LOAD_KW} | {node: load for _, node, _, _, load in BRANCHES}
    shapes = profiles()
    rng = np.random.default_rng(SEED)
    people, forecast, actual = [], [], []
    for group, nodes in GROUPS.items():
        for node in nodes:
            peak_mw = peak_kw[node] * LOAD_SCALE[group] / 1000
            load, generation = (shape * peak_mw for shape in shapes[group])
            noise = 1 + NOISE * rng.standard_normal((2, 24))
            battery = Battery(BATTERY_MW, BATTERY_MWH, cost_per_mwh=BATTERY_COST_PER_MWH[group])
            people.append(Prosumer(f"P{node}", f"n{node}", flexibility=(battery,)))
            actual.append(generation - load)
            forecast.append(generation * noise[0] - load * noise[1])
    lines = tuple(Line(f"n{parent}", f"n{node}", r_ohm, x_ohm) for parent, node, r_ohm, x_ohm, _ in BRANCHES)
    band = (math.sqrt(1 - SQUARED_VOLTAGE_LIMIT), math.sqrt(1 + SQUARED_VOLTAGE_LIMIT))
    return Case(
        name="ieee33-branches",
        horizon=Horizon(24, 1.0),
        market=Market(
            externalities=False,
            single_boundary=True,
            tax_per_mwh=np.zeros(24),
            price_per_mwh=np.zeros(24),
            reactive_price_per_mvarh=np.zeros(24),
            imbalance_penalty_per_mwh=np.full(24, PENALTY_PER_MWH),
            line_penalty_per_mvah=PENALTY_PER_MWH,
            voltage_penalty="curtailment-branch",
        ),
        grid=Grid(f"n{ROOT}", BASE_KV, lines, voltage_band_pu=band),
        prosumers=tuple(people),
        scenario=Scenario(np.round(forecast, 6) + 0j, np.round(actual, 6) + 0j),
        groups=tuple(Group(name, tuple(f"P{node}" for node in nodes)) for name, nodes in GROUPS.items()),
    )


if __name__ == "__main__":
    shipped = Path(__file__).parents[1] / "src" / "lempart" / "cases" / "ieee33-branches"
    write_case(build(), Path(sys.argv[1]) if len(sys.argv) > 1 else shipped, tables="csv", overwrite=True)
