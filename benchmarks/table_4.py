"""Time Table IV, and the same dispatches in a plain cvxpy loop on a sample.

    python benchmarks/table_4.py [--variants 1000] [--workers 2] [--sample 3]

Every dispatch of the sample is compared. The cvxpy model is written from the equations, in a few vectorised lines,
compiled once for each coalition and solved again with other parameters.
"""

from __future__ import annotations

import argparse
import os
import platform
import time

import cvxpy as cp
import numpy as np

from lempart.case import Battery
from lempart.cost import CoalitionSeries, DecoupledCosts, Setting
from lempart.reproduce.table_4 import NOISE, run_table_4, table_4_case, table_4_study
from lempart.study.evaluate import SOLVER, PointEvaluator


class CvxpyDispatch:
    """Eq 9e of one coalition: batteries, zero exchange, voltages of its own feeder."""

    def __init__(self, setting: Setting, coalition: int) -> None:
        problem = DecoupledCosts(setting).problem(setting.family.subgraph(coalition))
        grid, batteries = problem.grid, [prosumer.flexibility[0] for prosumer in problem.prosumers]
        assert all(isinstance(battery, Battery) for battery in batteries)
        power, energy, soc, price = (
            np.array([[getattr(battery, name)] for battery in batteries])
            for name in ("power_mw", "energy_mwh", "initial_soc", "cost_per_mwh")
        )
        paths = grid.path_matrix.toarray()
        banded = np.flatnonzero(grid.has_band)
        rise = 2 * (paths[banded] * grid.r_pu) @ paths[grid.tree.leaf].T  # d dv_n / d p_m
        shape = (len(batteries), problem.steps)
        self.forecast = cp.Parameter(shape)
        self.u = cp.Variable(shape)
        stored = cp.multiply(energy, soc) - cp.cumsum(self.u, axis=1) * problem.step_hours
        injected = self.forecast + self.u
        self.cost = cp.sum(cp.multiply(price, cp.abs(self.u))) * problem.step_hours
        constraints = [
            cp.abs(self.u) <= np.tile(power, problem.steps),
            stored >= 0,
            stored <= np.tile(energy, problem.steps),
            cp.sum(injected, axis=0) == 0,
        ]
        if len(banded):
            deviation = rise @ injected
            constraints += [
                deviation <= np.tile(grid.dv_max[banded, None], problem.steps),
                deviation >= np.tile(grid.dv_min[banded, None], problem.steps),
            ]
        tie_break = problem.tie_break * cp.sum_squares(self.u) * problem.step_hours
        self.problem = cp.Problem(cp.Minimize(self.cost + tie_break), constraints)

    def solve(self, forecast: np.ndarray) -> float:
        """Return the flexibility cost at a forecast."""
        self.forecast.value = forecast.real
        self.problem.solve(solver=cp.CLARABEL)
        return float(self.cost.value)


def sample(draws: int) -> tuple[float, float, float]:
    """Return seconds of one dispatch here and in cvxpy, and the largest relative difference of their costs."""
    spec, case = table_4_study(), table_4_case()
    setting = Setting.of(case)
    scenarios = [PointEvaluator.of(spec, case, point).scenarios for point in spec.points]
    masks = range(1, 8)
    series = {mask: CoalitionSeries(setting, mask, settings=SOLVER) for mask in masks}
    models = {mask: CvxpyDispatch(setting, mask) for mask in masks}
    for mask in masks:  # compiled once, as a careful user would; not counted
        models[mask].solve(scenarios[0].draw(0)[0][list(setting.family.subgraph(mask).prosumers)])
    ours = theirs = worst = 0.0
    for draw in range(draws):
        for scenario in scenarios:
            forecast, actual = scenario.draw(draw)
            for mask in masks:
                started = time.perf_counter()
                here = series[mask].costs(forecast[None], actual[None]).parts[0, 0, 0]
                between = time.perf_counter()
                there = models[mask].solve(forecast[list(setting.family.subgraph(mask).prosumers)])
                theirs += time.perf_counter() - between
                ours += between - started
                worst = max(worst, abs(here - there) / max(1.0, abs(there)))
    count = draws * len(NOISE) * len(masks)
    return ours / count, theirs / count, worst


def main() -> None:
    """Print the times of a full run and of the sample."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--variants", type=int, default=1000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--sample", type=int, default=3)
    chosen = options.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}")
    found = run_table_4(workers=chosen.workers, variants=chosen.variants)
    dispatches = found.new_draws * 7
    print(f"table-4: {dispatches:,} dispatches with costs, cores and statistics in {found.seconds:.0f} s")
    here, there, worst = sample(chosen.sample)
    print(
        f"sample of {chosen.sample * 28} dispatches on one core, each: "
        f"{1e3 * here:.1f} ms here, {1e3 * there:.1f} ms in cvxpy"
    )
    print(f"largest relative difference of the flexibility costs: {worst:.1e}")
    print(
        f"all {dispatches:,} in the cvxpy loop on {chosen.workers} cores: {there * dispatches / chosen.workers:.0f} s"
    )


if __name__ == "__main__":
    main()
