"""JSON that a program wrote and anybody may have changed since: written in one way, read with every fault named."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeAlias

from lempart.errors import InputError, Problem
from lempart.io.opening import read_bytes

_TOLD, _SHOWN = 5, 60
_LARGEST = 1e100
"""Of amounts, whose sums and products must be finite, too."""


class Fault(NamedTuple):
    """What is wrong with a part of a document: its key, such as ``partitions[3].total``, and what is wrong."""

    where: str
    message: str


Check: TypeAlias = Callable[[Any, str], Iterator[Fault]]
"""Yields what is wrong with a value; told its key."""


def read_stored(path: Path, check: Check, remedy: str) -> dict[str, Any]:
    """Return a JSON document that passes ``check``, which lets nothing but an object pass.

    Raises
    ------
    InputError
        With the file, the key and the ``remedy``, where it can't be read or doesn't pass.
    """
    try:
        data: dict[str, Any] = json.loads(read_bytes(path).decode("utf-8"), parse_constant=_refuse)
    except FileNotFoundError:
        raise InputError.of(str(path), "there is no such file", remedy) from None
    except UnicodeDecodeError as error:
        raise InputError.of(str(path), f"can't be read: not UTF-8 text (byte {error.start})", remedy) from None
    except RecursionError:
        raise InputError.of(str(path), "can't be read: nested too deeply", remedy) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or f"not valid JSON: {error}"
        raise InputError.of(str(path), f"can't be read: {reason}", remedy) from None
    require(path, check(data, ""), remedy)
    return data


def require(path: Path, faults: Iterator[Fault], remedy: str) -> None:
    """Raise InputError with the first few faults of a file's content, if there are any."""
    found = list(islice(faults, _TOLD))
    if found:
        raise InputError([Problem(": ".join(filter(None, (str(path), at))), told, remedy) for at, told in found])


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Return a check of an object with given keys; others are nobody's business."""

    def check(value: Any, where: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield _expected("an object", value, where)
            return
        for key, own in required.items():
            if key not in value:
                yield Fault(_key(where, key), "is missing")
            else:
                yield from own(value[key], _key(where, key))
        for key, own in (optional or {}).items():
            if key in value:
                yield from own(value[key], _key(where, key))

    return check


def mapping(of: Check) -> Check:
    """Return a check of an object with any keys whose values all pass."""

    def check(value: Any, where: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield _expected("an object", value, where)
            return
        for key, item in value.items():
            yield from text(key, where)
            yield from of(item, _key(where, key))

    return check


def listing(of: Check, least: int = 0) -> Check:
    """Return a check of a list of at least so many values that all pass."""

    def check(value: Any, where: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield _expected("a list", value, where)
            return
        if len(value) < least:
            yield Fault(where, f"has {len(value)} values, expected at least {least}")
        for index, item in enumerate(value):
            yield from of(item, f"{where}[{index}]")

    return check


def nullable(of: Check) -> Check:
    """Return a check that null passes too."""

    def check(value: Any, where: str) -> Iterator[Fault]:
        if value is not None:
            yield from of(value, where)

    return check


def one_of(words: Collection[str]) -> Check:
    """Return a check of a text that must be one of some."""

    def check(value: Any, where: str) -> Iterator[Fault]:
        if not isinstance(value, str) or value not in words:
            yield _expected(" or ".join(f'"{word}"' for word in words), value, where)

    return check


def number(value: Any, where: str) -> Iterator[Fault]:
    """Yield a fault unless it is a finite number."""
    try:
        finite = not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite:
        yield _expected("a finite number", value, where)
    elif abs(value) > _LARGEST:
        yield Fault(where, f"is {value:.3g}, too large to compute with")


def whole(value: Any, where: str) -> Iterator[Fault]:
    """Yield a fault unless it is a whole number that isn't negative."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        yield _expected("a whole number", value, where)


def flag(value: Any, where: str) -> Iterator[Fault]:
    """Yield a fault unless it is true or false."""
    if not isinstance(value, bool):
        yield _expected("true or false", value, where)


def text(value: Any, where: str) -> Iterator[Fault]:
    """Yield a fault unless it is a text that UTF-8 can hold."""
    if not isinstance(value, str):
        yield _expected("a text", value, where)
    elif not value.isascii() and max(value) >= "\ud800" and any("\ud800" <= letter <= "\udfff" for letter in value):
        yield Fault(where, "has half a character, which UTF-8 can't hold")


def _expected(what: str, value: Any, where: str) -> Fault:
    return Fault(where, f"expected {what}, found {_shown(value)}")


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else f"a list of {len(value)}"
    if isinstance(value, int) and abs(value) >= 10**18:
        return "a huge number"
    told = json.dumps(value)
    return told if len(told) <= _SHOWN else told[: _SHOWN - 1] + "…"


def _key(where: str, key: str) -> str:
    name = key if key.isidentifier() else json.dumps(key[:_SHOWN])
    return f"{where}.{name}" if where else name


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
