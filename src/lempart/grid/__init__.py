"""The radial grid, its power flow, and what is beyond its limits."""

from lempart.grid.limits import RealizedState, realized_state
from lempart.grid.lindistflow import FlowMap, Flows, line_flows, squared_voltage_deviations
from lempart.grid.radial import RadialGrid, radial_grid

__all__ = [
    "FlowMap",
    "Flows",
    "RadialGrid",
    "RealizedState",
    "line_flows",
    "radial_grid",
    "realized_state",
    "squared_voltage_deviations",
]
