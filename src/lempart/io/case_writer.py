"""A :class:`~lempart.case.Case` written as a case folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lempart.case import Case
from lempart.errors import InputError, UsageError
from lempart.io.case_document import document
from lempart.io.case_file import FILE_NAME
from lempart.io.case_tables import STEMS, TableFiles
from lempart.io.folder import write_folder
from lempart.io.tables import SUFFIXES
from lempart.io.toml_text import toml_text

_OWN = {FILE_NAME, *(stem + suffix for stem in STEMS for suffix in SUFFIXES)}


def write_case(
    case: Case,
    folder: str | Path,
    *,
    tables: Literal["inline", "csv", "parquet"] = "inline",
    overwrite: bool = False,
) -> Path:
    """Write ``case`` as a folder, complete or not at all, and return the folder.

    Reading it gives the same case, bit for bit.

    Parameters
    ----------
    case
        The case.
    folder
        Where to; made if it isn't there. A case in it is replaced; other files in it stay.
    tables
        ``"inline"``: everything in ``case.toml``. ``"csv"``, ``"parquet"``: lines, prosumers, profiles and
        flexibility as tables beside it; Parquet needs the extra ``lempart[parquet]``.
    overwrite
        Write even into a folder that holds other things but no case.

    Raises
    ------
    InputError
        If the folder holds other things, or can't be written.
    UsageError
        If ``tables`` is none of the three.
    """
    target = Path(folder)
    if tables not in ("inline", "csv", "parquet"):
        raise UsageError(f'tables = {tables!r}: expected "inline", "csv" or "parquet"')
    if not overwrite and target.is_dir() and any(target.iterdir()) and not (target / FILE_NAME).exists():
        remedy = "Name an empty or a new folder, or say overwrite=True."
        raise InputError.of(str(folder), "the folder holds other things, and no case", remedy)
    if tables == "inline":
        files: dict[str, str | bytes] = {FILE_NAME: toml_text(document(case))}
    else:
        parts = TableFiles(case, tables)
        content = parts.split()
        files = {FILE_NAME: toml_text(content), **parts.files}
    return write_folder(target, files, owns=lambda name: name in _OWN)
