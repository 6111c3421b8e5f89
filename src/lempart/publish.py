"""Files of one folder that belong together and change together: all are the old ones, or all are the new ones.

The new files are written aside, in a folder within theirs. One rename makes them count; then they are moved into their
places, the one that is written ``last`` after all others. It is removed first: whoever looks at the folder alone finds
it only beside those that it belongs to. Whoever comes upon the folder between the two, after a crash, finds all new
files aside. The next writer puts them into their places; who only reads changes nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from lempart.atomic import rights_of, sync_folder, write_new
from lempart.errors import InputError, Problem
from lempart.lock import LOCK, writing

_READY, _PUT, _PLAN = ".lempart-new", ".put", ".plan.json"
_PART = ".lempart-*.part"


def where(folder: Path, last: str) -> Path:
    """Return the folder in which a set of files is read whose last is ``last``: their own, or the one aside."""
    aside = folder / _READY
    return aside if not _is_there(folder / last) and _is_there(aside / last) else folder


def foreign(folder: Path, own: Collection[str]) -> list[str]:
    """Return the names in a folder that are neither ``own`` nor left by a write that was stopped."""
    left = {LOCK, _READY, *(path.name for path in folder.glob(_PART))}
    return sorted(path.name for path in folder.iterdir() if path.name not in left and path.name not in own)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder for one writer and make it if it isn't there; one that stays empty goes again.

    What an earlier writer could not finish is finished first.

    Raises
    ------
    InputError
        If another process holds it, a file has its name, or it can't be written to.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError.of(str(folder), "there is a file of this name", "Name a folder.")
    with _telling(folder):
        made = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with writing(folder):
            with _telling(folder):
                _finish(folder)
                for part in folder.glob(_PART):
                    shutil.rmtree(part, ignore_errors=True)
            yield
    finally:
        _remove_empty(made)


def publish(
    folder: Path, files: Mapping[str, bytes], *, last: str, stays: Collection[str] = (), remove: Collection[str] = ()
) -> None:
    """Put a set of files into a folder that is :func:`held`, all at once.

    Parameters
    ----------
    files
        The content of each by its name, with ``/`` between folders.
    last
        The file of the set without which it doesn't count.
    stays
        Those whose place holds the same already and is left as it is.
    remove
        Names of the files of the earlier set that the new one doesn't have.

    Raises
    ------
    InputError
        If they can't be written (no rights, disk full); what was there before is untouched.
    """
    _require_places(folder, [*(name for name in files if name not in stays), *remove])
    part = _part(folder)
    with _telling(folder):
        try:
            for name, data in files.items():
                _write(part / name, data, None)
                if name not in stays:
                    _write(part / _PUT / name, data, rights_of(folder / name))
            plan = {"last": last, "remove": sorted(set(remove) - set(files))}
            _write(part / _PUT / _PLAN, json.dumps(plan).encode(), None)
            sync_folder(part)
            part.rename(folder / _READY)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        sync_folder(folder)
        try:
            _finish(folder)
        except KeyboardInterrupt:
            _finish(folder)
            raise


def _finish(folder: Path) -> None:
    """Move what waits aside into its place; may be stopped at any moment and begun again."""
    aside = folder / _READY
    put = aside / _PUT
    if not _is_there(aside):
        return
    last, remove = _plan(put / _PLAN)
    if (put / last).exists():
        _within(folder, last).unlink(missing_ok=True)
        sync_folder(folder)
    for name in remove:
        _within(folder, name).unlink(missing_ok=True)
    names = [path.relative_to(put).as_posix() for path in put.rglob("*") if path.is_file()]
    for name in sorted(set(names) - {_PLAN}, key=lambda name: name == last):
        target = _within(folder, name)
        target.parent.mkdir(exist_ok=True)
        (put / name).replace(target)
        sync_folder(target.parent)
    done = _part(folder)
    aside.rename(done)
    shutil.rmtree(done, ignore_errors=True)


def _plan(path: Path) -> tuple[str, list[str]]:
    """Return what to put last and what to remove."""
    try:
        plan = json.loads(path.read_bytes())
        last, remove = plan["last"], list(plan["remove"])
        if all(isinstance(name, str) for name in (last, *remove)):
            return last, remove
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        pass
    message = "isn't what lempart leaves where a write was stopped"
    raise InputError.of(str(path.parent.parent), message, "Move it away, or choose another folder.")


def _within(folder: Path, name: str) -> Path:
    """Return the place of a file, which no link and no ``..`` may lead out of the folder."""
    target, plain = folder / name, PurePosixPath(name)
    inside = target.parent.resolve().is_relative_to(folder.resolve())
    if plain.is_absolute() or ".." in plain.parts or not inside:
        raise InputError.of(str(target), "leads out of the folder", "Choose another folder.")
    return target


def _require_places(folder: Path, names: Collection[str]) -> None:
    """Raise where a file could not be moved into its place: asked before anything counts."""
    problems = []
    for name in names:
        target = _within(folder, name)
        if target.is_dir() and not target.is_symlink():
            problems.append(Problem(str(target), "there is a folder of this name", "Choose another folder."))
        elif target.parent.exists() and not target.parent.is_dir():
            problems.append(Problem(str(target.parent), "there is a file of this name", "Choose another folder."))
        elif target.parent.exists() and not os.access(target.parent, os.W_OK | os.X_OK):
            problems.append(Problem(str(target.parent), "can't be written: no right to", "Choose another folder."))
    if problems:
        raise InputError(problems)


def _write(path: Path, data: bytes, rights: int | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_new(path, data, rights)


def _part(folder: Path) -> Path:
    return folder / _PART.replace("*", secrets.token_hex(4))


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _remove_empty(folders: Collection[Path]) -> None:
    """Remove folders that nothing was put into, from the inside out."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


@contextmanager
def _telling(folder: Path) -> Iterator[None]:
    """Turn what the operating system says into an error that a user can read."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "Check the rights and the free space; what was there before is unchanged."
        raise InputError.of(str(folder), f"can't be written: {reason}", remedy) from error
