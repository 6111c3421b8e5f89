"""Where the sub-coalitions of a coalition form: each is a union of branches that meet at one place."""

from __future__ import annotations

from lempart.partition import Family, members


def branches_within(family: Family, coalition: int) -> tuple[tuple[int, ...], ...]:
    """Return lists of disjoint player masks; the unions of each list are sub-coalitions, and there are no others.

    Without ``single_boundary`` each player is a branch, and all meet at one place. With it the branches are the
    complete subtrees below each node. A union may come up at two places: that of all branches of one is a single branch
    of the next.
    """
    if not family.single_boundary:
        return (tuple(1 << player for player in members(coalition)),)
    found: list[tuple[int, ...]] = []
    for node in family.skeleton.nodes:
        found.extend((fixed,) for fixed in node.fixed if not fixed & ~coalition)
        branches = (*(leaf.mask for leaf in node.leaves), *(subtree.mask for subtree in node.subtrees))
        within = tuple(mask for mask in branches if not mask & ~coalition)
        if within:
            found.append(within)
    return tuple(found)
