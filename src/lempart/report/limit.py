"""A report stays small enough for a mail: where there are too many partitions, the dearest are left out."""

from __future__ import annotations

import itertools
from dataclasses import asdict, replace

from lempart.report.embed import json_text
from lempart.report.rows import Scene
from lempart.report.wording import count_of

MOST_BYTES = 3_000_000
"""Of the partitions' rows; pictures and scripts add one million."""


def within(scene: Scene, most_bytes: int = MOST_BYTES) -> tuple[Scene, str]:
    """Return a scene whose partitions take no more than so many bytes, and what was left out in words.

    Partitions stand cheapest first; the optimal and the optimal stable ones always stay.
    """
    sizes = itertools.accumulate(len(json_text(asdict(row))) for row in scene.partitions)
    fitting = sum(size <= most_bytes for size in sizes)
    if fitting == len(scene.partitions):
        return scene, ""
    kept = sorted({*range(fitting), *scene.optimal, *scene.optimal_stable})
    place = {old: new for new, old in enumerate(kept)}
    found = replace(
        scene,
        partitions=tuple(scene.partitions[index] for index in kept),
        optimal=tuple(place[index] for index in scene.optimal),
        optimal_stable=tuple(place[index] for index in scene.optimal_stable),
    )
    told = count_of(len(scene.partitions), "partition")
    return (
        found,
        f"Of {told} evaluated the report holds the {len(kept):,} cheapest: more would be too large for a mail.",
    )
