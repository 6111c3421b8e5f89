"""Flows and voltages of many draws at once: what the forecast, its error and the dispatch each add to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lempart.cost.setting import Setting
from lempart.cost.sweep import KEPT_LINE, KEPT_VOLTAGE, Sweep
from lempart.grid import RadialGrid
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Flows:
    """LinDistFlow (Eqs 1a-1c) of many draws.

    Attributes
    ----------
    flows_mva
        ``S_n`` towards the PCC, shape ``(nodes, draws, steps)``; row 0 is the exchange at the PCC.
    deviations
        ``dv_n`` in p.u. of the nodes that have a band, shape ``(banded nodes, draws, steps)``.
    """

    flows_mva: ComplexArray
    deviations: FloatArray

    def __add__(self, other: Flows) -> Flows:
        return Flows(self.flows_mva + other.flows_mva, self.deviations + other.deviations)

    def of(self, draws: IntArray) -> Flows:
        """Return some of the draws, ascending."""
        if len(draws) == self.flows_mva.shape[1]:
            return self
        return Flows(self.flows_mva[:, draws], self.deviations[:, draws])


@dataclass(frozen=True, eq=False)
class FlowSeries:
    """The power flow of a setting as matrices.

    Attributes
    ----------
    rated, banded
        The edges that have a rating, and the nodes that have a band.
    """

    setting: Setting

    @cached_property
    def rated(self) -> IntArray:
        """Return the edges that have a rating, ascending."""
        return np.flatnonzero(self.setting.grid.has_rating)

    @cached_property
    def banded(self) -> IntArray:
        """Return the nodes that have a voltage band, ascending."""
        return np.flatnonzero(self.setting.grid.has_band)

    @cached_property
    def _matrices(self) -> tuple[sp.csr_array, sp.csr_array, sp.csr_array]:
        """Return what an injection adds to flows, and active and reactive power to voltages; columns are prosumers."""
        sweep = Sweep.of(self.setting.grid)
        path = 2.0 * sweep.path[self.banded]
        active, reactive = (
            sp.csr_array(path @ sp.diags_array(series) @ sweep.carried)
            for series in (self.setting.grid.r_pu, self.setting.grid.x_pu)
        )
        return sweep.carried, active, reactive

    def at(self, injection_mva: ComplexArray, prosumers: IntArray) -> Flows:
        """Return what the injections of some prosumers make flow.

        Parameters
        ----------
        injection_mva
            Complex MVA, shape ``(draws, prosumers, steps)``, of those listed in ``prosumers``.
        """
        carried, active, reactive = (matrix[:, prosumers] for matrix in self._matrices)
        injected = injection_mva.transpose(1, 0, 2)
        return Flows(times(carried, injected), times(active, injected.real) + times(reactive, injected.imag))

    def within(self, planned: Flows) -> BoolArray:
        """Return in which draws every limit that holds ex-ante is kept, but for what a solver's tolerance leaves."""
        grid = self.setting.dispatch_grid
        kept = np.abs(planned.flows_mva[self.rated]) <= grid.rating_mva[self.rated, None, None] * (1.0 + KEPT_LINE)
        above, below = self._outside(grid, planned)
        outside = (above > KEPT_VOLTAGE) | (below > KEPT_VOLTAGE)
        return np.asarray(
            kept.all(axis=(0, 2)) & ~outside.any(axis=(0, 2)) & ~np.isnan(planned.flows_mva[0]).any(axis=1)
        )

    def line_excess(self, realized: Flows) -> FloatArray:
        """Return ``(|S_e| - rating)+`` of the rated edges, MVA, shape ``(rated edges, draws, steps)``."""
        rating = self.setting.grid.rating_mva[self.rated, None, None]
        return np.maximum(np.abs(realized.flows_mva[self.rated]) - rating, 0.0)

    def voltage_excess(self, realized: Flows) -> FloatArray:
        """Return how far ``dv_n`` lies outside its band, shape ``(banded nodes, draws, steps)``."""
        return np.maximum(np.maximum(*self._outside(self.setting.grid, realized)), 0.0)

    def _outside(self, grid: RadialGrid, state: Flows) -> tuple[FloatArray, FloatArray]:
        high, low = (limit[self.banded, None, None] for limit in (grid.dv_max, grid.dv_min))
        return state.deviations - high, low - state.deviations


def times(matrix: sp.csr_array, values: NDArray[Any]) -> NDArray[Any]:
    """Return a real sparse matrix times values of shape ``(columns, draws, steps)``.

    Each number is summed up in the order of its row, so that its bits don't depend on how many draws there are.
    """
    laid = np.ascontiguousarray(values)
    flat = laid.reshape(laid.shape[0], laid.shape[1] * laid.shape[2])
    product = (matrix @ flat.view(np.float64)).view(laid.dtype)
    return product.reshape(matrix.shape[0], *laid.shape[1:])


def summed(values: NDArray[Any]) -> NDArray[Any]:
    """Return sums over the last axis, each over contiguous numbers, so that bits don't depend on the other axes."""
    total: NDArray[Any] = np.ascontiguousarray(values).sum(axis=-1)
    return total
