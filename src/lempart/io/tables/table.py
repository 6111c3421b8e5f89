"""What the readers of CSV and of Parquet return."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lempart.io.readings import Cell


@dataclass(frozen=True)
class Table:
    """The columns of a table file, as found.

    Attributes
    ----------
    name
        The file as the case names it.
    columns
        The cells of each column: text as :class:`~lempart.io.readings.Cell`, numbers from Parquet as such; None and
        empty cells are absent.
    rows
        The row of each record as a spreadsheet shows it (a CSV file's header is row 1).
    """

    name: str
    columns: dict[str, list[object]]
    rows: tuple[int, ...]

    def records(self) -> Iterator[tuple[int, dict[str, object]]]:
        """Return each row's number and its cells that aren't empty."""
        for index, row in enumerate(self.rows):
            cells = {name: values[index] for name, values in self.columns.items()}
            yield row, {name: value for name, value in cells.items() if value is not None and value != Cell()}
