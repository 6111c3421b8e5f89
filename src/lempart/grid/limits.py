"""What is beyond the limits of a grid: Eqs 1d and 1e ex-ante, the excesses of Eq 5a ex-post."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.arguments import checks_arguments
from lempart.grid.lindistflow import FlowMap, Flows, flows_walked, voltages_walked
from lempart.grid.losses import carried_walked
from lempart.grid.radial import RadialGrid
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

NEAR_LINE, NEAR_VOLTAGE = 1e-7, 1e-9
"""A limit of which less than this is left (a share of a rating; p.u.) is reached, as well as solvers tell."""


@dataclass(frozen=True, eq=False)
class RealizedState:
    """Flows, voltages and violations at the realised injections.

    Attributes
    ----------
    flows_mva
        ``S_n(u, U)``, complex, shape ``(..., nodes, steps)``; row 0 is the exchange at the PCC.
    deviations
        ``dv_n``, shape ``(..., nodes, steps)``.
    line_excess_mva, voltage_excess
        ``(|S_n| - rating)+`` and how far ``dv_n`` lies outside its band, shape ``(..., nodes, steps)`` each.
    """

    flows_mva: ComplexArray
    deviations: FloatArray
    line_excess_mva: FloatArray
    voltage_excess: FloatArray


@checks_arguments
def realized_state(grid: RadialGrid, injection_mva: ComplexArray) -> RealizedState:
    """Return the state of the grid at injections ``U + u``, complex MVA, shape ``(..., prosumers, steps)``.

    Parameters
    ----------
    grid
        The grid, with its limits.
    injection_mva
        ``U + u``, complex MVA, positive into the grid, shape ``(prosumers, steps)``.
    """
    return state_at(grid, injection_mva)


def state_at(grid: RadialGrid, injection_mva: ComplexArray, *, losses: bool = False) -> RealizedState:
    """Return what :func:`realized_state` does, of draws without a dispatch too, whose injections are NaN.

    With ``losses`` voltages and excesses are those of what edges carry; flows stay as they are metered.
    """
    flows, every = flows_walked(grid, injection_mva), np.arange(grid.node_count)
    if losses:
        line, voltage, deviations = carried_excess(grid, injection_mva)
    else:
        deviations = voltages_walked(grid, flows)
        line, voltage = line_excess(grid, flows, every), voltage_excess(grid, deviations, every)
    line[..., 0, :] = voltage[..., 0, :] = 0.0
    return RealizedState(flows, deviations, line, voltage)


def carried_excess(grid: RadialGrid, injection_mva: ComplexArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return what is beyond limits with losses, of lines at the end that carries more, and the voltages they make.

    Shape ``(..., nodes, steps)`` each: MVA, p.u. and p.u.
    """
    carried, every = carried_walked(grid, injection_mva), np.arange(grid.node_count)
    line = line_excess(grid, carried.loading_mva, every)
    return line, voltage_excess(grid, carried.deviations, every), carried.deviations


def line_excess(grid: RadialGrid, flows_mva: ComplexArray | FloatArray, edges: IntArray) -> FloatArray:
    """Return ``(|S_e| - rating)+`` of some edges, MVA, shape ``(..., edges, steps)``, from the flows of all."""
    excess: FloatArray = np.maximum(np.abs(flows_mva[..., edges, :]) - grid.rating_mva[edges, None], 0.0)
    return excess


def voltage_excess(grid: RadialGrid, deviations: FloatArray, nodes: IntArray) -> FloatArray:
    """Return how far ``dv`` of some nodes lies outside their bands, given theirs; shape ``(..., nodes, steps)``."""
    above, below = deviations - grid.dv_max[nodes, None], grid.dv_min[nodes, None] - deviations
    excess: FloatArray = np.maximum(np.maximum(above, below), 0.0)
    return excess


def reached(grid: RadialGrid, flow_map: FlowMap, planned: Flows) -> tuple[BoolArray, BoolArray]:
    """Return which limits of ``grid`` are reached or exceeded: of rated edges, and of nodes with a band.

    Shape ``(..., edges or nodes, steps)`` each; what isn't known is reached. ``flow_map`` is that of a grid with limits
    at the same edges and nodes.
    """
    rated, banded = flow_map.rated, flow_map.banded
    below = np.abs(planned.flows_mva[..., rated, :]) < grid.rating_mva[rated, None] * (1.0 - NEAR_LINE)
    high, low = grid.dv_max[banded, None] - NEAR_VOLTAGE, grid.dv_min[banded, None] + NEAR_VOLTAGE
    inside = (planned.deviations < high) & (planned.deviations > low)
    return ~below, ~inside


def reaches_none(grid: RadialGrid, flow_map: FlowMap, planned: Flows) -> BoolArray:
    """Return in which draws no limit of ``grid`` is reached; arguments as for :func:`reached`."""
    line, voltage = reached(grid, flow_map, planned)
    unknown = np.isnan(planned.flows_mva[..., 0, :])
    return np.asarray(~(line.any(axis=(-2, -1)) | voltage.any(axis=(-2, -1)) | unknown.any(axis=-1)))
