"""Coalitions as bitmasks: bit ``i`` of a Python int stands for player ``i``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from lempart.errors import UsageError

_WIDE = 2_048
"""Bits from which on a mask is read as a whole: each bit that is taken out copies it."""


def members(mask: int) -> tuple[int, ...]:
    """Return the positions of the set bits of ``mask``, ascending."""
    found: list[int] = []
    try:
        if mask < 0:
            raise _no_mask(mask)
        if mask.bit_length() > _WIDE:
            whole = np.frombuffer(mask.to_bytes(mask.bit_length() // 8 + 1, "little"), dtype=np.uint8)
            return tuple(np.flatnonzero(np.unpackbits(whole, bitorder="little")).tolist())
        while mask:
            lowest = mask & -mask
            found.append(lowest.bit_length() - 1)
            mask ^= lowest
    except (TypeError, AttributeError):
        raise _no_mask(mask) from None
    return tuple(found)


def mask_of(indices: Iterable[int]) -> int:
    """Return the bitmask with the bits ``indices`` set."""
    mask = 0
    try:
        for index in indices or ():
            mask |= 1 << index
    except (TypeError, ValueError):
        raise UsageError(f"indices must be whole numbers from 0 on; found {indices!r:.60}") from None
    return mask


def lowest_bit(mask: int) -> int:
    """Return ``mask`` with only its lowest set bit left; coalitions of a partition are sorted by it."""
    return mask & -mask


def submasks(mask: int) -> Iterator[int]:
    """Yield every non-empty subset of ``mask`` in ascending order, ``mask`` itself last."""
    if not isinstance(mask, int) or mask < 0:
        raise _no_mask(mask)
    subset = 0
    while subset != mask:
        subset = (subset - mask) & mask
        yield subset


def _no_mask(mask: object) -> UsageError:
    return UsageError(f"mask must be a whole number from 0 on, bit i for player i; found {mask!r:.60}")
