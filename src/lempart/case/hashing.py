"""The hash of a case: results carry it, so that nobody mixes up two cases."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

import numpy as np

from lempart.arguments import checks_arguments
from lempart.case.records import CaseFields
from lempart.case.shapes import array_axes, optional_fields

_DOMAIN = b"lempart case, format 1"


@checks_arguments
def case_hash(case: CaseFields) -> str:
    """Return the SHA-256 of all that results depend on in ``case``, as 64 hexadecimal digits.

    Equal cases have equal hashes, whatever files or tables they come from. A field that holds its default isn't
    hashed: a field that a later version adds leaves the hashes of today's cases as they are. Where buses stand on a
    map isn't hashed either: results stay those of a case that is given coordinates later.

    Examples
    --------
    >>> from lempart import read_case, shipped_case_path
    >>> from lempart.case import case_hash
    >>> case_hash(read_case(shipped_case_path("example-1")))[:8]
    'b8d21be5'
    """
    digest = hashlib.sha256(_DOMAIN)
    for part in _parts(case):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    """Return the value as byte strings; each begins with its type, so that no two values share them."""
    if is_dataclass(value) and not isinstance(value, type):
        hashed = [field for field in fields(value) if field.metadata.get("hashed", True)]
        stated = [field for field in hashed if not _is_default(value, field)]
        yield f"record {type(value).__name__} {len(stated)}".encode()
        for field in stated:
            yield field.name.encode()
            yield from _parts(getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        # Adding 0 turns -0.0 into the 0.0 it is equal to.
        wide = np.ascontiguousarray(value, dtype="<c16" if np.iscomplexobj(value) else "<f8") + 0.0
        yield f"array {value.shape} {wide.dtype.kind}".encode()
        yield wide.tobytes()
    elif isinstance(value, tuple | list):
        yield f"list {len(value)}".encode()
        for item in value:
            yield from _parts(item)
    elif isinstance(value, str):
        yield b"text " + value.encode("utf-8", "surrogatepass")
    elif isinstance(value, bool) or value is None:
        yield repr(value).encode()
    else:
        yield b"number " + np.asarray(float(value) + 0.0, dtype="<f8").tobytes()


def _is_default(record: Any, field: Field[Any]) -> bool:
    """Return whether a field holds what it would if nobody had given it; a series' default is zero."""
    value = getattr(record, field.name)
    if field.metadata.get("always_hashed", False):
        return False
    if isinstance(value, np.ndarray):
        optional = field.name in optional_fields(type(record))
        series = array_axes(type(record)).get(field.name) == ("steps",)
        return optional and (value.size == 0 or (series and not np.any(value)))
    return field.default is not MISSING and bool(value == field.default)
