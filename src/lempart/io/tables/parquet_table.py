"""Parquet tables; pyarrow is an extra and imported only here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lempart.errors import InputError
from lempart.io.opening import read_bytes
from lempart.io.readings import Cell, UnreadableError
from lempart.io.tables.table import Table
from lempart.optional import needed


def read_parquet(path: Path, name: str) -> Table:
    """Return the table in a Parquet file.

    Raises
    ------
    UnreadableError
        If pyarrow isn't installed, or the file isn't complete.
    """
    parquet = _pyarrow_parquet()
    raw = read_bytes(path)
    try:
        import pyarrow

        table = parquet.read_table(pyarrow.BufferReader(raw))
        columns = {str(column): _cells(table.column(index)) for index, column in enumerate(table.column_names)}
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        reason = str(error).split("\n", maxsplit=1)[0].rstrip(". ")
        message = f"{name} is no complete Parquet file ({reason})" if raw else f"{name} is empty"
        raise UnreadableError(message, "Write it again; was it copied or written to the end?") from None
    if len(columns) != len(table.column_names):
        raise UnreadableError(f"{name} has two columns of the same name", "Rename or remove one.")
    return Table(name, columns, tuple(range(1, table.num_rows + 1)))


def _cells(column: Any) -> list[object]:
    """Return a column's values; text may spell a list or a series' name, as in a CSV file."""
    return [Cell(value) if isinstance(value, str) else value for value in column.to_pylist()]


def _pyarrow_parquet() -> Any:
    try:
        return needed("pyarrow.parquet", "parquet", "a Parquet table")
    except InputError as error:
        (problem,) = error.problems
        raise UnreadableError(f"{problem.where}: {problem.message}", problem.remedy) from None
