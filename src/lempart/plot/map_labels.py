"""Where labels are written on a map: beside their node, where they cover least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lempart.plot.places import BESIDE, Anchor, Box, text_width
from lempart.typing import FloatArray

HEIGHT = 13.0
"""Pixels of a line of text."""
NODE = 5.0
"""Pixels around a node that a label shouldn't cover."""
POINTS_OF_LINE = 9
"""Points on each line that a label shouldn't cover."""


@dataclass(frozen=True, eq=False)
class Marks:
    """What is drawn apart from labels: ``points``, shape ``(nodes, 2)``, and the lines between them."""

    points: FloatArray
    lines: Sequence[tuple[int, int]]


def anchors_of(marks: Marks, labels: Sequence[str]) -> tuple[Anchor | None, ...]:
    """Return where each label is written, one after the other; of its candidates the one that covers least."""
    ends = marks.points[np.array(marks.lines, dtype=np.int64)]
    along = np.linspace(0.0, 1.0, POINTS_OF_LINE)[:, None, None]
    obstacles = (ends[None, :, 0] * (1.0 - along) + ends[None, :, 1] * along).reshape(-1, 2)
    written: list[Box] = []
    anchors: list[Anchor | None] = []
    for (x, y), label in zip(marks.points, labels, strict=True):
        if not label:
            anchors.append(None)
            continue
        options = [(anchor, text_box(anchor, label)) for anchor in _candidates(float(x), float(y))]
        covered = [_covered(box, obstacles, marks.points, written) for _, box in options]
        anchor, box = options[int(np.argmin(covered))]
        anchors.append(anchor)
        written.append(box)
    return tuple(anchors)


def text_box(anchor: Anchor, label: str) -> Box:
    """Return about what a label takes up."""
    width = text_width(label)
    left = anchor.x - {"left": 0.0, "center": 0.5, "right": 1.0}[anchor.align] * width
    return left, anchor.y - HEIGHT / 2, left + width, anchor.y + HEIGHT / 2


def _candidates(x: float, y: float) -> Iterator[Anchor]:
    """Yield the places around a node, the most usual first."""
    up = HEIGHT / 2 + BESIDE
    yield Anchor(x + BESIDE, y, "left")
    yield Anchor(x - BESIDE, y, "right")
    yield Anchor(x, y - up, "center")
    yield Anchor(x, y + up, "center")
    for turn in (-BESIDE, BESIDE):
        yield Anchor(x + BESIDE - 2.0, y + turn, "left")
        yield Anchor(x - BESIDE + 2.0, y + turn, "right")


def _covered(box: Box, lines: FloatArray, nodes: FloatArray, written: Sequence[Box]) -> float:
    """Return how bad a place is: another label is worst, then nodes, then lines."""
    left, top, right, bottom = box
    overlaps = sum(left < other[2] and other[0] < right and top < other[3] and other[1] < bottom for other in written)
    return 100.0 * overlaps + 10.0 * _inside(nodes, box, NODE) + _inside(lines, box, 1.0)


def _inside(points: FloatArray, box: Box, margin: float) -> int:
    left, top, right, bottom = box
    x, y = points[:, 0], points[:, 1]
    return int(np.sum((x > left - margin) & (x < right + margin) & (y > top - margin) & (y < bottom + margin)))
