"""Loads that wait and vehicles that leave: every schedule follows from the prices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import ElectricVehicle, Flexibility, Shiftable
from lempart.errors import InfeasibleError, InputError
from support.homes import dispatched, homes

PRICE = [40.0, 10.0, 30.0, 20.0]
WASHER = Shiftable(energy_mwh=0.003, power_mw=0.002)
CAR = ElectricVehicle(
    power_mw=0.01,
    energy_mwh=0.04,
    plugged_in=np.array([1.0, 1.0, 0.0, 1.0]),
    driven_mwh=np.array([0.0, 0.0, 0.016, 0.0]),
    initial_soc=0.25,
    charge_efficiency=0.8,
)


def _kilowatts(item: Flexibility, price: list[float], **options: object) -> np.ndarray:
    return -1e3 * dispatched(homes([[item]], price, **options)).flexible_mva[0].real


def test_shiftable_takes_the_cheapest_steps() -> None:
    """3 kWh at 2 kW: 2 in the cheapest step, 1 in the second. Run at once it would be 2, 1, 0, 0."""
    assert _kilowatts(WASHER, PRICE) == pytest.approx([0.0, 2.0, 0.0, 1.0], abs=1e-5)


def test_shiftable_waits_only_within_its_window() -> None:
    """Between steps 1 and 3, both included, step 4 is too late: 2 in step 2, 1 in step 3."""
    assert _kilowatts(replace(WASHER, latest_step=3), PRICE) == pytest.approx([0.0, 2.0, 1.0, 0.0], abs=1e-5)
    assert _kilowatts(replace(WASHER, earliest_step=3), PRICE) == pytest.approx([0.0, 0.0, 1.0, 2.0], abs=1e-5)


def test_shiftable_counts_hours_not_steps() -> None:
    """Half-hour steps hold 1 kWh each at 2 kW: 3 kWh take three of them."""
    assert _kilowatts(WASHER, PRICE, hours=0.5) == pytest.approx([0.0, 2.0, 2.0, 2.0], abs=1e-5)


def test_shiftable_that_does_not_fit_is_named() -> None:
    """3 kWh don't fit into one step of 2 kW; the message says how much does."""
    with pytest.raises(
        InfeasibleError, match=r"home 0: the shiftable load needs 0\.003 MWh, but 1 steps .* 0\.002 MWh"
    ):
        dispatched(homes([[replace(WASHER, earliest_step=2, latest_step=2)]], PRICE))


def test_car_charges_for_its_drive_at_the_cheapest_plugged_in_step() -> None:
    """It holds 10 kWh and drives 16: 6 kWh at efficiency 0.8 are 7.5 from the grid, in step 2.

    Without the efficiency it would be 6; a car that may charge whenever it is cheap would do so while away.
    """
    assert _kilowatts(CAR, PRICE) == pytest.approx([0.0, 7.5, 0.0, 0.0], abs=1e-5)
    assert _kilowatts(CAR, [40.0, 30.0, 10.0, 20.0]) == pytest.approx([0.0, 7.5, 0.0, 0.0], abs=1e-5)


def test_departure_and_end_ask_for_charge() -> None:
    """Leave with 60 % (24 kWh: 14 more, 17.5 from the grid, over two steps); end with 30 % (12 kWh: 4 more, 5)."""
    car = replace(CAR, departure_soc=0.6, end_soc=0.3)
    assert _kilowatts(car, PRICE) == pytest.approx([7.5, 10.0, 0.0, 5.0], abs=1e-5)


def test_plugged_in_for_part_of_a_step() -> None:
    """Half an hour at the plug in step 2 leaves 5 kW on average there; the other 2.5 kWh move to step 1."""
    car = replace(CAR, plugged_in=np.array([1.0, 0.5, 0.0, 1.0]))
    assert _kilowatts(car, PRICE) == pytest.approx([2.5, 5.0, 0.0, 0.0], abs=1e-5)


def test_vehicle_to_grid_sells_what_is_left() -> None:
    """No drive, 10 kWh, price 40 first: all is fed at 0.9, 9 kWh; without vehicle_to_grid nothing is."""
    stays = replace(CAR, driven_mwh=np.zeros(4), plugged_in=np.ones(4), vehicle_to_grid=True, discharge_efficiency=0.9)
    price = [40.0, 39.0, 39.0, 39.0]
    assert _kilowatts(stays, price) == pytest.approx([-9.0, 0.0, 0.0, 0.0], abs=1e-5)
    assert _kilowatts(replace(stays, vehicle_to_grid=False), price) == pytest.approx(np.zeros(4), abs=1e-5)
    worn = dispatched(homes([[replace(stays, discharge_cost_per_mwh=30.0)]], price))
    assert worn.flexibility_cost[0] == pytest.approx(30.0 * 0.009, rel=1e-5)


def test_a_car_that_cannot_make_its_drive_is_named() -> None:
    """Two steps of 2 kW at 0.8 add 3.2 kWh to 10: the drive of 16 lacks 2.8 kWh at the end of step 3."""
    with pytest.raises(InfeasibleError, match=r"home 0: the electric vehicle lacks 0\.0028 MWh at the end of step 3"):
        dispatched(homes([[replace(CAR, power_mw=0.002)]], PRICE))


@pytest.mark.parametrize(
    ("item", "where"),
    [
        (replace(WASHER, earliest_step=0), "earliest_step"),
        (replace(WASHER, earliest_step=3, latest_step=2), "latest_step"),
        (replace(WASHER, energy_mwh=-1.0), "energy_mwh"),
        (replace(CAR, plugged_in=np.array([1.0, 2.0, 0.0, 1.0])), "plugged_in[1]"),
        (replace(CAR, driven_mwh=np.array([0.0, 0.001, 0.0, 0.0])), "driven_mwh[1]"),
        (replace(CAR, departure_soc=1.2), "departure_soc"),
    ],
)
def test_rules(item: Flexibility, where: str) -> None:
    """Each wrong field is named."""
    with pytest.raises(InputError) as caught:
        homes([[item]], PRICE)
    assert f'prosumers["home 0"].flexibility[0].{where}' in {problem.where for problem in caught.value.problems}
