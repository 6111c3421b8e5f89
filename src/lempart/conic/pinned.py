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
    by_column = np.argsort(column, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=columns))])
    # How many columns of each row aren't found yet, and the sum of their numbers: of one left, that is its number.
    left = np.bincount(row, minlength=rows)
    numbers = np.zeros(rows, dtype=np.int64)
    np.add.at(numbers, row, column)
    found = np.zeros(columns, dtype=bool)
    alone = np.flatnonzero(left == 1)
    while len(alone):
        new = np.unique(numbers[alone])
        found[new] = True
        size = start[new + 1] - start[new]
        places = np.arange(size.sum()) + np.repeat(start[new] - np.cumsum(size) + size, size)
        touched = row[by_column[places]]
        np.subtract.at(left, touched, 1)
        np.subtract.at(numbers, touched, np.repeat(new, size))
        alone = np.unique(touched[left[touched] == 1])
    return found
