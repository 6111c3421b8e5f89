"""Stability against the reference cases' independent answers, with their costs read as tables.

The costs come from the answer files and not from this package, so a wrong verdict is an error of the theory
alone: sub-coalitions, what they leave behind, or the LP.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lempart.cost.prepared_case import PreparedCase
from lempart.game import Inertia, NoExternalities, TableGame, TablePartitionGame, partition_verdict
from lempart.io import read_case
from lempart.partition import Family, Partition, mask_of

FOLDER = Path(__file__).parents[1] / "data" / "reference-cases"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
WITH_COALITION_COSTS = [name for name in NAMES if name.partition("-")[0] in {"self", "star", "ext1", "pq1"}]


def read(name: str) -> tuple[Family, dict[Partition, dict[str, Any]], dict[Partition, dict[int, float]]]:
    """Return the family, the expected entry of each partition, and its coalitions' costs."""
    prepared = PreparedCase.of(read_case(FOLDER / name))
    number = {player: i for i, player in enumerate(prepared.player_names)}
    entries, costs = {}, {}
    for entry in json.loads((FOLDER / name / "expected.json").read_text(encoding="utf-8"))["partitions"]:
        masks = [mask_of(number[member] for member in members) for members in entry["partition"]]
        entries[Partition.of(masks)] = entry
        costs[Partition.of(masks)] = dict(zip(masks, entry.get("coalition_costs") or [], strict=False))
    return prepared.family, entries, costs


@pytest.mark.parametrize("name", NAMES)
def test_the_family_is_the_references(name: str) -> None:
    """Every partition that the reference enumerated, and no other."""
    family, entries, _ = read(name)
    assert set(family.enumerate()) == set(entries)
    assert family.count() == len(entries)


@pytest.mark.parametrize("name", WITH_COALITION_COSTS)
def test_verdicts_and_shortfalls(name: str) -> None:
    """The largest ``phi - Y`` of each partition, and whether it is stable."""
    family, entries, costs = read(name)
    checked = 0
    for partition, entry in entries.items():
        if entry["total"] is None:
            continue
        if name.startswith(("self", "star")):
            alone = {mask: cost for row in costs.values() for mask, cost in row.items()}
            deviation: Any = NoExternalities(TableGame(alone))
        else:
            deviation = Inertia(TablePartitionGame(costs), family)
        verdict = partition_verdict(partition, family, deviation)
        shortfall = max(item.shortfall for item in verdict.coalitions)
        assert shortfall == pytest.approx(entry["core_shortfall"], abs=1e-4 * max(1.0, abs(entry["total"])))
        assert verdict.stable == entry["stable"]
        checked += 1
    assert checked > 0
