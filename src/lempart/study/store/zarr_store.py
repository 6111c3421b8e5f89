"""A study's results as a labelled dataset in a Zarr store, filled chunk by chunk."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lempart.arguments import checks_arguments
from lempart.errors import InputError, LempartError, Problem
from lempart.lock import LOCK
from lempart.study.plan.search_plan import StoredPlan
from lempart.study.spec.spec import StudySpec
from lempart.study.store.chunk import Chunk, Markers
from lempart.study.store.header import HEADER, header_of, read_header, require_same, stored_spec, write_header
from lempart.study.store.zarr_layout import DATA, create, library, mend_layout, require_layout

FINISHED = "finished"
MAX_TOLD = 20
"""Damaged chunks that one error names."""
MAX_REASONS = 3
"""Why something was not viable: so many reasons are told of a point."""


@dataclass(frozen=True, eq=False)
class ZarrStore:
    """The folder of one study.

    ``study.json`` says which study, case and version it belongs to. ``results.zarr`` is a dataset that xarray opens.
    ``finished`` has a marker for each chunk whose data is on disk; a chunk without one doesn't count and is written
    again, so that a crash at any moment costs no more than the chunks in flight. Markers also hold why draws were not
    viable, and the checksums of their chunk's files; those of labels and variables are in ``study.json``. Nothing is
    read from a file whose checksum differs.
    """

    folder: Path
    spec: StudySpec
    _whole: set[tuple[str, Chunk]] = field(default_factory=set, init=False)

    def open(self, plan: StoredPlan, case_hash: str, *, resume: bool) -> list[str]:
        """Make the store, or check that the one there is of the same study; return what was damaged in it.

        Damaged chunks count no longer, damaged labels are mended.

        Raises
        ------
        InputError
            When the folder holds another study, case, seed or version, or chunks while ``resume`` is False, or is
            damaged beyond what can be mended.
        """
        header = header_of(self.spec, case_hash)
        if (self.folder / HEADER).exists():
            require_same(self.folder, header)
            if self.finished() and not resume:
                message = f"it holds {len(self.finished())} finished chunks of this study"
                raise InputError.of(str(self.folder), message, "Add --resume to go on, or choose another folder.")
            self._sweep()
            layout = read_header(self.folder)["layout"]
            return [*mend_layout(self.folder, layout, self.spec, plan, header), *self._forget_damaged()]
        if any(item.name != LOCK for item in self.folder.iterdir()):
            self._require_unfinished()
            shutil.rmtree(self.folder / DATA, ignore_errors=True)
            self._sweep()
        (self.folder / FINISHED).mkdir(exist_ok=True)
        write_header(self.folder, {**header, "layout": create(self.folder, self.spec, plan, header)})
        return []

    def finished(self) -> set[Chunk]:
        """Return the chunks that count."""
        points = math.prod(self.spec.shape)
        return {one for one in self._markers.chunks() if one.point < points and one.block < self.spec.blocks}

    def by_point(self) -> dict[int, list[Chunk]]:
        """Return the chunks that count of every point that has any, points and chunks ascending."""
        found: dict[int, list[Chunk]] = {}
        for chunk in sorted(self.finished(), key=lambda one: (one.point, one.block)):
            found.setdefault(chunk.point, []).append(chunk)
        return found

    def write(self, chunk: Chunk, arrays: Mapping[str, NDArray[np.generic]], notes: Mapping[str, Any]) -> None:
        """Put a chunk on disk, then its marker; the order is what makes the store safe.

        Raises
        ------
        LempartError
            When the file system refuses (a full disk, for one); what was finished stays.
        """
        try:
            start, stop = self.spec.draws_of(chunk.block)
            for name, values in arrays.items():
                self._variable(name)[(*self._place(chunk), slice(None), slice(start, stop))] = values
                _to_disk(self._file(name, chunk))
            self._markers.write(chunk, self._files(arrays, chunk), notes)
        except OSError as error:
            reason = error.strerror or str(error)
            raise LempartError(
                f"{self.folder}: {reason}; {len(self.finished())} finished chunks are kept: "
                "run again with --resume once that is put right"
            ) from error

    def read(self, variable: str, chunk: Chunk) -> NDArray[Any]:
        """Return a variable's values in a finished chunk, penalties first, then draws.

        Raises
        ------
        InputError
            When the chunk's file isn't what was written.
        """
        if (variable, chunk) not in self._whole:
            self._markers.require(chunk, self._files((variable,), chunk))
            self._whole.add((variable, chunk))
        block = slice(*self.spec.draws_of(chunk.block))
        values: NDArray[Any] = self._variable(variable)[(*self._place(chunk), slice(None), block)]
        return values

    def notes(self, chunk: Chunk) -> Mapping[str, Any]:
        """Return what was noted of a finished chunk; raises as :meth:`read` does."""
        return self._markers.read(chunk)

    def told(self, chunks: Sequence[Chunk]) -> tuple[tuple[str, ...], int]:
        """Return why something wasn't viable, the first reasons, and in how many draws batteries burn energy."""
        notes = [self.notes(chunk) for chunk in chunks]
        reasons = dict.fromkeys(reason for note in notes for reason in note.get("not_viable", ()))
        return tuple(reasons)[:MAX_REASONS], sum(note.get("burning", 0) for note in notes)

    def damaged(self) -> dict[Chunk, Problem]:
        """Return the finished chunks that aren't what was written, with what is wrong: every file of them is read."""
        found = {}
        for chunk in sorted(self.finished()):
            try:
                self._markers.require(chunk, self._files(self._markers.read(chunk)["files"], chunk))
            except InputError as error:
                found[chunk] = error.problems[0]
        return found

    def require_whole(self) -> None:
        """Raise InputError, with what is damaged, unless every finished chunk is what was written."""
        problems = list(self.damaged().values())
        if len(problems) > MAX_TOLD:
            more = f"{len(problems) - MAX_TOLD:,} more chunks are damaged"
            problems = [*problems[:MAX_TOLD], Problem(str(self.folder), more, problems[0].remedy)]
        if problems:
            raise InputError(problems)

    def _forget_damaged(self) -> list[str]:
        damaged = self.damaged()
        for chunk in damaged:
            self._markers.remove(chunk)
        return [f"chunk {chunk.marker}: {problem.message}" for chunk, problem in damaged.items()]

    def _sweep(self) -> None:
        """Remove what a killed writer was writing when it ended: files that never got their place."""
        data, finished = self.folder / DATA, self.folder / FINISHED
        part = ".*.part"  # of lempart.atomic; the others are Zarr's
        for found in (data.rglob("*.partial"), data.rglob(part), finished.glob(part), self.folder.glob(part)):
            for path in found:
                path.unlink(missing_ok=True)
        for path in self.folder.glob(".layout-*"):
            shutil.rmtree(path, ignore_errors=True)

    def _require_unfinished(self) -> None:
        """Raise InputError unless the folder holds only what a store leaves that was killed while it was made."""
        own = {DATA, FINISHED, LOCK}
        if not all(item.name in own or item.name.startswith(".") for item in self.folder.iterdir()):
            raise InputError.of(str(self.folder), "it holds other files", "Choose an empty folder.")
        if self._markers.chunks():
            message = "is missing, but finished chunks of a study are there"
            raise InputError.of(
                str(self.folder / HEADER), message, "Bring it back from a copy, or name another folder."
            )

    @property
    def _markers(self) -> Markers:
        return Markers(self.folder / FINISHED, self.folder / DATA)

    def _place(self, chunk: Chunk) -> tuple[int, ...]:
        """Return where a chunk's point stands on every axis."""
        index = np.unravel_index(chunk.point, self.spec.shape) if self.spec.shape else ()
        return tuple(int(i) for i in index)

    def _files(self, names: Iterable[str], chunk: Chunk) -> dict[str, Path]:
        return {name: self._file(name, chunk) for name in names}

    def _file(self, name: str, chunk: Chunk) -> Path:
        """Return the file of a variable's values in a chunk; one of nothing but fill values is never written."""
        rest = self._variable(name).ndim - len(self.spec.shape) - 2
        parts = (*self._place(chunk), 0, chunk.block, *(0,) * rest)
        return self.folder / DATA / name / ".".join(map(str, parts))

    @cached_property
    def _layout(self) -> Mapping[str, str]:
        """Return the checksums of labels and variables, which are what was made."""
        layout: dict[str, str] = read_header(self.folder)["layout"]
        require_layout(self.folder, layout)
        return layout

    @cached_property
    def _variables(self) -> dict[str, Any]:
        return {}

    def _variable(self, name: str) -> Any:
        """Return a variable's array on disk, opened once."""
        if name not in self._variables:
            assert self._layout
            self._variables[name] = library("zarr").open_array(self.folder / DATA / name, mode="r+")
        return self._variables[name]


@checks_arguments
def open_results(folder: str | Path) -> Any:
    """Return a study's results as an ``xarray.Dataset``, read from disk only where it is asked for.

    Every finished chunk is compared with its checksum first.

    Parameters
    ----------
    folder
        The study's own, or one that holds a single study, as the folders of ``lempart reproduce`` do.

    Raises
    ------
    InputError
        When there is no study, or more than one, or it is damaged.
    """
    folder = Path(folder)
    folder = study_folder(folder)
    stored(folder).require_whole()
    return dataset(folder)


def stored(folder: Path) -> ZarrStore:
    """Return the store in a study's folder; raises as :func:`open_results` does where its header is damaged."""
    return ZarrStore(folder, stored_spec(read_header(folder)))


def dataset(folder: Path) -> Any:
    """Return a study's labels and variables, none of whose values is looked at yet."""
    require_layout(folder, read_header(folder)["layout"])
    return library("xarray").open_zarr(folder / DATA, chunks=None, consolidated=False)


def study_folder(folder: Path) -> Path:
    """Return the folder of the study that ``folder`` is or holds; raises as :func:`open_results` does."""
    if (folder / HEADER).exists():
        return folder
    if (folder / DATA).is_dir():
        raise InputError.of(str(folder / HEADER), "is missing, but results are there", "Bring it back from a copy.")
    within = sorted(path.parent for path in folder.glob(f"*/{HEADER}"))
    if len(within) == 1:
        return within[0]
    if within:
        names = ", ".join(path.name for path in within)
        raise InputError.of(str(folder), f"it holds several studies: {names}", "Name the folder of one.")
    raise InputError.of(str(folder), "it holds no study", "Name the --out folder of lempart study.")


def _to_disk(path: Path) -> None:
    """Wait until a file is on disk; a chunk of nothing but fill values has none."""
    if path.exists():
        handle = os.open(path, os.O_RDWR)  # which Windows asks for
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
