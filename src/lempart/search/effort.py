"""How much work a verdict is, counted before it is done."""

from __future__ import annotations

from itertools import islice

from lempart.partition import Family, Partition


def deviation_count(family: Family, partition: Partition, most: int) -> int:
    """Return how many sub-coalitions a partition's verdict looks at; counts no further than just beyond ``most``."""
    count = 0
    for coalition in partition:
        count += sum(1 for _ in islice(family.subcoalitions(coalition), most + 1))
        if count > most:
            break
    return count
