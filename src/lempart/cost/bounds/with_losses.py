"""Lower bounds on the costs of partitions with losses: those of the same grid without losses, and without limits.

Losses cost at least nothing, so that a partition costs at least what its dispatch would without them. That dispatch
isn't the cheapest without losses, and keeps other limits: only bounds that hold for any dispatch within reach of the
devices, whatever the grid allows, may be taken.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.bounds.additive import PartitionBounds
from lempart.cost.bounds.chosen import gone_through
from lempart.cost.bounds.own_terms import OwnBounds
from lempart.cost.bounds.stage_prices import StagePrices
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.routes.by_cluster import ByCluster
from lempart.cost.scenarios import Scenarios
from lempart.stop_rule import StopRule


def bounds_with_losses(prepared: PreparedCase, solver: SolverSettings | None, stop: StopRule) -> PartitionBounds | None:
    """Return lower bounds on the costs of the partitions of a case with losses.

    None once ``stop`` gives a reason before the floor is known.
    """
    free = without_network(prepared)
    found = _InHindsight(free, ByCluster(Scenarios.of(free), solver), StagePrices.without_network(free), solver)
    return found if gone_through(found.steps_to_floor(), stop) else None


def without_network(prepared: PreparedCase) -> PreparedCase:
    """Return a case whose grid loses nothing and has no limits."""
    grid, case = prepared.grid, prepared.case
    unlimited = np.full(grid.node_count, np.inf)
    free = replace(grid, rating_mva=unlimited, dv_min=-unlimited, dv_max=unlimited)
    market = replace(case.market, losses="none", loss_pricing="average")
    options = replace(case.dispatch, voltage_margin_pu=0.0, line_margin=0.0)
    return replace(prepared, case=replace(case, market=market, dispatch=options), grid=free)


class _InHindsight(PartitionBounds):
    """Bounds of which none is the cost of a coalition's own dispatch: with losses it would be dispatched otherwise."""

    @cached_property
    def _own(self) -> OwnBounds:
        return _OwnInHindsight(self.prepared, self.by_cluster, self.prices, self.solver)


class _OwnInHindsight(OwnBounds):
    @property
    def limits_never_bind(self) -> bool:
        """Return False: flows without losses don't say."""
        return False
