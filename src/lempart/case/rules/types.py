"""What the fields of a case hold is what their types say: a reader sees to it, records made in Python may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin

from lempart.arguments import fits, found, told, words_of
from lempart.case.records import CaseFields
from lempart.case.shapes import field_types
from lempart.case.where import indexed
from lempart.errors import Problem

_PLACES = {"horizon": "time", "groups": "players"}
"""Fields of a case that a case file calls otherwise."""


def wrong_types(case: CaseFields) -> Iterator[Problem]:
    """Yield every field that holds something of another type, so that no rule can judge it."""
    for name, hint in field_types(CaseFields).items():
        yield from _wrong(getattr(case, name), hint, _PLACES.get(name, name))


def _wrong(value: Any, hint: Any, where: str) -> Iterator[Problem]:
    """Yield what is of another type in a value or inside it."""
    many = get_origin(hint) is tuple and get_args(hint)[-1] is Ellipsis
    if not (isinstance(value, tuple | list) if many else fits(value, hint, nan=True)):
        message = f"expected {told(hint)}, found {found(value)}"
        yield Problem(where, message, "Give one of these." if words_of(hint) else "Make it of that type.")
    elif many:
        for index, item in enumerate(value):
            yield from _wrong(item, get_args(hint)[0], indexed(where, index))
    elif is_dataclass(value):
        for field in fields(value):
            yield from _wrong(getattr(value, field.name), field_types(type(value))[field.name], f"{where}.{field.name}")
