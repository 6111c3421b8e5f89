"""Coalition costs without externalities (Eq 9): each coalition on its own radial graph."""

from __future__ import annotations

import math
import warnings
from functools import cached_property, reduce
from operator import add

import numpy as np

from lempart._renamed import renamed_arguments
from lempart.conic import SolverSettings
from lempart.cost.bounds.dual import DualBoundSession
from lempart.cost.bounds.limits_in_reach import LimitsInReach, largest_ties
from lempart.cost.bounds.price_takers import PriceTakers
from lempart.cost.dispatched import DispatchedPart
from lempart.cost.equations.settlement import settle_alone
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import coalition_problem, own_grid
from lempart.cost.records import CoalitionCost, CoalitionParts, PartitionCost, coalition_parts, partition_parts
from lempart.dispatch import Dispatch, DispatchProblem, LazyDispatcher
from lempart.errors import InfeasibleError
from lempart.partition import CoalitionLike, Partition, PartitionLike, Subgraph
from lempart.typing import FloatArray

_DISPATCHES_KEPT = 4  # dispatches: a coalition's duals are asked for right after its cost


@renamed_arguments({"setting": "prepared", "settings": "solver"})
class CostsWithoutExternalities:
    """``phi_0`` of every coalition, computed once; satisfies ``game.CharacteristicGame``.

    Under strict self-consumption the ex-post balancing rate of every coalition is the market's imbalance penalty.
    """

    def __init__(self, prepared: PreparedCase, solver: SolverSettings | None = None) -> None:
        self.prepared = prepared
        self._solver = solver
        self._dispatcher = _Dispatcher(solver)
        self._takers = PriceTakers(prepared, solver)
        self._cache: dict[int, CoalitionCost] = {}
        self._dispatched: dict[int, Dispatch] = {}
        self._regular: tuple[CoalitionCost, ...] | None = None

    def turnover(self, mask: int) -> float:
        """Return what the players of ``mask`` turn over, in currency: what tolerances are a share of."""
        return self.prepared.turnover(mask)

    def cost(self, coalition: int) -> float:
        """Return ``phi_0``, infinite where the coalition can't reach zero exchange."""
        return self.coalition(coalition).total

    def coalition(self, coalition: int) -> CoalitionCost:
        """Return the cost of a coalition (a mask of players) with its parts."""
        if coalition not in self._cache:
            self._dispatch(coalition)
        return self._cache[coalition]

    def last_dispatch(self, coalition: int) -> Dispatch | None:
        """Return the ex-ante dispatch of a coalition whose duals bound others; None where it is not viable.

        Directions of batteries, which others needn't share, are left open. Only the last few are kept.
        """
        if coalition not in self._dispatched and self.coalition(coalition).parts is not None:
            self._dispatch(coalition)
        return self._dispatched.get(coalition)

    def tie_break_cost(self, coalition: int) -> float:
        """Return what the tie-break adds to the dispatch of a coalition, in currency: it is in its duals, not its cost.

        0 where the coalition is not viable.
        """
        solved = self.last_dispatch(coalition)
        if solved is None:
            return 0.0
        return solved.problem.tie_break * solved.problem.step_hours * float((np.abs(solved.flexible_mva) ** 2).sum())

    def bounds(self, coalition: int) -> DualBoundSession:
        """Return what the duals of dispatches say about the costs of the sub-coalitions of ``coalition``."""
        return DualBoundSession(self.prepared, coalition, self.last_dispatch, self._takers, self.cost, self._ties)

    @cached_property
    def _ties(self) -> FloatArray:
        """Return what everyone's tie-break comes to at the most where it is no longer small; else 0."""
        if self.prepared.tie_break <= self.prepared.usual_tie_break:
            return np.zeros(len(self.prepared.case.prosumers))
        return largest_ties(self.prepared, LimitsInReach(self.prepared, self._solver).flexible_mva)

    def _dispatch(self, coalition: int) -> None:
        """Dispatch a coalition; keep its cost, and for a while the dispatch itself."""
        territory = self.prepared.family.subgraph(coalition)
        solved = self._try(territory, ", ".join(self.prepared.names(coalition)))
        self._cache[coalition] = self._costed(territory, solved)
        if isinstance(solved, CoalitionCost):
            return
        self._dispatched[coalition] = solved.convex or solved
        if len(self._dispatched) > _DISPATCHES_KEPT:
            del self._dispatched[next(iter(self._dispatched))]

    def regular(self) -> tuple[CoalitionCost, ...]:
        """Return the costs of the regular customers, each alone."""
        if self._regular is None:
            territories = self.prepared.regular_territories
            prosumers = self.prepared.case.prosumers
            self._regular = tuple(self._evaluate(t, prosumers[t.prosumers[0]].name) for t in territories)
        return self._regular

    @property
    def characteristic(self) -> CostsWithoutExternalities:
        """Return these costs: a coalition's depend on the coalition alone."""
        return self

    def total(self, partition: PartitionLike) -> float:
        """Return ``Phi``, infinite where a coalition isn't viable; of no coalitions what regular customers cost."""
        if isinstance(partition, Partition) and not partition.coalitions:
            return math.fsum(cost.total for cost in self.regular())
        return self.partition(partition).total

    def coalition_cost(self, coalition: CoalitionLike, partition: PartitionLike) -> float:
        """Return ``phi_0`` of a coalition of a partition, infinite where it isn't viable."""
        coalition, partition = self.prepared.meant(coalition, partition)
        return self.cost(coalition)

    def partition(self, partition: PartitionLike) -> PartitionCost:
        """Return ``Phi`` of a partition: the sum of ``phi_0`` over its coalitions.

        Raises
        ------
        UsageError
            The grid doesn't admit the partition: players are missing, or coalitions share an edge.
        """
        partition = self.prepared.partition_of(partition)
        coalitions = tuple(self.coalition(coalition) for coalition in partition)
        every, each = (*coalitions, *self.regular()), []
        for cost in every:
            if cost.parts is None:
                return PartitionCost(partition, None, coalitions, self.regular())
            flexibility, _, _, *others = cost.parts.as_dict().values()  # energy and tax are nobody's
            each.append(partition_parts([flexibility, 0.0, 0.0, *others]))
        parts = reduce(add, each, type(each[0])())
        burning, gap = tuple(one for cost in every for one in cost.burning), sum(cost.gap for cost in every)
        tie_open = any(cost.tie_open for cost in every)
        return PartitionCost(partition, parts, coalitions, self.regular(), burning=burning, gap=gap, tie_open=tie_open)

    @cached_property
    def without_burning(self) -> CostsWithoutExternalities:
        """Return the same costs where no battery charges and discharges at once, as far as is quickly found."""
        return CostsWithoutExternalities(self.prepared.compared, self._solver)

    def territories(self, partition: Partition) -> tuple[Subgraph, ...]:
        """Return the subgraphs of all coalitions: the players', then the regular customers'."""
        return self.prepared.territories(partition)

    def problems(self, partition: Partition) -> tuple[DispatchProblem, ...]:
        """Return the ex-ante problems of a partition, one for each coalition."""
        return tuple(self.coalition_problem(territory) for territory in self.territories(partition))

    def problem(self, territory: Subgraph) -> DispatchProblem:
        """Return what :meth:`coalition_problem` does, under its old name."""
        warnings.warn("problem is now called coalition_problem", DeprecationWarning, stacklevel=2)
        return self.coalition_problem(territory)

    def coalition_problem(self, territory: Subgraph) -> DispatchProblem:
        """Return the ex-ante problem of a coalition (Eq 9e, 9f): its boundary node is its PCC."""
        return coalition_problem(self.prepared, territory)

    def dispatched(self, partition: PartitionLike) -> tuple[DispatchedPart, ...]:
        """Return a partition dispatched, every coalition on its own part of the grid.

        Raises
        ------
        InfeasibleError
            When a coalition isn't viable.
        """
        partition = self.prepared.partition_of(partition)
        return tuple(
            self._part(territory, LazyDispatcher(self._solver).dispatch(self.coalition_problem(territory)))
            for territory in self.territories(partition)
        )

    def _evaluate(self, territory: Subgraph, names: str) -> CoalitionCost:
        return self._costed(territory, self._try(territory, names))

    def _costed(self, territory: Subgraph, solved: Dispatch | CoalitionCost) -> CoalitionCost:
        if isinstance(solved, CoalitionCost):
            return solved
        burning = solved.burning_of(territory.prosumers)
        return CoalitionCost(self._parts(territory, solved), burning=burning, gap=solved.gap, tie_open=solved.tie_open)

    def _try(self, territory: Subgraph, names: str) -> Dispatch | CoalitionCost:
        """Return the dispatch of a territory, or the cost of one that is not viable."""
        try:
            return self._dispatcher.dispatch(self.coalition_problem(territory))
        except InfeasibleError as error:
            return CoalitionCost(None, reason=f"{{{names}}} is not viable: {error}")

    def _parts(self, territory: Subgraph, solved: Dispatch) -> CoalitionParts:
        part, market = self._part(territory, solved), self.prepared.case.market
        tariffs, penalty, hours = solved.problem.tariffs, market.imbalance_penalty_per_mwh, part.hours
        losses = None if part.loss_cost is None else part.loss_cost.sum()
        parts = settle_alone(solved.flexibility_cost, part.realized, part.mismatch_mva, tariffs, penalty, hours, losses)
        return coalition_parts(parts.tolist())

    def _part(self, territory: Subgraph, solved: Dispatch) -> DispatchedPart:
        """Return a coalition on its own grid as a part of a dispatched partition."""
        grid = own_grid(self.prepared.grid, territory) if self.prepared.has_margins else solved.problem.grid
        nodes = np.array([territory.boundary_nodes[0], *territory.edges], dtype=np.int64)
        return DispatchedPart(self.prepared, grid, nodes, np.array(territory.prosumers), (territory,), solved)


class _Dispatcher(LazyDispatcher):
    """Dispatches coalitions with limits at the steps that need them alone: most are far from theirs.

    Where one coalition comes to its limits others are likely to: they start with the limits of these steps.
    """

    def dispatch(self, problem: DispatchProblem) -> Dispatch:
        self._drafts = {}  # of another coalition's grid
        return super().dispatch(problem)
