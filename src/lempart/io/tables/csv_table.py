"""CSV tables: UTF-8, commas, one header row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from lempart.io.opening import read_bytes
from lempart.io.readings import Cell, UnreadableError
from lempart.io.tables.table import Table
from lempart.text import of_text_cell


def read_csv(path: Path, name: str) -> Table:
    """Return the table in a CSV file.

    Raises
    ------
    UnreadableError
        If the file is empty, not UTF-8, or a row isn't as long as the header.
    """
    records = _records(_decoded(read_bytes(path), name), name)
    filled = [(row, cells) for row, cells in records if any(cells)]
    if not filled:
        raise UnreadableError(f"{name} is empty", "Write the column names into its first row.")
    header = [of_text_cell(column) for column in _header(filled[0][1], name)]
    for row, cells in filled[1:]:
        if len(cells) != len(header):
            message = f"{name} row {row} has {len(cells)} cells where the header has {len(header)}"
            raise UnreadableError(message, "Complete the row; was the file written to the end?")
    columns: dict[str, list[object]] = {column: [] for column in header}
    for column, values in zip(header, zip(*(cells for _, cells in filled[1:]), strict=True), strict=False):
        columns[column] = [Cell(of_text_cell(value)) for value in values]
    return Table(name, columns, tuple(row for row, _ in filled[1:]))


def _decoded(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise UnreadableError(f"{name} is not UTF-8 text (row {row})", "Save it as CSV UTF-8.") from None


def _records(decoded: str, name: str) -> list[tuple[int, list[str]]]:
    records: list[tuple[int, list[str]]] = []
    try:
        for cells in csv.reader(io.StringIO(decoded, newline=""), strict=True):
            records.append((len(records) + 1, cells))
    except csv.Error as error:
        message = f"{name} row {len(records) + 1} can't be read: {error}"
        raise UnreadableError(message, "Check the quotes; was the file written to the end?") from None
    return records


def _header(cells: list[str], name: str) -> list[str]:
    if len(cells) == 1 and (";" in cells[0] or "\t" in cells[0]):
        raise UnreadableError(f"{name} is not separated by commas", "Save it with commas between the columns.")
    seen: set[str] = set()
    for index, column in enumerate(cells):
        if not column:
            raise UnreadableError(f"{name} has a column without a name", f"Name column {index + 1} in row 1.")
        if column in seen:
            raise UnreadableError(f'{name} has two columns "{column}"', "Rename or remove one.")
        seen.add(column)
    return cells
