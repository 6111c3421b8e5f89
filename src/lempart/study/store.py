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
from lempart.atomic import write_text, write_through
from lempart.errors import InputError
from lempart.lock import writing

HEADER = "study.json"
RECORDS = "records.jsonl"


@dataclass
class RecordStore:
    """A folder that collects one JSON record per finished task; a context manager, open to one writer at a time.

    ``study.json`` says which study the records belong to; ``records.jsonl`` holds a line per record, in the order
    they were finished. A line that was cut off by a crash is dropped when the store is opened again.

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
        line = json.dumps({"key": key, **record}, ensure_ascii=False, allow_nan=False)
        with (self.folder / RECORDS).open("ab") as file:
            write_through(file, f"{line}\n".encode())
        self._done[key] = json.loads(line)

    def _open(self) -> None:
        header = {"format": 1, "version": __version__, "study": json.loads(json.dumps(self.study))}
        path, records = self.folder / HEADER, self.folder / RECORDS
        if path.exists():
            self._require_same(_header(path), header)
            if not self.resume and records.exists() and records.stat().st_size:
                raise InputError.of(str(self.folder), "it holds records already", "Resume, or choose another folder.")
            _cut_off_half_a_line(records)
            self._done = {record["key"]: record for record in read_records(self.folder)}
        elif records.exists():
            raise InputError.of(str(path), f"is missing, but {RECORDS} is there", "Choose another folder.")
        else:
            write_text(path, json.dumps(header, indent=1, ensure_ascii=False) + "\n")

    def _require_same(self, found: Mapping[str, Any], header: Mapping[str, Any]) -> None:
        for name in header:
            if found.get(name) != header[name]:
                message = f"it belongs to another study: its {name} is {found.get(name)!r}, not {header[name]!r}"
                raise InputError.of(str(self.folder), message, "Choose another folder.")


def read_records(folder: Path) -> list[dict[str, Any]]:
    """Return all whole records of a study's folder, also of one that is still being written.

    Raises
    ------
    InputError
        When a line is no record.
    """
    path = folder / RECORDS
    if not path.exists():
        return []
    data = path.read_bytes()
    lines = data[: data.rfind(b"\n") + 1].split(b"\n")[:-1]
    return [_record(path, number, line) for number, line in enumerate(lines, start=1)]


def _record(path: Path, number: int, line: bytes) -> dict[str, Any]:
    record = _parsed(line)
    if not isinstance(record, dict) or not isinstance(record.get("key"), str):
        raise InputError.of(f"{path} line {number}", "is no record of a study", "Choose another folder.")
    return record


def _header(path: Path) -> dict[str, Any]:
    header = _parsed(path.read_bytes())
    if not isinstance(header, dict):
        raise InputError.of(str(path), "doesn't describe a study", "Choose another folder.")
    return header


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:  # also what isn't UTF-8
        return None


def _cut_off_half_a_line(path: Path) -> None:
    """Drop what a crash left of a last line, so that the next record begins on a line of its own."""
    if path.exists():
        with path.open("r+b") as file:
            file.truncate(file.read().rfind(b"\n") + 1)
