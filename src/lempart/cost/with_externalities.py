"""Partition and coalition costs under coupled power flow (Eqs 7 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import cached_property
from typing import TypeVar

from cachetools import LRUCache

from lempart._renamed import renamed_arguments
from lempart.conic import SolverSettings
from lempart.cost import helper
from lempart.cost.bounds.additive import PartitionBounds
from lempart.cost.bounds.bound_programs import BoundPrograms
from lempart.cost.bounds.chosen import partition_bounds
from lempart.cost.bounds.with_losses import bounds_with_losses
from lempart.cost.dispatched import DispatchedPart
from lempart.cost.helper import Helper
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import whole_grid_problem
from lempart.cost.records import PartitionCost, PartitionOutline
from lempart.cost.routes.by_cluster import ByCluster
from lempart.cost.routes.cluster_dispatch import MAX_COSTS_KEPT
from lempart.cost.routes.no_limits import NoLimits
from lempart.cost.routes.shared import SharedWork
from lempart.cost.routes.whole_grid import WholeGrid, whole_grid_part
from lempart.cost.scenarios import Scenarios
from lempart.dispatch import Dispatch, DispatchProblem, LazyDispatcher
from lempart.partition import CoalitionLike, Partition, PartitionLike, Subgraph
from lempart.stop_rule import StopRule, never

Found = TypeVar("Found")

FEW_PLAYERS = 8
"""With more, not all partitions can be costed, and coalitions are costed one by one where that can be done."""


class Route(Enum):
    """How the costs of a case are found; they are the same, but for what solvers' tolerances leave."""

    WHOLE_GRID = "every partition by one dispatch of the whole grid"
    BY_CLUSTER = "every partition by clusters dispatched apart, on the whole grid where a limit couples them"
    NO_LIMITS = "coalitions one by one in closed form, as partitions where a limit is reached or a price isn't unique"


@renamed_arguments({"bounds": "partition_bounds", "setting": "prepared", "settings": "solver"})
class CostsWithExternalities:
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

    def __init__(self, prepared: PreparedCase, solver: SolverSettings | None = None, *, join: bool = True) -> None:
        self.prepared = prepared
        self.joined = self.coupled = 0
        self._solver = solver
        self._scenarios = Scenarios.of(prepared)
        self._clusters = ByCluster(self._scenarios, solver)
        self._joins = join and not prepared.has_losses  # they couple coalitions that share edges
        self._whole_grid = WholeGrid(self._scenarios, solver)
        self._cache: LRUCache[Partition, PartitionCost] = LRUCache(MAX_COSTS_KEPT)
        self._outlines: LRUCache[Partition, PartitionOutline] = LRUCache(MAX_COSTS_KEPT)
        self._bound_programs = BoundPrograms()
        self._shared: SharedWork | None = None

    def turnover(self, mask: int) -> float:
        """Return what the players of ``mask`` turn over, in currency: what tolerances are a share of."""
        return self.prepared.turnover(mask)

    def total(self, partition: PartitionLike) -> float:
        """Return ``Phi`` (Eq 7); raises as :meth:`partition` does."""
        return self.outline(partition).total

    @cached_property
    def route(self) -> Route:
        """Return how costs are found: chosen once, by the case alone."""
        if self._by_cluster is None:
            return Route.WHOLE_GRID
        many = self.prepared.family.player_count > FEW_PLAYERS
        return Route.NO_LIMITS if many else Route.BY_CLUSTER

    @cached_property
    def _by_cluster(self) -> ByCluster | None:
        """Return what joins clusters; None where that isn't tried.

        It isn't where limits couple even those who are all alone and many are dispatched together: to look whether they
        do so in another partition takes longer than to dispatch it.
        """
        if not self._joins:
            return None
        family = self.prepared.family
        alone = family.everyone_alone
        if family.is_partition(alone) and self._clusters.cost(alone) is None and self._whole_grid.together > 1:
            return None
        return self._clusters

    def coalition_cost(self, coalition: CoalitionLike, partition: PartitionLike) -> float:
        """Return ``phi(F; P)`` (Eq 8)."""
        if type(coalition) is int and isinstance(partition, Partition) and self._knows(coalition, partition):
            mask, meant = coalition, partition
        else:
            mask, meant = self.prepared.meant(coalition, partition)
        if self._no_limits is not None:
            found = self._no_limits.cost(mask, meant)
            if found is not None:
                return found
        return self.partition(meant).coalitions[meant.coalitions.index(mask)].total

    def _knows(self, coalition: int, partition: Partition) -> bool:
        """Return whether a partition was costed before, so that it is admissible, and the coalition is in it."""
        return partition in self._cache and coalition in partition

    def partition(self, partition: PartitionLike) -> PartitionCost:
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
            partition = self.prepared.partition_of(partition)
            found = self._cache[partition] = self._evaluate(partition)
        return found

    def outline(self, partition: PartitionLike) -> PartitionCost | PartitionOutline:
        """Return what a partition costs, without who pays it where that takes long; raises as :meth:`partition` does.

        Nodal prices have no part in ``Phi``. Where many partitions are dispatched on the whole grid, of which few are
        ever asked who pays, they are left until somebody does.
        """
        if not isinstance(partition, Partition) or not self._is_known(partition):
            partition = self.prepared.partition_of(partition)
            if self._prices_wait:
                self.prepare_outlines_until([partition], never)
        if partition in self._cache or partition not in self._outlines:  # why it isn't there is told here
            return self.partition(partition)
        return self._outlines[partition]

    def _is_known(self, partition: Partition) -> bool:
        return partition in self._cache or partition in self._outlines

    @property
    def _prices_wait(self) -> bool:
        return self._whole_grid.together > 1 and self.prepared.family.player_count > FEW_PLAYERS

    def prepare(self, partitions: Sequence[Partition]) -> None:
        """Find the costs of these partitions together, where that is quicker; each is then answered from what is kept.

        No answer is another for it. Nothing is raised: what can't be dispatched, or isn't admissible, is left to be
        asked for.

        Parameters
        ----------
        partitions
            Admissible ones, no more than are kept.
        """
        self.prepare_until(partitions, never)

    def prepare_until(self, partitions: Sequence[Partition], stop: StopRule) -> None:
        """Do the same until told to stop: asked after each partition, once all are dispatched."""
        coupled = [partition for partition in dict.fromkeys(partitions) if self._needs_dispatch(partition)]
        found = self._each(helper.costs, self._whole_grid.each_cost_if_any, coupled)
        self._keep(self._cache, coupled, found, stop)

    def prepare_outlines_until(self, partitions: Sequence[Partition], stop: StopRule) -> None:
        """Do the same for whom :meth:`total` is enough."""
        if not self._prices_wait:
            return self.prepare_until(partitions, stop)
        coupled = [
            partition
            for partition in dict.fromkeys(partitions)
            if partition not in self._outlines and self._needs_dispatch(partition)
        ]
        found = self._each(helper.outlines, self._whole_grid.outlines_if_any, coupled)
        return self._keep(self._outlines, coupled, found, stop)

    def _keep(
        self,
        kept: MutableMapping[Partition, Found],
        partitions: Sequence[Partition],
        found: Iterable[Found | None],
        stop: StopRule,
    ) -> None:
        for partition, cost in zip(partitions, found, strict=True):
            if cost is not None:
                self.coupled += not self._is_known(partition)
                kept[partition] = cost
            if stop():
                return

    def _needs_dispatch(self, partition: Partition) -> bool:
        """Return whether only a dispatch of the whole grid says what a partition costs; keep the costs of others."""
        if partition in self._cache or (self._no_limits is not None and self._no_limits.settles(partition)):
            return False
        found = self._by_cluster.cost(partition) if self._by_cluster is not None else None
        if found is not None:
            self.joined += 1
            self._cache[partition] = found
        return found is None

    def _each(
        self,
        elsewhere: Callable[[Helper, Sequence[Partition]], Sequence[Found | None]],
        here: Callable[[Sequence[Partition]], Iterable[Found | None]],
        partitions: Sequence[Partition],
    ) -> Iterable[Found | None]:
        """Return what dispatches of the whole grid say of partitions; None where one is to be asked for alone."""
        together = self._whole_grid.together
        if self._shared is None or not self._shared.available or len(partitions) <= (together == 1):
            return here(partitions)
        rounds = -(-len(partitions) // (self._shared.workers * together))
        return self._shared.each(elsewhere, partitions, together * max(1, rounds))

    @property
    def together(self) -> int:
        """Return how many partitions are dispatched together for hardly more than one; 1 while none had to be."""
        return self._whole_grid.together if self.coupled else 1

    @property
    def at_once(self) -> int:
        """Return how many partitions keep all processes busy."""
        return self._whole_grid.together * (1 if self._shared is None else self._shared.workers)

    @contextmanager
    def shared_over(self, workers: int) -> Iterator[None]:
        """Share dispatches of the whole grid over so many processes until the block ends: the same costs, bit for bit.

        Parameters
        ----------
        workers
            1: this process alone.
        """
        if workers > 1:
            self._shared = SharedWork(helper.helper, self.prepared.case, self._solver, workers, helper.set_up)
            self._bound_programs.shared = self._shared
        try:
            yield
        finally:
            if self._shared is not None:
                self._shared.end()
            self._shared = self._bound_programs.shared = None

    @cached_property
    def _no_limits(self) -> NoLimits | None:
        """Return what costs coalitions one by one, where the route is that."""
        return NoLimits(self._by_cluster) if self.route is Route.NO_LIMITS and self._by_cluster else None

    @property
    def characteristic(self) -> None:
        """Return None: what a coalition pays depends on the others' coalitions."""

    @cached_property
    def partition_bounds(self) -> PartitionBounds:
        """Return lower bounds on the costs of partitions, additive over coalitions."""
        found = self._bounds(never)
        assert found is not None
        return found

    def partition_bounds_until(self, stop: StopRule) -> PartitionBounds | None:
        """Return the same, or what is known of them where told to stop; None where that is nothing.

        Parameters
        ----------
        stop
            Asked before each program that is solved for them.
        """
        known: PartitionBounds | None = vars(self).get("partition_bounds")
        if known is not None:
            return known
        found = self._bounds(stop)
        if found is not None and not stop():
            vars(self)["partition_bounds"] = found
        return found

    def _bounds(self, stop: StopRule) -> PartitionBounds | None:
        if self.prepared.has_losses:
            return bounds_with_losses(self.prepared, self._solver, stop)
        return partition_bounds(self._clusters, self._on_whole_grid, self._solver, stop, self._bound_programs)

    def _on_whole_grid(self, partition: Partition) -> Dispatch:
        return self._whole_grid.dispatch(self.territories(partition))

    @cached_property
    def without_burning(self) -> CostsWithExternalities:
        """Return the same costs where no battery charges and discharges at once, as far as is quickly found."""
        return CostsWithExternalities(self.prepared.compared, self._solver)

    def territories(self, partition: Partition) -> tuple[Subgraph, ...]:
        """Return the subgraphs of all coalitions: the players', then the regular customers'."""
        return self.prepared.territories(partition)

    def problem(self, partition: Partition) -> DispatchProblem:
        """Return the ex-ante problem of a partition (Eq 4)."""
        return whole_grid_problem(self.prepared, self.territories(partition))

    def problems(self, partition: Partition) -> tuple[DispatchProblem]:
        """Return the same, as the one problem there is."""
        return (self.problem(partition),)

    def tie_break_cost(self, coalition: int) -> float:  # noqa: ARG002
        """Return 0: prices are paid for what is exchanged, they don't stand in for a coalition's cost."""
        return 0.0

    def dispatched(self, partition: PartitionLike) -> tuple[DispatchedPart, ...]:
        """Return a partition dispatched, on the whole grid: one part.

        Raises
        ------
        InfeasibleError
            When the forecast can't be met.
        """
        partition = self.prepared.partition_of(partition)
        solved = LazyDispatcher(self._solver).dispatch(self.problem(partition))
        return (whole_grid_part(self.prepared, self.territories(partition), solved),)

    def _evaluate(self, partition: Partition) -> PartitionCost:
        found = self._by_cluster.cost(partition) if self._by_cluster is not None else None
        if found is not None:
            self.joined += 1
            return found
        (cost,) = self._each(helper.costs, lambda _: [None], [partition])
        self.coupled += not self._is_known(partition)
        return cost or self._whole_grid.cost(partition)
