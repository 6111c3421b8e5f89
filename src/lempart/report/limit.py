"""A report stays small enough for a mail: where there are too many partitions, the dearest are left out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, replace

from lempart.display import count_of
from lempart.report.embed import json_text
from lempart.report.rows import PartitionRow, Scene

MAX_BYTES = 3_000_000
"""Of the partitions' rows; pictures and scripts add one million."""


def within(scenes: Sequence[Scene], most_bytes: int = MAX_BYTES) -> tuple[tuple[Scene, ...], str]:
    """Return scenes whose partitions take no more than so many bytes, and what was left out in words.

    Each scene has the same share of them, and keeps its cheapest partitions (of a search: those that won most draws);
    the optimal and the optimal stable ones always stay.
    """
    found = tuple(_cut(scene, most_bytes // len(scenes)) for scene in scenes)
    kept, had = (sum(len(scene.partitions) for scene in some) for some in (found, scenes))
    if kept == had:
        return found, ""
    told, where = count_of(had, "partition"), " in all" if len(scenes) > 1 else ""
    return (
        found,
        f"Of {told} evaluated{where} the report holds the {kept:,} cheapest: more would be too large for a mail.",
    )


def _cut(scene: Scene, most_bytes: int) -> Scene:
    order = sorted(range(len(scene.partitions)), key=lambda index: _rank(scene.partitions[index]))
    sizes = itertools.accumulate(len(json_text(asdict(scene.partitions[index])).encode()) for index in order)
    fitting = sum(size <= most_bytes for size in sizes)
    if fitting == len(order):
        return scene
    kept = sorted({*order[:fitting], *scene.optimal, *scene.optimal_stable})
    place = {old: new for new, old in enumerate(kept)}
    return replace(
        scene,
        partitions=tuple(scene.partitions[index] for index in kept),
        optimal=tuple(place[index] for index in scene.optimal),
        optimal_stable=tuple(place[index] for index in scene.optimal_stable),
    )


def _rank(row: PartitionRow) -> float:
    if row.total is not None:
        return row.total
    return float("inf") if row.shares is None else -max(row.shares.values())
