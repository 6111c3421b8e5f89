"""Homes with every kind behind one line, written out again in cvxpy in absolute temperatures and energies.

Shared with the library: nothing but the records. The building's step comes from an eigendecomposition (the library
uses ``exp`` and ``expm``), temperatures are variables of their own (the library's are rises over no heating).
"""

from __future__ import annotations

from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from lempart.case import DispatchOptions, ElectricVehicle, Flexibility, HeatPump, Shiftable
from lempart.dispatch import Dispatch
from support.drawn_homes import STEPS, random_homes
from support.homes import dispatched, homes

TIE_BREAK = 0.5
LOAD_MW = 0.0005


def _matrices(pump: HeatPump, hours: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the exact step of the building: state, outdoor and heat matrices."""
    r, c = pump.resistance_k_per_kw, pump.capacity_kwh_per_k
    if pump.has_two_masses:
        ca, ra = pump.air_capacity_kwh_per_k, pump.air_resistance_k_per_kw
        a = np.array([[-1 / (ra * ca), 1 / (ra * ca)], [1 / (ra * c), -1 / (ra * c) - 1 / (r * c)]])
        b = np.array([[0.0, 1 / ca], [1 / (r * c), 0.0]])
    else:
        a, b = np.array([[-1 / (r * c)]]), np.array([[1 / (r * c), 1 / c]])
    values, vectors = np.linalg.eig(a)
    inverse = np.linalg.inv(vectors)
    keep = (vectors * np.exp(values * hours)) @ inverse
    effect = (vectors * ((np.exp(values * hours) - 1) / values)) @ inverse @ b
    return keep, effect[:, 0], effect[:, 1]


def _at_rest(pump: HeatPump, air_c: float) -> np.ndarray:
    """Return the temperatures at which no heat is stored: the structure between air and the mean outdoors."""
    if not pump.has_two_masses:
        return np.array([air_c])
    inner, outer = 1 / pump.air_resistance_k_per_kw, 1 / pump.resistance_k_per_kw
    return np.array([air_c, (inner * air_c + outer * pump.outdoor_c.mean()) / (inner + outer)])


def _warmest_allowed(pump: HeatPump, hours: float) -> np.ndarray:
    """Return the upper limits: 24, or where the least heating leads, hour by hour."""
    keep, out, heat = _matrices(pump, hours)
    x, limits = _at_rest(pump, pump.start_c), []
    for t in range(STEPS):
        x = keep @ x + out * pump.outdoor_c[t] + heat * pump.gains_kw[t]
        x = x + heat * min(max(pump.minimum_c - x[0], 0.0) / heat[0], 1e3 * pump.cop[t] * pump.power_mw)
        limits.append(max(pump.maximum_c, x[0]))
    return np.array(limits)


def _heat_pump(pump: HeatPump, hours: float, *, elastic: bool) -> tuple[Any, list[Any], Any]:
    keep, out, heat = _matrices(pump, hours)
    power, x = cp.Variable(STEPS), cp.Variable((len(keep), STEPS + 1))
    cold, cold_end = cp.Variable(STEPS, nonneg=True), cp.Variable(nonneg=True)
    rules = [
        power >= 0,
        power <= pump.power_mw,
        x[:, 0] == _at_rest(pump, pump.start_c),
        x[0, 1:] <= _warmest_allowed(pump, hours),
    ]
    for t in range(STEPS):
        kilowatts = 1e3 * pump.cop[t] * power[t] + pump.gains_kw[t]
        rules.append(x[:, t + 1] == keep @ x[:, t] + out * pump.outdoor_c[t] + heat * kilowatts)
    rules.append(x[0, 1:] + cold >= pump.minimum_c)
    if pump.end_c is not None:
        capacities = np.array([pump.capacity_kwh_per_k])
        if pump.has_two_masses:
            capacities = np.array([pump.air_capacity_kwh_per_k, pump.capacity_kwh_per_k])
        missing = capacities @ (_at_rest(pump, pump.end_c) - x[:, STEPS]) / capacities.sum()
        rules.append(missing <= cold_end)
    if not elastic:
        rules += [cold == 0, cold_end == 0]
    return -power, rules, pump.comfort_penalty_per_kh * hours * (cp.sum(cold) + cold_end)


def _shiftable(load: Shiftable, hours: float) -> tuple[Any, list[Any], Any]:
    power = cp.Variable(STEPS)
    last = STEPS if load.latest_step is None else load.latest_step
    closed = [t for t in range(STEPS) if not load.earliest_step - 1 <= t <= last - 1]
    rules = [power >= 0, power <= load.power_mw, hours * cp.sum(power) == load.energy_mwh, power[closed] == 0]
    return -power, rules, 0.0


def _vehicle(car: ElectricVehicle, hours: float) -> tuple[Any, list[Any], Any]:
    charge, discharge = cp.Variable(STEPS, nonneg=True), cp.Variable(STEPS, nonneg=True)
    here = car.plugged_in * car.power_mw
    rules = [charge <= here, discharge <= (here if car.vehicle_to_grid else 0.0)]
    level: Any = car.initial_soc * car.energy_mwh
    for t in range(STEPS):
        level = level - car.driven_mwh[t]
        level = level + hours * (car.charge_efficiency * charge[t] - discharge[t] / car.discharge_efficiency)
        leaves = t + 1 < STEPS and car.plugged_in[t] > 0 and car.plugged_in[t + 1] == 0
        floor = car.departure_soc if leaves else 0.0
        if t == STEPS - 1 and car.end_soc is not None:
            floor = max(floor, car.end_soc)
        rules += [level >= floor * car.energy_mwh, level <= car.energy_mwh]
    return discharge - charge, rules, hours * car.discharge_cost_per_mwh * cp.sum(discharge)


def _model(
    owned: list[list[Flexibility]], price: np.ndarray, hours: float, rating: float, *, elastic: bool
) -> tuple[float, np.ndarray]:
    """Return the optimal cost, tie-break included, and the flexible active injections."""
    totals, reactive, rules, cost = [], [], [], 0.0
    for devices in owned:
        p, q = cp.Variable(STEPS), cp.Variable(STEPS)
        sum_p: Any = 0.0
        sum_q: Any = 0.0
        for item in devices:
            if isinstance(item, HeatPump):
                own, more, extra = _heat_pump(item, hours, elastic=elastic)
            elif isinstance(item, Shiftable):
                own, more, extra = _shiftable(item, hours)
            else:
                own, more, extra = _vehicle(item, hours)
            sum_p = sum_p + own
            factor = getattr(item, "power_factor", 1.0)
            sum_q = sum_q + own * np.tan(np.arccos(factor))
            rules += more
            cost = cost + extra
        rules += [p == sum_p, q == sum_q]
        totals.append(p)
        reactive.append(q)
        cost = cost + TIE_BREAK * hours * (cp.sum_squares(1e3 * p) + cp.sum_squares(1e3 * q)) * 1e-6
    flow, reactive_flow = sum(totals) - LOAD_MW * len(owned), sum(reactive)
    cost = cost - hours * price @ flow
    modulus = cp.norm(cp.vstack([flow, reactive_flow]), axis=0)
    if elastic:
        excess = cp.Variable(STEPS, nonneg=True)
        rules.append(modulus <= rating + excess)
        cost = cost + 300.0 * hours * cp.sum(excess)
    else:
        rules.append(modulus <= rating)
    problem = cp.Problem(cp.Minimize(cost), rules)
    problem.solve(solver=cp.CLARABEL, tol_gap_rel=1e-10, tol_gap_abs=1e-10, tol_feas=1e-10)
    assert problem.status == "optimal"
    return float(problem.value), np.array([p.value for p in totals])


def _solved(owned: list[list[Flexibility]], price: np.ndarray, hours: float, rating: float, limits: Any) -> Dispatch:
    options = DispatchOptions(limits, tie_break_per_mw2h=TIE_BREAK)
    return dispatched(homes(owned, price, hours=hours, rating_mva=rating, load_mw=LOAD_MW, options=options))


@pytest.mark.parametrize("two_masses", [False, True], ids=["1R1C", "2R2C"])
@pytest.mark.parametrize("season", ["winter", "spring"])
@pytest.mark.parametrize("seed", range(3))
def test_dispatch_of_homes(seed: int, season: str, two_masses: bool) -> None:
    """Optimal cost to 1e-7 relative and schedules to 50 W; at 85 % of the free peak the rating binds."""
    owned, price, hours = random_homes(seed, season=season, two_masses=two_masses)
    _, free = _model(owned, price, hours, 1.0, elastic=False)
    rating = 0.85 * float(np.abs(free.sum(axis=0) - LOAD_MW * len(owned)).max())
    cost, injections = _model(owned, price, hours, rating, elastic=False)
    found = _solved(owned, price, hours, rating, "hard")
    assert found.solution.cost == pytest.approx(cost, rel=1e-7)
    assert found.flexible_mva.real == pytest.approx(injections, abs=5e-5)


@pytest.mark.parametrize("seed", range(3))
def test_elastic_dispatch_of_homes(seed: int) -> None:
    """A quarter of the peak: line excess at 300 per MVAh is weighed against kelvins at about the price of heat."""
    owned, price, hours = random_homes(seed, season="winter", two_masses=True)
    _, free = _model(owned, price, hours, 1.0, elastic=True)
    rating = 0.25 * float(np.abs(free.sum(axis=0) - LOAD_MW * len(owned)).max())
    cost, injections = _model(owned, price, hours, rating, elastic=True)
    found = _solved(owned, price, hours, rating, "elastic")
    assert found.flexibility_cost.max() > 1e-3, "no home is let to cool: the price of comfort isn't tested"
    assert found.solution.cost == pytest.approx(cost, rel=1e-7)
    assert found.flexible_mva.real == pytest.approx(injections, abs=5e-5)
