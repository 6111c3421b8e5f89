"""Where homes stand on a map that places buses only: on short stubs beside their bus."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lempart.tree import Tree
from lempart.typing import FloatArray

Point = tuple[float, float]

STUB = 16.0
"""Pixels from a bus to a home beside it."""
CROWD = 12.0
"""Pixels around a home that other things should stay out of."""
DIRECTIONS = 16
POINTS_OF_STUB = 7
"""Points on each line that a home shouldn't cover."""


def with_stubs(tree: Tree, placed: Mapping[int, Point]) -> FloatArray:
    """Return where all nodes stand, shape ``(nodes, 2)``: those left over beside their parent, where there is room.

    Parameters
    ----------
    placed
        Pixels to the right and down; it holds the root, and the parents of all that it holds.
    """
    places = dict(placed)
    covered = _covered(tree, placed)
    for node in range(tree.node_count):
        here = places[node]
        around = [int(tree.parent[node])] if node else []
        around += [child for child in tree.children[node] if child in placed]
        taken = [_direction(here, places[n]) for n in around if places[n] != here]
        for child in tree.children[node]:
            if child not in placed:
                angle = min(_directions(taken), key=lambda way: _badness(here, way, taken, covered))
                taken.append(angle)
                places[child] = _end(here, angle)
                covered.append(places[child])
    return np.array([places[node] for node in range(tree.node_count)])


def _covered(tree: Tree, placed: Mapping[int, Point]) -> list[Point]:
    """Return points on all lines between placed nodes, the nodes included."""
    points = []
    for node, (x, y) in placed.items():
        above = placed[int(tree.parent[node])] if node else (x, y)
        shares = [step / POINTS_OF_STUB for step in range(POINTS_OF_STUB)]
        points += [(x + (above[0] - x) * share, y + (above[1] - y) * share) for share in shares]
    return points


def _direction(start: Point, end: Point) -> float:
    return math.atan2(end[1] - start[1], end[0] - start[0])


def _end(start: Point, angle: float) -> Point:
    return start[0] + STUB * math.cos(angle), start[1] + STUB * math.sin(angle)


def _directions(taken: Sequence[float]) -> Iterator[float]:
    """Yield directions to try: the middles between those taken, and all around; upwards where none is."""
    order = sorted(angle % math.tau for angle in taken)
    for before, after in zip(order, [*order[1:], order[0] + math.tau] if order else [], strict=True):
        yield (before + after) / 2
    first = order[0] if order else -math.pi / 2
    yield from (first + math.tau * step / DIRECTIONS for step in range(DIRECTIONS))


def _badness(here: Point, angle: float, taken: Sequence[float], covered: Sequence[Point]) -> tuple[int, float]:
    """Return how much is in the way at the end of a stub, then how near it is to the lines at its bus."""
    x, y = _end(here, angle)
    crowd = sum(math.hypot(x - a, y - b) < CROWD and (a, b) != here for a, b in covered)
    apart = [abs((angle - other + math.pi) % math.tau - math.pi) for other in taken]
    return crowd, -round(min(apart, default=0.0), 6)
