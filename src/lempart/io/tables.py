"""A table file beside a case: CSV or Parquet, rows for records or columns for profiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lempart.io.readings import Cell, UnreadableError

SUFFIXES = (".csv", ".parquet")


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


def load_table(folder: Path, name: str) -> Table:
    """Return the table file ``name`` beside the case.

    Raises
    ------
    UnreadableError
        If there is no such file, or what it holds isn't a complete table.
    """
    path = folder / name
    if path.suffix.lower() not in SUFFIXES:
        raise UnreadableError(f"{name} is no table file", "Name a .csv or a .parquet file.")
    try:
        if path.suffix.lower() == ".csv":
            from lempart.io.csv_table import read_csv

            return read_csv(path, name)
        from lempart.io.parquet_table import read_parquet

        return read_parquet(path, name)
    except FileNotFoundError:
        raise UnreadableError(f"there is no file {name}", f"Put it beside the case, into {folder}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(f"{name} can't be opened: {reason}", "Check the file's name and rights.") from None
