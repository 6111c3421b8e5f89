"""Flows and voltages of many injections on one grid, each by two sparse products instead of a walk over the nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.dispatch import RealizedState
from lempart.grid import RadialGrid
from lempart.typing import ComplexArray, FloatArray, IntArray

KEPT_LINE, KEPT_VOLTAGE = 1e-7, 1e-9
"""A limit exceeded by less than this (a share of a rating; p.u.) is kept."""


@dataclass(frozen=True, eq=False)
class Sweep:
    """LinDistFlow (Eqs 1a-1c) of one grid as two matrices.

    Attributes
    ----------
    grid
        Its limits are those that :meth:`state` and :meth:`within` compare with.
    carried
        Flow of each edge per injection, 0/1, shape ``(nodes, prosumers)``; row 0 is the PCC's sum.
    path
        Shape ``(nodes, nodes)``: the edges between a node and the PCC.
    """

    grid: RadialGrid
    carried: sp.csr_array
    path: sp.csr_array

    @classmethod
    def of(cls, grid: RadialGrid) -> Sweep:
        """Return the sweep of a grid."""
        paths = grid.path_matrix[grid.tree.leaf].tocoo()
        everyone = np.arange(len(grid.tree.leaf))
        edge, prosumer = np.append(paths.col, np.zeros_like(everyone)), np.append(paths.row, everyone)
        shape = grid.node_count, len(everyone)
        return cls(grid, sp.csr_array((np.ones(len(edge)), (edge, prosumer)), shape=shape), grid.path_matrix)

    def flows(self, injection_mva: ComplexArray) -> ComplexArray:
        """Return ``S_n`` towards the PCC, complex MVA, shape ``(nodes, steps)``, from ``(prosumers, steps)``."""
        flat = np.ascontiguousarray(injection_mva).view(np.float64)  # real and imaginary parts side by side
        flows: ComplexArray = (self.carried @ flat).view(np.complex128)
        return flows

    def deviations(self, flows_mva: ComplexArray) -> FloatArray:
        """Return ``dv_n`` in p.u., shape ``(nodes, steps)``."""
        rise = self.grid.r_pu[:, None] * flows_mva.real + self.grid.x_pu[:, None] * flows_mva.imag
        deviations: FloatArray = 2.0 * (self.path @ rise)
        return deviations

    def state(self, injection_mva: ComplexArray) -> RealizedState:
        """Return what :func:`lempart.dispatch.realized_state` does."""
        grid = self.grid
        flows = self.flows(injection_mva)
        deviations = self.deviations(flows)
        line_excess = np.maximum(np.abs(flows) - grid.rating_mva[:, None], 0.0)
        above, below = deviations - grid.dv_max[:, None], grid.dv_min[:, None] - deviations
        voltage_excess = np.maximum(np.maximum(above, below), 0.0)
        line_excess[0] = voltage_excess[0] = 0.0
        return RealizedState(flows, deviations, line_excess, voltage_excess)

    def within(self, injection_mva: ComplexArray) -> bool:
        """Return whether every limit is kept, but for what a solver's tolerance leaves."""
        grid = self.grid
        flows = self.flows(injection_mva)
        rated: IntArray = np.flatnonzero(grid.has_rating)
        if np.any(np.abs(flows[rated]) > grid.rating_mva[rated, None] * (1.0 + KEPT_LINE)):
            return False
        banded: IntArray = np.flatnonzero(grid.has_band)
        deviations = self.deviations(flows)[banded]
        high, low = grid.dv_max[banded, None] + KEPT_VOLTAGE, grid.dv_min[banded, None] - KEPT_VOLTAGE
        return not (np.any(deviations > high) or np.any(deviations < low))
