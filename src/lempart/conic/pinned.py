"""Which unknowns of homogeneous equations are zero for no other reason than that they are alone in one."""

from __future__ import annotations

import numpy as np

from lempart.typing import BoolArray, IntArray

ROUNDS = 20
"""Rounds in which all columns that are alone are found together."""


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
    for _ in range(ROUNDS):
        single = (np.bincount(row, minlength=rows) == 1)[row]
        if not single.any():
            return found
        found[column[single]] = True
        left = ~found[column]
        row, column = row[left], column[left]
    found[_one_after_the_other(row, column)] = True
    return found


def _one_after_the_other(row: IntArray, column: IntArray) -> list[int]:
    """Return the same columns one by one: along a line of many equations every round would find but one."""
    of_row: dict[int, set[int]] = {}
    of_column: dict[int, list[int]] = {}
    for r, c in zip(row.tolist(), column.tolist(), strict=True):
        of_row.setdefault(r, set()).add(c)
        of_column.setdefault(c, []).append(r)
    found = []
    ready = [r for r, left in of_row.items() if len(left) == 1]
    for r in ready:
        if not of_row[r]:
            continue  # by another row's doing
        (c,) = of_row[r]
        found.append(c)
        for other in of_column[c]:
            of_row[other].discard(c)
            if len(of_row[other]) == 1:
                ready.append(other)
    return found
