"""What can happen at one node: which subtrees are open and which branches join."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lempart.partition.skeleton import BranchingNode, Skeleton

CLOSED = -1  # no coalition crosses the edge
UPWARD = -2  # the coalition that crosses the node's own upward edge


@dataclass(frozen=True, slots=True)
class Pattern:
    """One outcome at a node, ready to be applied.

    Attributes
    ----------
    new
        Player masks of the coalitions that have their top here; branches below may add to them.
    joins
        Players that join the coalition on the upward edge.
    visits
        Pairs of a skeleton node below and the coalition on its edge: CLOSED, UPWARD or an index into ``new``.
    """

    new: tuple[int, ...]
    joins: int
    visits: tuple[tuple[int, int], ...]


def patterns(skeleton: Skeleton, node: BranchingNode, *, upward: bool) -> Iterator[Pattern]:
    """Yield every outcome at ``node``, lazily, each once; ``upward``: a coalition crosses its upward edge."""
    if not upward and node.bound is not None:
        return
    for blocks in _joinings(len(node.subtrees), len(node.leaves), upward=upward, company=node.bound is not None):
        yield make_pattern(skeleton, node, blocks, upward=upward)


def make_pattern(skeleton: Skeleton, node: BranchingNode, blocks: Sequence[int], *, upward: bool) -> Pattern:
    """Return the outcome in which subtree and leaf ``i`` (subtrees first) are in block ``blocks[i]``.

    ``CLOSED`` marks a closed subtree. With ``upward``, block 0 is the coalition on the upward edge.
    """
    first = 1 if upward else 0  # the number of the first new coalition's block
    masks = [0] * max(first, max(blocks, default=CLOSED) + 1)
    visits = [(below, CLOSED) for below in node.apart]
    subtrees = len(node.subtrees)
    for subtree, block in zip(node.subtrees, blocks[:subtrees], strict=True):
        if block == CLOSED:
            visits.append((subtree.node, CLOSED))
        elif skeleton.takes_whole:
            masks[block] |= subtree.mask
        else:
            visits.append((subtree.node, block - first if block >= first else UPWARD))
    for leaf, block in zip(node.leaves, blocks[subtrees:], strict=True):
        masks[block] |= leaf.mask
        if leaf.inside:
            target = block - first if block >= first else UPWARD
            visits.extend((inside, target) for inside in leaf.inside)
    if node.bound is not None:
        masks[0] |= node.bound.mask
        visits.extend((inside, UPWARD) for inside in node.bound.inside)
    return Pattern((*masks[first:], *node.fixed), masks[0] if upward else 0, tuple(visits))


def _joinings(subtrees: int, leaves: int, *, upward: bool, company: bool) -> Iterator[tuple[int, ...]]:
    """Yield the block of every element, subtrees first, by depth-first search without dead ends.

    Blocks are numbered in order of appearance; with ``upward``, block 0 holds the upward edge from the
    start. A block that a subtree opens, and block 0 unless it has ``company``, needs a second element. Any later
    element can give it one, so a start can be finished if no more blocks wait than elements are left.
    """
    total = subtrees + leaves
    waiting = 1 if upward and not company else 0  # bitmask of the blocks that need a second element
    if total == 0:
        if not waiting:
            yield ()
        return
    chosen = [0] * total
    options = [CLOSED if subtrees else 0]  # next option to try, per element decided or being decided
    states = [(1 if upward else 0, waiting)]  # number of blocks, and those waiting, before each element
    while options:
        element = len(options) - 1
        block, (blocks, waiting) = options[-1], states[-1]
        if block > blocks:
            options.pop()
            states.pop()
            continue
        options[-1] += 1
        if block == blocks:  # a new block
            blocks += 1
            if element < subtrees:
                waiting |= 1 << block
        elif block != CLOSED:
            waiting &= ~(1 << block)
        if waiting.bit_count() >= total - element:
            continue
        chosen[element] = block
        if element + 1 == total:
            yield tuple(chosen)
        else:
            options.append(CLOSED if element + 1 < subtrees else 0)
            states.append((blocks, waiting))
