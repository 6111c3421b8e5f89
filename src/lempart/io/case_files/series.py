"""Values with one entry per step: a number for all steps, a list, or the name of a column of the series table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lempart.case.where import quoted
from lempart.case.wording import nearest
from lempart.io.readings import Cell, UnreadableError, ValueReader, items, number, shown
from lempart.io.tables.table import Table
from lempart.typing import FloatArray


@dataclass(frozen=True)
class SeriesReader:
    """Reads series of one case.

    Attributes
    ----------
    steps
        Number of steps; None where the file doesn't say it in a usable way.
    table
        The table that the case's ``series`` key names.
    """

    steps: int | None
    table: Table | None = None

    @property
    def per_step(self) -> ValueReader[FloatArray]:
        """Return the reader of a series; one of the wrong length is left to the rules."""
        return ValueReader(self._series, self._neutral(), "1.0 (or a list of numbers, one per step)")

    @property
    def per_step_exact(self) -> ValueReader[FloatArray]:
        """Return the reader of a series that is refused when its length is wrong, because a matrix can't hold it."""
        return ValueReader(self._exact, self._neutral(), "[1.0, 2.0] (one number per step)")

    @property
    def per_row(self) -> ValueReader[FloatArray]:
        """Return the reader of a plain list of numbers."""
        return ValueReader(lambda value: numbers(items(value, "numbers")), np.full(1, np.nan), "[1.0, 2.0]")

    @property
    def per_row_and_step(self) -> ValueReader[FloatArray]:
        """Return the reader of a list of lists of numbers, all of one length."""
        return ValueReader(self._matrix, np.full((1, self.steps or 1), np.nan), "[[1.0, 2.0]]")

    def _neutral(self) -> FloatArray:
        return np.full(self.steps or 1, np.nan)

    def _series(self, value: object) -> FloatArray:
        if isinstance(value, str):
            return self._from_text(value)
        if isinstance(value, list):
            return numbers(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return np.full(self.steps or 1, number(value))
        message = f"expected a number or a list with one number per step, found {shown(value)}"
        raise UnreadableError(message, "Write numbers here.")

    def _exact(self, value: object) -> FloatArray:
        series = self._series(value)
        if self.steps is not None and len(series) != self.steps:
            raise wrong_length(len(series), self.steps)
        return series if self.steps is not None else np.zeros(1)

    def _from_text(self, value: str) -> FloatArray:
        columns = self.table.columns if self.table else {}
        if value in columns:
            return numbers(columns[value])
        if isinstance(value, Cell):
            if value.lstrip().startswith("["):
                return numbers(items(value, "numbers"))
            try:
                return np.full(self.steps or 1, number(value))
            except UnreadableError:
                pass
        if self.table is None:
            message = f"expected a number or a list with one number per step, found {shown(value)}"
            raise UnreadableError(message, 'To name a column here, name its table first: series = "series.csv".')
        raise UnreadableError(f"{self.table.name} has no column {quoted(value)}", nearest(value, columns))

    def _matrix(self, value: object) -> FloatArray:
        rows = []
        for index, row in enumerate(items(value, "lists")):
            try:
                rows.append(numbers(items(row, "numbers")))
            except UnreadableError as wrong:
                raise UnreadableError(wrong.message, wrong.remedy, f"[{index}]{wrong.at}") from None
        if len({len(row) for row in rows}) > 1:
            message = f"the rows have different lengths: {', '.join(str(len(row)) for row in rows[:10])}"
            raise UnreadableError(message, "Give each row one number per step.")
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(rows[0]) if rows else self.steps or 1)


def numbers(values: Sequence[object]) -> FloatArray:
    """Return a float array; the first entry that is no number is named by its index."""
    if all(type(value) is float for value in values):
        return np.array(values, dtype=np.float64)
    found = np.empty(len(values))
    for index, value in enumerate(values):
        try:
            found[index] = number(value)
        except UnreadableError as wrong:
            empty = value is None or value == Cell()
            message = "the cell is empty" if empty else wrong.message
            raise UnreadableError(message, "Fill it in." if empty else wrong.remedy, f"[{index}]") from None
    return found


def wrong_length(found: int, steps: int) -> UnreadableError:
    """Return the error of a series whose length isn't the number of steps."""
    message = f"{found} {'value' if found == 1 else 'values'} for {steps} {'step' if steps == 1 else 'steps'}"
    more = "Remove" if found > steps else "Add"
    return UnreadableError(message, f"{more} {abs(found - steps)}, or correct time.steps.")
