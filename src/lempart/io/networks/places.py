"""Where the buses of somebody else's network stand: GeoJSON points, and what they are given in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lempart.case import Node
from lempart.case.records import Coordinates
from lempart.io.networks.network import Bus
from lempart.io.opening import parse_json

WIDEST_DEGREES = 2.0
"""What spans more degrees than this, some 200 km, is no radial distribution grid but a drawing."""
AT_SEA_DEGREES = 1.0
"""Within this many degrees of 0 N 0 E there is only sea: coordinates there are those of a drawing."""


def point_of(geo: Any) -> tuple[float, float] | None:
    """Return ``(x, y)`` of a GeoJSON point, text or parsed, as pandapower keeps it per bus; None where none is."""
    try:
        found = parse_json(geo) if isinstance(geo, str) else geo
        x, y = found["coordinates"][:2]
        point = float(x), float(y)
    except (TypeError, ValueError, KeyError, OverflowError):
        return None
    return point if all(map(math.isfinite, point)) else None


def placed_nodes(buses: Sequence[Bus]) -> tuple[Node, ...]:
    """Return those buses whose place is known."""
    return tuple(Node(bus.name, *bus.place) for bus in buses if bus.place is not None)


def likely_coordinates(nodes: Sequence[Node]) -> Coordinates:
    """Return what places are given in.

    GeoJSON means degrees, but networks that were drawn by hand keep their drawing there. Degrees they are where a
    distribution grid could lie.
    """
    if not nodes:
        return "wgs84"
    x, y = [node.x for node in nodes], [node.y for node in nodes]
    on_earth = max(map(abs, x)) <= 180.0 and max(map(abs, y)) <= 90.0
    compact = max(max(x) - min(x), max(y) - min(y)) <= WIDEST_DEGREES
    at_sea = any(math.hypot(node.x, node.y) <= AT_SEA_DEGREES for node in nodes)
    return "wgs84" if on_earth and compact and not at_sea else "schematic"
