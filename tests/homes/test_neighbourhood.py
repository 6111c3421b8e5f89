"""One day of the neighbourhood as a case, and what the dispatch makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from lempart.case import Battery, HeatPump
from lempart.cost import CostsWithExternalities, costs_of
from lempart.dispatch import dispatch
from lempart.dispatch.climate import indoor_climate
from lempart.errors import InfeasibleError, InputError
from lempart.partition import Partition
from lempart.prosumption import NeighbourhoodOptions, Noise, neighbourhood_case, neighbourhood_homes
from support.homes import dispatched

WINTER, SUMMER = 14, 196
EVERYONE_ALONE = Partition.of([1, 2, 4, 8, 16])


def _costs(**options: object) -> CostsWithExternalities:
    costs = costs_of(neighbourhood_case(NeighbourhoodOptions(**options)))
    assert isinstance(costs, CostsWithExternalities)
    return costs


def test_five_players_have_34_partitions() -> None:
    """The paper's count; every other home is a regular customer."""
    family = _costs().prepared.family
    assert family.count() == 34
    assert len(family.regular) == 42


def test_case_is_the_paper_s_neighbourhood() -> None:
    """47 homes, 24 hours, prices and penalties of the study, heat pumps outside the forecast."""
    options = NeighbourhoodOptions()
    case, found = neighbourhood_case(options), neighbourhood_homes(options)
    assert (len(case.prosumers), case.horizon.steps) == (47, 24)
    assert [prosumer.name for prosumer in case.prosumers] == [home.name for home in found]
    assert case.market.price_per_mwh[0] == 139.0
    assert case.market.tax_per_mwh[0] == 144.0
    assert case.market.imbalance_penalty_per_mwh[0] == case.market.line_penalty_per_mvah == 300.0
    assert case.grid.voltage_band_pu == (0.95, 1.05)
    hour = slice(options.first_hour, options.first_hour + 24)
    dark = next(m for m, home in enumerate(found) if home.pv_kwp == 0.0)
    assert case.scenario.realization[dark].real == pytest.approx(-found[dark].load_kw[hour] / 1e3)
    assert case.scenario.forecast[dark].real == pytest.approx(-found[dark].load_kw[hour.start - 24 : hour.start] / 1e3)
    assert np.abs(case.scenario.forecast[dark].real / case.scenario.forecast[dark]) == pytest.approx(np.full(24, 0.98))


def test_batteries_stand_behind_pv() -> None:
    """Each home with PV has a battery in proportion to it, and they make a sunny day cheaper."""
    options = {"day": SUMMER, "electrification": 0.0, "pv_scale": 3.0}
    stored = neighbourhood_case(NeighbourhoodOptions(battery_kwh_per_kwp=1.5, **options))
    found = neighbourhood_homes(NeighbourhoodOptions(**options))
    for home, prosumer in zip(found, stored.prosumers, strict=True):
        sizes = [unit.energy_mwh for unit in prosumer.flexibility if isinstance(unit, Battery)]
        assert sizes == ([pytest.approx(1.5 * home.pv_kwp / 1e3)] if home.pv_kwp else [])
    with_batteries = _costs(battery_kwh_per_kwp=1.5, **options)
    assert with_batteries.total(EVERYONE_ALONE) < _costs(**options).total(EVERYONE_ALONE)
    with pytest.raises(InputError, match="battery_kwh_per_kwp: -1 is negative"):
        neighbourhood_case(NeighbourhoodOptions(battery_kwh_per_kwp=-1.0))


def test_pv_is_known_and_injects_active_power_alone() -> None:
    """Forecast and actual differ by load alone; without load what is left is PV: a summer noon, no night."""
    with_pv = neighbourhood_case(NeighbourhoodOptions(day=SUMMER))
    without = neighbourhood_case(NeighbourhoodOptions(day=SUMMER, pv_scale=0.0))
    forecast = with_pv.scenario.forecast - without.scenario.forecast
    assert forecast == pytest.approx(with_pv.scenario.realization - without.scenario.realization, abs=1e-15)
    assert forecast.imag == pytest.approx(np.zeros(forecast.shape), abs=1e-15)
    generation = forecast.real.sum(axis=0)
    assert generation[[0, 1, 23]].tolist() == [0.0, 0.0, 0.0]
    assert 0.02 < generation.max() < 0.06


def test_forecast_error_scale() -> None:
    """0: the forecast is what happens, nothing is left to balance; half of the scale is half of the imbalance."""
    none, half, all_ = (
        neighbourhood_case(NeighbourhoodOptions(forecast_error_scale=scale)).scenario for scale in (0.0, 0.5, 1.0)
    )
    assert none.forecast == pytest.approx(none.realization, abs=1e-18)
    assert half.forecast - half.realization == pytest.approx((all_.forecast - all_.realization) / 2, abs=1e-15)


def test_same_options_same_case_other_seed_another() -> None:
    """Nothing is random but by the seed; the forecast's own noise is seeded too."""
    assert neighbourhood_case() == neighbourhood_case()
    assert neighbourhood_case(NeighbourhoodOptions(seed=1)) != neighbourhood_case()
    noisy = NeighbourhoodOptions(forecaster=Noise(0.2, 0.5, 0.8, seed=4))
    assert neighbourhood_case(noisy) == neighbourhood_case(noisy)
    assert neighbourhood_case(noisy) != neighbourhood_case(replace(noisy, forecaster=Noise(0.2, 0.5, 0.8, seed=5)))


def test_days_by_number_and_by_date() -> None:
    """14 January is day 14, 15 July day 196, in whatever year; there is no day 0 and no 29 February."""
    assert NeighbourhoodOptions(day=date(2024, 7, 15)).first_hour == NeighbourhoodOptions(day=196).first_hour
    for day in (0, 366, date(2024, 2, 29)):
        with pytest.raises(InputError, match="day"):
            neighbourhood_case(NeighbourhoodOptions(day=day))


def test_winter_day_with_heat_pumps_is_dispatched_within_limits() -> None:
    """Voltages and cables hold at the forecast; every building closes its heat balance to 1e-6 kWh per hour."""
    costs = _costs(day=WINTER, seed=1)
    solved = dispatch(costs.problem(EVERYONE_ALONE))
    pumps = [(m, item) for m, p in enumerate(costs.prepared.case.prosumers) for item in p.flexibility]
    climate = indoor_climate(solved)
    assert climate is not None
    assert climate.prosumer.tolist() == list(range(47))
    for m, pump in pumps:
        assert isinstance(pump, HeatPump)
        power = -1e3 * solved.flexible_mva[m].real
        r, c, t = pump.resistance_k_per_kw, pump.capacity_kwh_per_k, pump.start_c
        for step in range(24):
            # The losses of an hour are those of the mean temperature, here in closed form.
            rest = pump.outdoor_c[step] + r * (pump.cop[step] * power[step] + pump.gains_kw[step])
            after = rest + (t - rest) * np.exp(-1.0 / (r * c))
            mean = rest + (t - rest) * r * c * (1.0 - np.exp(-1.0 / (r * c)))
            losses = (mean - pump.outdoor_c[step]) / r
            balance = pump.cop[step] * power[step] + pump.gains_kw[step] - losses - c * (after - t)
            assert abs(balance) < 1e-6
            assert pump.minimum_c - 1e-4 <= after <= pump.maximum_c + 1e-4
            t = after
        assert t >= 22.0 - 1e-4
        assert climate.air_c[m, -1] == pytest.approx(t, abs=1e-9)
    assert np.all(climate.air_c >= climate.lower_c - 1e-4)
    assert np.all(climate.air_c <= climate.upper_c + 1e-4)
    tan = np.tan(np.arccos(0.98))
    assert solved.flexible_mva.imag == pytest.approx(tan * solved.flexible_mva.real, abs=1e-9)


def test_summer_day_is_feasible_though_homes_get_too_warm() -> None:
    """More than ten homes pass 24 degC by the sun alone; the heat pumps stay off and nothing is infeasible."""
    costs = _costs(day=SUMMER)
    solved = dispatch(costs.problem(EVERYONE_ALONE))
    assert -solved.flexible_mva.real.sum() * 1e3 < 47.0
    unheated = 0
    for prosumer in costs.prepared.case.prosumers:
        pump = prosumer.flexibility[0]
        t, warmest = pump.start_c, 0.0
        keep = np.exp(-1.0 / (pump.resistance_k_per_kw * pump.capacity_kwh_per_k))
        for outdoor, gain in zip(pump.outdoor_c, pump.gains_kw, strict=True):
            t = keep * t + (1.0 - keep) * (outdoor + pump.resistance_k_per_kw * gain)
            warmest = max(warmest, t)
        unheated += warmest > 24.0
    assert unheated > 10


def test_levels_of_the_network_cost() -> None:
    """Winter, everyone alone, CHF a day: the paper has 659; without heat pumps a fifth of it; summer less still."""
    assert 600.0 < _costs(day=WINTER, seed=1).total(EVERYONE_ALONE) < 750.0
    assert 100.0 < _costs(day=WINTER, seed=1, electrification=0.0).total(EVERYONE_ALONE) < 200.0
    assert 50.0 < _costs(day=SUMMER, seed=1).total(EVERYONE_ALONE) < 150.0


def test_what_cannot_be_met_is_explained_and_can_be_priced() -> None:
    """The coldest day at 0.97 p.u.: the error names voltages; elastic limits give a dispatch instead."""
    options = NeighbourhoodOptions(day=17, seed=1, minimum_voltage_pu=0.97)
    with pytest.raises(InfeasibleError, match=r"voltage at \d+ lower limit 0\.97 p\.u\."):
        dispatched(neighbourhood_case(options))
    assert dispatched(neighbourhood_case(replace(options, limits="elastic"))).solution.cost > 0.0


def test_two_masses_are_an_option() -> None:
    """2R2C: air of little mass warms and cools faster, so the same day costs another amount."""
    one, two = (_costs(day=WINTER, seed=1, two_masses=flag).total(EVERYONE_ALONE) for flag in (False, True))
    assert two == pytest.approx(one, rel=0.15)
    assert abs(two - one) > 1.0
