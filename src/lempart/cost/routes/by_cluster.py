"""Costs of a partition from clusters that were dispatched apart, where no limit of the grid couples them.

Without the limits of the grid above them, the ex-ante problem (Eqs 3 and 4) separates over clusters, tie-break
included. If the joined dispatch reaches none of the limits that were dropped, it solves the full problem. Then no limit
between a cluster and the PCC has a shadow price, and ``lambda_0`` is the price at the cluster's root. What is left is
one sweep over the grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from cachetools import LRUCache

from lempart.conic import SolverSettings
from lempart.cost.bounds.limits_in_reach import LimitsInReach
from lempart.cost.equations.violations import total_violations
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.records import PartitionCost
from lempart.cost.routes.cluster_dispatch import MAX_COSTS_KEPT, ClusterDispatcher
from lempart.cost.routes.cluster_records import ClusterCost, OwnAmounts
from lempart.cost.routes.clusters import ClusterFinder, Span
from lempart.cost.scenarios import Account, Scenarios
from lempart.cost.settled import partition_cost
from lempart.grid import Flows
from lempart.grid.limits import NEAR_LINE, line_excess, reached
from lempart.partition import Partition, Subgraph, canonical_subgraph, mask_of
from lempart.typing import ComplexArray, IntArray

NONE: IntArray = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class _Member:
    """What doesn't change about a coalition from partition to partition: mask of its prosumers, where it exchanges."""

    territory: Subgraph
    own: int
    span: Span
    account: Account


@dataclass(eq=False)
class ByCluster:
    """``Phi`` and ``phi`` of partitions whose clusters no limit couples."""

    scenarios: Scenarios
    solver: SolverSettings | None = None
    _members: LRUCache[int, _Member] = field(default_factory=lambda: LRUCache(MAX_COSTS_KEPT), init=False, repr=False)

    @property
    def prepared(self) -> PreparedCase:
        """Return the case."""
        return self.scenarios.prepared

    def cost(self, partition: Partition) -> PartitionCost | None:
        """Return the costs of a partition, or None where its clusters have to be dispatched together."""
        members = [self._player(mask) for mask in partition] + self._regular
        found = self._clusters(members)
        if found is None:
            return None
        own_edges = np.concatenate([cluster.edges for cluster in found])
        realized = self.realized([(cluster.prosumers, cluster.flexible_mva) for cluster in found], own_edges)
        if realized is None:
            return None
        own = {mask: amounts for cluster in found for mask, amounts in cluster.own.items()}
        costs = OwnAmounts.together([own[member.own] for member in members])
        settlement = self.scenarios.settle([member.account for member in members], costs, realized)
        burning = [one for cluster in found for one in cluster.burning]
        gap, tie_open = sum(cluster.gap for cluster in found), any(cluster.tie_open for cluster in found)
        return partition_cost(partition, settlement, burning, gap, tie_open=tie_open)

    def realized(self, dispatched: Iterable[tuple[IntArray, ComplexArray]], own_edges: IntArray = NONE) -> Flows | None:
        """Return what really flows where these prosumers inject these ``u``; None where a limit is reached ex-ante.

        Limits of ``own_edges`` are kept by the dispatches of clusters, and may be reached.
        """
        flexible = np.zeros_like(self.scenarios.forecast)
        for prosumers, flexible_mva in dispatched:
            flexible[prosumers] = flexible_mva
        planned = self.prepared.flow_map.at(self.scenarios.forecast + flexible)
        return planned + self.scenarios.missed if self._couples_none(planned, own_edges) else None

    def _couples_none(self, planned: Flows, own_edges: IntArray) -> bool:
        """Return whether no limit is reached but those of some edges, and those aren't exceeded."""
        if self.scenarios.within(planned):
            return True
        grid, own = self.prepared.dispatch_grid, own_edges[self.prepared.grid.has_rating[own_edges]]
        line, voltage = reached(grid, self.prepared.flow_map, planned)
        most = grid.rating_mva[own, None] * (1.0 + NEAR_LINE)
        line[self.prepared.flow_map.place_of_edge[own]] = np.abs(planned.flows_mva[own]) > most
        return not (line.any() or voltage.any())

    def own_cost(self, prosumers: Sequence[int]) -> float | None:
        """Return what a coalition dispatched apart pays for flexibility, energy, tax and violations of its own lines.

        None where it has more than one boundary node, or can't be dispatched.
        """
        found = self._apart(prosumers)
        if found is None:
            return None
        own, prepared = found.own[mask_of(prosumers)], self.prepared
        injected = self.scenarios.realization[found.prosumers] + found.flexible_mva
        flows, edges = prepared.flow_map.at(injected, found.prosumers).flows_mva, self._edges(prosumers)
        excess, rate = line_excess(prepared.grid, flows, edges), prepared.tariffs.line_penalty[edges]
        line = total_violations(rate, excess, prepared.case.horizon.step_hours)
        return own.flexibility + own.energy + own.tax + float(line)

    def _edges(self, prosumers: Sequence[int]) -> IntArray:
        edges = canonical_subgraph(self.prepared.grid.tree, prosumers).edges
        return np.array(edges, dtype=np.int64)

    def _apart(self, prosumers: Sequence[int]) -> ClusterCost | None:
        """Return the dispatch of a coalition that carries nobody; None for others, and where there is none."""
        member = self._member(canonical_subgraph(self.prepared.grid.tree, prosumers))
        if member.span.carried != member.own:
            return None
        found = self._clusters([member])
        return None if found is None else found[0]

    @property
    def balancing(self) -> float:
        """Return ``Gamma_b`` (Eq 6), in currency over the horizon: the same for every partition."""
        return float(self.scenarios.balancing.sum())

    def _clusters(self, members: Sequence[_Member]) -> list[ClusterCost] | None:
        territories = [member.territory for member in members]
        own = [member.own for member in members]
        spans = [member.span for member in members]
        found = []
        for cluster in self.finder.clusters(spans, own):
            cost = self.dispatcher.cost(cluster, territories, own, spans)
            if cost is None:
                return None
            found.append(cost)
        return found

    def _player(self, mask: int) -> _Member:
        found = self._members.get(mask)
        if found is None:
            found = self._members[mask] = self._member(self.prepared.family.subgraph(mask))
        return found

    def _member(self, territory: Subgraph) -> _Member:
        span = self.finder.span(territory.edge_mask)
        return _Member(territory, mask_of(territory.prosumers), span, self.scenarios.account(territory))

    @cached_property
    def _regular(self) -> list[_Member]:
        return [self._member(territory) for territory in self.prepared.regular_territories]

    @cached_property
    def finder(self) -> ClusterFinder:
        """Return who is dispatched with whom."""
        return ClusterFinder(self.prepared.grid)

    @cached_property
    def dispatcher(self) -> ClusterDispatcher:
        """Return what dispatches clusters."""
        return ClusterDispatcher(self.scenarios, self.finder, self.solver)

    @cached_property
    def reach(self) -> LimitsInReach:
        """Return what flexibility can make of flows and voltages."""
        return LimitsInReach(self.prepared, self.solver)
