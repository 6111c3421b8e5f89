"""The first line of a case file that lempart wrote: which tables belong to it, and whether any was changed since.

It decides what may be replaced. A case that somebody wrote or changed by hand has no such line, or not the right one,
and is never overwritten. A copy that is kept beside results says that it is one: it is replaced with them, while a case
that somebody had imported to the same place is not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from lempart.io.opening import read_bytes

_LINE = re.compile(
    rb"# (Written|Copied) by lempart(?:, with ([\w., ]+))?; SHA-256 of both without this line: ([0-9a-f]{64})\n"
)


def sealed(files: Mapping[str, bytes], first: str, *, copy: bool = False) -> dict[str, bytes]:
    """Return a case's files with the line at the top of the one called ``first``."""
    tables = sorted(files.keys() - {first})
    named = f", with {', '.join(tables)}" if tables else ""
    done = "Copied" if copy else "Written"
    line = f"# {done} by lempart{named}; SHA-256 of both without this line: {_digest(files, first)}\n"
    return {**files, first: line.encode("ascii") + files[first]}


def unchanged(folder: Path, first: str, known: Collection[str], *, copy: bool = False) -> frozenset[str]:
    """Return the names of the files of a case in ``folder`` that lempart wrote and nobody changed; none otherwise.

    Parameters
    ----------
    first
        The file with the line.
    known
        Names that a table of a case can have.
    copy
        Whether only copies count.
    """
    try:
        raw = read_bytes(folder / first)
        found = _LINE.match(raw)
        if found is None or (copy and found[1] != b"Copied"):
            return frozenset()
        tables = [name.decode("ascii") for name in (found[2] or b"").split(b", ") if name]
        if not set(tables) <= set(known):
            return frozenset()
        files = {first: raw[found.end() :], **{name: read_bytes(folder / name) for name in tables}}
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(files) if _digest(files, first).encode("ascii") == found[3] else frozenset()


def _digest(files: Mapping[str, bytes], first: str) -> str:
    digest = hashlib.sha256()
    for name in [first, *sorted(files.keys() - {first})]:
        digest.update(f"{name} {len(files[name])}\n".encode())
        digest.update(files[name])
    return digest.hexdigest()
