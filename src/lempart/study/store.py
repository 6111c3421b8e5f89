"""Records of a long study in one folder: written one by one, safe against a crash, refused where they don't fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lempart._version import __version__
from lempart.arguments import checks_arguments
from lempart.atomic import write_bytes, write_text, write_through
from lempart.errors import InputError, LempartError, Problem
from lempart.io.opening import parse_json, read_bytes
from lempart.io.sealed_json import CHECKSUM, read_document, read_sealed, seal_fault, sealed
from lempart.lock import writing

HEADER = "study.json"
RECORDS = "records.jsonl"
FORMAT = 2
"""Of the folder; records of format 1 have no checksums."""
MOST_TOLD = 20
_OTHER = "Choose another folder, or bring the file back from a copy."


@dataclass
class RecordStore:
    """A folder that collects one JSON record per finished task; a context manager, open to one writer at a time.

    ``study.json`` says which study the records belong to; ``records.jsonl`` holds a line per record, in the order
    they were finished, each with its checksum. A line that was cut off by a crash is dropped when the store is opened
    again, and so is one that isn't what was written: its task is done again.

    Parameters
    ----------
    folder
        Where to keep the records; made if it isn't there.
    study
        What identifies the study: plain data. A folder of another study or version is refused.
    resume
        Whether records already there may be kept. If not, a folder that holds some is refused.
    """

    folder: Path
    study: Mapping[str, Any]
    resume: bool = False
    damaged: tuple[str, ...] = field(default=(), init=False)
    """What of the records wasn't what had been written when they were opened, and counts no longer."""
    _done: dict[str, dict[str, Any]] = field(default_factory=dict, init=False)
    _held: ExitStack = field(default_factory=ExitStack, init=False)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(writing(self.folder))
            self._open()
            self._held = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    @property
    def done(self) -> Mapping[str, dict[str, Any]]:
        """Return the finished records by their key."""
        return self._done

    def add(self, key: str, record: Mapping[str, Any]) -> None:
        """Append a record and put it on disk before returning."""
        plain = json.loads(json.dumps({"key": key, **record}, allow_nan=False))
        try:
            with (self.folder / RECORDS).open("ab") as file:
                write_through(file, _line(plain))
        except OSError as error:
            message = f"{self.folder}: {error.strerror or error}; {len(self._done)} records are kept"
            raise LempartError(f"{message}: run again with --resume once that is put right") from error
        self._done[key] = plain

    def _open(self) -> None:
        header = {"format": FORMAT, "version": __version__, "study": json.loads(json.dumps(self.study))}
        path, records = self.folder / HEADER, self.folder / RECORDS
        if path.exists():
            self._require_same(read_document(path, _OTHER), header)
            read_sealed(path, _OTHER)
            if not self.resume and records.exists() and records.stat().st_size:
                raise InputError.of(str(self.folder), "it holds records already", "Resume, or choose another folder.")
            whole, self.damaged = _records(records)
            if self.damaged or not _ends_with_a_line(records):
                write_bytes(records, b"".join(map(_line, whole)))
            self._done = {record["key"]: record for record in whole}
        elif records.exists():
            raise InputError.of(str(path), f"is missing, but {RECORDS} is there", _OTHER)
        else:
            write_text(path, json.dumps(sealed(header), indent=1, ensure_ascii=False) + "\n")

    def _require_same(self, found: Mapping[str, Any], header: Mapping[str, Any]) -> None:
        for name in header:
            if found.get(name) != header[name]:
                message = f"it belongs to another study: its {name} is {found.get(name)!r}, not {header[name]!r}"
                raise InputError.of(str(self.folder), message, "Choose another folder.")


@checks_arguments
def read_records(folder: str | Path) -> list[dict[str, Any]]:
    """Return all whole records of a study's folder, also of one that is still being written.

    Raises
    ------
    InputError
        With every line that is no record, or isn't what was written.
    """
    folder = Path(folder)
    path = folder / RECORDS
    whole, damaged = _records(path)
    if damaged:
        remedy = "Run the study again with --resume: these records are computed anew."
        raise InputError([Problem(str(path), told, remedy) for told in damaged[:MOST_TOLD]])
    return whole


def _records(path: Path) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return the whole records of a file, without what a crash left of a last line, and what is wrong with others."""
    if not path.exists():
        return [], ()
    data = read_bytes(path)
    whole, damaged = [], []
    for number, line in enumerate(data[: data.rfind(b"\n") + 1].split(b"\n")[:-1], start=1):
        try:
            record = parse_json(line.decode())
        except ValueError:  # also what isn't UTF-8
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("key"), str):
            damaged.append(f"line {number} is no record of a study")
        elif fault := seal_fault(record):
            damaged.append(f"line {number}, {record['key']}: {fault}")
        else:
            whole.append({name: value for name, value in record.items() if name != CHECKSUM})
    return whole, tuple(damaged)


def _line(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(sealed(record), ensure_ascii=False) + "\n").encode()


def _ends_with_a_line(path: Path) -> bool:
    return not path.exists() or read_bytes(path)[-1:] in (b"", b"\n")
