"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file beside its place, then rename it there; nothing half-written is left behind.

    A file that is replaced keeps its rights. A link stays one: what it leads to is replaced. A device or a pipe, such
    as ``/dev/null``, is written to, never replaced.
    """
    target = Path(os.path.realpath(path))
    rights = rights_of(target)
    if rights is None and target.exists():
        with target.open("wb") as file:
            file.write(data)
        return
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        write_new(part, data, rights)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_new(path: Path, data: bytes, rights: int | None = None) -> None:
    """Write a file that isn't there yet and wait until it is on disk; with given rights, or those new files get."""
    with path.open("xb") as file:
        write_through(file, data)
    if rights is not None:
        path.chmod(rights)


def write_through(file: BinaryIO, data: bytes) -> None:
    """Write to an open file and wait until it is on disk."""
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def rights_of(path: Path) -> int | None:
    """Return who may do what with a file (its mode); None where there is no plain file."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return None
    return stat.S_IMODE(mode) if stat.S_ISREG(mode) else None


def sync_folder(folder: Path) -> None:
    """Wait until a folder's names are on disk, where the system can say so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
