"""A feeder on a map: buses where they stand, homes as short stubs beside their bus."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from lempart.case import Case
from lempart.errors import UsageError
from lempart.grid import RadialGrid
from lempart.plot.map_labels import Marks, anchors_of, text_box
from lempart.plot.map_stubs import with_stubs
from lempart.plot.places import LEAST_WIDTH, Anchor, Box, Places
from lempart.tree import Tree
from lempart.typing import FloatArray

Point = tuple[float, float]

ENOUGH = 0.9
"""Share of the buses whose place must be known for a map to be drawn unasked."""
MAX_MAP_WIDTH, MAX_MAP_HEIGHT = 820.0, 560.0
"""Pixels that the buses may take."""
MARGIN = 16.0
SCALE_ROOM = 14.0
"""Pixels below a map, for its scale."""
METRES_PER_DEGREE = 111_320.0
"""Of latitude; of longitude times the cosine of the latitude."""


def bus_count(case: Case, grid: RadialGrid) -> int:
    """Return how many nodes are buses: they come first, service edges lead to the others."""
    first = case.prosumers[0]
    at_bus = grid.names[int(grid.tree.parent[grid.tree.leaf[0]])] == first.node
    return grid.node_count - len(case.prosumers) * at_bus


def known_places(case: Case, grid: RadialGrid) -> dict[int, Point]:
    """Return ``(x, y)`` of the buses that the case places: x to the east, y to the north; metres for degrees."""
    given = {node.name: (node.x, node.y) for node in case.grid.nodes}
    places = {n: given[name] for n, name in enumerate(grid.names[: bus_count(case, grid)]) if name in given}
    if case.grid.coordinates != "wgs84" or not places:
        return places
    # Degrees of longitude are shorter away from the equator; on one feeder all are alike.
    east = METRES_PER_DEGREE * math.cos(math.radians(float(np.mean([y for _, y in places.values()]))))
    return {n: (x * east, y * METRES_PER_DEGREE) for n, (x, y) in places.items()}


def has_map(case: Case, grid: RadialGrid) -> bool:
    """Return whether enough buses are placed, and not all at one spot, to draw a map unasked."""
    known = known_places(case, grid)
    return len(known) >= ENOUGH * bus_count(case, grid) and len(set(known.values())) > 1


def map_places(case: Case, grid: RadialGrid, labels: Sequence[str]) -> Places:
    """Return a feeder on a map, north upwards.

    A bus without a place stands on the way between those around it, or beside the one before it, as homes do.

    Raises
    ------
    UsageError
        When no two buses are placed apart.
    """
    known = known_places(case, grid)
    if len(set(known.values())) < 2:
        remedy = "give [[grid.nodes]] with x and y, or draw it as a tree"
        raise UsageError(f"{case.name}: there is no map, since the case doesn't say where its buses stand: {remedy}")
    pixels, scale = _in_pixels(known)
    points = with_stubs(grid.tree, _between(grid.tree, pixels))
    marks = Marks(points, [(int(grid.tree.parent[n]), n) for n in range(1, grid.node_count)])
    anchors = anchors_of(marks, labels)
    return Places(
        x=points[:, 0].round(2),
        y=points[:, 1].round(2),
        labels=anchors,
        box=_box(points, anchors, labels),
        straight=True,
        metres_per_pixel=None if case.grid.coordinates == "schematic" else 1.0 / scale,
    )


def _in_pixels(known: Mapping[int, Point]) -> tuple[dict[int, Point], float]:
    """Return places in pixels, y downwards, and how many pixels a unit takes."""
    points = np.array(list(known.values()))
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    scale = min(
        bound / length for bound, length in zip((MAX_MAP_WIDTH, MAX_MAP_HEIGHT), size, strict=True) if length > 0.0
    )
    top = low[1] + size[1]
    return {n: (float((x - low[0]) * scale), float((top - y) * scale)) for n, (x, y) in known.items()}, float(scale)


def _between(tree: Tree, known: Mapping[int, Point]) -> dict[int, Point]:
    """Return places with those of nodes that a placed node is below of: on the way to the nearest such."""
    below: dict[int, tuple[int, Point]] = {}
    for node in range(tree.node_count - 1, -1, -1):
        found = [(below[child][0] + 1, below[child][1]) for child in tree.children[node] if child in below]
        if node in known:
            below[node] = 0, known[node]
        elif found:
            below[node] = min(found)
    places: dict[int, Point] = {}
    for node in range(tree.node_count):
        if node in below:
            steps, (x, y) = below[node]
            before = places.get(int(tree.parent[node]), (x, y)) if node else (x, y)
            places[node] = (before[0] + (x - before[0]) / (steps + 1), before[1] + (y - before[1]) / (steps + 1))
    return places


def _box(points: FloatArray, anchors: Sequence[Anchor | None], labels: Sequence[str]) -> Box:
    """Return what nodes and labels take up, with a margin."""
    texts = [text_box(anchor, label) for anchor, label in zip(anchors, labels, strict=True) if anchor is not None]
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    ends = np.array([(left, top, right, bottom), *texts])
    left, top = ends[:, :2].min(axis=0) - MARGIN
    right, bottom = ends[:, 2:].max(axis=0) + MARGIN
    return float(left), float(top), max(float(right), float(left) + LEAST_WIDTH), float(bottom) + SCALE_ROOM
