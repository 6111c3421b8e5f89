"""Kinds of homes survive being written to a case file and read again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lempart.case import ElectricVehicle, HeatPump, Shiftable
from lempart.io import read_case, write_case
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from support.homes import homes


def test_neighbourhood_comes_back_as_it_was(tmp_path: Path) -> None:
    """47 homes with 2R2C heat pumps: every number, bit for bit."""
    case = neighbourhood_case(NeighbourhoodOptions(two_masses=True, limits="elastic"))
    write_case(case, tmp_path / "neighbourhood")
    assert read_case(tmp_path / "neighbourhood") == case


def test_each_kind_comes_back_as_it_was(tmp_path: Path) -> None:
    """A COP of one's own and one from the flow temperature, a window, a plug: none is lost or filled in twice."""
    own = HeatPump(0.005, 5.0, 8.0, np.array([1.0, 2.0]), cop=np.array([3.0, 3.5]))
    standard = HeatPump(0.005, 5.0, 8.0, np.array([1.0, 2.0]), flow_temperature_c=40.0, end_c=21.0, power_factor=0.9)
    load = Shiftable(0.002, 0.002, earliest_step=2)
    car = ElectricVehicle(0.01, 0.04, np.array([1.0, 0.0]), np.array([0.0, 0.01]), end_soc=0.2, vehicle_to_grid=True)
    case = homes([[own, load], [standard, car]], [100.0, 50.0])
    write_case(case, tmp_path / "homes")
    assert read_case(tmp_path / "homes") == case
