"""Costs of a partition from clusters that were dispatched apart, where no limit of the grid couples them.

Without the limits of the grid above them, the ex-ante problem (Eqs 3 and 4) separates over clusters, tie-break
included. Where the joined dispatch keeps every limit, it is the answer of a relaxation that keeps what was relaxed:
the coupled optimum. Then no limit between a cluster and the PCC has a shadow price, and ``lambda_0`` is the price at
the cluster's root. What is left is one sweep over the grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from cachetools import LRUCache

from lempart.conic import SolverSettings
from lempart.cost.cluster_cost import ClusterCost, Share
from lempart.cost.cluster_dispatch import KEPT, ClusterDispatcher
from lempart.cost.clusters import ClusterFinder, Span
from lempart.cost.parts import CoalitionParts, PartitionParts
from lempart.cost.reach import Reach
from lempart.cost.results import CoalitionCost, PartitionCost
from lempart.cost.setting import Setting
from lempart.cost.sweep import Sweep
from lempart.dispatch import RealizedState
from lempart.partition import Partition, Subgraph, canonical_subgraph, mask_of
from lempart.typing import BoolArray, FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class _Member:
    """What doesn't change about a coalition from partition to partition.

    Attributes
    ----------
    own
        Mask of its prosumers.
    imbalance_mva
        ``|sum of U - U_hat|``, shape ``(steps,)``.
    """

    territory: Subgraph
    own: int
    span: Span
    edges: list[int]
    internal_nodes: list[int]
    imbalance_mva: FloatArray


@dataclass(eq=False)
class JoinedCosts:
    """``Phi`` and ``phi`` of partitions whose clusters no limit couples."""

    setting: Setting
    settings: SolverSettings | None = None
    _members: LRUCache[int, _Member] = field(default_factory=lambda: LRUCache(KEPT), init=False, repr=False)

    def cost(self, partition: Partition) -> PartitionCost | None:
        """Return the costs of a partition, or None where its clusters have to be dispatched together."""
        members = [self._player(mask) for mask in partition] + self._regular
        found = self._clusters(members)
        if found is None:
            return None
        scenario = self.setting.case.scenario
        flexible = np.zeros_like(scenario.forecast)
        for cluster in found:
            flexible[cluster.prosumers] = cluster.flexible_mva
        if not self.expected.within(scenario.forecast + flexible):
            return None
        shares = {mask: share for cluster in found for mask, share in cluster.shares.items()}
        state = self.realized.state(scenario.realization + flexible)
        settled = self._settled(partition, members, [shares[member.own] for member in members], state)
        burning = tuple(one for cluster in found for one in cluster.burning)
        return replace(settled, burning=burning, gap=sum(cluster.gap for cluster in found))

    def own_cost(self, prosumers: Sequence[int]) -> float | None:
        """Return what a coalition dispatched apart pays for flexibility, energy, tax and violations of its own lines.

        None where it has more than one boundary node, or can't be dispatched.
        """
        found = self._apart(prosumers)
        if found is None:
            return None
        share = found.shares[mask_of(prosumers)]
        return share.flexibility + share.energy + share.tax + share.line

    def planned_cost(self, prosumers: Sequence[int]) -> float | None:
        """Return what flexibility, energy and tax would cost a coalition dispatched apart, had the forecast come true.

        None as for :meth:`own_cost`. With hard limits, less what the tie-break may have added, no dispatch in which its
        own lines' ratings are kept costs less; what the dispatch may itself lie above the cheapest is taken off.
        """
        found = self._apart(prosumers)
        if found is None:
            return None
        case, tariffs = self.setting.case, self.setting.tariffs
        net = (case.scenario.forecast[found.prosumers] + found.flexible_mva).sum(axis=0)
        per_hour = tariffs.tax * np.abs(net) - (tariffs.price.conj() * net).real
        traded = float(per_hour.sum()) * case.horizon.step_hours
        return found.shares[mask_of(prosumers)].flexibility + traded - found.gap

    def _apart(self, prosumers: Sequence[int]) -> ClusterCost | None:
        """Return the dispatch of a coalition that carries nobody; None for others, and where there is none."""
        member = self._member(canonical_subgraph(self.setting.grid.tree, prosumers))
        if member.span.carried != member.own:
            return None
        found = self._clusters([member])
        return None if found is None else found[0]

    @property
    def balancing(self) -> float:
        """Return ``Gamma_b`` (Eq 6), in currency over the horizon: the same for every partition."""
        return float(self.balancing_per_step.sum())

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

    def _settled(
        self, partition: Partition, members: Sequence[_Member], shares: Sequence[Share], state: RealizedState
    ) -> PartitionCost:
        """Return the costs at the realised flows (Eqs 7 and 8)."""
        hours = self.setting.case.horizon.step_hours
        own_voltage, common, line, voltage = self._violations(members, state)
        imbalances = np.array([member.imbalance_mva for member in members])
        total = imbalances.sum(axis=0)
        shared, charged = self.balancing_per_step + common, total > 1e-12 * self.setting.largest_forecast_mva
        pays = imbalances @ np.divide(shared, total, out=np.zeros_like(shared), where=charged)
        costs = tuple(
            CoalitionCost(
                CoalitionParts(s.flexibility, s.energy, s.tax, s.line, own, pay),
                s.price_dependent,
                transit_tax=s.transit_tax,
                known_to=s.known_to,
            )
            for s, own, pay in zip(shares, own_voltage, pays.tolist(), strict=True)
        )
        price = self.setting.tariffs.price
        parts = PartitionParts(
            flexibility=sum(share.flexibility for share in shares),
            import_=-float((price.conj() * state.flows_mva[0]).real.sum()) * hours,
            tax=sum(share.tax for share in shares),
            line=line,
            voltage=voltage,
            imbalance=float(self.balancing_per_step.sum()),
        )
        unrecovered = float(shared[~charged].sum())
        paid = sum(cost.total for cost in costs)
        players = len(partition)
        return PartitionCost(
            partition, parts, costs[:players], costs[players:], paid - parts.total + unrecovered, unrecovered
        )

    def _violations(
        self, members: Sequence[_Member], state: RealizedState
    ) -> tuple[list[float], FloatArray, float, float]:
        """Return each coalition's voltage violations, what is common to all per step, and the totals of both kinds."""
        hours, tariffs = self.setting.case.horizon.step_hours, self.setting.tariffs
        own, common = [0.0] * len(members), np.zeros(state.flows_mva.shape[1])
        totals = [0.0, 0.0]
        if state.line_excess_mva.any():
            line = tariffs.line_penalty[:, None] * state.line_excess_mva * hours
            totals[0] = float(line.sum())
            common += line[~self._inside([member.edges for member in members])].sum(axis=0)
        if state.voltage_excess.any():
            voltage = tariffs.voltage_penalty[:, None] * state.voltage_excess * hours
            totals[1] = float(voltage.sum())
            common += voltage[~self._inside([member.internal_nodes for member in members])].sum(axis=0)
            per_node = voltage.sum(axis=1)
            own = [float(per_node[member.internal_nodes].sum()) for member in members]
        return own, common, totals[0], totals[1]

    def _inside(self, places: Sequence[list[int]]) -> BoolArray:
        inside = np.zeros(self.setting.grid.node_count, dtype=bool)
        inside[[node for own in places for node in own]] = True
        return inside

    def _player(self, mask: int) -> _Member:
        found = self._members.get(mask)
        if found is None:
            found = self._members[mask] = self._member(self.setting.family.subgraph(mask))
        return found

    def imbalance_mva(self, prosumers: Sequence[int]) -> FloatArray:
        """Return ``|sum of U - U_hat|`` of some prosumers, shape ``(steps,)``."""
        scenario, at = self.setting.case.scenario, list(prosumers)
        size: FloatArray = np.abs((scenario.realization[at] - scenario.forecast[at]).sum(axis=0))
        return size

    def _member(self, territory: Subgraph) -> _Member:
        at = list(territory.prosumers)
        return _Member(
            territory=territory,
            own=mask_of(at),
            span=self.finder.span(territory.edge_mask),
            edges=list(territory.edges),
            internal_nodes=list(territory.internal_nodes),
            imbalance_mva=self.imbalance_mva(at),
        )

    @cached_property
    def _regular(self) -> list[_Member]:
        return [self._member(territory) for territory in self.setting.regular_territories]

    @cached_property
    def finder(self) -> ClusterFinder:
        """Return who is dispatched with whom."""
        return ClusterFinder(self.setting.grid)

    @cached_property
    def dispatcher(self) -> ClusterDispatcher:
        """Return what dispatches clusters."""
        return ClusterDispatcher(self.setting, self.finder, self.settings)

    @cached_property
    def expected(self) -> Sweep:
        """Return the flows and voltages of the dispatch, with the limits that hold ex-ante."""
        return Sweep.of(self.setting.dispatch_grid)

    @cached_property
    def realized(self) -> Sweep:
        """Return the flows and voltages that really come, with the limits that hold ex-post."""
        return Sweep.of(self.setting.grid)

    @cached_property
    def reach(self) -> Reach:
        """Return what flexibility can make of flows and voltages."""
        return Reach(self.setting, self.expected, self.realized, self.settings)

    @cached_property
    def balancing_per_step(self) -> FloatArray:
        """Return ``Gamma_b`` per step (Eq 6), the same for every partition."""
        scenario, market = self.setting.case.scenario, self.setting.case.market
        mismatch = np.abs((scenario.realization - scenario.forecast).sum(axis=0))
        cost: FloatArray = market.imbalance_penalty_per_mwh * mismatch * self.setting.case.horizon.step_hours
        return cost
