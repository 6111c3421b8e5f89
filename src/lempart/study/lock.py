"""One writer at a time: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lempart.errors import InputError


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold a folder's lock; it is the operating system's, so that a killed process leaves none behind.

    Raises
    ------
    InputError
        If another process holds it.
    """
    path = folder / "writing.lock"
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    try:
        try:
            _take(handle)
        except OSError:
            owner = os.read(handle, 32).decode("ascii", "replace").strip() or "another"
            message = f"process {owner} is writing to it"
            raise InputError.of(str(folder), message, "Wait for it, or choose another folder.") from None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        os.close(handle)  # which gives the lock back


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, 1_000, os.SEEK_SET)  # beyond the owner's number, which stays readable
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
