"""Flexibility that contradicts itself: the home and the device are named, whatever else the case holds."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.case import Case, Convex, ElectricVehicle, Flexibility
from lempart.cost import costs_of
from lempart.errors import InfeasibleError
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer

ROWS = Convex(
    minimum_mw=np.array([-1.0, -1.0]),
    maximum_mw=np.array([0.2, 0.2]),
    rows_mw=np.array([[-1.0, -1.0]]),
    upper=np.array([-0.5]),
)
"""At least 0.5 MW in two steps of 0.2 MW at most."""
FULL = ElectricVehicle(
    power_mw=0.01, energy_mwh=0.04, initial_soc=0.5, plugged_in=np.array([1.0, 0.5]), driven_mwh=np.array([0.0, 0.05])
)
"""0.02 MWh, 0.01 at most in the first hour and 0.005 in the second, in which 0.05 are driven: 0.015 are missing."""


def _two(*devices: Flexibility, limits: str = "hard", externalities: bool = True) -> Case:
    return case(
        [line("root", "n1", rating=1.0), line("root", "n2")],
        [prosumer("calm", "n2", battery(0.1, 1.0)), prosumer("odd", "n1", battery(0.1, 1.0), *devices)],
        {"calm": [0.1, -0.1], "odd": [-0.1, 0.1]},
        limits=limits,
        externalities=externalities,
    )


def _told(given: Case) -> str:
    costs = costs_of(given)
    with pytest.raises(InfeasibleError) as caught:
        costs.partition(Partition.of([costs.prepared.family.everyone]))
    return str(caught.value)


@pytest.mark.parametrize("limits", ["hard", "elastic"])
def test_rows_that_bounds_can_not_meet(limits: str) -> None:
    """The second device of the second home, and nobody else."""
    told = _told(_two(ROWS, limits=limits))
    assert "some flexibility contradicts itself: odd: its flexibility 2 (convex)" in told
    assert "calm" not in told


def test_a_vehicle_that_can_not_be_charged_as_it_is_driven() -> None:
    """It lacks 0.015 MWh at the end of step 2: known without a solve, with the amount."""
    assert "odd: the electric vehicle lacks 0.015 MWh at the end of step 2" in _told(_two(FULL))


def test_a_coalition_without_externalities_says_so_too() -> None:
    """Not that it can't balance: no exchange would help."""
    costs = costs_of(_two(ROWS, externalities=False))
    everyone = costs.prepared.family.everyone
    assert costs.cost(everyone) == np.inf
    assert "odd: its flexibility 2 (convex)" in costs.coalition(everyone).reason
