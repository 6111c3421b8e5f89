"""Why a partition isn't admissible, in words that name the coalitions and the edge they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lempart.display import braces
from lempart.partition.bits import lowest_bit, members
from lempart.partition.partition import Partition
from lempart.partition.subgraph import Subgraph


@dataclass(frozen=True, slots=True)
class PlayerNames:
    """How players and tree nodes are called in messages; numbers where no names are given."""

    players: Sequence[str] | None = None
    nodes: Sequence[str] | None = None

    def coalition(self, mask: int) -> str:
        """Return a coalition as ``{P1, P2}``."""
        return braces([map(self.player, members(mask))])

    def player(self, player: int) -> str:
        """Return one player's name."""
        return f"player {player}" if self.players is None else self.players[player]

    def edge(self, edge: int) -> str:
        """Return an edge by the name of its child node."""
        return f"the edge above node {edge if self.nodes is None else self.nodes[edge]}"


def find_objection(
    partition: Partition, everyone: int, subgraph: Callable[[int], Subgraph], *, single: bool, names: PlayerNames
) -> str | None:
    """Return why ``partition`` isn't an admissible partition of ``everyone``, or None if it is."""
    if list(partition) != sorted(partition, key=lowest_bit):
        return "its coalitions aren't in order: make it with Partition.of"
    covered = partition.union
    if covered & ~everyone:
        return f"there is no player with the number {members(covered & ~everyone)[0]}"
    if everyone & ~covered:
        return f"{names.coalition(everyone & ~covered)} is in no coalition"
    owner: dict[int, int] = {}
    for mask in partition:
        found = subgraph(mask)
        if single and len(found.boundary_nodes) != 1:
            return (
                f"{names.coalition(mask)} has {len(found.boundary_nodes)} boundary nodes, "
                "only coalitions with exactly one are allowed (single_boundary)"
            )
        for edge in found.edges:
            other = owner.setdefault(edge, mask)
            if other != mask:
                return f"{names.coalition(other)} and {names.coalition(mask)} share {names.edge(edge)}"
    return None
