"""A study's results as a labelled dataset in a Zarr store, filled chunk by chunk."""

from __future__ import annotations

import importlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lempart._version import __version__
from lempart.atomic import write_text
from lempart.errors import InputError, LempartError
from lempart.study.search_frame import StoredFrame
from lempart.study.spec import StudySpec

HEADER, DATA, FINISHED = "study.json", "results.zarr", "finished"
FORMAT = 1
ENGINE = "batch-2"
"""How draws are solved, which decides their last digits; a store holds those of one engine."""


@dataclass(frozen=True, slots=True, order=True)
class Chunk:
    """A block of draws of one point: the unit of work, and one Zarr chunk of every variable."""

    block: int
    point: int

    @property
    def marker(self) -> str:
        """Return the name of the file that says the chunk is finished."""
        return f"{self.point:06d}-{self.block:06d}"


@dataclass(frozen=True, eq=False)
class ZarrStore:
    """The folder of one study.

    ``study.json`` says which study, case and version it belongs to. ``results.zarr`` is a dataset that xarray opens.
    ``finished`` has a marker for each chunk whose data is on disk; a chunk without one doesn't count and is written
    again, so that a crash at any moment costs no more than the chunks in flight. Markers also hold why draws were not
    viable.
    """

    folder: Path
    spec: StudySpec

    def open(self, frame: StoredFrame, case_hash: str, *, resume: bool) -> None:
        """Make the store, or check that the one there is of the same study.

        Raises
        ------
        InputError
            When the folder holds another study, case, seed or version, or chunks while ``resume`` is False.
        """
        header = {
            "format": FORMAT,
            "version": __version__,
            "case_hash": case_hash,
            "engine": ENGINE,
            "study": json.loads(json.dumps(self.spec.as_dict())),
        }
        path = self.folder / HEADER
        if path.exists():
            _require_same(self.folder, json.loads(path.read_text(encoding="utf-8")), header)
            if self.finished() and not resume:
                message = f"it holds {len(self.finished())} finished chunks of this study"
                raise InputError.of(str(self.folder), message, "Add --resume to go on, or choose another folder.")
            return
        if any(item.name != "writing.lock" for item in self.folder.iterdir()):
            if not _is_unfinished_store(self.folder):
                raise InputError.of(str(self.folder), "it holds other files", "Choose an empty folder.")
            shutil.rmtree(self.folder / DATA, ignore_errors=True)
        (self.folder / FINISHED).mkdir(exist_ok=True)
        self._create(frame, header)
        write_text(path, json.dumps(header, indent=1, ensure_ascii=False) + "\n")

    def finished(self) -> set[Chunk]:
        """Return the chunks that count."""
        folder = self.folder / FINISHED
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        pairs = [name.split("-") for name in names if len(name) == 13 and not name.startswith(".")]
        return {Chunk(block=int(block), point=int(point)) for point, block in pairs}

    def write(self, chunk: Chunk, arrays: Mapping[str, NDArray[np.generic]], notes: Mapping[str, Any]) -> None:
        """Put a chunk on disk, then its marker; the order is what makes the store safe.

        Raises
        ------
        LempartError
            When the file system refuses (a full disk, for one); what was finished stays.
        """
        try:
            start, stop = self.spec.draws_of(chunk.block)
            index = np.unravel_index(chunk.point, self.spec.shape) if self.spec.shape else ()
            place = tuple(int(i) for i in index)
            for name, values in arrays.items():
                self._variable(name)[(*place, slice(None), slice(start, stop))] = values
                rest = (0,) * (values.ndim - 2)
                _to_disk(self.folder / DATA / name / ".".join(map(str, (*place, 0, chunk.block, *rest))))
            write_text(self.folder / FINISHED / chunk.marker, json.dumps(notes, ensure_ascii=False) + "\n")
        except OSError as error:
            reason = error.strerror or str(error)
            raise LempartError(
                f"{self.folder}: {reason}; {len(self.finished())} finished chunks are kept: "
                "run again with --resume once that is put right"
            ) from error

    def read(self, variable: str, chunk: Chunk) -> NDArray[Any]:
        """Return a variable's values in a chunk, penalties first, then draws."""
        index = np.unravel_index(chunk.point, self.spec.shape) if self.spec.shape else ()
        place = tuple(int(i) for i in index)
        values: NDArray[Any] = self._variable(variable)[(*place, slice(None), slice(*self.spec.draws_of(chunk.block)))]
        return values

    def notes(self, chunk: Chunk) -> Mapping[str, Any]:
        """Return what was noted of a finished chunk."""
        text = (self.folder / FINISHED / chunk.marker).read_text(encoding="utf-8")
        found: Mapping[str, Any] = json.loads(text)
        return found

    @cached_property
    def _variables(self) -> dict[str, Any]:
        return {}

    def _variable(self, name: str) -> Any:
        """Return a variable's array on disk, opened once."""
        if name not in self._variables:
            self._variables[name] = _zarr().open_array(self.folder / DATA / name, mode="r+")
        return self._variables[name]

    def _create(self, frame: StoredFrame, header: Mapping[str, Any]) -> None:
        """Make the dataset: labels and empty variables; nothing of their size is held or written."""
        xarray, zarr = _xarray(), _zarr()
        coordinates: dict[str, Any] = {axis.name: list(axis.values) for axis in self.spec.axes}
        used = {"penalty"} | {dim for dims, _ in frame.variables.values() for dim in dims}
        coordinates |= {name: labels for name, labels in frame.labels.items() if name in used}
        attributes = {"study": json.dumps(header, sort_keys=True), "currency": frame.setting.case.market.currency}
        labels = xarray.Dataset(coords=coordinates, attrs=attributes)
        labels.to_zarr(self.folder / DATA, mode="w", zarr_format=2, consolidated=False)
        group = zarr.open_group(self.folder / DATA, mode="r+")
        for name, (dims, dtype) in frame.variables.items():
            sizes = tuple(len(frame.labels[dim]) for dim in dims)
            penalties = len(frame.readings)
            array = group.create_array(
                name,
                shape=(*self.spec.shape, penalties, self.spec.draws, *sizes),
                chunks=(*(1 for _ in self.spec.shape), penalties, self.spec.block, *sizes),
                dtype=dtype,
                fill_value=np.nan if dtype.kind == "f" else None,  # xarray takes a stated fill value for missing
            )
            names = [axis.name for axis in self.spec.axes]
            array.attrs["_ARRAY_DIMENSIONS"] = [*names, "penalty", "draw", *dims]


def open_results(folder: Path) -> Any:
    """Return a study's results as an ``xarray.Dataset``, read from disk only where it is asked for.

    Parameters
    ----------
    folder
        The study's own, or one that holds a single study, as the folders of ``lempart reproduce`` do.

    Raises
    ------
    InputError
        When there is no study, or more than one.
    """
    return _xarray().open_zarr(study_folder(folder) / DATA, chunks=None, consolidated=False)


def study_folder(folder: Path) -> Path:
    """Return the folder of the study that ``folder`` is or holds; raises as :func:`open_results` does."""
    if (folder / HEADER).exists():
        return folder
    within = sorted(path.parent for path in folder.glob(f"*/{HEADER}"))
    if len(within) == 1:
        return within[0]
    if within:
        names = ", ".join(path.name for path in within)
        raise InputError.of(str(folder), f"it holds several studies: {names}", "Name the folder of one.")
    raise InputError.of(str(folder), "it holds no study", "Name the --out folder of lempart study.")


def _require_same(folder: Path, found: Mapping[str, Any], header: Mapping[str, Any]) -> None:
    """Raise with what differs: the version, the case, or fields of the study."""
    differs = [name for name in ("format", "version", "case_hash", "engine") if found.get(name) != header[name]]
    pairs = [(name, found.get(name), header[name]) for name in differs]
    before, now = found.get("study", {}), header["study"]
    pairs += [(name, before.get(name), now.get(name)) for name in now if before.get(name) != now[name]]
    if pairs:
        told = "; ".join(f"its {name} is {_short(old)}, not {_short(new)}" for name, old, new in pairs)
        raise InputError.of(str(folder), f"it belongs to another study: {told}", "Choose another folder.")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


def _is_unfinished_store(folder: Path) -> bool:
    """Return whether the folder holds only what a store leaves that was killed while it was made."""
    return all(item.name in {DATA, FINISHED, "writing.lock"} or item.name.startswith(".") for item in folder.iterdir())


def _to_disk(path: Path) -> None:
    """Wait until a file is on disk; a chunk of nothing but fill values has none."""
    if path.exists():
        handle = os.open(path, os.O_RDWR)  # which Windows asks for
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _xarray() -> Any:
    return _needed("xarray")


def _zarr() -> Any:
    return _needed("zarr")


def _needed(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        remedy = 'Install it: pip install "lempart[study]".'
        raise InputError.of("lempart study", f"it needs the package {name}, which isn't installed", remedy) from None
