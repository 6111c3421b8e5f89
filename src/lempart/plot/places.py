"""Where a feeder's nodes and labels are drawn, in pixels: as a tree, or on a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from lempart.grid import RadialGrid
from lempart.plot.layout import lay_out
from lempart.typing import FloatArray

LayoutName: TypeAlias = Literal["auto", "tree", "map"]
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""

CHARACTER = 6.6
"""Pixels of a character of a label, on average."""
ROW = 21.0
"""Pixels from row to row of a tree."""
TRUNK = 820.0
"""Pixels that the longest path of a tree should take."""
LEFT = 46.0
"""Pixels left of the PCC, for its label."""
LEAST_WIDTH = 420.0
BESIDE, BESIDE_PCC = 9.0, 11.0
"""Pixels from a node to its label."""


@dataclass(frozen=True)
class Anchor:
    """Where a label is written: the end of its text that ``align`` names stands at ``x``."""

    x: float
    y: float
    align: Literal["left", "center", "right"]


@dataclass(frozen=True, eq=False)
class Places:
    """Where a feeder is drawn.

    Attributes
    ----------
    x, y
        Pixels to the right and down, shape ``(nodes,)``.
    labels
        Where each node's label is written; None without a label.
    box
        What all of it takes up.
    straight
        Lines lead straight from node to node; else they leave the parent's row at a right angle.
    metres_per_pixel
        The scale of a map in metres; None for others.
    """

    x: FloatArray
    y: FloatArray
    labels: tuple[Anchor | None, ...]
    box: Box
    straight: bool = False
    metres_per_pixel: float | None = None


def text_width(label: str) -> float:
    """Return about how many pixels a label takes."""
    return CHARACTER * len(label)


def tree_places(grid: RadialGrid, labels: Sequence[str]) -> Places:
    """Return a feeder as a tree: the trunk straight on to the right, what branches off in rows above and below."""
    depth = max(int(grid.tree.depth.max()), 1)
    spacing = float(np.clip(TRUNK / depth, 14.0, 110.0))
    room = [text_width(label) + 12.0 if label and node else 0.0 for node, label in enumerate(labels)]
    layout = lay_out(grid.tree, spacing, room)
    x, y = np.round(layout.x, 2), layout.row.astype(np.float64) * ROW
    anchors = [
        Anchor(float(x[node]) + BESIDE, float(y[node]), "left") if label else None for node, label in enumerate(labels)
    ]
    anchors[0] = Anchor(float(x[0]) - BESIDE_PCC, float(y[0]), "right") if labels[0] else None
    right = max(float(x[node]) + room[node] for node in range(grid.node_count)) + 14.0
    box = -LEFT, float(y.min()) - 0.8 * ROW, max(right, LEAST_WIDTH - LEFT), float(y.max()) + 0.8 * ROW
    return Places(x, y, tuple(anchors), box)
