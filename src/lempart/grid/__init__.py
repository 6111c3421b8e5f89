"""The radial grid, its power flow, and what is beyond its limits."""

from lempart.grid.limits import RealizedState, realized_state
from lempart.grid.lindistflow import FlowMap, Flows, line_flows, squared_voltage_deviations
from lempart.grid.losses import CarriedFlows, carried_flows, loss_weights
from lempart.grid.radial import RadialGrid, radial_grid

__all__ = [
    "CarriedFlows",
    "FlowMap",
    "Flows",
    "RadialGrid",
    "RealizedState",
    "carried_flows",
    "line_flows",
    "loss_weights",
    "radial_grid",
    "realized_state",
    "squared_voltage_deviations",
]
