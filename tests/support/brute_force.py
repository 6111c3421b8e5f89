"""The definitions of coalitions and partitions taken literally, slowly, sharing no code with the package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from lempart.tree import Tree

Edges = frozenset[int]


def set_partitions(elements: Sequence[int]) -> Iterator[list[list[int]]]:
    """Yield every set partition of ``elements``."""
    if not elements:
        yield []
        return
    first, rest = elements[0], elements[1:]
    for smaller in set_partitions(rest):
        yield [[first], *smaller]
        for place in range(len(smaller)):
            yield [*smaller[:place], [first, *smaller[place]], *smaller[place + 1 :]]


class BruteForce:
    """Coalitions as sorted tuples of players, subgraphs as sets of edges."""

    def __init__(self, tree: Tree, players: Sequence[Sequence[int]], single_boundary: bool) -> None:
        self.parent = tree.parent.tolist()
        self.leaf = tree.leaf.tolist()
        self.players = players
        self.single_boundary = single_boundary
        self.live = frozenset(edge for leaf in self.leaf for edge in self.way_up(leaf))

    def way_up(self, node: int) -> list[int]:
        """Return the edges from ``node`` to the root."""
        edges = []
        while node:
            edges.append(node)
            node = self.parent[node]
        return edges

    def prosumers(self, coalition: Sequence[int]) -> list[int]:
        """Return the coalition's prosumers."""
        return sorted(prosumer for player in coalition for prosumer in self.players[player])

    def edges(self, prosumers: Sequence[int]) -> Edges:
        """Return the union of the paths between every two of the prosumers' leaves."""
        leaves = [self.leaf[prosumer] for prosumer in prosumers]
        if len(leaves) == 1:
            return frozenset(leaves)
        found: set[int] = set()
        for one, other in combinations(leaves, 2):
            found |= set(self.way_up(one)) ^ set(self.way_up(other))
        return frozenset(found)

    def boundary(self, edges: Edges) -> list[int]:
        """Return the nodes that also have an edge outside, or are the PCC."""
        nodes = edges | {self.parent[edge] for edge in edges}
        outside = {node for edge in self.live - edges for node in (edge, self.parent[edge])}
        return sorted(node for node in nodes if node in outside or node == 0)

    def admissible(self, coalition: Sequence[int]) -> bool:
        """Return whether the coalition is allowed at all."""
        return not self.single_boundary or len(self.boundary(self.edges(self.prosumers(coalition)))) == 1

    def is_partition(self, coalitions: Sequence[Sequence[int]]) -> bool:
        """Return whether the coalitions are allowed and their edges disjoint."""
        if not all(self.admissible(coalition) for coalition in coalitions):
            return False
        sets = [self.edges(self.prosumers(coalition)) for coalition in coalitions]
        return len(frozenset().union(*sets)) == sum(len(edges) for edges in sets)

    def partitions(self) -> set[frozenset[tuple[int, ...]]]:
        """Return every admissible partition, by filtering all set partitions."""
        return {
            frozenset(tuple(sorted(block)) for block in blocks)
            for blocks in set_partitions(range(len(self.players)))
            if self.is_partition(blocks)
        }

    def subcoalitions(self, coalition: Sequence[int]) -> set[tuple[int, ...]]:
        """Return every admissible non-empty subset, by filtering all subsets."""
        return {
            subset
            for size in range(1, len(coalition) + 1)
            for subset in combinations(coalition, size)
            if self.admissible(subset)
        }

    def components(self, coalition: Sequence[int], leaving: Sequence[int]) -> set[tuple[int, ...]] | None:
        """Return what is left of ``coalition``, or None if a group is torn apart; see MODEL, deviations."""
        edges = self.edges(self.prosumers(coalition)) - self.edges(self.prosumers(leaving))
        left = [player for player in coalition if player not in leaving]
        found = set()
        for piece in self.pieces(edges):
            here = {p for p in self.prosumers(left) if self.leaf[p] in piece}
            mine = tuple(player for player in left if here & set(self.players[player]))
            if set(self.prosumers(mine)) != here:
                return None
            if mine:
                found |= {mine} if self.admissible(mine) else self.maximal_parts(mine)
        return found

    def pieces(self, edges: Edges) -> list[set[int]]:
        """Return the edges grouped by connection."""
        pieces: list[set[int]] = []
        for edge in edges:
            ends = {edge, self.parent[edge]}
            meets = [p for p in pieces if any(ends & {other, self.parent[other]} for other in p)]
            pieces = [p for p in pieces if p not in meets] + [{edge}.union(*meets)]
        return pieces

    def maximal_parts(self, players: Sequence[int]) -> set[tuple[int, ...]]:
        """Return the admissible subsets that lie in no larger admissible subset."""
        allowed = self.subcoalitions(players)
        return {part for part in allowed if not any(set(part) < set(other) for other in allowed)}
