"""The state of the grid under one partition, before and after the forecasts meet what really happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.coupled import CoupledCosts
from lempart.cost.decoupled import DecoupledCosts, own_grid
from lempart.dispatch import dispatch, realized_state
from lempart.grid import RadialGrid
from lempart.partition import Partition
from lempart.typing import ComplexArray, FloatArray, frozen_array


@dataclass(frozen=True, eq=False)
class Stage:
    """Flows and voltages at one set of injections.

    Attributes
    ----------
    flows_mva
        ``S_n``, complex, shape ``(nodes, steps)``; row 0 is the exchange at the PCC. NaN where nothing is dispatched
        (without externalities: edges in no market).
    deviations
        ``dv_n``, shape ``(nodes, steps)``; from the market's own boundary node where coalitions are dispatched apart.
    """

    flows_mva: ComplexArray
    deviations: FloatArray

    @property
    def voltage_pu(self) -> FloatArray:
        """Return ``sqrt(1 + dv_n)``, shape ``(nodes, steps)``."""
        return np.asarray(np.sqrt(np.maximum(1.0 + self.deviations, 0.0)))

    def loading(self, grid: RadialGrid) -> FloatArray:
        """Return ``|S_n|`` as a share of the rating, shape ``(nodes, steps)``; NaN where a line has none."""
        rating = np.where(grid.has_rating, grid.rating_mva, np.nan)
        return np.asarray(np.abs(self.flows_mva) / rating[:, None])


@dataclass(frozen=True, eq=False)
class GridState:
    """The grid under one partition: ``expected`` at ``U_hat + u``, ``realized`` at ``U + u``.

    Attributes
    ----------
    flexible_mva
        ``u``, complex MVA, shape ``(prosumers, steps)``.
    """

    grid: RadialGrid
    partition: Partition
    flexible_mva: ComplexArray
    expected: Stage
    realized: Stage


def grid_state(
    costs: CoupledCosts | DecoupledCosts, partition: Partition, settings: SolverSettings | None = None
) -> GridState:
    """Dispatch a partition and return flows and voltages on the whole grid, ex-ante and ex-post.

    With externalities this is the one dispatch of Eq 4; without, every coalition is on its own graph (Eq 9).

    Raises
    ------
    InfeasibleError
        When the partition, or one of its coalitions, can't be dispatched.
    SolverError
        When a dispatch can't be solved to tolerance.
    """
    scenario = costs.setting.case.scenario
    flexible = flexible_injections(costs, partition, settings)
    stages = [_stage(costs, partition, given + flexible) for given in (scenario.forecast, scenario.realization)]
    return GridState(costs.setting.grid, partition, frozen_array(flexible, np.complex128), *stages)


def flexible_injections(
    costs: CoupledCosts | DecoupledCosts, partition: Partition, settings: SolverSettings | None = None
) -> ComplexArray:
    """Return ``u`` of a partition, complex MVA, shape ``(prosumers, steps)``; raises as :func:`grid_state`."""
    if isinstance(costs, CoupledCosts):
        return dispatch(costs.problem(partition), settings).flexible_mva
    flexible = np.zeros_like(costs.setting.case.scenario.forecast)
    for territory in costs.territories(partition):
        solved = dispatch(costs.problem(territory), settings)
        flexible[list(territory.prosumers)] = solved.flexible_mva
    return flexible


def _stage(costs: CoupledCosts | DecoupledCosts, partition: Partition, injections: ComplexArray) -> Stage:
    grid = costs.setting.grid
    if isinstance(costs, CoupledCosts):
        state = realized_state(grid, injections)
        return Stage(frozen_array(state.flows_mva, np.complex128), frozen_array(state.deviations))
    flows = np.full((grid.node_count, injections.shape[1]), complex(np.nan, np.nan))
    deviations = np.full(flows.shape, np.nan)
    for territory in costs.territories(partition):
        state = realized_state(own_grid(grid, territory), injections[list(territory.prosumers)])
        nodes = list(territory.edges)  # each edge by its child node, in the order in which its own grid holds them
        flows[nodes], deviations[nodes] = state.flows_mva[1:], state.deviations[1:]
    return Stage(frozen_array(flows, np.complex128), frozen_array(deviations))
