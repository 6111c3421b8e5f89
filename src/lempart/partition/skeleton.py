"""The tree as the partition algorithms see it: only the places where coalitions can branch.

Counting, enumeration and sampling decide, node by node, which edges a coalition crosses and how the
crossing ones join. Buses without players below and buses with a single branch offer no such choice and
are left out, so a chain of two thousand buses costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from lempart.partition.bits import lowest_bit, members


@dataclass(frozen=True, slots=True)
class Leaf:
    """A branch that may be a coalition of its own: a prosumer's edge, or the edges of a group that meet here.

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
class Subtree:
    """A branch with more of the skeleton below, whose edge is closed (no coalition crosses it) or open (one does).

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
class BranchingNode:
    """A node where coalitions can branch.

    Attributes
    ----------
    leaves, subtrees
        The branches among which coalitions join.
    bound
        Branches that hold part of a group whose rest lies above: they go up together.
    fixed
        Coalitions that can't join anything (single boundary: a regular customer hangs beside them).
    apart
        Skeleton nodes below edges that no coalition may cross.
    """

    leaves: tuple[Leaf, ...] = ()
    subtrees: tuple[Subtree, ...] = ()
    bound: Leaf | None = None
    fixed: tuple[int, ...] = ()
    apart: tuple[int, ...] = ()

    @property
    def below(self) -> tuple[int, ...]:
        """Return the skeleton nodes next below, each once."""
        inside = (place for leaf in (*self.leaves, *([self.bound] if self.bound else [])) for place in leaf.inside)
        return (*inside, *(subtree.node for subtree in self.subtrees), *self.apart)

    @property
    def lone_leaf(self) -> Leaf | None:
        """Return the only branch if that is a leaf with nothing below it, else None."""
        if self.subtrees or self.apart:
            return None
        ends = [*self.leaves, *([self.bound] if self.bound else []), *(Leaf(mask) for mask in self.fixed)]
        return ends[0] if len(ends) == 1 and not ends[0].inside else None

    @property
    def lone_node(self) -> int | None:
        """Return the skeleton node below the only branch if that is a subtree or set apart, else None."""
        below = [*(subtree.node for subtree in self.subtrees), *self.apart]
        return below[0] if len(below) == 1 and not (self.leaves or self.bound or self.fixed) else None


@dataclass(frozen=True, eq=False)
class Skeleton:
    """All nodes where coalitions can branch.

    Attributes
    ----------
    nodes
        Children before parents, the root last.
    takes_whole
        Single boundary: a coalition that crosses a subtree's edge takes everything below it. Otherwise it
        takes what the nodes below decide.
    """

    nodes: tuple[BranchingNode, ...]
    takes_whole: bool

    @property
    def root(self) -> int:
        """Return the index of the root node."""
        return len(self.nodes) - 1

    @cached_property
    def players(self) -> tuple[int, ...]:
        """Return all players below each node."""
        found: list[int] = []
        for node in self.nodes:
            mask = 0
            for leaf in (*node.leaves, *([node.bound] if node.bound else [])):
                mask |= leaf.mask
            for part in (
                *node.fixed,
                *(subtree.mask for subtree in node.subtrees),
                *(found[below] for below in node.below),
            ):
                mask |= part
            found.append(mask)
        return tuple(found)

    @cached_property
    def above(self) -> tuple[int, ...]:
        """Return the node above each node; -1 above the root."""
        above = [-1] * len(self.nodes)
        for index, node in enumerate(self.nodes):
            for below in node.below:
                above[below] = index
        return tuple(above)

    @cached_property
    def home(self) -> tuple[int, ...]:
        """Return, per player, the lowest node that has all of the player below it."""
        home: dict[int, int] = {}
        for index, mask in enumerate(self.players):
            for below in self.nodes[index].below:
                mask &= ~self.players[below]  # noqa: PLW2901  # those are at home further down
            home.update(dict.fromkeys(members(mask), index))
        return tuple(home[player] for player in range(len(home)))

    def meeting(self, mask: int) -> int:
        """Return the lowest node that has all players of ``mask`` below it."""
        node = self.home[lowest_bit(mask).bit_length() - 1]
        while mask & ~self.players[node]:
            node = self.above[node]
        return node

    def places_within(self, mask: int) -> list[int]:
        """Return the nodes that have players of ``mask`` below and lie no higher than where they all meet.

        Children before parents.
        """
        found, agenda = [], [self.meeting(mask)]
        while agenda:
            index = agenda.pop()
            found.append(index)
            agenda.extend(below for below in self.nodes[index].below if self.players[below] & mask)
        return sorted(found)
