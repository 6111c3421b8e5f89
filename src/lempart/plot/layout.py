"""Where the nodes of a feeder are drawn: the trunk straight, what branches off above and below it, nothing overlapping.

From every node the heaviest branch goes straight on, to the right. Each other branch turns off up or down and is put
into the nearest row in which all of it fits. What a branch takes up, labels included, is kept as intervals per row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from lempart.tree import Tree
from lempart.typing import FloatArray, IntArray, frozen_array

Interval = tuple[float, float]
TURN = 5.0
"""Pixels on both sides of a vertical line that are kept free."""
HOME = 12.0
"""Pixels from the trunk to a home that branches off."""
STAR = 40.0
"""Pixels from a node to its homes where there is no trunk to follow."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Where nodes are drawn.

    Attributes
    ----------
    x
        Pixels to the right of the PCC, shape ``(nodes,)``.
    row
        Rows below (positive) or above the trunk, shape ``(nodes,)``.
    """

    x: FloatArray
    row: IntArray


@dataclass
class _Block:
    """What a subtree takes up; rows are counted from its own top node, plus ``shift`` in the block it is part of."""

    rows: dict[int, list[Interval]] = field(default_factory=dict)

    def take(self, row: int, low: float, high: float) -> None:
        self.rows.setdefault(row, []).append((low, high))

    def collides(self, other: _Block, shift: int) -> bool:
        """Return whether ``other``, moved down by ``shift`` rows, overlaps with this."""
        return any(
            low < high_here and low_here < high
            for row, intervals in other.rows.items()
            for low_here, high_here in self.rows.get(row + shift, ())
            for low, high in intervals
        )

    def free(self, row: int, low: float, high: float) -> bool:
        """Return whether nothing lies between ``low`` and ``high`` in a row."""
        return all(high <= start or end <= low for start, end in self.rows.get(row, ()))

    def add(self, other: _Block, shift: int) -> None:
        for row, intervals in other.rows.items():
            self.rows.setdefault(row + shift, []).extend(intervals)


def lay_out(tree: Tree, spacing: float, label_width: Sequence[float]) -> Layout:
    """Return where the nodes of a tree are drawn, so that no lines cross and no labels overlap.

    Parameters
    ----------
    spacing
        Pixels from a node to its children; homes that branch off stand nearer.
    label_width
        Pixels that the label to the right of each node takes, one entry per node; 0 without a label.
    """
    order = _by_weight(tree)
    x = _columns(tree, order, spacing)
    blocks: dict[int, _Block] = {}
    shift = np.zeros(tree.node_count, dtype=np.int64)
    for node in range(tree.node_count - 1, -1, -1):
        kids = order[node]
        block = blocks.pop(kids[0]) if kids else _Block()
        block.take(0, x[node] - TURN, x[node] + TURN + label_width[node])
        if kids:
            block.take(0, x[node] + TURN, x[kids[0]] - TURN)
        # The smallest branches turn off nearest to the trunk.
        for child in reversed(kids[1:]):
            shift[child] = _place(block, blocks.pop(child), float(x[node]), float(x[child]))
        _close(block, float(x[node]), [int(shift[child]) for child in kids[1:]])
        blocks[node] = block
    row = np.zeros(tree.node_count, dtype=np.int64)
    for node in range(1, tree.node_count):
        row[node] = row[tree.parent[node]] + shift[node]
    return Layout(frozen_array(x), frozen_array(row, np.int64))


def _columns(tree: Tree, order: Sequence[Sequence[int]], spacing: float) -> FloatArray:
    """Return how far to the right each node is: homes near the trunk, the homes of a star below each other."""
    x = np.zeros(tree.node_count)
    for node, kids in enumerate(order):
        for child in kids:
            if tree.children[child]:
                x[child] = x[node] + spacing
            else:
                x[child] = x[node] + min(spacing, HOME if tree.children[kids[0]] else STAR)
    return x


def _by_weight(tree: Tree) -> list[list[int]]:
    """Return each node's children, those with most nodes below them first."""
    size = np.ones(tree.node_count, dtype=np.int64)
    for node in range(tree.node_count - 1, 0, -1):
        size[tree.parent[node]] += size[node]
    return [sorted(kids, key=lambda child: (-int(size[child]), child)) for kids in tree.children]


def _place(block: _Block, branch: _Block, x_parent: float, x_child: float) -> int:
    """Put a branch into the nearest row where it and the line to it fit; return the row."""
    branch.take(0, x_parent + TURN, x_child - TURN)
    for shift in _rows():
        on_the_way = range(1, shift + 1) if shift > 0 else range(shift, 0)
        turn = (x_parent - TURN, x_parent + TURN)
        if all(block.free(row, *turn) for row in on_the_way) and not block.collides(branch, shift):
            break
    block.add(branch, shift)
    return shift


def _close(block: _Block, x_parent: float, shifts: Sequence[int]) -> None:
    """Keep the vertical lines at a node free; only now, because its branches may share them."""
    for row in range(min((0, *shifts)), max((0, *shifts)) + 1):
        if row:
            block.take(row, x_parent - TURN, x_parent + TURN)


def _rows() -> Iterator[int]:
    """Yield 1, -1, 2, -2, ..."""
    return (sign * step for step in itertools.count(1) for sign in (1, -1))
