"""How many ways there are to join branches at a node: set partitions without certain singletons."""

from __future__ import annotations


class JoinCounts:
    """Counts ``G(j, l)``: set partitions of ``j + l`` elements in which none of the ``j`` is alone.

    ``G(0, l)`` is the Bell number of ``l``. Making one of the ``j`` elements free counts those
    partitions, and besides them those in which just that element is alone:
    ``G(j - 1, l + 1) = G(j, l) + G(j - 1, l)``. So the numbers are repeated differences of the Bell
    numbers, all exact Python ints. Numbers once found are kept.
    """

    def __init__(self) -> None:
        self._triangle = [1]  # the last row of Bell's triangle; its first entry is the last Bell number
        self._rows: list[list[int]] = [[1]]

    def count(self, never_alone: int, free: int) -> int:
        """Return ``G(never_alone, free)``: set partitions of so many elements of either kind."""
        self._grow_bell(never_alone + free)
        for j in range(1, never_alone + 1):
            if len(self._rows) == j:
                self._rows.append([])
            row, above = self._rows[j], self._rows[j - 1]
            for size in range(len(row), never_alone + free - j + 1):
                row.append(above[size + 1] - above[size])
        return self._rows[never_alone][free]

    def _grow_bell(self, size: int) -> None:
        bell = self._rows[0]
        while len(bell) <= size:
            row = [self._triangle[-1]]
            for entry in self._triangle:
                row.append(row[-1] + entry)
            self._triangle = row
            bell.append(row[0])
