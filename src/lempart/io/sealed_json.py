"""JSON documents that carry a checksum of themselves, so that a changed byte is noticed by whoever reads them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lempart.errors import InputError
from lempart.io.opening import read_bytes
from lempart.io.stored_json import read_stored, record

CHECKSUM = "checksum"


def sealed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of plain data with its checksum as its last entry, in the place of one that it has."""
    rest = {name: value for name, value in document.items() if name != CHECKSUM}
    return {**rest, CHECKSUM: content_checksum(rest)}


def seal_fault(document: object) -> str:
    """Return what is wrong with a sealed document; empty where its checksum is that of the rest of it."""
    if not isinstance(document, dict):
        return "it is not a table of names and values"
    if CHECKSUM not in document:
        return f"its {CHECKSUM} is missing: it was changed, or written by an older version"
    rest = {name: value for name, value in document.items() if name != CHECKSUM}
    if document[CHECKSUM] != content_checksum(rest):
        return f"its content doesn't have the {CHECKSUM} that it states: it was changed after it was written"
    return ""


def read_sealed(path: Path, remedy: str) -> dict[str, Any]:
    """Return a sealed document.

    Raises
    ------
    InputError
        When it isn't there, can't be read, is no JSON, or isn't what was written; ``remedy`` says what to do.
    """
    document = read_document(path, remedy)
    if fault := seal_fault(document):
        raise InputError.of(str(path), fault, remedy)
    return document


def read_document(path: Path, remedy: str) -> dict[str, Any]:
    """Return a JSON document, sealed or not; raises as :func:`read_sealed` does where it isn't one."""
    return read_stored(path, record({}), remedy)


def file_checksum(path: Path) -> str | None:
    """Return the checksum of a file's bytes; None where there is no such file.

    Raises
    ------
    OSError
        When it is there and can't be read.
    """
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except FileNotFoundError:
        return None


def content_checksum(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document's content, however its JSON is laid out."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
