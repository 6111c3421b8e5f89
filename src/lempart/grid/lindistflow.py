"""LinDistFlow (Eqs 1a-1c): flows and voltages as linear functions of the injections.

Twice: as a walk over the nodes, which is how the equations are written and quickest where a grid is used once or is
very deep, and as matrices, for a grid that is used many times. Arrays have any number of leading axes, for draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from lempart.arguments import checks_arguments
from lempart.grid.radial import RadialGrid
from lempart.grid.sums import places_back, places_first, times
from lempart.typing import ComplexArray, FloatArray, IntArray


@checks_arguments
def line_flows(grid: RadialGrid, injection_mva: ComplexArray) -> ComplexArray:
    """Return ``S_n`` towards the PCC (Eq 1b), complex MVA, shape ``(..., nodes, steps)``; row 0 is the PCC's sum.

    ``injection_mva`` has shape ``(..., prosumers, steps)``, positive into the grid.

    Parameters
    ----------
    grid
        The grid.
    injection_mva
        Complex MVA, positive into the grid, shape ``(prosumers, steps)``; further axes may stand before.
    """
    return flows_walked(grid, injection_mva)


@checks_arguments
def squared_voltage_deviations(grid: RadialGrid, flows_mva: ComplexArray) -> FloatArray:
    """Return ``dv_n = dv_parent + 2 Re(conj(z_n) S_n)`` (Eqs 1a, 1c) in p.u., shape ``(..., nodes, steps)``.

    Parameters
    ----------
    grid
        The grid.
    flows_mva
        ``S_n``, complex MVA towards the PCC, shape ``(nodes, steps)``, as from :func:`line_flows`.
    """
    return voltages_walked(grid, flows_mva)


def flows_walked(grid: RadialGrid, injection_mva: ComplexArray) -> ComplexArray:
    """Return what :func:`line_flows` does, of draws without a dispatch too, whose injections are NaN."""
    injected = places_first(injection_mva)
    flows = np.zeros((grid.node_count, *injected.shape[1:]), dtype=np.complex128)
    flows[grid.tree.leaf] = injected
    return places_back(grid.tree.summed_up(flows))


def voltages_walked(grid: RadialGrid, flows_mva: ComplexArray) -> FloatArray:
    """Return what :func:`squared_voltage_deviations` does, in the same way."""
    deviations = places_first(voltage_rises(grid, flows_mva))
    deviations[0] = 0.0
    return places_back(grid.tree.summed_down(deviations))


def voltage_rises(grid: RadialGrid, flows_mva: ComplexArray) -> FloatArray:
    """Return ``2 Re(conj(z_n) S_n)``, by which ``dv`` rises from a node's parent to it, in p.u., per node and step."""
    rises: FloatArray = 2.0 * (grid.r_pu[:, None] * flows_mva.real + grid.x_pu[:, None] * flows_mva.imag)
    return rises


@dataclass(frozen=True, eq=False, slots=True)
class Flows:
    """Flows, and the voltages that are limited. They are linear: those of a sum of injections are the sums.

    Attributes
    ----------
    flows_mva
        ``S_n`` towards the PCC, complex, shape ``(..., nodes, steps)``; row 0 is the exchange at the PCC.
    deviations
        ``dv_n`` in p.u. of the nodes that have a band, ascending, shape ``(..., banded nodes, steps)``.
    """

    flows_mva: ComplexArray
    deviations: FloatArray

    def __add__(self, other: Flows) -> Flows:
        return Flows(self.flows_mva + other.flows_mva, self.deviations + other.deviations)

    def of(self, draws: IntArray) -> Flows:
        """Return some of the draws, the leading axis, ascending."""
        if len(draws) == self.flows_mva.shape[0]:
            return self
        return Flows(self.flows_mva[draws], self.deviations[draws])


@dataclass(frozen=True, eq=False)
class FlowMap:
    """LinDistFlow of one grid for many injections.

    Attributes
    ----------
    carried
        Flow of each edge per injection, 0/1, shape ``(nodes, prosumers)``; row 0 is the PCC's sum (Eq 1b).
    """

    grid: RadialGrid
    carried: sp.csr_array

    @classmethod
    def of(cls, grid: RadialGrid) -> FlowMap:
        """Return the map of a grid."""
        paths = grid.paths(grid.tree.leaf).tocoo()
        everyone = np.arange(len(grid.tree.leaf))
        edge, prosumer = np.append(paths.col, np.zeros_like(everyone)), np.append(paths.row, everyone)
        shape = grid.node_count, len(everyone)
        return cls(grid, sp.csr_array((np.ones(len(edge)), (edge, prosumer)), shape=shape))

    def flows(self, injection_mva: ComplexArray) -> ComplexArray:
        """Return ``S_n`` as :func:`line_flows`."""
        return times(self.carried, injection_mva)

    def at(self, injection_mva: ComplexArray, prosumers: IntArray | None = None) -> Flows:
        """Return flows and limited voltages at injections of all prosumers, or of those listed, ascending."""
        carried = self.carried if prosumers is None else self.carried[:, prosumers]
        flows = times(carried, injection_mva)
        if not len(self.banded):
            return Flows(flows, np.zeros((*flows.shape[:-2], 0, flows.shape[-1])))
        if self.grid.is_deep:
            return Flows(flows, voltages_walked(self.grid, flows)[..., self.banded, :])
        return Flows(flows, times(self._limited_path, voltage_rises(self.grid, flows)))

    @cached_property
    def rated(self) -> IntArray:
        """Return the edges that have a rating, ascending."""
        return np.flatnonzero(self.grid.has_rating)

    @cached_property
    def banded(self) -> IntArray:
        """Return the nodes that have a voltage band, ascending."""
        return np.flatnonzero(self.grid.has_band)

    @cached_property
    def _limited_path(self) -> sp.csr_array:
        return self.grid.paths(self.banded)

    @cached_property
    def place_of_edge(self) -> IntArray:
        """Return where each edge is among the rated ones, shape ``(nodes,)``; -1 where it has no rating."""
        return _places(self.rated, self.grid.node_count)

    @cached_property
    def place_of_node(self) -> IntArray:
        """Return where each node is among the banded ones, shape ``(nodes,)``; -1 where it has no band."""
        return _places(self.banded, self.grid.node_count)


def _places(chosen: IntArray, count: int) -> IntArray:
    places: IntArray = np.full(count, -1, dtype=np.int64)
    places[chosen] = np.arange(len(chosen))
    return places
