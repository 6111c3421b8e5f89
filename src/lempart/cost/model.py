"""What every cost model offers, and which one a case's market asks for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from lempart._renamed import renamed_arguments
from lempart.arguments import Many, checks_arguments
from lempart.case import Case
from lempart.conic import SolverSettings
from lempart.cost.dispatched import DispatchedPart
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.records import PartitionCost, PartitionOutline
from lempart.cost.with_externalities import CostsWithExternalities
from lempart.cost.without_externalities import CostsWithoutExternalities
from lempart.dispatch import DispatchProblem
from lempart.partition import CoalitionLike, Partition, PartitionLike, Subgraph


class CoalitionCosts(Protocol):
    """A game in characteristic function form: a coalition's cost depends on the coalition alone."""

    def cost(self, coalition: int) -> float:
        """Return ``phi_0`` of a mask of players; infinite where it isn't viable."""
        ...


class CostModel(Protocol):
    """The costs of a case. Nobody asks what kind a model is: its answers say all that differs.

    Coalitions are masks of players. A model may offer bounds beside this: ``partition_bounds`` on the costs of
    partitions, for searches, and ``bounds(coalition)`` on those of its sub-coalitions, for cores. And it may find the
    costs of many partitions together, by ``prepare`` (see :class:`lempart.game.PreparedGame`).
    """

    @property
    def prepared(self) -> PreparedCase:
        """Return the case, made ready."""
        ...

    @property
    def characteristic(self) -> CoalitionCosts | None:
        """Return what coalitions cost in every partition alike; None where that depends on the others' coalitions."""
        ...

    @property
    def without_burning(self) -> CostModel:
        """Return the same costs where no battery charges and discharges at once, as far as is quickly found."""
        ...

    def turnover(self, mask: int) -> float:
        """Return what the players of ``mask`` turn over, in currency: what tolerances are a share of."""
        ...

    def total(self, partition: PartitionLike) -> float:
        """Return ``Phi``, infinite where a coalition isn't viable."""
        ...

    def partition(self, partition: PartitionLike) -> PartitionCost:
        """Return the costs of a partition with all their parts."""
        ...

    def coalition_cost(self, coalition: CoalitionLike, partition: PartitionLike) -> float:
        """Return what a coalition pays in a partition, ``phi(F; P)`` or ``phi_0(F)``; infinite where not viable."""
        ...

    def territories(self, partition: Partition) -> tuple[Subgraph, ...]:
        """Return the subgraphs of all coalitions: the players', then the regular customers'."""
        ...

    def problems(self, partition: Partition) -> tuple[DispatchProblem, ...]:
        """Return the ex-ante problems of a partition, one for each part of the grid that is dispatched on its own."""
        ...

    def dispatched(self, partition: PartitionLike) -> tuple[DispatchedPart, ...]:
        """Return a partition dispatched, part by part; ``InfeasibleError`` where one can't be."""
        ...

    def tie_break_cost(self, coalition: int) -> float:
        """Return what the tie-break adds to prices of a coalition on its own, in currency: it is in no cost."""
        ...


@renamed_arguments({"settings": "solver"})
@checks_arguments
def costs_of(case: Case, solver: SolverSettings | None = None) -> CostModel:
    """Return the cost model that the case's market asks for; ``UsageError`` for what is no case.

    Parameters
    ----------
    case
        The case.
    solver
        Tolerances and choice of the solver; None: the defaults.

    Examples
    --------
    >>> from lempart import Partition, costs_of, read_case, shipped_case_path
    >>> costs = costs_of(read_case(shipped_case_path("example-1")))
    >>> apart, pair = Partition.of([0b001, 0b010, 0b100]), Partition.of([0b011, 0b100])
    >>> round(costs.total(apart), 3), round(costs.total(pair), 3)
    (234.0, 236.0)
    >>> round(costs.coalition_cost(0b011, pair), 3)
    158.0
    """
    model = CostsWithExternalities if case.market.externalities else CostsWithoutExternalities
    return model(PreparedCase.of(case), solver)


@checks_arguments
def outline_of(costs: CostModel, partition: Partition) -> PartitionCost | PartitionOutline:
    """Return what a partition costs, without who pays it where a model would have to find that yet.

    Parameters
    ----------
    costs
        Any model; one without ``outline`` is asked for all of the costs.
    partition
        An admissible one.
    """
    outline: Callable[[Partition], PartitionCost | PartitionOutline] | None = getattr(costs, "outline", None)
    return costs.partition(partition) if outline is None else outline(partition)


@checks_arguments
def shared_over(costs: object, workers: Many) -> AbstractContextManager[None]:
    """Share the work of a cost model over processes while a block lasts, where it can be: its costs stay the same.

    Parameters
    ----------
    costs
        Any model; one without ``shared_over`` stays in this process.
    workers
        How many processes; 1: this one.
    """
    shared: Callable[[int], AbstractContextManager[None]] | None = getattr(costs, "shared_over", None)
    return nullcontext() if shared is None else shared(workers)
