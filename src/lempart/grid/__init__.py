"""The radial grid and its power flow."""

from lempart.grid.lindistflow import line_flows, squared_voltage_deviations
from lempart.grid.radial import RadialGrid, radial_grid

__all__ = ["RadialGrid", "line_flows", "radial_grid", "squared_voltage_deviations"]
