"""Buildings against their differential equations, integrated by a general solver: temperatures and heat balance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import linprog

from lempart.case import HeatPump, air_source_cop
from lempart.dispatch.devices.building import Buildings, ComfortBand, comfort_gaps
from support.homes import dispatched, homes

STEPS = 24


def _pump(seed: int, *, two_masses: bool) -> HeatPump:
    rng = np.random.default_rng(seed)
    hour = np.arange(STEPS)
    return HeatPump(
        power_mw=0.006,
        resistance_k_per_kw=rng.uniform(2.6, 8.0),
        capacity_kwh_per_k=rng.uniform(6.0, 12.0),
        outdoor_c=3.0 * np.sin(hour / 24 * 2 * np.pi) + rng.normal(0, 1, STEPS),
        flow_temperature_c=45.0,
        gains_kw=rng.uniform(0.2, 1.5, STEPS),
        end_c=22.0,
        air_capacity_kwh_per_k=0.8 if two_masses else None,
        air_resistance_k_per_kw=0.3 if two_masses else None,
    )


def _at_rest(pump: HeatPump, air_c: float) -> np.ndarray:
    if not pump.has_two_masses:
        return np.array([air_c])
    inner, outer = 1 / pump.air_resistance_k_per_kw, 1 / pump.resistance_k_per_kw
    return np.array([air_c, (inner * air_c + outer * pump.outdoor_c.mean()) / (inner + outer)])


def _integrated(pump: HeatPump, power_mw: np.ndarray, hours: float) -> tuple[np.ndarray, np.ndarray]:
    """Return temperatures at the end of each step and the energy lost to the outdoors in each, kWh."""
    r, c = pump.resistance_k_per_kw, pump.capacity_kwh_per_k

    def slope(t: int) -> object:
        heat = 1e3 * pump.cop[t] * power_mw[t] + pump.gains_kw[t]

        def one(_: float, x: np.ndarray) -> list[float]:
            loss = (x[0] - pump.outdoor_c[t]) / r
            return [(heat - loss) / c, loss]

        def two(_: float, x: np.ndarray) -> list[float]:
            inwards = (x[0] - x[1]) / pump.air_resistance_k_per_kw
            loss = (x[1] - pump.outdoor_c[t]) / r
            return [(heat - inwards) / pump.air_capacity_kwh_per_k, (inwards - loss) / c, loss]

        return two if pump.has_two_masses else one

    state = _at_rest(pump, pump.start_c)
    temperatures, losses = [], []
    for t in range(len(power_mw)):
        end = solve_ivp(slope(t), (0.0, hours), [*state, 0.0], method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
        state = end[:-1]
        temperatures.append(state)
        losses.append(end[-1])
    return np.array(temperatures), np.array(losses)


@pytest.mark.parametrize("two_masses", [False, True], ids=["1R1C", "2R2C"])
@pytest.mark.parametrize("hours", [0.25, 1.0, 6.0])
def test_step_is_exact(hours: float, two_masses: bool) -> None:
    """Temperatures agree to 1e-8 K at any step length; an Euler step of 6 h would be off by tenths of a kelvin."""
    pump = _pump(3, two_masses=two_masses)
    power = np.random.default_rng(5).uniform(0.0, pump.power_mw, STEPS)
    expected, _ = _integrated(pump, power, hours)
    assert Buildings.of([pump], hours).with_power(power[None])[0] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("two_masses", [False, True], ids=["1R1C", "2R2C"])
@pytest.mark.parametrize("seed", range(3))
def test_dispatched_buildings_close_their_heat_balance(seed: int, two_masses: bool) -> None:
    """Heat + gains - losses = what is stored, to 1e-6 kWh per step and building, and the band holds to 1e-5 K.

    The losses are integrated along the true temperature, not taken from the step they should confirm.
    """
    pumps = [_pump(10 * seed + home, two_masses=two_masses) for home in range(4)]
    price = np.random.default_rng(seed).uniform(50.0, 250.0, STEPS)
    solved = dispatched(homes([[pump] for pump in pumps], price, load_mw=0.0005))
    for pump, injection in zip(pumps, solved.flexible_mva.real, strict=True):
        states, losses = _integrated(pump, -injection, 1.0)
        capacities = np.array([pump.capacity_kwh_per_k])
        if pump.has_two_masses:
            capacities = np.array([pump.air_capacity_kwh_per_k, pump.capacity_kwh_per_k])
        stored = np.diff(np.vstack([_at_rest(pump, pump.start_c), states]), axis=0) @ capacities
        model = Buildings.of([pump], 1.0).with_power(-injection[None])[0, :, : len(capacities)]
        assert model == pytest.approx(states, abs=1e-8)
        assert stored == pytest.approx(1e3 * pump.cop * -injection + pump.gains_kw - losses, abs=1e-6)
        assert states[:, 0].min() >= pump.minimum_c - 1e-5
        assert states[:, 0].max() <= pump.maximum_c + 1e-5
        assert (states[-1] - _at_rest(pump, 22.0)) @ capacities / capacities.sum() >= -1e-5


def test_two_masses_become_one_when_air_and_structure_are_one() -> None:
    """2R2C with hardly any resistance inside is 1R1C of the summed capacity."""
    two = replace(_pump(1, two_masses=True), air_resistance_k_per_kw=1e-6)
    one = replace(
        two,
        air_capacity_kwh_per_k=None,
        air_resistance_k_per_kw=None,
        capacity_kwh_per_k=two.capacity_kwh_per_k + 0.8,
    )
    power = np.full(STEPS, 0.003)
    fine, coarse = (Buildings.of([pump], 1.0).with_power(power[None])[0, :, 0] for pump in (two, one))
    assert fine == pytest.approx(coarse, abs=1e-4)


@pytest.mark.parametrize("two_masses", [False, True], ids=["1R1C", "2R2C"])
@pytest.mark.parametrize("seed", range(10))
def test_gap_says_no_exactly_when_the_dispatch_would(seed: int, two_masses: bool) -> None:
    """Pumps around the size that is needed: there is a gap exactly where a linear program has no answer."""
    base = _pump(seed, two_masses=two_masses)
    verdicts = []
    lost = np.mean((22.0 - base.outdoor_c) / base.resistance_k_per_kw - base.gains_kw)
    for power in lost / base.cop.mean() * 1e-3 * np.linspace(0.2, 1.4, 13):
        pump = replace(base, power_mw=float(power))
        building = Buildings.of([pump], 1.0)
        band = ComfortBand.of([pump], building)
        lower, upper, unheated = band.lower_c[0], band.upper_c[0], band.unheated_c[0]
        rise = np.stack([building.with_power(row[None])[0] - unheated for row in np.eye(STEPS) * pump.power_mw])
        air, end = rise[:, :, 0].T, rise[:, -1] @ building.share[0]
        rows = np.vstack([-air, air, -end])
        spare = building.share[0] @ unheated[-1] - building.end_c
        limits = np.concatenate([unheated[:, 0] - lower, upper - unheated[:, 0], spare])
        possible = linprog(np.zeros(STEPS), A_ub=rows, b_ub=limits + 1e-9, bounds=(0.0, 1.0)).status == 0
        verdicts.append(possible)
        assert (comfort_gaps([pump], 1.0).max() <= 1e-6) == possible
    assert len(set(verdicts)) == 2, "all sizes gave the same answer: nothing was compared"


def test_cop_at_the_tabulated_points() -> None:
    """Within the stated error of the table the fits were made to (REHO, Swiss air-to-water range)."""
    table = {
        35.0: [3.14, 3.36, 4.31, 4.79, 5.33],
        45.0: [2.68, 2.84, 3.30, 3.68, 4.18],
        55.0: [2.11, 2.23, 2.58, 3.00, 3.25],
    }
    for (flow, expected), error in zip(table.items(), (0.12, 0.24, 0.12), strict=True):
        assert air_source_cop([-10.0, -7.0, 2.0, 7.0, 12.0], flow) == pytest.approx(expected, abs=error)
    assert air_source_cop(0.0, 40.0) == pytest.approx((4.11 + 3.28) / 2)
    assert air_source_cop(-60.0, 55.0) == 1.0
    assert air_source_cop(30.0, 35.0) == air_source_cop(15.0, 35.0)
