"""The rooted tree that the physics and the theory arm share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lempart.typing import IntArray, frozen_array


@dataclass(frozen=True, eq=False)
class Tree:
    """A rooted tree with its prosumers' leaves, in topological order.

    Edge ``n`` is the edge from node ``n`` to its parent ``A_n``; the root (PCC) is node 0 and has no edge.

    Attributes
    ----------
    parent
        Shape ``(nodes,)``; ``parent[0] == -1`` and ``parent[n] < n`` for every other node.
    leaf
        Shape ``(prosumers,)``; the leaf node of each prosumer, each its own.
    """

    parent: IntArray
    leaf: IntArray

    def __post_init__(self) -> None:
        parent = frozen_array(self.parent, np.int64)
        leaf = frozen_array(self.leaf, np.int64)
        nodes = np.arange(len(parent))
        if len(parent) == 0 or parent[0] != -1 or np.any(parent[1:] >= nodes[1:]) or np.any(parent[1:] < 0):
            raise ValueError("parent must be a topological order: parent[0] == -1, 0 <= parent[n] < n")
        if len(set(leaf.tolist())) != len(leaf) or np.any(np.isin(leaf, parent)) or np.any(leaf < 1):
            raise ValueError("every prosumer needs a leaf of its own, other than the root")
        object.__setattr__(self, "parent", parent)
        object.__setattr__(self, "leaf", leaf)

    @classmethod
    def of(cls, parent: Sequence[int], leaf: Sequence[int]) -> Tree:
        """Return a tree from plain sequences."""
        return cls(np.asarray(parent), np.asarray(leaf))

    @property
    def node_count(self) -> int:
        """Return the number of nodes, the root included."""
        return len(self.parent)

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Return each node's children, in node order."""
        below: list[list[int]] = [[] for _ in range(self.node_count)]
        for node in range(1, self.node_count):
            below[self.parent[node]].append(node)
        return tuple(tuple(kids) for kids in below)

    @cached_property
    def outward(self) -> IntArray:
        """Return all nodes as a walk from the root meets them that goes down each branch before the next one."""
        walk, waiting = [], [0]
        while waiting:
            walk.append(waiting.pop())
            waiting += reversed(self.children[walk[-1]])
        return frozen_array(np.array(walk), np.int64)

    def masks_below(self, at_leaf: Sequence[int]) -> tuple[int, ...]:
        """Return, per edge, the union of what prosumers at or below it have; ``at_leaf`` holds a mask per prosumer."""
        below, parent = [0] * self.node_count, self.parent.tolist()
        for leaf, mask in zip(self.leaf.tolist(), at_leaf, strict=True):
            below[leaf] = mask
        for node in range(self.node_count - 1, 0, -1):
            below[parent[node]] |= below[node]
        return tuple(below)

    def summed_down(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return what nodes have, shape ``(nodes, ...)``, summed from the root to each of them, in that order."""
        found = values.copy()
        for node, parent in enumerate(self.parent.tolist()):
            if node:
                found[node] += found[parent]
        return found

    def summed_up(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return what nodes have, shape ``(nodes, ...)``, summed over those at and below each of them."""
        found, parent = values.copy(), self.parent.tolist()
        for node in range(self.node_count - 1, 0, -1):
            found[parent[node]] += found[node]
        return found

    @cached_property
    def prosumers_below(self) -> IntArray:
        """Return how many prosumers' power each edge carries, shape ``(nodes,)``."""
        one = np.zeros(self.node_count, dtype=np.int64)
        one[self.leaf] = 1
        return frozen_array(self.summed_up(one), np.int64)

    @cached_property
    def depth(self) -> IntArray:
        """Return each node's number of edges to the root, shape ``(nodes,)``."""
        depth = [0] * self.node_count
        for node, parent in enumerate(self.parent.tolist()):
            if node:
                depth[node] = depth[parent] + 1
        return frozen_array(depth, np.int64)
