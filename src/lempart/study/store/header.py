"""``study.json``: which study, case, version and engine a folder's results are of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lempart._version import __version__
from lempart.atomic import write_text
from lempart.errors import InputError
from lempart.io.sealed_json import read_document, seal_fault, sealed
from lempart.study.spec.neighbourhood_axes import read_options
from lempart.study.spec.scenario_options import ScenarioOptions
from lempart.study.spec.spec import Axis, StudySpec

HEADER = "study.json"
FORMAT = 2
"""Of the folder; those of format 1 have no checksums."""
ENGINE = "batch-2"
"""How draws are solved, which decides their last digits; a store holds those of one engine."""
_OTHER = "Choose another folder, or bring this file back from a copy."


def header_of(spec: StudySpec, case_hash: str) -> dict[str, Any]:
    """Return what says which study a folder is of."""
    return {
        "format": FORMAT,
        "version": __version__,
        "case_hash": case_hash,
        "engine": ENGINE,
        "study": json.loads(json.dumps(spec.as_dict())),
    }


def write_header(folder: Path, header: Mapping[str, Any]) -> None:
    """Write it, whole or not at all."""
    write_text(folder / HEADER, json.dumps(sealed(header), indent=1, ensure_ascii=False) + "\n")


def read_header(folder: Path) -> dict[str, Any]:
    """Return what the folder's header says.

    Raises
    ------
    InputError
        When it is missing, of another format, or isn't what was written.
    """
    path = folder / HEADER
    found = read_document(path, _OTHER)
    if found.get("format") != FORMAT:
        raise _of_another_format(folder, found.get("format"))
    if fault := seal_fault(found):
        raise InputError.of(str(path), fault, _OTHER)
    return found


def require_same(folder: Path, header: Mapping[str, Any]) -> None:
    """Raise InputError with what differs between a folder's header and ``header``: version, case, fields of the study.

    One that was changed after it was written is refused by the field that was, or as a whole.
    """
    found = read_document(folder / HEADER, _OTHER)
    if found.get("format") != FORMAT:
        raise _of_another_format(folder, found.get("format"))
    differs = [name for name in ("version", "case_hash", "engine") if found.get(name) != header[name]]
    pairs = [(name, found.get(name), header[name]) for name in differs]
    before, now = found.get("study"), header["study"]
    if not isinstance(before, dict):
        pairs.append(("study", before, now))
    else:
        pairs += [(name, before.get(name), now.get(name)) for name in now if before.get(name) != now[name]]
    if pairs:
        told = "; ".join(f"its {name} is {_short(old)}, not {_short(new)}" for name, old, new in pairs)
        raise InputError.of(str(folder), f"it belongs to another study: {told}", "Choose another folder.")
    read_header(folder)


def stored_spec(header: Mapping[str, Any]) -> StudySpec:
    """Return the study that a header states.

    Raises
    ------
    InputError
        When this version doesn't know such a study.
    """
    study = header["study"]
    try:
        homes = study.get("neighbourhood")
        return StudySpec(
            **{
                **study,
                "axes": tuple(Axis(axis["name"], tuple(axis["values"])) for axis in study["axes"]),
                "scenarios": ScenarioOptions(**study["scenarios"]),
                "readings": tuple(study["readings"]),
                "partitions": tuple(tuple(tuple(block) for block in partition) for partition in study["partitions"]),
                "outputs": tuple(study["outputs"]),
                "neighbourhood": None if homes is None else read_options(homes),
            }
        )
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        message = f"version {header.get('version')} wrote a study that {__version__} doesn't know: {error}"
        raise InputError.of(HEADER, message, "Read it with the version that wrote it.") from None


def _of_another_format(folder: Path, found: object) -> InputError:
    told = f"its format is {_short(found)}, not {FORMAT}"
    if found == 1:
        told += ": an older version wrote it, without checksums, so that damage to its numbers can't be noticed"
    return InputError.of(str(folder / HEADER), told, "Run the study anew, into another folder.")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
