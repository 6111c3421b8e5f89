"""LinDistFlow (Eqs 1a-1c): flows and voltages as linear functions of the injections."""

from __future__ import annotations

import numpy as np

from lempart.grid.radial import RadialGrid
from lempart.typing import ComplexArray, FloatArray


def line_flows(grid: RadialGrid, injection_mva: ComplexArray) -> ComplexArray:
    """Return ``S_n`` towards the PCC (Eq 1b), complex MVA, shape ``(nodes, steps)``; row 0 is the PCC's sum.

    ``injection_mva`` has shape ``(prosumers, steps)``, positive into the grid.
    """
    flows = np.zeros((grid.node_count, injection_mva.shape[1]), dtype=np.complex128)
    flows[grid.tree.leaf] = injection_mva
    parent = grid.tree.parent.tolist()
    for node in range(grid.node_count - 1, 0, -1):
        flows[parent[node]] += flows[node]
    return flows


def squared_voltage_deviations(grid: RadialGrid, flows_mva: ComplexArray) -> FloatArray:
    """Return ``dv_n = dv_parent + 2 Re(conj(z_n) S_n)`` (Eqs 1a, 1c) in p.u., shape ``(nodes, steps)``."""
    deviations: FloatArray = 2.0 * (grid.r_pu[:, None] * flows_mva.real + grid.x_pu[:, None] * flows_mva.imag)
    deviations[0] = 0.0
    parent = grid.tree.parent.tolist()
    for node in range(1, grid.node_count):
        deviations[node] += deviations[parent[node]]
    return deviations
