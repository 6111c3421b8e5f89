"""A heat pump in a building so simple that every number follows on paper.

The building halves its distance to the outdoor temperature in one hour (``a = 1/2``): ``C = 1 kWh/K``,
``R = 1/ln 2 K/kW``. Outdoors 0 degC, COP 2, start 22 degC, so that ``T[1] = 11 + R P`` with ``P`` in kW.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import DispatchOptions, HeatPump
from lempart.errors import InfeasibleError, InputError
from support.homes import dispatched, homes

R = 1.0 / np.log(2.0)
PUMP = HeatPump(
    power_mw=0.05, resistance_k_per_kw=R, capacity_kwh_per_k=1.0, outdoor_c=np.zeros(2), cop=np.full(2, 2.0)
)
ONE_STEP = replace(PUMP, outdoor_c=np.zeros(1), cop=np.full(1, 2.0), gains_kw=np.zeros(1))


def _kilowatts(pump: HeatPump, price: list[float], **options: object) -> np.ndarray:
    return -1e3 * dispatched(homes([[pump]], price, **options)).flexible_mva[0].real


def test_least_heat_for_one_step() -> None:
    """Exact step: 11 + R P = 20 takes 6.238 kW. An explicit Euler step would say 6.624 kW, none of it 0."""
    assert _kilowatts(ONE_STEP, [100.0]) == pytest.approx([9.0 / R], rel=1e-6)
    assert abs(9.0 / R - 6.238) < 1e-3


def test_heats_ahead_of_a_high_price() -> None:
    """Price 50, then 150: a kilowatt now saves half a kilowatt then, so heat to 24 first: 13/R, 8/R.

    A pump that only holds 20 degC would take 9/R, 10/R; one without the upper limit 18/R and more, then nothing.
    """
    assert _kilowatts(PUMP, [50.0, 150.0]) == pytest.approx([13.0 / R, 8.0 / R], rel=1e-6)
    assert _kilowatts(PUMP, [100.0, 150.0]) == pytest.approx([9.0 / R, 10.0 / R], rel=1e-6)


def test_end_temperature_is_held() -> None:
    """end_c = 22: the last step has to reach 22 from 20, 12/R; without it 10/R, and the next day starts cold."""
    assert _kilowatts(replace(PUMP, end_c=22.0), [100.0, 100.0]) == pytest.approx([9.0 / R, 12.0 / R], rel=1e-6)


def test_gains_and_outdoor_temperature_save_heat() -> None:
    """1 kW of gains is half a kilowatt of electricity; at 10 degC outdoors 11 + 5 + R P = 20 takes 4/R."""
    assert _kilowatts(replace(ONE_STEP, gains_kw=np.ones(1)), [100.0]) == pytest.approx([9.0 / R - 0.5], rel=1e-6)
    assert _kilowatts(replace(ONE_STEP, outdoor_c=np.full(1, 10.0)), [100.0]) == pytest.approx([4.0 / R], rel=1e-6)


def test_summer_is_not_infeasible() -> None:
    """30 degC outdoors: 11 + 15 = 26 and 28 degC without any heat. A band held at 24 would have no dispatch.

    Even at a price that pays for consumption the pump stays off, for heat would make it warmer still.
    """
    hot = replace(PUMP, outdoor_c=np.full(2, 30.0))
    assert _kilowatts(hot, [-50.0, -50.0]) == pytest.approx([0.0, 0.0], abs=1e-9)


def test_morning_before_a_hot_afternoon() -> None:
    """0 degC, then 60 degC outdoors: holding 20 leads to 40 degC. The least heat, 9/R, is all there can be.

    A limit at the free-floating temperature (35.5 degC) would ask for a house at 11 degC in the morning.
    """
    pump = replace(PUMP, outdoor_c=np.array([0.0, 60.0]))
    assert _kilowatts(pump, [100.0, 100.0]) == pytest.approx([9.0 / R, 0.0], rel=1e-6, abs=1e-7)
    # Paid for consumption it would heat to 24 first, if only the free-floating temperature were the limit.
    assert _kilowatts(pump, [-50.0, 100.0]) == pytest.approx([9.0 / R, 0.0], rel=1e-5, abs=1e-6)


def test_a_pump_too_small_is_named_before_the_solve() -> None:
    """3 kW reach 11 + 3 R = 15.33 degC: home 1 lacks 4.67 K; home 0 is fine and isn't named."""
    with pytest.raises(InfeasibleError) as caught:
        dispatched(homes([[ONE_STEP], [replace(ONE_STEP, power_mw=0.003)]], [100.0]))
    text = str(caught.value)
    assert "home 1: the heat pump of 3 kW can't keep the building warm in step 1" in text
    assert "15.33 degC" in text
    assert "4.7 K below 20" in text
    assert "home 0" not in text


def test_an_end_that_cannot_be_reached_is_named() -> None:
    """6.3 kW hold 20 degC in one step (9/R), but 22 degC at the end takes 11/R = 7.6 kW."""
    pump = replace(ONE_STEP, power_mw=0.0063, end_c=22.0)
    with pytest.raises(InfeasibleError, match=r"below 22"):
        dispatched(homes([[pump]], [100.0]))


def test_a_band_that_contradicts_itself_is_named() -> None:
    """Too sunny to be warm before, too cold not to be: 24 degC after step 2 leave 19.8 after step 3 at full power.

    Step 2 gains 13 K, so step 1 may end at 22 at most and step 2 at 24; step 3 needs 24.4 to reach 20. Heating
    as much as each single limit allows passes 24 in step 2 and hides it: the dispatch itself has to say it.
    """
    gains = np.array([0.0, 26.0 / R, 0.0])
    cop = np.array([4.0, 2.0, 2.0])
    pump = replace(PUMP, outdoor_c=np.zeros(3), cop=cop, gains_kw=gains, power_mw=0.0078 / R)
    other = replace(pump, gains_kw=np.zeros(3), power_mw=0.05)
    with pytest.raises(InfeasibleError, match=r"can't be met from start to end") as caught:
        dispatched(homes([[other], [pump]], [100.0, 100.0, 100.0], rating_mva=0.001))
    assert "home 1 (step 3)" in str(caught.value)
    assert "home 0" not in str(caught.value), "it is only the line that keeps home 0 cold"


def test_elastic_limits_price_the_cold() -> None:
    """With 3 kW and 10 per K h: 3 kWh at 100 per MWh cost 0.3, the missing 4.672 K cost 46.72, as flexibility."""
    case = homes(
        [[replace(ONE_STEP, power_mw=0.003)]], [100.0], options=DispatchOptions("elastic", tie_break_per_mw2h=1e-3)
    )
    solved = dispatched(case)
    missing = 9.0 - 3.0 * R
    assert solved.flexible_mva[0, 0].real == pytest.approx(-0.003, rel=1e-6)
    assert solved.flexibility_cost[0] == pytest.approx(10.0 * missing, rel=1e-6)


def test_elastic_comfort_gives_way_only_when_heat_is_dearer() -> None:
    """1 kWh raises T by R: it pays while 10 R per kWh is above the price, 14 427 per MWh; then the house cools."""
    options = DispatchOptions("elastic", tie_break_per_mw2h=1e-3)
    assert _kilowatts(ONE_STEP, [14_000.0], options=options) == pytest.approx([9.0 / R], rel=1e-5)
    assert _kilowatts(ONE_STEP, [15_000.0], options=options) == pytest.approx([0.0], abs=1e-6)


def test_a_line_too_small_for_warm_homes_is_explained_by_the_line() -> None:
    """Two homes need 2 x 9/R = 12.48 kW behind 10 kVA: comfort stays hard in the explanation, the line is named."""
    with pytest.raises(InfeasibleError, match=r"line pcc-bus by 0\.002477 MVA \(every step\)"):
        dispatched(homes([[ONE_STEP], [ONE_STEP]], [100.0], rating_mva=0.01))


def test_power_factor_draws_reactive_power() -> None:
    """Power factor 0.8: 3/4 of the active power is drawn as reactive power; at 1 the reactive power is 0."""
    solved = dispatched(homes([[replace(ONE_STEP, power_factor=0.8)]], [100.0]))
    assert solved.flexible_mva[0, 0].imag == pytest.approx(0.75 * solved.flexible_mva[0, 0].real, rel=1e-9)
    assert solved.flexible_mva[0, 0].real == pytest.approx(-9e-3 / R, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"resistance_k_per_kw": 0.0}, "resistance_k_per_kw"),
        ({"cop": np.zeros(0)}, "cop"),
        ({"cop": np.zeros(1)}, "cop[0]"),
        ({"minimum_c": 25.0}, "minimum_c"),
        ({"start_c": 19.0}, "start_c"),
        ({"end_c": 25.0}, "end_c"),
        ({"air_capacity_kwh_per_k": 1.0}, "air_capacity_kwh_per_k"),
        ({"power_factor": 0.0}, "power_factor"),
    ],
)
def test_rules(change: dict[str, object], where: str) -> None:
    """Each wrong field is named; without its rule the case would be accepted, or fail inside numpy."""
    with pytest.raises(InputError) as caught:
        homes([[replace(ONE_STEP, **change)]], [100.0])
    assert f'prosumers["home 0"].flexibility[0].{where}' in {problem.where for problem in caught.value.problems}
