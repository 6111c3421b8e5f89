"""Dispatches for worker processes that only take their time, or end the process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from lempart.partition import Partition

DEADLY = Partition.of([1, 2])


def slow(*_: object) -> Callable[[Sequence[Partition]], list[None]]:
    """Return what finds nothing, a tenth of a second for each partition, and ends with its process at ``DEADLY``."""

    def costs(partitions: Sequence[Partition]) -> list[None]:
        for partition in partitions:
            if partition == DEADLY:
                os._exit(1)
            time.sleep(0.1)
        return [None] * len(partitions)

    return costs
