"""Partition and coalition costs under coupled power flow (Eqs 7 and 8)."""

from __future__ import annotations

from functools import cached_property

from cachetools import LRUCache

from lempart.conic import SolverSettings
from lempart.cost.bounds import CoupledBounds
from lempart.cost.cluster_dispatch import KEPT
from lempart.cost.dispatched import DispatchedPart
from lempart.cost.joined import JoinedCosts
from lempart.cost.records import PartitionCost
from lempart.cost.routes.whole_grid import WholeGrid, whole_grid_part, whole_grid_problem
from lempart.cost.scenarios import Scenarios
from lempart.cost.setting import Setting
from lempart.cost.unlimited import UnlimitedCosts
from lempart.dispatch import DispatchProblem, LazyDispatcher
from lempart.partition import Partition, Subgraph


class CoupledCosts:
    """``Phi`` and ``phi`` of every partition, computed once; satisfies ``game.PartitionGame``.

    The costs of all partitions are kept, because a deviation's partition is a partition.

    Parameters
    ----------
    join
        Whether to dispatch coalitions that don't carry each other's power apart, and join them where no limit of the
        grid couples them: the same costs at a fraction of the work. Otherwise every partition is one dispatch.

    Attributes
    ----------
    joined, coupled
        How many partitions were costed either way.
    """

    def __init__(self, setting: Setting, settings: SolverSettings | None = None, *, join: bool = True) -> None:
        self.setting = setting
        self.joined = self.coupled = 0
        self._settings = settings
        self._scenarios = Scenarios.of(setting)
        self._joined = JoinedCosts(self._scenarios, settings) if join else None
        self._unlimited = UnlimitedCosts(self._joined) if self._joined is not None else None
        self._whole_grid = WholeGrid(self._scenarios, settings)
        self._cache: LRUCache[Partition, PartitionCost] = LRUCache(KEPT)

    def turnover(self, mask: int) -> float:
        """Return what the players of ``mask`` turn over, in currency: what tolerances are a share of."""
        return self.setting.turnover(mask)

    def total(self, partition: Partition) -> float:
        """Return ``Phi`` (Eq 7)."""
        return self.partition(partition).total

    def coalition_cost(self, coalition: int, partition: Partition) -> float:
        """Return ``phi(F; P)`` (Eq 8)."""
        known = isinstance(partition, Partition) and partition in self._cache
        if not known or coalition not in partition:
            self.setting.require(partition, coalition)
        if not known and self._unlimited is not None:
            found = self._unlimited.cost(coalition, partition)
            if found is not None:
                return found
        return self.partition(partition).coalitions[partition.coalitions.index(coalition)].total

    def partition(self, partition: Partition) -> PartitionCost:
        """Return the costs of a partition with all their parts.

        Raises
        ------
        UsageError
            The grid doesn't admit the partition: players are missing, or coalitions share an edge.
        InfeasibleError
            When the forecast can't be met; the feasible region is the same for all partitions.
        """
        found = self._cache.get(partition) if isinstance(partition, Partition) else None
        if found is None:
            self.setting.require(partition)
            found = self._cache[partition] = self._evaluate(partition)
        return found

    @cached_property
    def bounds(self) -> CoupledBounds:
        """Return lower bounds on the costs of partitions, additive over coalitions."""
        return CoupledBounds(self.setting, self._joined or JoinedCosts(self._scenarios, self._settings), self._settings)

    @cached_property
    def without_burning(self) -> CoupledCosts:
        """Return the same costs where no battery charges and discharges at once, as far as is quickly found."""
        return CoupledCosts(self.setting.compared, self._settings)

    def territories(self, partition: Partition) -> tuple[Subgraph, ...]:
        """Return the subgraphs of all coalitions: the players', then the regular customers'."""
        own = tuple(self.setting.family.subgraph(coalition) for coalition in partition)
        return own + self.setting.regular_territories

    def problem(self, partition: Partition) -> DispatchProblem:
        """Return the ex-ante problem of a partition (Eq 4)."""
        return whole_grid_problem(self.setting, self.territories(partition))

    def dispatched(self, partition: Partition) -> tuple[DispatchedPart, ...]:
        """Return a partition dispatched, on the whole grid: one part.

        Raises
        ------
        InfeasibleError
            When the forecast can't be met.
        """
        self.setting.require(partition)
        solved = LazyDispatcher(self._settings).dispatch(self.problem(partition))
        return (whole_grid_part(self.setting, self.territories(partition), solved),)

    def _evaluate(self, partition: Partition) -> PartitionCost:
        found = self._joined.cost(partition) if self._joined is not None else None
        if found is not None:
            self.joined += 1
            return found
        self.coupled += 1
        return self._whole_grid.cost(partition, self.territories(partition))
