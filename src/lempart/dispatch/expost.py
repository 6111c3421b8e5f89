"""The ex-post stage (Eqs 5 and 6): what really flows, and what it violates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.grid import RadialGrid, line_flows, squared_voltage_deviations
from lempart.typing import ComplexArray, FloatArray


@dataclass(frozen=True, eq=False)
class RealizedState:
    """Flows, voltages and violations at the realised injections.

    Attributes
    ----------
    flows_mva
        ``S_n(u, U)``, complex, shape ``(nodes, steps)``; row 0 is the exchange at the PCC.
    deviations
        ``dv_n``, shape ``(nodes, steps)``.
    line_excess_mva, voltage_excess
        ``(|S_n| - rating)+`` and how far ``dv_n`` lies outside its band, shape ``(nodes, steps)`` each.
    """

    flows_mva: ComplexArray
    deviations: FloatArray
    line_excess_mva: FloatArray
    voltage_excess: FloatArray


def realized_state(grid: RadialGrid, injection_mva: ComplexArray) -> RealizedState:
    """Return the state of the grid at injections ``U + u``, complex MVA, shape ``(prosumers, steps)``."""
    flows = line_flows(grid, injection_mva)
    deviations = squared_voltage_deviations(grid, flows)
    line_excess = np.maximum(np.abs(flows) - grid.rating_mva[:, None], 0.0)
    line_excess[0] = 0.0
    above = deviations - grid.dv_max[:, None]
    below = grid.dv_min[:, None] - deviations
    voltage_excess = np.maximum(np.maximum(above, below), 0.0)
    voltage_excess[0] = 0.0
    return RealizedState(flows, deviations, line_excess, voltage_excess)
