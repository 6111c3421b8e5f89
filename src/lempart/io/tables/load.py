"""A table file beside a case: CSV or Parquet, rows for records or columns for profiles."""

from __future__ import annotations

from pathlib import Path

from lempart.io.readings import UnreadableError
from lempart.io.tables.csv_table import read_csv
from lempart.io.tables.parquet_table import read_parquet
from lempart.io.tables.table import Table

_READERS = {".csv": read_csv, ".parquet": read_parquet}
SUFFIXES = tuple(_READERS)


def load_table(folder: Path, name: str) -> Table:
    """Return the table file ``name`` beside the case.

    Raises
    ------
    UnreadableError
        If there is no such file, or what it holds isn't a complete table.
    """
    path = folder / name
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise UnreadableError(f"{name} is no table file", "Name a .csv or a .parquet file.")
    try:
        return read(path, name)
    except FileNotFoundError:
        raise UnreadableError(f"there is no file {name}", f"Put it beside the case, into {folder}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableError(f"{name} can't be opened: {reason}", "Check the file's name and rights.") from None
