"""Canonical subgraphs: the part of the grid that a coalition occupies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lempart.arguments import checks_arguments
from lempart.errors import UsageError
from lempart.partition.bits import members
from lempart.tree import Tree


@dataclass(frozen=True)
class Subgraph:
    """The canonical subgraph ``F = (N_F, E_F)`` of a set of prosumers.

    Attributes
    ----------
    prosumers
        Indices into ``tree.leaf``, ascending.
    edges
        ``E_F`` as child-node ids, ascending.
    edge_mask
        The same as a bitmask, bit ``n`` for edge ``n``.
    nodes
        ``N_F``, ascending.
    boundary_nodes
        ``N_F^b``, ascending: nodes with an incident edge outside the subgraph, and the PCC if it is in it.
    """

    prosumers: tuple[int, ...]
    edges: tuple[int, ...]
    edge_mask: int
    nodes: tuple[int, ...]
    boundary_nodes: tuple[int, ...]

    @cached_property
    def internal_nodes(self) -> tuple[int, ...]:
        """Return the nodes that aren't boundary nodes, ascending."""
        boundary = set(self.boundary_nodes)
        return tuple(node for node in self.nodes if node not in boundary)


@dataclass(frozen=True, eq=False)
class SubgraphFinder:
    """Finds canonical subgraphs on one tree, with the paths to the root kept as edge bitmasks.

    An edge with no prosumer below it carries no flow. Such edges count as pruned: they belong to no
    subgraph and make no node a boundary node.
    """

    tree: Tree

    @cached_property
    def _leaf(self) -> tuple[int, ...]:
        return tuple(self.tree.leaf.tolist())

    @cached_property
    def _parent(self) -> tuple[int, ...]:
        return tuple(self.tree.parent.tolist())

    @cached_property
    def _path(self) -> tuple[int, ...]:
        """Return, per node, the mask of the edges from it to the root."""
        path = [0] * len(self._parent)
        for node in range(1, len(path)):
            path[node] = path[self._parent[node]] | 1 << node
        return tuple(path)

    @cached_property
    def _incident(self) -> tuple[int, ...]:
        """Return, per node, the mask of its incident edges that have a prosumer below."""
        live = 0
        for leaf in self._leaf:
            live |= self._path[leaf]
        incident = [0] * len(self._parent)
        for node in members(live):
            incident[node] |= 1 << node
            incident[self._parent[node]] |= 1 << node
        return tuple(incident)

    def edge_mask(self, prosumers: Iterable[int]) -> int:
        """Return the mask of the edges of the minimal subtree that spans the prosumers' leaves.

        Those are the edges on some but not all of the paths to the root; one prosumer has its leaf edge.
        """
        leaves = [self._leaf[prosumer] for prosumer in prosumers]
        if len(leaves) == 1:
            return 1 << leaves[0]
        some, every = 0, -1
        for leaf in leaves:
            some |= self._path[leaf]
            every &= self._path[leaf]
        return some & ~every

    def find(self, prosumers: Iterable[int]) -> Subgraph:
        """Return the canonical subgraph of ``prosumers`` (indices into ``tree.leaf``)."""
        chosen = tuple(sorted(set(prosumers)))
        if not chosen:
            raise UsageError("a canonical subgraph needs at least one prosumer, prosumers is empty")
        if chosen[0] < 0 or chosen[-1] >= len(self._leaf):
            raise UsageError(f"prosumers are numbers from 0 to {len(self._leaf) - 1}; found {list(chosen)!r:.80}")
        mask = self.edge_mask(chosen)
        edges = members(mask)
        nodes = sorted({*edges, *(self._parent[edge] for edge in edges)})
        boundary = tuple(node for node in nodes if node == 0 or self._incident[node] & ~mask)
        return Subgraph(chosen, edges, mask, tuple(nodes), boundary)


@checks_arguments
def canonical_subgraph(tree: Tree, prosumers: Iterable[int]) -> Subgraph:
    """Return the canonical subgraph ``F`` of a set of prosumers (Def. II.1).

    Parameters
    ----------
    tree
        The grid's tree.
    prosumers
        Indices into ``tree.leaf`` (not node ids), at least one.

    Returns
    -------
    Subgraph
        The minimal subtree that spans their leaves; of a single prosumer, its own leaf edge.

    Raises
    ------
    UsageError
        No prosumer is given.

    Notes
    -----
    For many subgraphs of one tree use :meth:`Family.subgraph`, which keeps the paths.
    """
    return SubgraphFinder(tree).find(prosumers)
