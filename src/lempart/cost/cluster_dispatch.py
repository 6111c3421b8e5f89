"""What the coalitions of a cluster pay when nothing but their own lines limits them; each cluster solved once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from lempart.conic import SolverSettings
from lempart.cost.clusters import Cluster, ClusterFinder, Span
from lempart.cost.prices import boundary_prices, unlimited_energy_cost
from lempart.cost.setting import Setting
from lempart.cost.sweep import Sweep
from lempart.dispatch import Dispatch, DispatchProblem, Exchanges, LazyDispatcher
from lempart.errors import InfeasibleError, SolverError
from lempart.grid import RadialGrid
from lempart.partition import Subgraph, mask_of, members
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Share:
    """What one coalition of a dispatched cluster pays whatever the other clusters do, in currency over the horizon.

    Attributes
    ----------
    flexibility, energy, tax, line
        As in :class:`~lempart.cost.CoalitionParts`; energy at the prices of a grid whose other limits don't bind.
    transit_tax, price_dependent
        As in :class:`~lempart.cost.CoalitionCost`.
    """

    flexibility: float
    energy: float
    tax: float
    line: float
    transit_tax: float
    price_dependent: bool


@dataclass(frozen=True, eq=False, slots=True)
class ClusterCost:
    """A dispatched cluster.

    Attributes
    ----------
    prosumers
        Everyone in it, ascending.
    flexible_mva
        Their ``u``, complex MVA, shape ``(prosumers, steps)``.
    shares
        What each coalition pays, by the mask of its prosumers.
    """

    prosumers: IntArray
    flexible_mva: ComplexArray
    shares: Mapping[int, Share]


@dataclass(frozen=True, slots=True)
class _Placed:
    """A coalition's edges and boundary nodes by their numbers in a part of the grid."""

    edges: tuple[int, ...]
    boundary_nodes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Part:
    """What the clusters on one part of the grid have in common: all but how its coalitions are formed."""

    grid: RadialGrid
    nodes: IntArray
    position: Mapping[int, int]
    prosumers: IntArray
    sweep: Sweep
    dispatcher: LazyDispatcher


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """How everyone in a cluster is dispatched.

    Attributes
    ----------
    prosumers
        Who they are, ascending.
    flexible_mva
        Their ``u``, complex MVA, shape ``(prosumers, steps)``.
    flexibility_cost
        What that costs them, in currency over the horizon, shape ``(prosumers,)``.
    """

    prosumers: IntArray
    flexible_mva: ComplexArray
    flexibility_cost: FloatArray


class ClusterDispatcher:
    """Dispatches clusters on their own parts of the grid, and keeps the results by who is in them."""

    def __init__(self, setting: Setting, finder: ClusterFinder, settings: SolverSettings | None = None) -> None:
        self._setting = setting
        self._finder = finder
        self._settings = settings
        self._parts: dict[int, _Part] = {}
        self._plans: dict[tuple[int, tuple[int, ...]], Plan | None] = {}
        self._solved: dict[tuple[int, ...], ClusterCost | None] = {}

    def cost(
        self, cluster: Cluster, territories: Sequence[Subgraph], own: Sequence[int], spans: Sequence[Span]
    ) -> ClusterCost | None:
        """Return the costs of a cluster of the given coalitions, or None where it can't be dispatched.

        Parameters
        ----------
        territories, own, spans
            Of all coalitions of the partition: the subgraph, the mask of the prosumers, and where they exchange power.
        """
        key = tuple(sorted(own[place] for place in cluster.places))
        if key not in self._solved:
            inside = {own[place]: territories[place] for place in cluster.places}
            try:
                self._solved[key] = self._solve(cluster, inside, spans)
            except (InfeasibleError, SolverError):
                self._solved[key] = None
        return self._solved[key]

    def plan(self, cluster: Cluster, spans: Sequence[Span]) -> Plan | None:
        """Return how a cluster is dispatched, or None where limits of the grid may shape that.

        Exchanges that the forecast gives bear on nobody's dispatch: clusters that differ in those alone have one plan.
        ``spans`` as in :meth:`cost`.

        Raises
        ------
        InfeasibleError, SolverError
            Where it can't be dispatched.
        """
        at = {who: node for place in cluster.places for node, who in spans[place].exchanges}
        every = sorted(who for place in cluster.places for _, who in spans[place].exchanges if who & self._flexible)
        key = cluster.prosumers, tuple(every)
        if key not in self._plans:
            self._plans[key] = self._planned(self._part(cluster), [(at[who], who) for who in every])
        return self._plans[key]

    def _planned(self, part: _Part, exchanged: Sequence[tuple[int, int]]) -> Plan | None:
        if part.dispatcher.limited:
            return None
        problem = self._problem(part, self._sums(part, exchanged))
        if not exchanged and part.sweep.within(problem.forecast):  # nobody has flexibility
            return Plan(part.prosumers, np.zeros_like(problem.forecast), np.zeros(len(part.prosumers)))
        solved = part.dispatcher.dispatch(problem)
        if solved.problem.line_steps != ():
            return None
        return Plan(part.prosumers, solved.flexible_mva, solved.flexibility_cost)

    def _sums(self, part: _Part, exchanged: Sequence[tuple[int, int]]) -> Exchanges:
        """Return exchanges as the sums of flows that arrive at a node from below."""
        children, below, rows = self._finder.grid.tree.children, self._finder.below, []
        for row, (node, who) in enumerate(exchanged):
            rows += [(row, part.position[edge]) for edge in children[node] if below[edge] & who]
        at: IntArray = np.array(rows, dtype=np.int64).reshape(-1, 2)
        shape = len(exchanged), part.grid.node_count
        nodes: IntArray = np.array([part.position[node] for node, _ in exchanged], dtype=np.int64)
        return Exchanges(
            np.arange(len(nodes)), nodes, sp.csr_array((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=shape)
        )

    def _solve(self, cluster: Cluster, territories: Mapping[int, Subgraph], spans: Sequence[Span]) -> ClusterCost:
        plan, part = self.plan(cluster, spans), self._part(cluster)
        setting, hours = self._setting, self._setting.case.horizon.step_hours
        exchanges = self._exchanges(part, list(territories.values()))
        problem = self._problem(part, exchanges)
        solved = None
        if plan is None:
            solved = part.dispatcher.dispatch(problem)
            plan = Plan(part.prosumers, solved.flexible_mva, solved.flexibility_cost)
        flows = part.sweep.flows(setting.case.scenario.realization[part.prosumers] + plan.flexible_mva)
        exchanged: ComplexArray = np.asarray(exchanges.matrix @ flows)
        tax = problem.tariffs.tax * hours
        taxed = (np.abs(exchanged) * tax).sum(axis=1)
        energy, dependent = self._energy(part, problem, plan, solved, exchanged)
        line = self._line_cost(part, problem, flows)
        owner = {int(prosumer): index for index, prosumer in enumerate(part.prosumers)}
        shares = {}
        for index, (mask, territory) in enumerate(territories.items()):
            at = exchanges.coalition == index
            net = float((np.abs(exchanged[at].sum(axis=0)) * tax).sum())
            shares[mask] = Share(
                flexibility=float(plan.flexibility_cost[[owner[m] for m in territory.prosumers]].sum()),
                energy=float(energy[at].sum()),
                tax=float(taxed[at].sum()),
                line=float(line[[part.position[edge] for edge in territory.edges]].sum()),
                transit_tax=float(taxed[at].sum()) - net,
                price_dependent=bool(dependent[at].any()),
            )
        return ClusterCost(part.prosumers, plan.flexible_mva, shares)

    def _energy(
        self, part: _Part, problem: DispatchProblem, plan: Plan, solved: Dispatch | None, exchanged: ComplexArray
    ) -> tuple[FloatArray, BoolArray]:
        """Return what each exchange costs at the price of its node, and whether that depends on the choice."""
        cost = None
        if solved is None:
            cost = unlimited_energy_cost(problem, part.sweep.flows(problem.forecast + plan.flexible_mva), exchanged)
        if cost is not None:
            return cost.sum(axis=1) * problem.step_hours, np.zeros(len(exchanged), dtype=bool)
        prices = boundary_prices(solved or part.dispatcher.dispatch(problem), exchanged, self._settings)
        return prices.energy_cost.sum(axis=1) * problem.step_hours, prices.dependent

    def _part(self, cluster: Cluster) -> _Part:
        if cluster.prosumers in self._parts:
            return self._parts[cluster.prosumers]
        part = self._new_part(cluster)
        if len(cluster.places) > 1:  # there may be others like it
            self._parts[cluster.prosumers] = part
        return part

    def _new_part(self, cluster: Cluster) -> _Part:
        finder, dispatch_grid = self._finder, self._setting.dispatch_grid
        grid, nodes = finder.own_grid(cluster, dispatch_grid)
        return _Part(
            grid=grid,
            nodes=nodes,
            position={int(node): index for index, node in enumerate(nodes)},
            prosumers=np.array(members(cluster.prosumers), dtype=np.int64),
            sweep=Sweep.of(grid),
            dispatcher=LazyDispatcher(self._settings),
        )

    @cached_property
    def _flexible(self) -> int:
        """Return the mask of the prosumers who have flexibility."""
        return mask_of(m for m, prosumer in enumerate(self._setting.case.prosumers) if prosumer.flexibility)

    @staticmethod
    def _exchanges(part: _Part, territories: Sequence[Subgraph]) -> Exchanges:
        at = part.position
        placed = [
            _Placed(tuple(at[edge] for edge in t.edges), tuple(at[node] for node in t.boundary_nodes))
            for t in territories
        ]
        return Exchanges.of(placed, part.grid)

    def _problem(self, part: _Part, exchanges: Exchanges) -> DispatchProblem:
        setting, tariffs = self._setting, self._setting.tariffs
        return DispatchProblem(
            grid=part.grid,
            prosumers=tuple(setting.case.prosumers[m] for m in part.prosumers),
            forecast=setting.case.scenario.forecast[part.prosumers],
            step_hours=setting.case.horizon.step_hours,
            tariffs=replace(
                tariffs,
                line_penalty=tariffs.line_penalty[part.nodes],
                voltage_penalty=tariffs.voltage_penalty[part.nodes],
            ),
            exchanges=exchanges,
            balance="market",
            limits=setting.case.dispatch.limits,
            tie_break=setting.tie_break,
            margins=setting.has_margins,
        )

    def _line_cost(self, part: _Part, problem: DispatchProblem, flows: ComplexArray) -> FloatArray:
        """Return what ex-post violations of each edge cost over the horizon, shape ``(nodes of the part,)``."""
        excess = np.maximum(np.abs(flows) - self._setting.grid.rating_mva[part.nodes, None], 0.0)
        cost: FloatArray = problem.tariffs.line_penalty * excess.sum(axis=1) * problem.step_hours
        cost[0] = 0.0  # the edge above the root is not the cluster's
        return cost
