"""Dispatches for worker processes that only take their time, or end the process."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from lempart.partition import Partition

DEADLY = Partition.of([1, 2])


def nothing(*_: object) -> None:
    """Return what a process works with: nothing."""


def slow(own: None, partitions: Sequence[Partition]) -> list[None]:  # noqa: ARG001
    """Find nothing, a tenth of a second for each partition, and end with the process at ``DEADLY``."""
    for partition in partitions:
        if partition == DEADLY:
            os._exit(1)
        time.sleep(0.1)
    return [None] * len(partitions)
