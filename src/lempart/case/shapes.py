"""What the axes of an array field mean, written in its type: readers and rules need no list of their own."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import MISSING, fields
from functools import cache
from typing import Annotated, Any, TypeAlias, cast, get_args, get_origin, get_type_hints

from lempart.typing import FloatArray

PerStep: TypeAlias = Annotated[FloatArray, "steps"]
"""Shape ``(steps,)``: one value per step."""

PerRow: TypeAlias = Annotated[FloatArray, "rows"]
"""Shape ``(rows,)``: one value per row of a polyhedron."""

PerRowAndStep: TypeAlias = Annotated[FloatArray, "rows", "steps"]
"""Shape ``(rows, steps)``."""


def field_types(record: type[Any]) -> dict[str, Any]:
    """Return the type of each dataclass field of ``record``, annotations kept."""
    return _field_types(cast("Hashable", record))


@cache
def _field_types(record: Any) -> dict[str, Any]:
    hints = get_type_hints(record, include_extras=True)
    return {field.name: hints[field.name] for field in fields(record)}


def axes(hint: Any) -> tuple[str, ...]:
    """Return what the axes of a field of this type are called; empty for anything that is no array."""
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def array_axes(record: type[Any]) -> dict[str, tuple[str, ...]]:
    """Return the axes of each array field of ``record``: ``{"available_mw": ("steps",)}``."""
    return {name: axes(hint) for name, hint in field_types(record).items() if axes(hint)}


def optional_fields(record: type[Any]) -> frozenset[str]:
    """Return the fields of ``record`` that may be absent: those with a default that isn't filled in at once."""
    return frozenset(
        field.name
        for field in fields(record)
        if (field.default is not MISSING or field.default_factory is not MISSING)
        and not field.metadata.get("always_hashed", False)
    )
