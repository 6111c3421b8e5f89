"""What the case records have in common: frozen fields, equality by content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from lempart.case.shapes import array_axes
from lempart.errors import InputError, UsageError
from lempart.typing import frozen_array

NOT_HASHED: Mapping[str, bool] = MappingProxyType({"hashed": False})
"""Metadata of a field that changes no result, such as where buses stand on a map: it isn't part of a case's hash."""

ALWAYS_HASHED: Mapping[str, bool] = MappingProxyType({"always_hashed": True})
"""Metadata of a field that is part of a case's hash even where it holds its default: it had none at first."""

NEEDED: Any = None
"""Default of a field that must be given although one before it needn't; see :func:`require_given`."""


def require_given(record: object, *names: str) -> None:
    """Raise ``UsageError`` with the fields that must be given and weren't."""
    if missing := [name for name in names if getattr(record, name) is NEEDED]:
        raise UsageError(f"{type(record).__name__} needs {', '.join(missing)}")


class Record:
    """Base of the frozen case records: equal when all fields are, arrays compared bit for bit."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and content(self) == content(other)

    def __hash__(self) -> int:
        return hash(repr(content(self)))


class ArrayRecord(Record):
    """A record with array fields; they are copied and made read-only."""

    def __post_init__(self) -> None:
        freeze(self, *array_axes(type(self)))


def freeze(record: object, *names: str, dtype: DTypeLike = np.float64) -> None:
    """Replace fields of a frozen record by read-only arrays; ``InputError`` where one holds anything but numbers."""
    for name in names:
        value = getattr(record, name)
        try:
            object.__setattr__(record, name, frozen_array(value, dtype))
        except (TypeError, ValueError, OverflowError):
            message = f"expected numbers, found {value!r:.60} ({type(value).__name__})"
            raise InputError.of(f"{type(record).__name__}.{name}", message, "Give an array of numbers.") from None


def content(value: Any) -> Any:
    """Return ``value`` as nested lists, dictionaries and scalars, exact and in a fixed order."""
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: content(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__, **parts}
    if isinstance(value, np.ndarray):
        if np.iscomplexobj(value):
            return {"real": value.real.tolist(), "imag": value.imag.tolist()}
        return value.tolist()
    if isinstance(value, tuple | list):
        return [content(item) for item in value]
    return value
