"""How many partitions a family has, exactly, without visiting them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lempart.partition.set_partitions import JoinCounts
from lempart.partition.skeleton import BranchingNode, Skeleton


@dataclass(frozen=True, slots=True)
class Ways:
    """Number of ways to partition what is below each skeleton node.

    Attributes
    ----------
    closed
        No coalition crosses the node's upward edge.
    open
        One coalition crosses it and is unfinished (1 where a coalition takes the subtree whole).
    """

    closed: list[int]
    open: list[int]


def count_ways(skeleton: Skeleton, joins: JoinCounts) -> Ways:
    """Return the numbers of ways for every node, children first.

    At a node, ``j`` of the subtrees are open and join each other, the ``l`` leaves and the upward edge; no open
    subtree stays alone, and neither does an open upward edge. With ``e_j`` the sum over the choices of ``j``
    subtrees of the product of their ways,

        closed = Σ_j e_j G(j, l),    open = Σ_j e_j G(j + 1, l).

    With single boundaries an open subtree is taken whole: the same sum with 1 for its ways, and no open edge
    upwards. If a split group goes up from here, the upward edge has company already: ``closed = 0`` and
    ``open = Σ_j e_j G(j, l + 1)``.
    """
    ways = Ways([], [])
    for node in skeleton.nodes:
        e = subtree_choices([subtree_ways(skeleton, ways, subtree.node) for subtree in node.subtrees])
        ends, common = len(node.leaves), _forced_ways(node, ways)
        if node.bound is not None:
            closed, open_ = 0, _weighted(e, joins, 0, ends + 1)
        else:
            closed = _weighted(e, joins, 0, ends)
            open_ = 1 if skeleton.takes_whole else _weighted(e, joins, 1, ends)
        ways.closed.append(common * closed)
        ways.open.append(open_ if skeleton.takes_whole else common * open_)
    return ways


def subtree_ways(skeleton: Skeleton, ways: Ways, node: int) -> tuple[int, int]:
    """Return the ways of the subtree below a subtree with its edge closed and open."""
    return ways.closed[node], 1 if skeleton.takes_whole else ways.open[node]


def subtree_choices(subtrees: Sequence[tuple[int, int]]) -> list[int]:
    """Return ``e``: ``e[j]`` sums, over the choices of ``j`` open subtrees, the product of all subtrees' ways."""
    e = [1]
    for closed, open_ in subtrees:
        e = [closed * (e[j] if j < len(e) else 0) + open_ * (e[j - 1] if j else 0) for j in range(len(e) + 1)]
    return e


def _weighted(e: list[int], joins: JoinCounts, extra: int, free: int) -> int:
    joins.count(len(e) - 1 + extra, free)  # grows the table once, to its final size
    return sum(weight * joins.count(j + extra, free) for j, weight in enumerate(e) if weight)


def _forced_ways(node: BranchingNode, ways: Ways) -> int:
    """Return the ways of everything below that has no choice at this node."""
    product = 1
    for leaf in (*node.leaves, *([node.bound] if node.bound else [])):
        for inside in leaf.inside:
            product *= ways.open[inside]
    for below in node.apart:
        product *= ways.closed[below]
    return product
