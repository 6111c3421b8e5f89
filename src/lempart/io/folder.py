"""Folders that appear complete or not at all: written beside their place, then renamed."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lempart.atomic import write_through
from lempart.errors import InputError


def write_folder(path: str | Path, files: dict[str, str | bytes], owns: Callable[[str], bool]) -> Path:
    """Write ``files`` (name to content) into the folder ``path``, all or none.

    Files already in the folder stay, unless they have the same name or ``owns`` says that they belong to what is
    replaced.

    Raises
    ------
    InputError
        If it can't be written (no rights, disk full, a file in its place); what was there is untouched.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_dir():
        raise InputError.of(str(path), "there is a file of this name", "Name a folder.")
    part, old = _beside(target), _beside(target)
    with _telling(target):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.mkdir()
            for name, content in files.items():
                with (part / name).open("xb") as file:
                    write_through(file, content.encode() if isinstance(content, str) else content)
            _swap(target, part, old, owns)
        finally:
            shutil.rmtree(part, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    return target


def _swap(target: Path, part: Path, old: Path, owns: Callable[[str], bool]) -> None:
    """Put ``part`` in the place of ``target``, with what ``target`` holds of other people's."""
    if not target.exists():
        part.rename(target)
        return
    new = {path.name for path in part.iterdir()}
    target.rename(old)
    try:
        part.rename(target)
        for foreign in list(old.iterdir()):
            if not owns(foreign.name) and not (target / foreign.name).exists():
                foreign.rename(target / foreign.name)
    except BaseException:
        _swap_back(target, old, new)
        raise


def _swap_back(target: Path, old: Path, new: set[str]) -> None:
    """Undo a swap that was interrupted: what isn't ``new`` had been moved over already."""
    if target.exists():
        for moved in [path for path in target.iterdir() if path.name not in new]:
            moved.rename(old / moved.name)
        shutil.rmtree(target, ignore_errors=True)
    old.rename(target)


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")


@contextmanager
def _telling(target: Path) -> Iterator[None]:
    """Turn what the operating system says into an error a user can read."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "Check the rights and the free space; what was there before is unchanged."
        raise InputError.of(str(target), f"can't be written: {reason}", remedy) from error
