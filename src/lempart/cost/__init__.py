"""Costs of partitions and coalitions; the games that the theory arm plays."""

from __future__ import annotations

from typing import TypeAlias

from lempart.arguments import checks_arguments
from lempart.case import Case
from lempart.conic import SolverSettings
from lempart.cost.coupled import CoupledCosts
from lempart.cost.coupled_series import CoupledSeries
from lempart.cost.decoupled import DecoupledCosts
from lempart.cost.draw_series import CoupledDraws
from lempart.cost.equations.edge_allocation import balancing_allocation, edge_allocation, push_down
from lempart.cost.equations.settlement import PARTS
from lempart.cost.grid_state import GridState, Stage, flexible_injections, grid_state
from lempart.cost.records import CoalitionCost, CoalitionParts, PartitionCost, PartitionParts
from lempart.cost.series import CoalitionSeries, SeriesCosts
from lempart.cost.series_costs import PartitionSeriesCosts, SeriesCounts
from lempart.cost.setting import Setting

Costs: TypeAlias = CoupledCosts | DecoupledCosts
"""The costs of a case, by Eq 8 or by Eq 9."""


@checks_arguments
def costs_of(case: Case, settings: SolverSettings | None = None) -> Costs:
    """Return the cost model that the case's market asks for; ``UsageError`` for what is no case."""
    setting = Setting.of(case)
    return CoupledCosts(setting, settings) if case.market.externalities else DecoupledCosts(setting, settings)


__all__ = [
    "PARTS",
    "CoalitionCost",
    "CoalitionParts",
    "CoalitionSeries",
    "Costs",
    "CoupledCosts",
    "CoupledDraws",
    "CoupledSeries",
    "DecoupledCosts",
    "GridState",
    "PartitionCost",
    "PartitionParts",
    "PartitionSeriesCosts",
    "SeriesCosts",
    "SeriesCounts",
    "Setting",
    "Stage",
    "balancing_allocation",
    "costs_of",
    "edge_allocation",
    "flexible_injections",
    "grid_state",
    "push_down",
]
