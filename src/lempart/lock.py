"""One writer at a time: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lempart.errors import InputError

LOCK = "writing.lock"
_OURS = re.compile(rb"\d{0,20}\s*")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Hold a folder's lock; it is the operating system's, so that a killed process leaves none behind.

    Its file, ``writing.lock``, goes when it is given back. One that a killed process left is taken over.

    Raises
    ------
    InputError
        If another process holds it, there is another file of its name, or the folder can't be written to.
    """
    path = folder / LOCK
    handle = _taken(folder, path)
    try:
        yield
    finally:
        if sys.platform != "win32":  # which can't remove an open file
            path.unlink(missing_ok=True)
        os.close(handle)  # which gives the lock back
        if sys.platform == "win32":
            with suppress(OSError):  # somebody else waits for it already
                path.unlink()


def _taken(folder: Path, path: Path) -> int:
    """Return the open file of the lock, which is held."""
    while True:
        handle = _opened(folder, path)
        try:
            _take(folder, handle)
            if _is_at(path, handle):
                os.lseek(handle, 0, os.SEEK_SET)
                os.ftruncate(handle, 0)
                os.write(handle, str(os.getpid()).encode())
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # its holder removed it just now: the next one is another file


def _opened(folder: Path, path: Path) -> int:
    try:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o666)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"can't be written: {reason}"
        raise InputError.of(str(folder), message, f"Check the rights, and those of {path}.") from error
    if not _OURS.fullmatch(os.read(handle, 64)):
        os.close(handle)
        raise InputError.of(str(path), "isn't a lock of lempart", "Move it away, or choose another folder.")
    return handle


def _take(folder: Path, handle: int) -> None:
    try:
        _lock(handle)
    except (BlockingIOError, PermissionError):
        os.lseek(handle, 0, os.SEEK_SET)
        owner = os.read(handle, 32).decode("ascii", "replace").strip() or "another"
        message = f"process {owner} is writing to it"
        raise InputError.of(str(folder), message, "Wait for it, or choose another folder.") from None
    except OSError as error:
        message = f"can't be locked: {error.strerror or error}"
        raise InputError.of(str(folder), message, "Choose a folder on another file system.") from error


def _is_at(path: Path, handle: int) -> bool:
    """Return whether the open file is still the one of that name."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(handle), path.lstat())
    return False


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        os.lseek(handle, 1_000, os.SEEK_SET)  # beyond the owner's number, which stays readable
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
