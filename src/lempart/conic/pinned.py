"""Which unknowns of homogeneous equations are zero for no other reason than that they are alone in one."""

from __future__ import annotations

import numpy as np

from lempart.typing import BoolArray, IntArray


def pinned(row: IntArray, column: IntArray, rows: int, columns: int) -> BoolArray:
    """Return which columns ``E d = 0`` makes zero by itself: those alone in a row, then those then alone, and so on.

    Parameters
    ----------
    row, column
        Where ``E`` isn't zero, shape ``(entries,)`` each.
    rows, columns
        The shape of ``E``.
    """
    found = np.zeros(columns, dtype=bool)
    while len(row):
        single = (np.bincount(row, minlength=rows) == 1)[row]
        if not single.any():
            break
        found[column[single]] = True
        left = ~found[column]
        row, column = row[left], column[left]
    return found
