"""A :class:`~lempart.case.Case` written as a case folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from lempart.arguments import checks_arguments
from lempart.case import Case, case_hash
from lempart.errors import InputError, Problem, UsageError
from lempart.io.case_files.document import document
from lempart.io.case_files.reader import FILE_NAME, read_case
from lempart.io.case_files.seal import sealed, unchanged
from lempart.io.case_files.table_files import STEMS, TableFiles
from lempart.io.case_files.toml_text import toml_text
from lempart.io.tables.load import SUFFIXES
from lempart.publish import foreign, held, publish

_OWN = {FILE_NAME, *(stem + suffix for stem in STEMS for suffix in SUFFIXES)}
_ELSEWHERE = "Move it away, or choose another folder."


@checks_arguments
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
        Where to; made if it isn't there. A case in it that lempart wrote and nobody changed is replaced; no other
        file is overwritten or removed.
    tables
        ``"inline"``: everything in ``case.toml``. ``"csv"``, ``"parquet"``: lines, prosumers, profiles and
        flexibility as tables beside it; Parquet needs the extra ``lempart[parquet]``.
    overwrite
        Write even into a folder that holds other things but no case.

    Raises
    ------
    InputError
        If the folder holds other things, a case that lempart didn't write, or files of the names that are needed; or
        if it can't be written.
    UsageError
        If ``tables`` is none of the three.

    Examples
    --------
    >>> import tempfile
    >>> from lempart import read_case, shipped_case_path, write_case
    >>> case = read_case(shipped_case_path("example-1"))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read_case(write_case(case, folder)) == case
    ...
    True
    """
    if tables not in ("inline", "csv", "parquet"):
        raise UsageError(f'tables = {tables!r}: expected "inline", "csv" or "parquet"')
    return _write(case_files(case, tables), folder, overwrite)


def _write(files: Mapping[str, bytes], folder: str | Path, overwrite: bool) -> Path:
    """Write the files of a case into a folder, as :func:`write_case` says."""
    target = Path(folder).resolve()
    with held(target):
        own = unchanged(target, FILE_NAME, _OWN)
        others = foreign(target, own)
        if others and not own and FILE_NAME not in others and not overwrite:
            remedy = "Name an empty or a new folder, or say overwrite=True."
            raise InputError.of(str(folder), "the folder holds other things, and no case", remedy)
        require_unclaimed(target, files.keys() & set(others))
        publish(target, files, last=FILE_NAME, remove=own)
    return target


def case_files(
    case: Case, tables: Literal["inline", "csv", "parquet"] = "inline", *, copy: bool = False
) -> dict[str, bytes]:
    """Return the files of a case folder, by name; ``case.toml`` says that lempart wrote or copied them."""
    if tables == "inline":
        files: dict[str, str | bytes] = {FILE_NAME: toml_text(document(case))}
    else:
        parts = TableFiles(case, tables)
        content = parts.split()
        files = {FILE_NAME: toml_text(content), **parts.files}
    plain = {name: data.encode() if isinstance(data, str) else data for name, data in files.items()}
    return sealed(plain, FILE_NAME, copy=copy)


def require_unclaimed(folder: Path, names: Iterable[str]) -> None:
    """Raise InputError naming files that would be overwritten and that lempart didn't write, or that changed since."""
    message = "wasn't written by lempart, or was changed since"
    if problems := [Problem(str(folder / name), message, _ELSEWHERE) for name in sorted(names)]:
        raise InputError(problems)


def copy_stays(case: Case, folder: Path) -> bool:
    """Return whether a folder for a copy of ``case`` holds it already: as such a copy, or as a case of the user's own.

    Raises
    ------
    InputError
        If it holds another one that isn't a copy which lempart made, or that was changed since.
    """
    if not (folder / FILE_NAME).exists():
        return False
    if unchanged(folder, FILE_NAME, _OWN, copy=True):  # where buses stand on a map is no part of the hash
        return (folder / FILE_NAME).read_bytes() == case_files(case, copy=True)[FILE_NAME]
    with suppress(InputError):
        if case_hash(read_case(folder)) == case_hash(case):
            return True
    raise InputError.of(str(folder), "holds another case, which is no copy that lempart made", _ELSEWHERE)


@checks_arguments
def keep_copy(case: Case, folder: str | Path) -> None:
    """Write a copy of a case beside results that are its own, unless the folder holds the same case already.

    Parameters
    ----------
    case
        The case that the results are of.
    folder
        Where it is written: beside the results.

    Raises
    ------
    InputError
        As :func:`copy_stays` and :func:`write_case` do.
    """
    folder = Path(folder)
    if not copy_stays(case, folder):
        _write(case_files(case, copy=True), folder, overwrite=True)
