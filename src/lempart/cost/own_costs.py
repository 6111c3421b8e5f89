"""A cost model of one's own, with what the rest of lempart asks of one beside what it says."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, cast, get_args

from lempart._renamed import renamed_arguments
from lempart.arguments import checks_arguments, fits, found
from lempart.case import Case
from lempart.conic import SolverSettings
from lempart.cost.model import CoalitionCosts, CostModel, costs_of
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.records import CoalitionCost, CoalitionParts, PartitionCost, PartitionParts
from lempart.dispatch import DispatchProblem
from lempart.errors import UsageError
from lempart.partition import CoalitionLike, Partition, PartitionLike, Subgraph

CostsName: TypeAlias = Literal["market", "with-externalities", "without-externalities"]
"""``"market"``: the model that the case's market asks for, Eq 8 or Eq 9."""


@dataclass(frozen=True, slots=True)
class OwnPartitionParts(PartitionParts):
    """The cost of a partition that is in ``other`` alone: a model of one's own says the sum."""

    other: float = 0.0


@dataclass(frozen=True, slots=True)
class OwnCoalitionParts(CoalitionParts):
    """The cost of a coalition that is in ``other`` alone."""

    other: float = 0.0


@renamed_arguments({"setting": "prepared"})
@dataclass(frozen=True, eq=False)
class OwnCosts:
    """A :class:`CostModel` made of an object with either of two things, and its case.

    Attributes
    ----------
    prepared
        The case, made ready.
    own
        Has ``cost(coalition)``, what a coalition pays in any partition; or ``total(partition)`` and
        ``coalition_cost(coalition, partition)``. In currency, infinite where that isn't viable. Whatever else it has
        (``turnover``, ``bounds``, ``partition_bounds``) is used, too.
    """

    prepared: PreparedCase
    own: Any

    def __post_init__(self) -> None:
        if not callable(getattr(self.own, "cost", None)) and not self._with_externalities:
            needed = "cost(coalition), or total(partition) and coalition_cost(coalition, partition)"
            raise UsageError(f"costs must have {needed}; found {found(self.own)}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("own", "prepared"):
            raise AttributeError(name)
        return getattr(self.own, name)

    @property
    def _with_externalities(self) -> bool:
        return all(callable(getattr(self.own, name, None)) for name in ("total", "coalition_cost"))

    @property
    def characteristic(self) -> CoalitionCosts | None:
        """Return this model where a coalition's cost depends on the coalition alone."""
        return None if self._with_externalities else self

    @property
    def without_burning(self) -> CostModel:
        """Return this model: what it knows of batteries is its own affair."""
        return self

    def turnover(self, mask: int) -> float:
        """Return what the players of ``mask`` turn over, in currency: as the model says, or else as the case does."""
        own = getattr(self.own, "turnover", None)
        return self.prepared.turnover(mask) if own is None else self._number(own(mask), "turnover")

    def cost(self, coalition: int) -> float:
        """Return what a coalition pays, in any partition."""
        return self._number(self.own.cost(coalition), "cost")

    def coalition_cost(self, coalition: CoalitionLike, partition: PartitionLike) -> float:
        """Return what a coalition pays in a partition."""
        coalition, partition = self.prepared.meant(coalition, partition)
        if not self._with_externalities:
            return self.cost(coalition)
        return self._number(self.own.coalition_cost(coalition, partition), "coalition_cost")

    def total(self, partition: PartitionLike) -> float:
        """Return what a partition costs."""
        if not isinstance(partition, Partition):
            partition = self.prepared.partition_of(partition)
        if self._with_externalities:
            return self._number(self.own.total(partition), "total")
        return math.fsum(map(self.cost, partition))

    def partition(self, partition: PartitionLike) -> PartitionCost:
        """Return the costs of a partition and of its coalitions, undivided."""
        partition = self.prepared.partition_of(partition)
        total, each = self.total(partition), [self.coalition_cost(mask, partition) for mask in partition]
        name = type(self.own).__name__
        return PartitionCost(
            partition,
            None if math.isinf(total) else OwnPartitionParts(other=total),
            tuple(
                CoalitionCost(None, reason=f"it isn't viable, says {name}")
                if math.isinf(cost)
                else CoalitionCost(OwnCoalitionParts(other=cost))
                for cost in each
            ),
        )

    def territories(self, partition: Partition) -> tuple[Subgraph, ...]:
        """Return the subgraphs of all coalitions: the players', then the regular customers'."""
        return (*map(self.prepared.family.subgraph, partition), *self.prepared.regular_territories)

    def problems(self, partition: Partition) -> tuple[DispatchProblem, ...]:  # noqa: ARG002
        """Return nothing: nothing is dispatched."""
        return ()

    def dispatched(self, partition: PartitionLike) -> tuple[Any, ...]:  # noqa: ARG002
        """Raise ``UsageError``: there is no dispatch, and no flow or voltage of one."""
        raise UsageError(f"{type(self.own).__name__} says what coalitions cost, not how they are dispatched")

    def tie_break_cost(self, coalition: int) -> float:  # noqa: ARG002
        """Return 0: nothing is dispatched."""
        return 0.0

    def _number(self, value: Any, name: str) -> float:
        if not fits(value, float) or value == -math.inf:
            wanted = "a number, or infinity for what isn't viable"
            raise UsageError(f"{name} of {type(self.own).__name__} must be {wanted}; found {found(value)}")
        return float(value)


CostsLike: TypeAlias = CostsName | CostModel | Callable[[Case], Any] | Any
"""A name, a model, an object that says costs, or a function (or class) that makes one of these of a case."""


@checks_arguments
def cost_model(case: Case, costs: CostsLike = "market", solver: SolverSettings | None = None) -> CostModel:
    """Return the cost model that is meant.

    Parameters
    ----------
    case
        The case.
    costs
        ``"market"``: what the case's market asks for; ``"with-externalities"`` (Eq 8) or ``"without-externalities"``
        (Eq 9); a model of one's own (see :class:`OwnCosts`); or a function or class that makes one of a case.
    solver
        Tolerances and choice of the solver.

    Raises
    ------
    UsageError
        There is no such name, or an object says no costs.
    """
    if isinstance(costs, str):
        if costs not in get_args(CostsName):
            raise UsageError(f"costs must be one of {', '.join(get_args(CostsName))}, or a model; found {costs!r:.60}")
        if costs != "market":
            external = costs == "with-externalities"
            market = replace(case.market, externalities=external)
            market = market if external else replace(market, single_boundary=True)
            case = replace(case, market=market)
        return costs_of(case, solver)
    own: Any = costs
    if isinstance(own, type) or _is_function(own):
        own = own(case)
    return cast("CostModel", own) if fits(own, CostModel) else OwnCosts(PreparedCase.of(case), own)


def _is_function(value: object) -> bool:
    """Return whether a value only makes models: what says costs may be callable, too."""
    return callable(value) and not any(hasattr(value, name) for name in ("cost", "total"))
