"""LinDistFlow beside the exact power flow at the same injections: errors, missed violations, losses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lempart.ac.power_flow import AcState, ac_power_flow
from lempart.grid import RadialGrid, carried_flows, line_flows, squared_voltage_deviations
from lempart.typing import BoolArray, ComplexArray, FloatArray, frozen_array

VOLTAGE_TOLERANCE_PU = 1e-6
LINE_TOLERANCE = 1e-6
"""A limit counts as violated from this much on, in p.u. and as a share of the rating: a solver's tolerance."""


@dataclass(frozen=True, eq=False)
class Violations:
    """What lies beyond the limits.

    Attributes
    ----------
    voltage_pu
        How far each voltage lies outside its band, shape ``(nodes, steps)``; 0 where it doesn't.
    line_mva
        How far each edge is loaded beyond its rating, shape ``(nodes, steps)``.
    """

    voltage_pu: FloatArray
    line_mva: FloatArray

    @classmethod
    def of(cls, grid: RadialGrid, magnitude_pu: FloatArray, loading_mva: FloatArray) -> Violations:
        """Return the violations of a state; where it is not known (NaN) there are none."""
        low = np.sqrt(np.maximum(1.0 + grid.dv_min, 0.0))[:, None]
        high = np.sqrt(1.0 + grid.dv_max)[:, None]
        beyond = np.maximum(low - magnitude_pu, magnitude_pu - high)
        voltage = np.where(grid.has_band[:, None] & (beyond > VOLTAGE_TOLERANCE_PU), beyond, 0.0)
        rating = grid.rating_mva[:, None]
        over = loading_mva - rating
        line = np.where(grid.has_rating[:, None] & (over > LINE_TOLERANCE * rating), over, 0.0)
        return cls(frozen_array(voltage), frozen_array(line))

    def without(self, other: Violations, known: BoolArray) -> Violations:
        """Return those violations, at the ``known`` steps, that ``other`` doesn't have."""
        voltage = np.where((other.voltage_pu > 0) | ~known, 0.0, self.voltage_pu)
        line = np.where((other.line_mva > 0) | ~known, 0.0, self.line_mva)
        return Violations(frozen_array(voltage), frozen_array(line))

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many (node, step) and (edge, step) pairs are violated."""
        return int(np.count_nonzero(self.voltage_pu)), int(np.count_nonzero(self.line_mva))


@dataclass(frozen=True, eq=False)
class PowerFlowComparison:
    """Both power flows at the same injections. Errors are AC less LinDistFlow; NaN where AC has no solution.

    Attributes
    ----------
    grid
        The grid with its true limits.
    linear_flows_mva
        ``S_n`` of LinDistFlow (Eq 1b), complex, shape ``(nodes, steps)``.
    linear_voltage_pu
        ``sqrt(1 + dv_n)``, shape ``(nodes, steps)``.
    ac
        The exact state.
    linear_loading_mva
        ``|S_n|``, with losses that of the larger of both ends, shape ``(nodes, steps)``.
    own_loss_mva
        What the model itself says is lost on each edge, ``z |S_n|^2``, complex, shape ``(nodes, steps)``; flows and
        voltages are those that it keeps limits by, with losses. None where losses aren't priced.
    """

    grid: RadialGrid
    linear_flows_mva: ComplexArray
    linear_voltage_pu: FloatArray
    ac: AcState
    linear_loading_mva: FloatArray
    own_loss_mva: ComplexArray | None = None

    @classmethod
    def at(cls, grid: RadialGrid, injection_mva: ComplexArray, *, losses: bool = False) -> PowerFlowComparison:
        """Return the comparison at injections ``U + u``, complex MVA, shape ``(prosumers, steps)``.

        With ``losses`` the model is the one that counts them.
        """
        flows = line_flows(grid, injection_mva)
        if losses:
            own = (grid.r_pu + 1j * grid.x_pu)[:, None] * np.abs(flows) ** 2
            carried = carried_flows(grid, injection_mva)
            magnitude = np.sqrt(np.maximum(1.0 + carried.deviations, 0.0))
            return cls(grid, carried.sent_mva, magnitude, ac_power_flow(grid, injection_mva), carried.loading_mva, own)
        squared = 1.0 + squared_voltage_deviations(grid, flows)
        # Far beyond the limits the linear model's squared voltage may fall below zero; then it says 0 p.u.
        return cls(grid, flows, np.sqrt(np.maximum(squared, 0.0)), ac_power_flow(grid, injection_mva), np.abs(flows))

    @property
    def converged(self) -> BoolArray:
        """Return which steps have an AC solution, shape ``(steps,)``."""
        return self.ac.converged

    @cached_property
    def ac_voltage_pu(self) -> FloatArray:
        """Return the magnitudes of the exact voltages, shape ``(nodes, steps)``."""
        return frozen_array(np.abs(self.ac.voltage_pu))

    @cached_property
    def voltage_error_pu(self) -> FloatArray:
        """Return AC less linear voltage magnitude, shape ``(nodes, steps)``."""
        return frozen_array(self.ac_voltage_pu - self.linear_voltage_pu)

    @cached_property
    def flow_error_mva(self) -> FloatArray:
        """Return AC loading (the larger of both ends) less the model's, shape ``(nodes, steps)``; row 0: PCC."""
        return frozen_array(self.ac.loading_mva - self.linear_loading_mva)

    @cached_property
    def flow_error_of_rating(self) -> FloatArray:
        """Return the flow error as a share of the rating, shape ``(nodes, steps)``; 0 where there is no rating."""
        rating = np.where(self.grid.has_rating & (self.grid.rating_mva > 0), self.grid.rating_mva, np.inf)
        return frozen_array(self.flow_error_mva / rating[:, None])

    @cached_property
    def ac_violations(self) -> Violations:
        """Return what the exact state violates."""
        return Violations.of(self.grid, self.ac_voltage_pu, self.ac.loading_mva)

    @cached_property
    def linear_violations(self) -> Violations:
        """Return what the linear state violates."""
        return Violations.of(self.grid, self.linear_voltage_pu, self.linear_loading_mva)

    @property
    def missed(self) -> Violations:
        """Return the violations that the linear model doesn't see."""
        return self.ac_violations.without(self.linear_violations, self.converged)

    @property
    def false_alarms(self) -> Violations:
        """Return the linear model's violations that aren't there."""
        return self.linear_violations.without(self.ac_violations, self.converged)

    @property
    def loss_mva(self) -> ComplexArray:
        """Return the power lost in the grid per step, complex MVA, shape ``(steps,)``; NaN where not known."""
        losses: ComplexArray = self.ac.loss_mva.sum(axis=0)
        return losses

    @property
    def share_of_drop(self) -> float | None:
        """Return the largest voltage error as a share of how far that voltage lies from 1; None without any."""
        error = np.abs(self.voltage_error_pu)
        if not self.converged.any() or not np.nanmax(error) > 0:
            return None
        at = np.unravel_index(int(np.nanargmax(error)), error.shape)
        away = abs(1.0 - float(self.ac_voltage_pu[at]))
        return float(error[at]) / away if away > 0 else None

    @property
    def head_flow_error(self) -> float | None:
        """Return the linear flow at the PCC, less AC's, as a share of it, at the step where AC's is largest.

        None where that flow is mostly losses, as under strict self-consumption: the share would be of nothing.
        """
        exact = np.abs(self.ac.sent_mva[0])
        if not self.converged.any():
            return None
        step = int(np.nanargmax(exact))
        if exact[step] <= 2.0 * np.abs(self.loss_mva[step]):
            return None
        return float(np.abs(self.linear_flows_mva[0, step]) / exact[step] - 1.0)

    @property
    def optimism_pu(self) -> float:
        """Return by how much, at most, LinDistFlow places a voltage too far from the limit on its side of 1 p.u."""
        outward = np.where(self.ac_voltage_pu < 1.0, -self.voltage_error_pu, self.voltage_error_pu)
        return _largest(outward[self.grid.has_band])

    @property
    def optimism_of_rating(self) -> float:
        """Return by how much of a rating, at most, LinDistFlow underestimates a loading."""
        return _largest(self.flow_error_of_rating)


def _largest(values: FloatArray) -> float:
    """Return the largest value that is known and positive; 0 where there is none."""
    return float(np.max(values, where=~np.isnan(values), initial=0.0))
