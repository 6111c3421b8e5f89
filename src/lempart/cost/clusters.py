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
from lempart.partition import Subgraph, members
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


@dataclass(frozen=True, eq=False)
class ClusterFinder:
    """Finds the clusters of partitions on one grid."""

    grid: RadialGrid

    @cached_property
    def below(self) -> tuple[int, ...]:
        """Return, per edge, the mask of the prosumers whose power it carries."""
        below = [0] * self.grid.node_count
        for prosumer, leaf in enumerate(self.grid.tree.leaf.tolist()):
            below[leaf] |= 1 << prosumer
        for node in range(self.grid.node_count - 1, 0, -1):
            below[self._parent[node]] |= below[node]
        return tuple(below)

    @cached_property
    def _parent(self) -> tuple[int, ...]:
        return tuple(self.grid.tree.parent.tolist())

    def span(self, territory: Subgraph) -> tuple[int, int]:
        """Return a coalition's highest node, and the mask of everyone whose power flows over its edges."""
        inside = set(territory.edges)
        top = next(self._parent[edge] for edge in territory.edges if self._parent[edge] not in inside)
        carried = 0
        for edge in territory.edges:
            if self._parent[edge] == top:
                carried |= self.below[edge]
        return top, carried

    def clusters(self, spans: Sequence[tuple[int, int]], own: Sequence[int]) -> list[Cluster]:
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
            (place for place, (_, carried) in enumerate(spans) if carried != own[place]),
            key=lambda place: (-spans[place][1].bit_count(), place),
        )
        tops: list[tuple[int, int, list[int]]] = []
        for place in carriers:
            root, carried = spans[place]
            if not any(carried & covered for _, covered, _ in tops):
                tops.append((root, carried, []))
        alone: list[Cluster] = []
        for place, (root, carried) in enumerate(spans):
            home = next((inside for _, covered, inside in tops if covered & own[place]), None)
            if home is None:
                alone.append(Cluster(root, carried, (place,)))
            else:
                home.append(place)
        return alone + [Cluster(root, covered, tuple(inside)) for root, covered, inside in tops]

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
