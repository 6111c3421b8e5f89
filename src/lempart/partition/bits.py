"""Coalitions as bitmasks: bit ``i`` of a Python int stands for player ``i``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def members(mask: int) -> tuple[int, ...]:
    """Return the positions of the set bits of ``mask``, ascending."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(found)


def mask_of(indices: Iterable[int]) -> int:
    """Return the bitmask with the bits ``indices`` set."""
    mask = 0
    for index in indices:
        mask |= 1 << index
    return mask


def lowest_bit(mask: int) -> int:
    """Return ``mask`` with only its lowest set bit left; coalitions of a partition are sorted by it."""
    return mask & -mask


def submasks(mask: int) -> Iterator[int]:
    """Yield every non-empty subset of ``mask`` in ascending order, ``mask`` itself last."""
    subset = 0
    while subset != mask:
        subset = (subset - mask) & mask
        yield subset
