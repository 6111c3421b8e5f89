"""Whether any limit of the grid can ever bind, whatever the devices do: then nothing but taxes couples coalitions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import without_grid
from lempart.dispatch.reach import lowest_and_highest, reach
from lempart.grid import RadialGrid
from lempart.grid.limits import NEAR_LINE, NEAR_VOLTAGE
from lempart.grid.lindistflow import voltages_walked
from lempart.typing import BoolArray, ComplexArray, FloatArray


@dataclass(eq=False)
class LimitsInReach:
    """What flexibility can make of the flows and voltages of a case."""

    prepared: PreparedCase
    solver: SolverSettings | None = None

    @cached_property
    def flexible_mva(self) -> tuple[ComplexArray, ComplexArray]:
        """Return the least and the most that every prosumer's flexibility can inject, as `lempart.dispatch.reach`."""
        case = self.prepared.case
        least, most = np.zeros((2, len(case.prosumers), case.horizon.steps), dtype=np.complex128)
        owners = [m for m, owner in enumerate(case.prosumers) if owner.flexibility]
        if owners:
            problem = without_grid(self.prepared, owners)
            problem = replace(problem, forecast=case.scenario.realization[owners])
            least[owners], most[owners] = reach(problem.prosumers, problem.device_context, self.solver)
        return least, most

    @cached_property
    def never_limited(self) -> bool:
        """Return whether no dispatch that flexibility allows, of any partition, reaches a limit of the grid."""
        return self._kept(self.prepared.dispatch_grid, self.prepared.case.scenario.forecast)

    @cached_property
    def never_violated(self) -> bool:
        """Return whether none exceeds a limit ex-post either, so that there are no violations."""
        return self._kept(self.prepared.grid, self.prepared.case.scenario.realization)

    @cached_property
    def lines(self) -> BoolArray:
        """Return which edges some such dispatch loads to their rating, ex-ante or ex-post, shape ``(nodes,)``."""
        scenario = self.prepared.case.scenario
        planned = self._overloaded(self.prepared.dispatch_grid, *self._flows(scenario.forecast))
        return planned | self._overloaded(self.prepared.grid, *self._flows(scenario.realization))

    def _kept(self, grid: RadialGrid, injection_mva: ComplexArray) -> bool:
        """Return whether every flow and voltage is away from its limits, whatever flexibility adds to injections.

        Each is linear in the injections: its extremes over all devices' ranges are compared.
        """
        low, high = self._flows(injection_mva)
        lowest, highest = (voltages_walked(grid, flows) for flows in lowest_and_highest(grid, low, high))
        most, least = grid.dv_max[:, None] - NEAR_VOLTAGE, grid.dv_min[:, None] + NEAR_VOLTAGE
        outside = (highest >= most) | (lowest <= least)
        return not self._overloaded(grid, low, high).any() and not outside[grid.has_band].any()

    def _flows(self, injection_mva: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        """Return the least and the most that can flow on every edge, shape ``(nodes, steps)`` each."""
        low, high = (self.prepared.flow_map.flows(injection_mva + end) for end in self.flexible_mva)
        return low, high

    def _overloaded(self, grid: RadialGrid, low: ComplexArray, high: ComplexArray) -> BoolArray:
        """Return which edges some flow between these two loads to their rating, or beyond, shape ``(nodes,)``."""
        largest = np.hypot(_largest(low.real, high.real), _largest(low.imag, high.imag))
        over: BoolArray = grid.has_rating & (largest >= grid.rating_mva[:, None] * (1.0 - NEAR_LINE)).any(axis=1)
        return over


def largest_ties(prepared: PreparedCase, flexible_mva: tuple[ComplexArray, ComplexArray]) -> FloatArray:
    """Return what the tie-break ``rho |u|^2`` of each prosumer comes to at the most, in currency over the horizon.

    ``flexible_mva`` is the least and the most that everyone's flexibility can inject, as `LimitsInReach` has it.
    """
    square = sum(np.maximum(*(part(end) ** 2 for end in flexible_mva)) for part in (np.real, np.imag))
    ties: FloatArray = prepared.tie_break * prepared.case.horizon.step_hours * np.sum(square, axis=1)
    return ties


def _largest(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the largest modulus within a range."""
    largest: FloatArray = np.maximum(np.abs(low), np.abs(high))
    return largest
