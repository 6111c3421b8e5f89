"""The unit of work of a study, and the marker that says that it is on disk and what its files hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lempart.atomic import write_text
from lempart.errors import InputError
from lempart.io.sealed_json import file_checksum, read_sealed, sealed

RESUME = "Run the study again with --resume: what is damaged is computed anew."
_NAME = re.compile(r"(\d{6})-(\d{6})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Chunk:
    """A block of draws of one point: the unit of work, and one Zarr chunk of every variable."""

    block: int
    point: int

    @property
    def marker(self) -> str:
        """Return the name of the file that says the chunk is finished."""
        return f"{self.point:06d}-{self.block:06d}"


@dataclass(frozen=True, slots=True)
class Markers:
    """The markers of a study's finished chunks, one file each, written after the chunk's data is on disk.

    A marker holds the checksum of each file of its chunk, and its own.

    Attributes
    ----------
    folder
        Where they are.
    data
        The folder below which the chunks' files are.
    """

    folder: Path
    data: Path

    def chunks(self) -> set[Chunk]:
        """Return the chunks that have a marker."""
        names = [path.name for path in self.folder.iterdir()] if self.folder.is_dir() else []
        found = [match for match in map(_NAME.fullmatch, names) if match]
        return {Chunk(block=int(match[2]), point=int(match[1])) for match in found}

    def write(self, chunk: Chunk, files: Mapping[str, Path], notes: Mapping[str, Any]) -> None:
        """Say that a chunk is finished, whose data is in ``files``, by variable; a file of fill values isn't there."""
        checksums = {name: file_checksum(path) for name, path in files.items()}
        stated = sealed({"chunk": chunk.marker, **notes, "files": checksums})
        write_text(self.folder / chunk.marker, json.dumps(stated, ensure_ascii=False) + "\n")

    def read(self, chunk: Chunk) -> dict[str, Any]:
        """Return what a marker says.

        Raises
        ------
        InputError
            When it isn't what was written.
        """
        path = self.folder / chunk.marker
        found = read_sealed(path, RESUME)
        if found.get("chunk") != chunk.marker:
            raise InputError.of(str(path), f"is the marker of chunk {found.get('chunk')}", RESUME)
        return found

    def remove(self, chunk: Chunk) -> None:
        """Let a chunk count no longer."""
        (self.folder / chunk.marker).unlink(missing_ok=True)

    def require(self, chunk: Chunk, files: Mapping[str, Path]) -> None:
        """Raise InputError where a file of a finished chunk isn't what was written."""
        stated = self.read(chunk)["files"]
        for variable, path in files.items():
            told = path.relative_to(self.data.parent)
            try:
                found = file_checksum(path)
            except OSError as error:
                raise self._damaged(chunk, f"its file {told} can't be read: {error.strerror}") from None
            if found != stated.get(variable):
                how = "is missing" if found is None else "is not what was written: its checksum differs"
                raise self._damaged(chunk, f"its file {told} {how}")

    def _damaged(self, chunk: Chunk, message: str) -> InputError:
        return InputError.of(f"{self.data.parent}: chunk {chunk.marker}", message, RESUME)
