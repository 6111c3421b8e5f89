"""How far apart prosumers are, from where their buses stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lempart.case.records import CaseFields
from lempart.typing import FloatArray

EARTH_RADIUS_M = 6_371_008.8


def distances_m(case: CaseFields, prosumers: Sequence[int]) -> FloatArray:
    """Return the distances between prosumers in metres, shape ``(prosumers, prosumers)``.

    On a plane, or on a great circle where places are degrees. Every prosumer's bus must have a place.
    """
    places = {node.name: (node.x, node.y) for node in case.grid.nodes}
    x, y = np.array([places[case.prosumers[m].node] for m in prosumers], dtype=np.float64).reshape(-1, 2).T
    if case.grid.coordinates == "metres":
        plane: FloatArray = np.hypot(x[:, None] - x, y[:, None] - y)
        return plane
    east, north = np.radians(x), np.radians(y)
    half = np.sin((north[:, None] - north) / 2.0) ** 2
    half += np.cos(north)[:, None] * np.cos(north) * np.sin((east[:, None] - east) / 2.0) ** 2
    around: FloatArray = 2.0 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return around
