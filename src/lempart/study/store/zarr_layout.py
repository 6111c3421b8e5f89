"""The Zarr dataset of a study before it has numbers: its labels and empty variables, and the checksums of both."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lempart.atomic import write_bytes
from lempart.errors import InputError, Problem
from lempart.io.sealed_json import file_checksum
from lempart.optional import needed
from lempart.study.plan.search_plan import StoredPlan
from lempart.study.spec.spec import StudySpec
from lempart.study.store.chunk import RESUME

DATA = "results.zarr"


def create(folder: Path, spec: StudySpec, plan: StoredPlan, header: Mapping[str, Any]) -> dict[str, str]:
    """Make the dataset, of whose size nothing is held or written; return its files' checksums."""
    _fill(folder / DATA, spec, plan, header)
    return dict(sorted(_checksums(folder / DATA).items()))


def require_layout(folder: Path, checksums: Mapping[str, str]) -> None:
    """Raise InputError, with every file that is damaged or missing, unless labels and variables are what was made."""
    damaged = _damaged(folder, checksums)
    if damaged:
        raise InputError([Problem(str(folder / name), told, RESUME) for name, told in damaged.items()])


def mend_layout(
    folder: Path, checksums: Mapping[str, str], spec: StudySpec, plan: StoredPlan, header: Mapping[str, Any]
) -> list[str]:
    """Make damaged files of labels and variables again, and return what was wrong with each.

    Raises
    ------
    InputError
        When the libraries of today make others than those that were there.
    """
    damaged = _damaged(folder, checksums)
    if not damaged:
        return []
    with tempfile.TemporaryDirectory(prefix=".layout-", dir=folder) as place:
        again = create(Path(place), spec, plan, header)
        if lost := [name for name in damaged if again.get(name) != checksums[name]]:
            remedy = "Bring these files back from a copy, or run the study into another folder."
            raise InputError([Problem(str(folder / name), damaged[name], remedy) for name in lost])
        for name in damaged:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(folder / name, (Path(place) / name).read_bytes())
    return [f"{name} {told}" for name, told in damaged.items()]


def _damaged(folder: Path, checksums: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, checksum in checksums.items():
        try:
            own = file_checksum(folder / name)
        except OSError as error:
            found[name] = f"can't be read: {error.strerror}"
            continue
        if own != checksum:
            found[name] = "is missing" if own is None else "is not what was written: its checksum differs"
    return found


def _checksums(data: Path) -> dict[str, str]:
    found = {}
    for path in data.rglob("*"):
        if path.is_file() and (checksum := file_checksum(path)):
            found[path.relative_to(data.parent).as_posix()] = checksum
    return found


def _fill(data: Path, spec: StudySpec, plan: StoredPlan, header: Mapping[str, Any]) -> None:
    xarray, zarr = library("xarray"), library("zarr")
    coordinates: dict[str, Any] = {axis.name: list(axis.values) for axis in spec.axes}
    used = {"penalty"} | {dim for dims, _ in plan.variables.values() for dim in dims}
    coordinates |= {name: labels for name, labels in plan.labels.items() if name in used}
    attributes = {"study": json.dumps(header, sort_keys=True), "currency": plan.prepared.case.market.currency}
    labels = xarray.Dataset(coords=coordinates, attrs=attributes)
    labels.to_zarr(data, mode="w", zarr_format=2, consolidated=False)
    group = zarr.open_group(data, mode="r+")
    for name, (dims, dtype) in plan.variables.items():
        sizes = tuple(len(plan.labels[dim]) for dim in dims)
        penalties = len(plan.readings)
        array = group.create_array(
            name,
            shape=(*spec.shape, penalties, spec.draws, *sizes),
            chunks=(*(1 for _ in spec.shape), penalties, spec.block, *sizes),
            dtype=dtype,
            fill_value=np.nan if dtype.kind == "f" else None,  # xarray takes a stated fill value for missing
        )
        names = [axis.name for axis in spec.axes]
        array.attrs["_ARRAY_DIMENSIONS"] = [*names, "penalty", "draw", *dims]


def library(name: Literal["xarray", "zarr"]) -> Any:
    """Return xarray or zarr; InputError where it isn't installed."""
    return needed(name, "study", "lempart study")
