"""Records from JSON: what an annotation allows, the check of a value, and the value as a record."""

from __future__ import annotations

import collections.abc
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from lempart.io import stored_json
from lempart.io.stored_json import Check, Fault

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Least:
    """The least number of values in a list."""

    count: int


@dataclass(frozen=True, slots=True)
class Format:
    """The one format that this version reads."""

    number: int


class Key(NamedTuple):
    """A key of a JSON object: its name, the annotation of its field, and whether it may be absent."""

    name: str
    hint: Any
    optional: bool
    field: Field[Any]


@cache
def keys_of(record: Any) -> tuple[Key, ...]:
    """Return the keys of a record's JSON; a trailing underscore of a Python name is dropped."""
    hints = get_type_hints(record, include_extras=True)
    return tuple(
        Key(
            one.name.rstrip("_"), hints[one.name], one.default is not MISSING or one.default_factory is not MISSING, one
        )
        for one in fields(record)
    )


@cache
def check_of(hint: Any) -> Check:
    """Return the check of a value that an annotation describes: a record, a list, a mapping, words or a plain kind."""
    kind = kind_of(hint)
    return _CHECKS[kind](hint)


def kind_of(hint: Any) -> str:
    """Return which kind of annotation one is: ``record``, ``nullable``, ``list``, ``mapping``, ``words`` and others.

    Raises
    ------
    TypeError
        It is none that JSON can hold.
    """
    origin = get_origin(hint)
    if origin is Annotated:
        marks = [type(mark) for mark in get_args(hint)[1:]]
        return "format" if Format in marks else kind_of(get_args(hint)[0])
    if is_dataclass(hint):
        return "record"
    if origin in (Union, types.UnionType):
        return "nullable" if type(None) in get_args(hint) else "either"
    found = _MADE.get(origin) or _PLAIN.get(hint)
    if found is None:
        raise TypeError(f"JSON holds no {hint}")
    return found


_MADE: Mapping[Any, str] = {tuple: "list", collections.abc.Mapping: "mapping", Literal: "words"}
_PLAIN: Mapping[Any, str] = {float: "number", int: "whole", bool: "flag", str: "text", object: "anything"}


def inner(hint: Any) -> Any:
    """Return the annotation of what a nullable value, a list or a mapping holds."""
    if get_origin(hint) is Annotated:
        return inner(get_args(hint)[0])
    args = get_args(hint)
    if get_origin(hint) is tuple:
        return args[0]
    if get_origin(hint) in (Union, types.UnionType):
        rest = tuple(arg for arg in args if arg is not type(None))
        return rest[0] if len(rest) == 1 else Union[rest]  # noqa: UP007  # made of a list
    return args[1]


def least(hint: Any) -> int:
    """Return how many values a list has at least."""
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((mark.count for mark in marks if isinstance(mark, Least)), 0)


def format_of(hint: Any) -> int:
    """Return the format that a key must hold."""
    return next(mark.number for mark in get_args(hint)[1:] if isinstance(mark, Format))


def _record(hint: Any) -> Check:
    keys = keys_of(hint)
    return stored_json.record(
        {key.name: _late(key.hint) for key in keys if not key.optional},
        {key.name: _late(key.hint) for key in keys if key.optional},
    )


def _late(hint: Any) -> Check:
    """Return the check of a key, which is made when it is first used: records may hold themselves."""

    def check(value: Any, where: str) -> Iterator[Fault]:
        yield from check_of(hint)(value, where)

    return check


def _format(hint: Any) -> Check:
    number = format_of(hint)

    def check(value: Any, where: str) -> Iterator[Fault]:
        if value != number or isinstance(value, bool):
            yield Fault(where, f"this version reads format {number}")

    return check


def _either(hint: Any) -> Check:
    checks = [check_of(arg) for arg in get_args(hint)]

    def check(value: Any, where: str) -> Iterator[Fault]:
        found = [list(one(value, where)) for one in checks]
        if all(found):
            yield from found[0]

    return check


_CHECKS: Mapping[str, Callable[[Any], Check]] = {
    "record": _record,
    "nullable": lambda hint: stored_json.nullable(check_of(inner(hint))),
    "either": _either,
    "list": lambda hint: stored_json.listing(check_of(inner(hint)), least(hint)),
    "mapping": lambda hint: stored_json.mapping(check_of(inner(hint))),
    "words": lambda hint: stored_json.one_of(get_args(hint)),
    "format": _format,
    "number": lambda _: stored_json.number,
    "whole": lambda _: stored_json.whole,
    "flag": lambda _: stored_json.flag,
    "text": lambda _: stored_json.text,
    "anything": lambda _: lambda _value, _where: iter(()),
}


def of_json(record: type[R], value: Mapping[str, Any]) -> R:
    """Return a record of JSON that passed its check.

    Parameters
    ----------
    record
        Which one.
    value
        An object that passes ``check_of(record)``; keys that the record doesn't know are left aside.
    """
    made: Any = record
    known = {key.field.name: _value(key.hint, value[key.name]) for key in keys_of(made) if key.name in value}
    found: R = made(**known)
    return found


def _value(hint: Any, value: Any) -> Any:
    kind = kind_of(hint)
    if value is None:
        return None
    if kind == "nullable":
        return _value(inner(hint), value)
    if kind == "record":
        return of_json(hint, value)
    if kind == "list":
        own = inner(hint)
        return tuple(_value(own, item) for item in value)
    if kind == "mapping":
        own = inner(hint)
        return {key: _value(own, item) for key, item in value.items()}
    return value


def as_mapping(record: Any) -> dict[str, Any]:
    """Return a record's values by their keys."""
    made: Any = type(record)
    return {key.name: getattr(record, key.field.name) for key in keys_of(made)}


def words_of(hint: Any) -> str:
    """Return in words which values an annotation allows."""
    kind = kind_of(hint)
    if kind == "nullable":
        return f"{words_of(inner(hint))} or null"
    if kind == "either":
        return " or ".join(words_of(arg) for arg in get_args(hint))
    if kind == "list":
        return f"list of: {words_of(inner(hint))}"
    if kind == "mapping":
        return f"object whose values are: {words_of(inner(hint))}"
    if kind == "words":
        return " or ".join(f"`{word}`" for word in get_args(hint))
    if kind == "format":
        return f"the number {format_of(hint)}"
    return f"`{hint.__name__.removesuffix('File')}`" if kind == "record" else _WORDS[kind]


_WORDS = {"number": "number", "whole": "whole number", "flag": "true or false", "text": "text", "anything": "anything"}
