"""What is left of a coalition when some of its players leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lempart.partition.bits import members
from lempart.partition.skeleton import Skeleton
from lempart.tree import Tree


def connected_prosumers(tree: Tree, edge_mask: int, prosumers: Iterable[int]) -> list[list[int]]:
    """Return ``prosumers`` grouped by which of them the edges of ``edge_mask`` connect.

    Two that meet at a node are connected. Every prosumer's own leaf edge must be among the edges.
    """
    parent = tree.parent
    meets: dict[int, int] = {}  # union-find over nodes

    def find(node: int) -> int:
        above = meets.setdefault(node, node)
        while above != meets[above]:
            meets[above] = meets[meets[above]]
            above = meets[above]
        meets[node] = above
        return above

    for edge in members(edge_mask):
        meets[find(edge)] = find(int(parent[edge]))
    groups: dict[int, list[int]] = {}
    for prosumer in prosumers:
        groups.setdefault(find(int(tree.leaf[prosumer])), []).append(prosumer)
    return list(groups.values())


def maximal_admissible_parts(skeleton: Skeleton, left: int) -> list[int]:
    """Return the maximal coalitions with a single boundary node into which the players ``left`` fall.

    At every node whose subtree isn't wholly left, the child subtrees that are wholly left stay together.
    """
    parts: list[int] = []
    stack = [skeleton.root]
    while stack:
        node = skeleton.nodes[stack.pop()]
        parts.extend(mask for mask in node.fixed if mask & left)
        together = 0
        for mask in (*(leaf.mask for leaf in node.leaves), *(subtree.mask for subtree in node.subtrees)):
            if not mask & ~left:
                together |= mask
        if together:
            parts.append(together)
        stack.extend(subtree.node for subtree in node.subtrees if subtree.mask & left and subtree.mask & ~left)
        stack.extend(node.apart)
    return parts


def as_players(components: Sequence[Sequence[int]], player_of: Sequence[int | None]) -> list[int] | None:
    """Return each component's player mask, or None where one player is in two components."""
    masks: list[int] = []
    for component in components:
        mask = 0
        for prosumer in component:
            player = player_of[prosumer]
            if player is not None:
                mask |= 1 << player
        if any(mask & other for other in masks):
            return None
        masks.append(mask)
    return masks
