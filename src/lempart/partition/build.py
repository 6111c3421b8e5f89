"""From a grid's tree and its players to the skeleton that counting, enumeration and sampling walk."""

from __future__ import annotations

from dataclasses import dataclass

from lempart.partition.bits import members
from lempart.partition.skeleton import BranchingNode, Leaf, Skeleton, Subtree
from lempart.tree import Tree


@dataclass(frozen=True, slots=True)
class Below:
    """What lies below each tree node, as player masks.

    Attributes
    ----------
    some
        Players with a prosumer below (a leaf is below itself).
    pending
        Those of them with a prosumer elsewhere, too: their coalition crosses the node's edge.
    completes
        Groups whose prosumers first meet at the node.
    regular
        Whether a regular customer is below.
    """

    some: list[int]
    pending: list[int]
    completes: list[int]
    regular: list[bool]


def build_skeleton(tree: Tree, players: tuple[tuple[int, ...], ...], *, single_boundary: bool) -> Skeleton:
    """Return the skeleton of the family of partitions of ``players`` on ``tree``.

    Parameters
    ----------
    tree
        The grid's tree, with one leaf per prosumer.
    players
        Each player's prosumers as indices into ``tree.leaf``.
    single_boundary
        Whether coalitions must have one boundary node. Every group must then be one; the caller has checked that.
    """
    below = survey(tree, players)
    branch_out = _single_boundary_node if single_boundary else _general_node
    nodes: list[BranchingNode] = []
    stands_for: list[Leaf | int | None] = [None] * tree.node_count  # a leaf or a skeleton node's index
    for place in reversed(range(tree.node_count)):
        if not below.some[place] or (single_boundary and below.pending[place]):
            continue  # no player below, or all of it inside one group
        if not tree.children[place]:
            stands_for[place] = Leaf(below.some[place])
            continue
        node = branch_out(place, tree, below, stands_for)
        lone = node.lone_leaf if node.lone_leaf is not None else node.lone_node
        if lone is None:
            lone = len(nodes)
            nodes.append(node)
        stands_for[place] = lone
    top = stands_for[0]
    if isinstance(top, Leaf) or not nodes:
        nodes.append(BranchingNode(leaves=(top,) if isinstance(top, Leaf) else ()))
    return Skeleton(tuple(nodes), takes_whole=single_boundary)


def survey(tree: Tree, players: tuple[tuple[int, ...], ...]) -> Below:
    """Return which players lie below each node, and which groups are split by its edge."""
    parent, count = tree.parent.tolist(), tree.node_count
    some, whole, completes, regular = [0] * count, [0] * count, [0] * count, [False] * count
    for leaf in tree.leaf.tolist():
        regular[leaf] = True
    for player, prosumers in enumerate(players):
        leaves = [int(tree.leaf[prosumer]) for prosumer in prosumers]
        for leaf in leaves:
            some[leaf] |= 1 << player
            regular[leaf] = False
        completes[_meeting_node(parent, leaves)] |= 1 << player
    for node in reversed(range(count)):
        whole[node] |= completes[node]
        if node:
            above = parent[node]
            some[above] |= some[node]
            whole[above] |= whole[node]
            regular[above] |= regular[node]
    pending = [mine & ~done for mine, done in zip(some, whole, strict=True)]
    return Below(some, pending, completes, regular)


def _meeting_node(parent: list[int], leaves: list[int]) -> int:
    """Return the lowest common ancestor; parents have smaller ids, so the larger id always climbs."""
    meeting = leaves[0]
    for leaf in leaves[1:]:
        while meeting != leaf:
            if meeting > leaf:
                meeting = parent[meeting]
            else:
                leaf = parent[leaf]  # noqa: PLW2901
    return meeting


def _single_boundary_node(place: int, tree: Tree, below: Below, stands_for: list[Leaf | int | None]) -> BranchingNode:
    """Return the node where complete subtrees join; one that holds a regular customer can't."""
    leaves = [Leaf(1 << group) for group in members(below.completes[place])]
    subtrees: list[Subtree] = []
    fixed: list[int] = []
    apart: list[int] = []
    for child in tree.children[place]:
        entry = stands_for[child]
        if isinstance(entry, Leaf):
            if below.regular[child]:
                fixed.append(entry.mask)
            else:
                leaves.append(entry)
        elif entry is not None:
            if below.regular[child]:
                apart.append(entry)
            else:
                subtrees.append(Subtree(entry, below.some[child]))
    return BranchingNode(tuple(leaves), tuple(subtrees), None, tuple(fixed), tuple(apart))


def _general_node(place: int, tree: Tree, below: Below, stands_for: list[Leaf | int | None]) -> BranchingNode:
    """Return the node where any open edges join; edges that share a split group join by necessity."""
    leaves: list[Leaf] = []
    subtrees: list[Subtree] = []
    split: list[tuple[int, Leaf]] = []
    for child in tree.children[place]:
        entry = stands_for[child]
        if entry is None:
            continue
        if below.pending[child]:
            leaf = entry if isinstance(entry, Leaf) else Leaf(0, (entry,))
            _join_split_groups(split, below.pending[child], leaf)
        elif isinstance(entry, Leaf):
            leaves.append(entry)
        else:
            subtrees.append(Subtree(entry, below.some[child]))
    bound: Leaf | None = None
    for groups, leaf in split:
        if groups & below.pending[place]:
            bound = leaf if bound is None else _joined(bound, leaf)
        else:
            leaves.append(leaf)
    return BranchingNode(tuple(leaves), tuple(subtrees), bound)


def _join_split_groups(split: list[tuple[int, Leaf]], groups: int, leaf: Leaf) -> None:
    """Add a branch with split groups below, joined to those already there that share one."""
    for entry in [entry for entry in split if entry[0] & groups]:
        split.remove(entry)
        groups |= entry[0]
        leaf = _joined(entry[1], leaf)
    split.append((groups, leaf))


def _joined(one: Leaf, other: Leaf) -> Leaf:
    return Leaf(one.mask | other.mask, one.inside + other.inside)
