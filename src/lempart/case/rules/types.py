"""What the fields of a case hold is what their types say: a reader sees to it, records made in Python may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

from lempart.case.records import CaseFields
from lempart.case.shapes import field_types
from lempart.case.where import indexed
from lempart.errors import Problem

_PLACES = {"horizon": "time", "groups": "players"}
"""Fields of a case that a case file calls otherwise."""
_WORDS: dict[Any, str] = {
    float: "a number",
    int: "a whole number",
    bool: "True or False",
    str: "a text",
    NoneType: "None",
}


def wrong_types(case: CaseFields) -> Iterator[Problem]:
    """Yield every field that holds something of another type, so that no rule can judge it."""
    for name, hint in field_types(CaseFields).items():
        yield from _wrong(getattr(case, name), hint, _PLACES.get(name, name))


def _wrong(value: Any, hint: Any, where: str) -> Iterator[Problem]:
    """Yield what is of another type in a value or inside it."""
    if not _fits(value, hint):
        message = f"expected {_expected(hint)}, found {value!r:.60} ({type(value).__name__})"
        yield Problem(where, message, "Give one of these." if _words(hint) else "Make it of that type.")
    elif get_origin(hint) is tuple and get_args(hint)[-1] is Ellipsis:
        for index, item in enumerate(value):
            yield from _wrong(item, get_args(hint)[0], indexed(where, index))
    elif is_dataclass(value):
        for field in fields(value):
            yield from _wrong(getattr(value, field.name), field_types(type(value))[field.name], f"{where}.{field.name}")


def _fits(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if origin is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if origin is tuple:
        parts = get_args(hint)
        if parts[-1] is Ellipsis:
            return isinstance(value, tuple | list)
        same = isinstance(value, tuple | list) and len(value) == len(parts)
        return same and all(_fits(item, part) for item, part in zip(value, parts, strict=True))
    if hint in (float, int):
        return isinstance(value, Real if hint is float else Integral) and not isinstance(value, bool | np.bool_)
    return isinstance(value, hint) if isinstance(hint, type) and origin is None else isinstance(value, np.ndarray)


def _words(hint: Any) -> list[str]:
    """Return the words that a field may hold."""
    if get_origin(hint) is Literal:
        return [f'"{word}"' for word in get_args(hint)]
    return [word for part in get_args(hint) for word in _words(part)] if get_origin(hint) in (Union, UnionType) else []


def _expected(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_expected(part) for part in get_args(hint))
    if get_origin(hint) is Literal:
        return " or ".join(_words(hint))
    if get_origin(hint) is tuple:
        parts = get_args(hint)
        many = parts[-1] is Ellipsis
        return (
            f"a tuple, each item {_expected(parts[0])}" if many else f"{len(parts)} items, each {_expected(parts[0])}"
        )
    return _WORDS.get(hint, getattr(hint, "__name__", "an array"))
