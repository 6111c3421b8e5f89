"""A result read back with its case and its bills: only what belongs together, with every fault named."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lempart._renamed import renamed_arguments
from lempart.arguments import checks_arguments
from lempart.case import Case, case_hash
from lempart.cases import shipped_case_path, shipped_cases
from lempart.cost import PreparedCase
from lempart.errors import InputError
from lempart.formats.bills import BillsFile
from lempart.formats.result import ResultFile
from lempart.formats.typed import check_of, of_json
from lempart.io import read_case
from lempart.io.sealed_json import content_checksum
from lempart.io.stored_json import Fault, read_stored, require
from lempart.publish import where
from lempart.result.stored_checks import bills_faults, result_faults

RESULT, BILLS, CASE = "result.json", "bills.json", "case"
AGAIN = "Solve the case again: lempart solve CASE --out FOLDER."
_TRIES, _WAIT_SECONDS = 5, 0.1


@renamed_arguments({"setting": "prepared"})
@dataclass(frozen=True, eq=False)
class StoredResult:
    """A result with what it answers.

    Attributes
    ----------
    path
        The file it was read from, where its owner knows it.
    data
        Its JSON.
    result
        The same as a record.
    prepared
        The case that was solved.
    bills
        The bills that were kept with it; None where none were, or they weren't asked for.
    """

    path: Path
    data: Mapping[str, Any]
    result: ResultFile
    prepared: PreparedCase
    bills: BillsFile | None = None

    @property
    def case(self) -> Case:
        """Return the case that was solved."""
        return self.prepared.case


@checks_arguments
def result_file(path: str | Path) -> Path | None:
    """Return the file of the result that ``path`` stands for: a folder of ``solve --out``, or a JSON file.

    None where it stands for no result. One that a stopped write left aside counts as in its place.
    """
    path = Path(path)
    if path.is_dir():
        place = where(path, RESULT) / RESULT
        return path / RESULT if place.exists() or place.is_symlink() else None
    return path if path.suffix.lower() == ".json" and path.exists() else None


@checks_arguments
def read_result(file: str | Path, *, bills: bool = False) -> StoredResult:
    """Return the result in a file, with the case and, if asked for, the bills beside it.

    Parameters
    ----------
    file
        As :func:`result_file` gives it. Without a case beside it, the shipped case of the result's name is taken.
    bills
        Whether the bills beside it are read, too.

    Raises
    ------
    InputError
        With files and keys: what can't be read, is missing or of another kind, contradicts itself, or belongs to
        another result or case.
    """
    file = Path(file)
    for left in reversed(range(_TRIES)):
        before = _seen(file)
        try:
            return _read(file, bills)
        except InputError:
            if not left or _seen(file) == before:
                raise
        time.sleep(_WAIT_SECONDS)  # a writer put another result into its place just now
    raise AssertionError


def _read(file: Path, with_bills: bool) -> StoredResult:
    place = where(file.parent, RESULT) if file.name == RESULT else file.parent
    data = read_stored(place / file.name, _result, AGAIN)
    case = _case_of(place, data)
    if case_hash(case) != data["case_hash"]:
        raise InputError.of(f"{file}: case_hash", "the case beside it is not the one that was solved", AGAIN)
    prepared = PreparedCase.of(case)
    result = of_json(ResultFile, data)
    require(file, result_faults(result, prepared), AGAIN)
    return StoredResult(file, data, result, prepared, _bills_of(place, data) if with_bills else None)


def _result(value: Any, at: str) -> Iterator[Fault]:
    """Check a result; of something else it is said that it is none, not what of a result it lacks."""
    absent = [key for key in ("case_hash", "partitions") if not isinstance(value, dict) or key not in value]
    if absent:
        yield Fault(at, f"isn't the result of lempart solve: it has no {' and no '.join(absent)}")
    else:
        yield from check_of(ResultFile)(value, at)


def _case_of(place: Path, data: Mapping[str, Any]) -> Case:
    """Return the case beside a result, or the shipped case of its name where none is."""
    beside = place / CASE
    if beside.exists():
        return read_case(beside)
    if data["case"] in [name for name, _ in shipped_cases()]:
        return read_case(shipped_case_path(data["case"]))
    raise InputError.of(str(place / RESULT), f"there is no case beside it, in {beside}", AGAIN)


def _bills_of(place: Path, data: Mapping[str, Any]) -> BillsFile | None:
    """Return the bills beside a result, which must be of this very result; None where there are none."""
    path = place / BILLS
    if not path.exists() and not path.is_symlink():
        return None
    bills = read_stored(path, check_of(BillsFile), AGAIN)
    for key, expected in (("case_hash", data["case_hash"]), ("result_sha256", content_checksum(data))):
        if bills.get(key, expected) != expected:
            raise InputError.of(f"{path}: {key}", "the bills are of another result than the one beside them", AGAIN)
    found = of_json(BillsFile, bills)
    require(path, bills_faults(found, data["players"]), AGAIN)
    return found


def _seen(file: Path) -> object:
    """Return what tells whether another result was put into its place meanwhile."""
    place = where(file.parent, RESULT)
    try:
        found = (place / file.name).stat()
    except OSError:
        return place
    return place, found.st_ino, found.st_mtime_ns
