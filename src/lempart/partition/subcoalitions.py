"""Every coalition that can leave a given one: by construction, not by filtering all subsets."""

from __future__ import annotations

from collections.abc import Iterator

from lempart.partition.bits import submasks
from lempart.partition.skeleton import Skeleton


def single_boundary_subcoalitions(skeleton: Skeleton, mask: int) -> Iterator[int]:
    """Yield every coalition with exactly one boundary node within ``mask``, each once.

    Such a coalition is a node and the complete subtrees of some of its children: one leaf, or at least two
    branches of one skeleton node. The cost is that of the answer plus one look at each node that has some of the
    players below.
    """
    if not mask & (mask - 1):  # one player alone: feeders have many, and each would look for its place
        yield mask
        return
    for node in map(skeleton.nodes.__getitem__, skeleton.places_within(mask)):
        yield from (fixed for fixed in node.fixed if not fixed & ~mask)
        leaves = [leaf.mask for leaf in node.leaves if not leaf.mask & ~mask]
        subtrees = [subtree.mask for subtree in node.subtrees if not subtree.mask & ~mask]
        yield from leaves
        branches = leaves + subtrees
        for chosen in submasks((1 << len(branches)) - 1):
            if chosen & (chosen - 1):  # at least two
                yield sum(branch for i, branch in enumerate(branches) if chosen >> i & 1)
