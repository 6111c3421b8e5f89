"""What a process works with that helps another one to cost the partitions of a case, and what it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lempart.case import Case
from lempart.conic import SolverSettings
from lempart.cost.bounds.stage_optima import Directions, StageDrafts, StageOptima
from lempart.cost.bounds.stage_prices import StagePrices
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.records import PartitionCost, PartitionOutline
from lempart.cost.routes.whole_grid import WholeGrid
from lempart.cost.scenarios import Scenarios
from lempart.errors import InfeasibleError, SolverError
from lempart.partition import Partition
from lempart.typing import BoolArray


@dataclass(eq=False)
class Helper:
    """One process' own: the whole grid, set up, and drafts of what bounds are made of."""

    prepared: PreparedCase
    solver: SolverSettings | None
    whole_grid: WholeGrid
    drafts: StageDrafts = field(default_factory=StageDrafts)


def helper(case: Case, solver: SolverSettings | None) -> Helper:
    """Return what a process works with."""
    prepared = PreparedCase.of(case)
    return Helper(prepared, solver, WholeGrid(Scenarios.of(prepared), solver))


def set_up(own: Helper, partitions: Sequence[Partition]) -> list[PartitionOutline | None]:
    """Set up what dispatches partitions together, before there are any."""
    own.whole_grid.set_up()
    return outlines(own, partitions)


def costs(own: Helper, partitions: Sequence[Partition]) -> list[PartitionCost | None]:
    """Return the costs of partitions, None where one can't be dispatched."""
    return own.whole_grid.costs_if_any(partitions)


def outlines(own: Helper, partitions: Sequence[Partition]) -> list[PartitionOutline | None]:
    """Return what partitions cost, without prices; None where one can't be dispatched."""
    return own.whole_grid.outlines_if_any(partitions)


def optima(
    prices: StagePrices, lines: BoolArray | None, own: Helper, coalitions: Sequence[Sequence[int]]
) -> list[tuple[float, Directions] | None]:
    """Return the optimum of each coalition at both stages' prices; None where no solver finds it."""
    solves = StageOptima(own.prepared, prices, own.solver, lines, own.drafts)
    found: list[tuple[float, Directions] | None] = []
    for prosumers in coalitions:
        try:
            found.append(solves.together(prosumers))
        except (InfeasibleError, SolverError):
            found.append(None)
    return found
