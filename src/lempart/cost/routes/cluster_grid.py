"""One part of the grid, with everyone below some of a node's child edges, and the problems of clusters on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.conic import SolverSettings
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import part_problem
from lempart.cost.routes.clusters import Cluster, ClusterFinder
from lempart.dispatch import DispatchProblem, Exchanges, LazyDispatcher
from lempart.grid import FlowMap, RadialGrid
from lempart.grid.limits import reaches_none
from lempart.partition import Subgraph, members
from lempart.typing import ComplexArray, IntArray


@dataclass(frozen=True, slots=True)
class _Placed:
    """A coalition's edges and boundary nodes by their numbers in a part of the grid."""

    edges: tuple[int, ...]
    boundary_nodes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class ClusterGrid:
    """What the clusters on one part of the grid have in common: all but how its coalitions are formed.

    Attributes
    ----------
    grid, nodes, position
        The part; each of its nodes' number in the whole grid, and back.
    prosumers
        Who is on it, ascending.
    dispatcher
        Solves its problems, which differ in their exchanges alone.
    """

    prepared: PreparedCase
    finder: ClusterFinder
    grid: RadialGrid
    nodes: IntArray
    position: Mapping[int, int]
    prosumers: IntArray
    flow_map: FlowMap
    dispatcher: LazyDispatcher

    @classmethod
    def of(
        cls, prepared: PreparedCase, finder: ClusterFinder, cluster: Cluster, solver: SolverSettings | None = None
    ) -> ClusterGrid:
        """Return a cluster's part of the grid."""
        grid, nodes = finder.own_grid(cluster, prepared.dispatch_grid)
        position = {int(node): index for index, node in enumerate(nodes)}
        prosumers: IntArray = np.array(members(cluster.prosumers), dtype=np.int64)
        return cls(prepared, finder, grid, nodes, position, prosumers, FlowMap.of(grid), LazyDispatcher(solver))

    def exchanges(self, territories: Sequence[Subgraph]) -> Exchanges:
        """Return all exchanges of coalitions on it (Eq 2)."""
        at = self.position
        placed = [
            _Placed(tuple(at[edge] for edge in t.edges), tuple(at[node] for node in t.boundary_nodes))
            for t in territories
        ]
        return Exchanges.of(placed, self.grid)

    def sums(self, exchanged: Sequence[tuple[int, int]]) -> Exchanges:
        """Return exchanges as sums of the flows that arrive at a node from below.

        Each is given by the node and the mask of everyone below those of its child edges that count.
        """
        children, below, rows = self.finder.grid.tree.children, self.finder.below, []
        for row, (node, who) in enumerate(exchanged):
            rows += [(row, self.position[edge]) for edge in children[node] if below[edge] & who]
        at: IntArray = np.array(rows, dtype=np.int64).reshape(-1, 2)
        shape = len(exchanged), self.grid.node_count
        nodes: IntArray = np.array([self.position[node] for node, _ in exchanged], dtype=np.int64)
        matrix = sp.csr_array((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=shape)
        return Exchanges(np.arange(len(nodes)), nodes, matrix)

    def problem(self, exchanges: Exchanges) -> DispatchProblem:
        """Return the ex-ante problem with these exchanges taxed, trading at its root at ``lambda_0``."""
        return part_problem(self.prepared, self.grid, self.nodes, self.prosumers, exchanges)

    def reaches_no_limit(self, injection_mva: ComplexArray) -> bool:
        """Return whether injections of its prosumers stay below all its limits, as well as solvers tell."""
        return bool(reaches_none(self.grid, self.flow_map, self.flow_map.at(injection_mva)))
