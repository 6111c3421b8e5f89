"""The reference cases: random feeders with the answers of an independent brute-force implementation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lempart.case import Case
from lempart.io import read_case
from lempart.partition import Partition

FOLDER = Path(__file__).parents[1] / "data" / "reference-cases"
NAMES = tuple(sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))


def reference_case(name: str) -> Case:
    """Return the case of that name."""
    return read_case(FOLDER / name)


def expected(name: str) -> dict[str, Any]:
    """Return the expected answer."""
    answer: dict[str, Any] = json.loads((FOLDER / name / "expected.json").read_text(encoding="utf-8"))
    return answer


def masks_of(names: Sequence[str], partition: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Return the coalitions as masks, in the order in which they are written."""
    index = {name: i for i, name in enumerate(names)}
    return tuple(sum(1 << index[member] for member in coalition) for coalition in partition)


def partition_of(names: Sequence[str], partition: Sequence[Sequence[str]]) -> Partition:
    """Return the partition."""
    return Partition.of(masks_of(names, partition))
