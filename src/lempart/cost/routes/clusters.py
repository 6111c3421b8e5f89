"""Which coalitions have to be dispatched together: those that carry each other's power.

A coalition with several boundary nodes carries whatever flows through it, from everyone who hangs below it on edges
of others, and is taxed on that too. So it has to be dispatched together with them, and with what they carry in turn:
a *cluster*. Clusters don't meet but in the limits of the grid above them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lempart.grid import RadialGrid
from lempart.partition import members
from lempart.typing import IntArray


@dataclass(frozen=True, slots=True)
class Cluster:
    """Coalitions that are dispatched together.

    Attributes
    ----------
    root
        The node at which all of it hangs, and through which all its power goes.
    prosumers
        Mask of everyone in it: all that is below some of the root's child edges.
    places
        Positions of its coalitions in the list they were given in, ascending.
    """

    root: int
    prosumers: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Where a coalition exchanges power, and whose: nodes, each with a mask of prosumers.

    What is exchanged at a node (Eq 2) is, but for the sign, the sum of those prosumers' injections: all who are below
    some of the node's child edges.

    Attributes
    ----------
    top
        Its highest node, with everyone whose power it carries there.
    through
        Its boundary nodes further down, each with everyone who hangs there on edges of others.
    """

    top: tuple[int, int]
    through: tuple[tuple[int, int], ...]

    @property
    def carried(self) -> int:
        """Return the mask of everyone whose power it carries."""
        return self.top[1]

    @property
    def exchanges(self) -> tuple[tuple[int, int], ...]:
        """Return the node and the prosumers of every exchange."""
        return self.top, *self.through


@dataclass(frozen=True, eq=False)
class ClusterFinder:
    """Finds the clusters of partitions on one grid."""

    grid: RadialGrid

    @cached_property
    def below(self) -> tuple[int, ...]:
        """Return, per edge, the mask of the prosumers whose power it carries."""
        tree = self.grid.tree
        return tree.masks_below([1 << prosumer for prosumer in range(len(tree.leaf))])

    @cached_property
    def _parent(self) -> tuple[int, ...]:
        return tuple(self.grid.tree.parent.tolist())

    def span(self, edge_mask: int) -> Span:
        """Return where a coalition exchanges power, from the edges of its subgraph."""
        inside: dict[int, int] = {}  # per node, who is below its child edges within the subgraph
        for edge in members(edge_mask):
            above = self._parent[edge]
            inside[above] = inside.get(above, 0) | self.below[edge]
        top = next(node for node in inside if not edge_mask >> node & 1)
        through = ((node, self.below[node] & ~within) for node, within in inside.items() if node != top)
        return Span((top, inside[top]), tuple((node, others) for node, others in through if others))

    def clusters(self, spans: Sequence[Span], own: Sequence[int]) -> list[Cluster]:
        """Return the clusters of a partition.

        Parameters
        ----------
        spans
            What :meth:`span` says of each coalition.
        own
            Mask of the prosumers of each coalition. One whose span has more people is a carrier.
        """
        # Spans are complete subtrees of some of a node's children: any two are disjoint, or one holds the other.
        carriers = sorted(
            (place for place, span in enumerate(spans) if span.carried != own[place]),
            key=lambda place: (-spans[place].carried.bit_count(), place),
        )
        tops: list[tuple[Span, list[int]]] = []
        for place in carriers:
            span = spans[place]
            if not any(span.carried & above.carried for above, _ in tops):
                tops.append((span, []))
        alone: list[Cluster] = []
        for place, span in enumerate(spans):
            home = next((inside for above, inside in tops if above.carried & own[place]), None)
            if home is None:
                alone.append(Cluster(*span.top, (place,)))
            else:
                home.append(place)
        return alone + [Cluster(*span.top, tuple(inside)) for span, inside in tops]

    def own_grid(self, cluster: Cluster, grid: RadialGrid) -> tuple[RadialGrid, IntArray]:
        """Return the part of ``grid`` that carries a cluster's power alone, and each node's number in the whole.

        Its root is the cluster's. Its lines keep their ratings, since nobody else's power flows over them; voltages
        depend on the others too, so that there are no bands.
        """
        mask = cluster.prosumers
        nodes: IntArray = np.array(
            [n for n in range(cluster.root + 1, self.grid.node_count) if self.below[n] and not self.below[n] & ~mask],
            dtype=np.int64,
        )
        part = grid.below(cluster.root, nodes, np.array(members(mask), dtype=np.int64))
        free = np.full(part.node_count, np.inf)
        return replace(part, dv_min=-free, dv_max=free), np.concatenate([[cluster.root], nodes])
