"""What the coalitions of a cluster pay when nothing but their own lines limits them; each cluster solved once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.clusters import Cluster, ClusterFinder
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
    """What the clusters on one part of the grid have in common: all but how its coalitions are formed.

    Attributes
    ----------
    carried
        Mask of the prosumers whose power each edge carries, and of those among them who have flexibility.
    planned
        The dispatches that no limit of the grid shaped, by the exchanges that flexibility has a part in.
    """

    grid: RadialGrid
    nodes: IntArray
    position: Mapping[int, int]
    prosumers: IntArray
    sweep: Sweep
    dispatcher: LazyDispatcher
    carried: tuple[int, ...]
    flexible: int
    planned: dict[tuple[int, ...], _Plan] = field(default_factory=dict)

    def decided(self, exchanges: Exchanges) -> tuple[int, ...]:
        """Return the exchanges that flexibility has a part in, each by whose injections it sums up, ascending.

        All else that coalitions exchange is given by the forecast and bears on nobody's dispatch.
        """
        matrix, sums = exchanges.matrix, []
        for start, end in pairwise(matrix.indptr.tolist()):
            whose = 0
            for edge in matrix.indices[start:end].tolist():
                whose ^= self.carried[edge]  # flows of child edges add up; that to the parent is all but the rest
            if whose & self.flexible:
                sums.append(whose)
        return tuple(sorted(sums))


@dataclass(frozen=True, eq=False, slots=True)
class _Plan:
    """A dispatch of a part of the grid: ``u``, complex MVA, and what it costs each prosumer, in currency."""

    flexible_mva: ComplexArray
    flexibility_cost: FloatArray


class ClusterDispatcher:
    """Dispatches clusters on their own parts of the grid, and keeps the results by who is in them."""

    def __init__(self, setting: Setting, finder: ClusterFinder, settings: SolverSettings | None = None) -> None:
        self._setting = setting
        self._finder = finder
        self._settings = settings
        self._parts: dict[int, _Part] = {}
        self._solved: dict[tuple[int, ...], ClusterCost | None] = {}

    def cost(self, cluster: Cluster, territories: Sequence[Subgraph], own: Sequence[int]) -> ClusterCost | None:
        """Return the costs of a cluster of the given coalitions, or None where it can't be dispatched.

        Parameters
        ----------
        territories, own
            The subgraphs of all coalitions of the partition, and the mask of each one's prosumers.
        """
        key = tuple(sorted(own[place] for place in cluster.places))
        if key not in self._solved:
            try:
                self._solved[key] = self._solve(cluster, {own[place]: territories[place] for place in cluster.places})
            except (InfeasibleError, SolverError):
                self._solved[key] = None
        return self._solved[key]

    def _solve(self, cluster: Cluster, territories: Mapping[int, Subgraph]) -> ClusterCost:
        part = self._part(cluster)
        if len(territories) > 1:  # there may be others like it
            self._parts[cluster.prosumers] = part
        setting, hours = self._setting, self._setting.case.horizon.step_hours
        problem = self._problem(part, list(territories.values()))
        exchanges = problem.exchanges
        assert exchanges is not None
        plan, solved = self._plan(part, problem)
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

    def _plan(self, part: _Part, problem: DispatchProblem) -> tuple[_Plan, Dispatch | None]:
        """Return the dispatch of a problem; with its duals where limits of the grid shape it, and None else.

        Problems whose exchanges differ in what the forecast gives alone have one dispatch.
        """
        assert problem.exchanges is not None
        decided = part.decided(problem.exchanges)
        if decided in part.planned:
            return part.planned[decided], None
        if not part.flexible and part.sweep.within(problem.forecast):
            idle = np.zeros_like(problem.forecast)
            plan = part.planned[decided] = _Plan(idle, np.zeros(len(idle)))
            return plan, None
        solved = part.dispatcher.dispatch(problem)
        plan = _Plan(solved.flexible_mva, solved.flexibility_cost)
        if solved.problem.line_steps != ():
            return plan, solved
        part.planned[decided] = plan
        return plan, None

    def _energy(
        self, part: _Part, problem: DispatchProblem, plan: _Plan, solved: Dispatch | None, exchanged: ComplexArray
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
        finder, dispatch_grid = self._finder, self._setting.dispatch_grid
        grid, nodes = finder.own_grid(cluster, dispatch_grid)
        everyone = members(cluster.prosumers)
        return _Part(
            grid=grid,
            nodes=nodes,
            position={int(node): index for index, node in enumerate(nodes)},
            prosumers=np.array(everyone, dtype=np.int64),
            sweep=Sweep.of(grid),
            dispatcher=LazyDispatcher(self._settings),
            carried=tuple(finder.below[node] for node in nodes.tolist()),
            flexible=mask_of(m for m in everyone if self._setting.case.prosumers[m].flexibility),
        )

    def _problem(self, part: _Part, territories: Sequence[Subgraph]) -> DispatchProblem:
        setting, at = self._setting, part.position
        tariffs = setting.tariffs
        placed = [
            _Placed(tuple(at[edge] for edge in t.edges), tuple(at[node] for node in t.boundary_nodes))
            for t in territories
        ]
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
            exchanges=Exchanges.of(placed, part.grid),
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
