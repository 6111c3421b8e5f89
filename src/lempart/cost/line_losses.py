"""What each line of the grid loses under one partition, in energy and in currency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.arguments import checks_arguments
from lempart.cost.equations.losses import counted_flows, loss_cost
from lempart.cost.grid_state import GridState, grid_state
from lempart.cost.model import CostModel
from lempart.cost.prepared_case import PreparedCase
from lempart.errors import InfeasibleError, SolverError, UsageError
from lempart.partition import PartitionLike
from lempart.typing import FloatArray, IntArray, frozen_array


@dataclass(frozen=True, eq=False)
class LineLosses:
    """What lines lose over the horizon in the realisation; a line is known by the node at its lower end.

    Attributes
    ----------
    lines
        The lines that have an impedance, from the PCC outward, each branch before the next one: others lose nothing.
    energy_mwh
        ``h sum_t r |S|^2``, shape ``(nodes,)``; NaN where nothing is dispatched.
    cost
        ``h sum_t w |S|^2`` in currency, shape ``(nodes,)``: what that energy costs at the PCC. NaN as above.
    """

    lines: IntArray
    energy_mwh: FloatArray
    cost: FloatArray

    @property
    def total_mwh(self) -> float:
        """Return what all lines lose."""
        return float(np.nansum(self.energy_mwh))

    @property
    def total_cost(self) -> float:
        """Return what that costs: the part ``loss`` of ``Phi``."""
        return float(np.nansum(self.cost))


@checks_arguments
def line_losses(prepared: PreparedCase, state: GridState) -> LineLosses:
    """Return what each line loses under a partition.

    Parameters
    ----------
    prepared
        The case, made ready; losses are priced in it.
    state
        The grid's state under the partition (:func:`lempart.cost.grid_state`).

    Raises
    ------
    UsageError
        When losses aren't priced, or the state is that of another grid.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from lempart import costs_of, read_case, shipped_case_path
    >>> from lempart.cost import grid_state, line_losses
    >>> case = read_case(shipped_case_path("rural-feeder-5"))
    >>> costs = costs_of(replace(case, market=replace(case.market, losses="priced")))
    >>> lost = line_losses(costs.prepared, grid_state(costs, "H24,H63,H83,H1,H65"))
    >>> len(lost.lines), round(lost.total_mwh, 6), round(lost.total_cost, 3)
    (43, 0.000656, 0.091)
    """
    if prepared.losses is None:
        raise UsageError('losses aren\'t priced in this case: set losses = "priced" in [market]')
    grid, market, hours = prepared.grid, prepared.case.market, prepared.case.horizon.step_hours
    if state.grid is not grid:
        raise UsageError("the state of the grid belongs to another case: dispatch this one")
    active_only = not (market.externalities or market.strict_reactive)
    flows = counted_flows(state.realized.flows_mva, active_only=active_only)
    walk = grid.tree.outward
    resistance = np.repeat(grid.r_pu[:, None], flows.shape[1], axis=1)
    return LineLosses(
        walk[(grid.r_pu[walk] != 0.0) | (grid.x_pu[walk] != 0.0)],
        frozen_array(loss_cost(resistance, flows, hours)),
        frozen_array(loss_cost(prepared.losses.weight, flows, hours)),
    )


@checks_arguments
def with_and_without(costs: CostModel, partition: PartitionLike) -> tuple[GridState, GridState | None]:
    """Return the state of the grid under a partition, and that without markets: under everyone alone.

    The latter is None where that is the same partition, the grid doesn't admit it, or it can't be dispatched.

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
    """
    state, family = grid_state(costs, partition), costs.prepared.family
    alone = family.everyone_alone
    if alone == state.partition or not family.is_partition(alone):
        return state, None
    try:
        return state, grid_state(costs, alone)
    except (InfeasibleError, SolverError):
        return state, None
