"""Costs of partitions and coalitions; the games that the theory arm plays."""

from __future__ import annotations

from lempart._renamed import renamed
from lempart.cost.draws.coalition_series import CoalitionSeries, SeriesCosts
from lempart.cost.draws.partition_series import PartitionDraws, PartitionSeries
from lempart.cost.draws.records import PartitionSeriesCosts, SeriesCounts
from lempart.cost.equations.edge_allocation import balancing_allocation, edge_allocation, push_down
from lempart.cost.equations.settlement import PARTS
from lempart.cost.grid_state import GridState, Stage, flexible_injections, grid_state
from lempart.cost.key_figures import Figures, HomeFigures, KeyFigures, MarketFigures, key_figures
from lempart.cost.line_losses import LineLosses, line_losses, with_and_without
from lempart.cost.model import CostModel, costs_of, outline_of, shared_over
from lempart.cost.own_costs import CostsLike, CostsName, OwnCosts, cost_model
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.records import (
    CoalitionCost,
    CoalitionParts,
    CoalitionPartsWithLoss,
    PartitionCost,
    PartitionOutline,
    PartitionParts,
    PartitionPartsWithLoss,
)
from lempart.cost.with_externalities import CostsWithExternalities
from lempart.cost.without_externalities import CostsWithoutExternalities

__getattr__ = renamed(
    __name__,
    {
        "Costs": "CostModel",
        "CoupledCosts": "CostsWithExternalities",
        "CoupledDraws": "PartitionDraws",
        "CoupledSeries": "PartitionSeries",
        "DecoupledCosts": "CostsWithoutExternalities",
        "Setting": "PreparedCase",
    },
)

__all__ = [
    "PARTS",
    "CoalitionCost",
    "CoalitionParts",
    "CoalitionPartsWithLoss",
    "CoalitionSeries",
    "CostModel",
    "CostsLike",
    "CostsName",
    "CostsWithExternalities",
    "CostsWithoutExternalities",
    "Figures",
    "GridState",
    "HomeFigures",
    "KeyFigures",
    "LineLosses",
    "MarketFigures",
    "OwnCosts",
    "PartitionCost",
    "PartitionDraws",
    "PartitionOutline",
    "PartitionParts",
    "PartitionPartsWithLoss",
    "PartitionSeries",
    "PartitionSeriesCosts",
    "PreparedCase",
    "SeriesCosts",
    "SeriesCounts",
    "Stage",
    "balancing_allocation",
    "cost_model",
    "costs_of",
    "edge_allocation",
    "flexible_injections",
    "grid_state",
    "key_figures",
    "line_losses",
    "outline_of",
    "push_down",
    "shared_over",
    "with_and_without",
]
