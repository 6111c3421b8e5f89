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
        """Return, per prosumer, the mask of the edges from its leaf to the root."""
        return tuple(self._edges_above(leaf) for leaf in self._leaf)

    def _edges_above(self, node: int) -> int:
        bits = bytearray(node // 8 + 1)
        while node:
            bits[node // 8] |= 1 << node % 8
            node = self._parent[node]
        return int.from_bytes(bits, "little")

    @cached_property
    def _incident(self) -> tuple[int, ...]:
        """Return, per node, how many of its incident edges have a prosumer below."""
        live = 0
        for path in self._path:
            live |= path
        counts = self._edges_at(members(live))
        return tuple(counts.get(node, 0) for node in range(len(self._parent)))

    def _edges_at(self, edges: Iterable[int]) -> dict[int, int]:
        """Return how many of these edges each of their nodes has."""
        counts: dict[int, int] = {}
        for edge in edges:
            counts[edge] = counts.get(edge, 0) + 1
            above = self._parent[edge]
            counts[above] = counts.get(above, 0) + 1
        return counts

    def edge_mask(self, prosumers: Iterable[int]) -> int:
        """Return the mask of the edges of the minimal subtree that spans the prosumers' leaves.

        Those are the edges on some but not all of the paths to the root; one prosumer has its leaf edge.
        """
        paths = [self._path[prosumer] for prosumer in prosumers]
        if len(paths) == 1:
            return 1 << paths[0].bit_length() - 1  # its leaf edge: numbers grow along a path
        some, every = 0, -1
        for path in paths:
            some |= path
            every &= path
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
        counts = self._edges_at(edges)
        nodes = sorted(counts)
        boundary = tuple(node for node in nodes if node == 0 or counts[node] < self._incident[node])
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
