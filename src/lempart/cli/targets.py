"""Where results go: known to be writable before the work begins, and never a file that the command reads."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lempart.errors import InputError
from lempart.io.case_files.reader import FILE_NAME
from lempart.io.opening import LARGEST_TEXT, read_bytes
from lempart.result.folder import OUTPUTS
from lempart.result.stored import CASE, RESULT

_STUDY = ("study.json", "statistics.json", "records.jsonl")
_FOLDERS = (CASE, "results.zarr", "finished")


def must_be_writable(path: Path | None, *sources: str | Path | None) -> None:
    """Raise ``InputError`` where a result couldn't be written; asked before the work that it would be lost with.

    Parameters
    ----------
    sources
        What the command reads: cases by path or shipped name, folders of results and studies. No file of theirs is
        overwritten.
    """
    if path is None or str(path) == "-":
        return
    if path.is_dir():
        raise InputError.of(str(path), "can't be written: it is a folder", "Name a file in it.")
    if not path.parent.is_dir():
        raise InputError.of(str(path), f"can't be written: there is no folder {path.parent}", "Create it first.")
    special = path.exists() and not path.is_file()
    if not os.access(path, os.W_OK) if special else not os.access(path.parent, os.W_OK | os.X_OK):
        raise InputError.of(str(path), f"can't be written: no right to write in {path.parent}", "Choose another place.")
    if path.exists() and any(_is_of(path, source) for source in sources if source is not None):
        raise InputError.of(str(path), "can't be written: this command reads it", "Choose another place.")


def require_apart(out: Path | None, path: Path | None) -> None:
    """Raise ``InputError`` where one file is asked for at a place that the result's folder ``out`` needs."""
    if out is None or path is None or str(path) == "-":
        return
    place = path.resolve()
    if place in [(out / name).resolve() for name in (*OUTPUTS, f"{CASE}/{FILE_NAME}")]:
        raise InputError.of(str(path), f"can't be written: --out {out} writes it", "Choose another place.")


def _is_of(path: Path, source: str | Path) -> bool:
    """Return whether an existing file is one of those that a source consists of."""
    root = Path(source)
    if not root.exists():
        return False
    if root.is_file():
        return path.samefile(root) or any(path.samefile(file) for file in _beside(root))
    if any((root / name).is_file() and path.samefile(root / name) for name in (*OUTPUTS[:2], *_STUDY)):
        return True
    place = path.resolve()
    if any(place.is_relative_to((root / name).resolve()) for name in _FOLDERS):
        return True
    file = root / FILE_NAME
    return file.is_file() and (path.samefile(file) or any(path.samefile(table) for table in _tables(file)))


def _beside(file: Path) -> Iterator[Path]:
    """Yield the files that are read with a case file or a result's JSON."""
    if file.name == RESULT:
        yield from (path for path in (file.parent / CASE).rglob("*") if path.is_file())
    elif file.suffix.lower() != ".json":
        yield from _tables(file)


def _tables(case: Path) -> Iterator[Path]:
    """Yield the files that a case file names; none where it can't be read, which is told when it is."""
    try:
        values = tomllib.loads(read_bytes(case, LARGEST_TEXT).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return
    for name in _texts(values):
        try:
            if (case.parent / name).is_file():
                yield case.parent / name
        except (OSError, ValueError):  # too long for a name, or a NUL in it
            continue


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
