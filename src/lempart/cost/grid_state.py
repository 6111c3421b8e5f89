"""The state of the grid under one partition, before and after the forecasts meet what really happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lempart.arguments import checks_arguments
from lempart.cost.dispatched import DispatchedPart
from lempart.cost.model import CostModel
from lempart.grid import RadialGrid, RealizedState, carried_flows
from lempart.partition import Partition, PartitionLike
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
    loading_mva
        What each edge carries, of the shape of the flows: ``|S_n|``, with losses that of the end that carries more.
    """

    flows_mva: ComplexArray
    deviations: FloatArray
    loading_mva: FloatArray

    @property
    def voltage_pu(self) -> FloatArray:
        """Return ``sqrt(1 + dv_n)``, shape ``(nodes, steps)``."""
        return np.asarray(np.sqrt(np.maximum(1.0 + self.deviations, 0.0)))

    def loading(self, grid: RadialGrid) -> FloatArray:
        """Return what edges carry as a share of the rating, shape ``(nodes, steps)``; NaN where a line has none."""
        rating = np.where(grid.has_rating, grid.rating_mva, np.nan)
        return np.asarray(self.loading_mva / rating[:, None])


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


@checks_arguments
def grid_state(costs: CostModel, partition: PartitionLike) -> GridState:
    """Dispatch a partition and return flows and voltages on the whole grid, ex-ante and ex-post.

    With externalities this is the one dispatch of Eq 4; without, every coalition is on its own graph (Eq 9).

    Parameters
    ----------
    costs
        The case's costs.
    partition
        An admissible partition of its players; names will do: ``"P1,P2|P3"``.

    Raises
    ------
    InfeasibleError
        When the partition, or one of its coalitions, can't be dispatched.
    SolverError
        When a dispatch can't be solved to tolerance.

    Examples
    --------
    >>> from lempart import costs_of, read_case, shipped_case_path
    >>> from lempart.cost import grid_state
    >>> costs = costs_of(read_case(shipped_case_path("example-1")))
    >>> state = grid_state(costs, costs.prepared.partition_of("P1,P2,P3"))
    >>> state.expected.flows_mva.shape
    (4, 3)
    """
    grid, meant = costs.prepared.grid, costs.prepared.partition_of(partition)
    parts = costs.dispatched(meant)
    stages = [_stage(grid, parts, at) for at in ("planned", "realized")]
    return GridState(grid, meant, _flexible(costs, parts), *stages)


@checks_arguments
def flexible_injections(costs: CostModel, partition: PartitionLike) -> ComplexArray:
    """Return ``u`` of a partition, complex MVA, shape ``(prosumers, steps)``; raises as :func:`grid_state`.

    Parameters
    ----------
    costs
        The case's costs.
    partition
        An admissible partition of its players; names will do: ``"P1,P2|P3"``.
    """
    return _flexible(costs, costs.dispatched(partition))


def _flexible(costs: CostModel, parts: Sequence[DispatchedPart]) -> ComplexArray:
    flexible = np.zeros_like(costs.prepared.case.scenario.forecast)
    for part in parts:
        flexible[part.prosumers] = part.solved.flexible_mva
    return frozen_array(flexible, np.complex128)


def _stage(grid: RadialGrid, parts: Sequence[DispatchedPart], at: Literal["planned", "realized"]) -> Stage:
    """Return the whole grid, NaN where no part is."""
    steps = parts[0].planned_mva.shape[-1]
    flows = np.full((grid.node_count, steps), complex(np.nan, np.nan))
    deviations, loading = np.full(flows.shape, np.nan), np.full(flows.shape, np.nan)
    for part in parts:
        state: RealizedState = getattr(part, at)
        kept = part.own_nodes
        own = part.nodes[kept]
        flows[own], deviations[own] = state.flows_mva[kept], state.deviations[kept]
        loading[own] = np.abs(flows[own])
        if part.prepared.has_losses:
            loading[own] = carried_flows(part.grid, getattr(part, f"{at}_mva")).loading_mva[kept]
    return Stage(frozen_array(flows, np.complex128), frozen_array(deviations), frozen_array(loading))
