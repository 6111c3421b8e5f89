"""Every input is opened here: files that end, of a size that can be held; never pipes, devices or folders.

A pipe without a writer waits for ever and ``/dev/zero`` never ends, so what isn't a regular file is refused before a
byte is read. What goes wrong is an :class:`OSError` or a :class:`ValueError`, which readers turn into errors that say
what they were reading.
"""

from __future__ import annotations

import errno
import io
import json
import os
import stat
from pathlib import Path
from typing import Any

MIB = 2**20
LARGEST_TABLE = 512 * MIB
"""Bytes of a table of profiles; a year of quarters of an hour for 1,000 homes takes two thirds of it."""
LARGEST_TEXT = 128 * MIB
"""Bytes of a case file, a network, a study or a result."""

_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


def read_bytes(path: Path, limit: int = LARGEST_TABLE) -> bytes:
    """Return what a file holds.

    Parameters
    ----------
    path
        The file, or a link to one.
    limit
        Bytes of the largest file that is read.

    Raises
    ------
    OSError
        If there is none, it can't be read, is no regular file, or is larger than ``limit``.
    ValueError
        If the name can't be one (it holds a NUL character).
    """
    with io.BufferedReader(io.FileIO(path, opener=_opened_at_once)) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
            raise OSError(errno.EINVAL, f"it is {kind}, and only files are read", str(path))
        if found.st_size > limit:
            raise OSError(errno.EFBIG, f"it is larger than {limit // MIB} MiB, the most that is read", str(path))
        # The size is no promise: a file may grow meanwhile, and some of the system's say 0 and never end.
        room = max(found.st_size, MIB)
        data = file.read(room + 1) or b""
    if len(data) > room:
        raise OSError(errno.EBUSY, "it grows while it is read", str(path))
    return data


def read_text(path: Path, limit: int = LARGEST_TEXT) -> str:
    """Return what a UTF-8 text file holds; raises as :func:`read_bytes`, ``UnicodeDecodeError`` for other text."""
    return read_bytes(path, limit).decode("utf-8")


def read_json(path: Path, limit: int = LARGEST_TEXT) -> Any:
    """Return what a JSON file says.

    Raises
    ------
    OSError
        As :func:`read_bytes`.
    ValueError
        If it is no JSON, not UTF-8, or nested too deeply.
    """
    return parse_json(read_text(path, limit))


def parse_json(text: str) -> Any:
    """Return what JSON says; ``ValueError`` if it is none, or nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None


def _opened_at_once(name: str, flags: int) -> int:
    """Open without waiting for a pipe's other end."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
