"""The tree as the partition algorithms see it: only the places where coalitions can branch.

Counting, enumeration and sampling decide, node by node, which edges a coalition crosses and how the
crossing ones join. Buses without players below and buses with a single branch offer no such choice and
are left out, so a chain of two thousand buses costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tip:
    """A branch that may be a coalition of its own: a leaf edge, or the edges of a group that meet here.

    Attributes
    ----------
    mask
        Players that come with it.
    inside
        Skeleton nodes that its edges lead down to; their upward edge is open, for the same coalition.
    """

    mask: int
    inside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Limb:
    """A branch whose edge is closed (no coalition crosses it) or open (one coalition crosses it).

    A coalition that crosses it can't end at this node: it needs another branch, or the edge upwards.

    Attributes
    ----------
    node
        The skeleton node below.
    mask
        All players below.
    """

    node: int
    mask: int


@dataclass(frozen=True, slots=True)
class Node:
    """A node where coalitions can branch.

    Attributes
    ----------
    tips, limbs
        The branches among which coalitions join.
    bound
        Branches that hold part of a group whose rest lies above: they go up together.
    fixed
        Coalitions that can't join anything (single boundary: a regular customer hangs beside them).
    apart
        Skeleton nodes below edges that no coalition may cross.
    """

    tips: tuple[Tip, ...] = ()
    limbs: tuple[Limb, ...] = ()
    bound: Tip | None = None
    fixed: tuple[int, ...] = ()
    apart: tuple[int, ...] = ()

    @property
    def lone_tip(self) -> Tip | None:
        """Return the only branch if that is a tip with nothing below it, else None."""
        if self.limbs or self.apart:
            return None
        ends = [*self.tips, *([self.bound] if self.bound else []), *(Tip(mask) for mask in self.fixed)]
        return ends[0] if len(ends) == 1 and not ends[0].inside else None

    @property
    def lone_node(self) -> int | None:
        """Return the skeleton node below the only branch if that is a limb or set apart, else None."""
        below = [*(limb.node for limb in self.limbs), *self.apart]
        return below[0] if len(below) == 1 and not (self.tips or self.bound or self.fixed) else None


@dataclass(frozen=True, slots=True)
class Skeleton:
    """All nodes where coalitions can branch.

    Attributes
    ----------
    nodes
        Children before parents, the root last.
    takes_whole
        Single boundary: a coalition that crosses a limb's edge takes everything below it. Otherwise it
        takes what the nodes below decide.
    """

    nodes: tuple[Node, ...]
    takes_whole: bool

    @property
    def root(self) -> int:
        """Return the index of the root node."""
        return len(self.nodes) - 1
