"""Whether a value is what a type says: one judge for the fields of records and the arguments of public functions.

A function under :func:`checks_arguments` never sees an argument of another type: its caller is told which one, what was
found and what may be given. Types may be narrowed by a :class:`Range`: ``Annotated[int, Range(1)]``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, wraps
from inspect import Parameter, signature
from numbers import Complex, Integral, Real
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    ParamSpec,
    TypeAlias,
    TypeVar,
    Union,
    Unpack,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from lempart.errors import UsageError

P = ParamSpec("P")
R = TypeVar("R")

_WORDS: dict[Any, str] = {
    float: "a number",
    int: "a whole number",
    complex: "a number, real or complex",
    bool: "True or False",
    str: "a text",
    NoneType: "None",
    Callable: "a function",
}
_KINDS = {"f": "fiu", "c": "cfiu", "i": "iu", "b": "b"}
"""Kinds of numpy arrays that may stand where another is expected."""


@dataclass(frozen=True, slots=True)
class Range:
    """Narrows a number in a type: ``low`` to ``high``, both included; with ``open`` neither."""

    low: float = -math.inf
    high: float = math.inf
    open: bool = False

    def holds(self, value: float) -> bool:
        """Return whether a number lies inside; NaN does not."""
        return self.low < value < self.high if self.open else self.low <= value <= self.high

    def __str__(self) -> str:
        if math.isinf(self.high):
            return f"above {self.low:g}" if self.open else f"of at least {self.low:g}"
        return f"{'between' if self.open else 'from'} {self.low:g} {'and' if self.open else 'to'} {self.high:g}"


Count: TypeAlias = Annotated[int, Range(0)]
"""A whole number from 0 on."""

Many: TypeAlias = Annotated[int, Range(1)]
"""A whole number from 1 on."""

Amount: TypeAlias = Annotated[float, Range(0.0)]
"""A number from 0 on; infinity is one."""

Positive: TypeAlias = Annotated[float, Range(0.0, open=True)]
"""A finite number above 0."""

Share: TypeAlias = Annotated[float, Range(0.0, 1.0)]
"""A number from 0 to 1."""

Mask: TypeAlias = Annotated[int, Range(1)]
"""A coalition: bit ``i`` stands for player ``i``, and there is one at least."""


def checks_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function raise ``UsageError`` for arguments that its annotations don't allow, all of them at once.

    NaN is no number here, and a text is no sequence.
    """
    name = function.__qualname__
    parameters = signature(function).parameters
    known = tuple(key for key, item in parameters.items() if item.kind in _POSITIONAL)
    needed = tuple(key for key, item in parameters.items() if item.default is Parameter.empty and item.kind in _NAMED)
    rest = next((key for key, item in parameters.items() if item.kind is Parameter.VAR_POSITIONAL), None)
    options = next((key for key, item in parameters.items() if item.kind is Parameter.VAR_KEYWORD), None)

    enough = len(needed) if needed == known[: len(needed)] else math.inf

    def require(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Raise ``UsageError`` where arguments are wrong."""
        hints = _hints(function)
        if rest is None and len(args) > len(known):
            raise UsageError(f"{name} takes {len(known)} arguments in order, found {len(args)}")
        given = [*zip(known, args, strict=False), *((rest, value) for value in args[len(known) :])]
        further = _typed_options(hints[options]) if options in hints else None
        for key, value in kwargs.items():
            if key in known[: len(args)]:
                raise UsageError(f"{name} is given {key} twice")
            if key not in parameters and further is not None and key not in further:
                raise UsageError(f"{name} has no option {key!r:.60}. Options are: {', '.join(further)}")
            if key not in parameters and options is None:
                raise UsageError(f"{name} has no argument {key!r:.60}. Arguments are: {', '.join(parameters)}")
            given.append((key, value))
        if missing := [key for key in needed if key not in known[: len(args)] and key not in kwargs]:
            raise UsageError(f"{name} needs {', '.join(missing)}")
        allowed = {**(further or {}), **hints}
        wrong = [(key, value) for key, value in given if key in allowed and not fits(value, allowed[key])]
        if wrong:
            raise UsageError("\n".join(f"{name}: {key} must be {_misfit(value, allowed[key])}" for key, value in wrong))

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        quickly = not kwargs and enough <= len(args) <= len(known)
        if not (quickly and all(map(fits, args, _hints_in_order(function, known)))):
            require(args, kwargs)
        return function(*args, **kwargs)

    return call


@cache
def _hints_in_order(function: Callable[..., Any], known: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the types of arguments that are given in order."""
    hints = _hints(function)
    return tuple(hints.get(key, Any) for key in known)


_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (*_POSITIONAL, Parameter.KEYWORD_ONLY)


def check_fields(record: Any, *, but: Collection[str] = (), nan: bool = False) -> None:
    """Raise ``UsageError`` unless every field of a dataclass holds what its type says; for ``__post_init__``.

    ``but`` names fields that are judged elsewhere, with more to say; ``nan`` says whether NaN counts as a number.
    """
    kind: Any = type(record)
    held = ((name, getattr(record, name), hint) for name, hint in _typed_fields(kind) if name not in but)
    if wrong := [(name, value, hint) for name, value, hint in held if not fits(value, hint, nan=nan)]:
        name = type(record).__name__
        raise UsageError("\n".join(f"{name}: {key} must be {_misfit(value, hint)}" for key, value, hint in wrong))


def fits(value: Any, hint: Any, *, nan: bool = False) -> bool:
    """Return whether ``value`` is of a type; ``nan`` says whether NaN counts as a number."""
    if (type(value) is hint and hint is not float) or hint is Any or hint is object or isinstance(hint, TypeVar):
        return True
    origin, parts = _apart(hint)
    if origin is None:
        return _is_one(value, hint, nan)
    if origin in (Union, UnionType):
        return any(fits(value, part, nan=nan) for part in parts)
    if origin is Literal:
        return any(type(value) is type(part) and value == part for part in parts)
    if origin is Annotated:
        ranges = (part for part in parts[1:] if isinstance(part, Range))
        return fits(value, parts[0], nan=nan) and all(value is None or item.holds(value) for item in ranges)
    if origin is np.ndarray:
        return _is_array(value, parts, nan)
    if origin is type:
        return isinstance(value, type)
    kinds: Any = (tuple, list) if origin is tuple else origin
    return isinstance(value, kinds) and _holds(value, origin, parts, nan)


@cache
def _apart(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return what a type is of, and its arguments."""
    return get_origin(hint), get_args(hint)


def _is_one(value: Any, hint: Any, nan: bool) -> bool:
    """Return whether a value is of a class, or offers what a protocol asks for."""
    if hint in (float, int, complex):
        number = isinstance(value, {float: Real, int: Integral, complex: Complex}[hint])
        return number and type(value) not in (bool, np.bool_) and (nan or bool(value == value))
    if hint is None:
        return value is None
    if getattr(hint, "_is_protocol", False):
        return not isinstance(value, type) and all(hasattr(value, name) for name in _asked(hint))
    return isinstance(value, hint) if isinstance(hint, type) else True


@cache
def _asked(protocol: type) -> tuple[str, ...]:
    """Return the names that a protocol asks for."""
    asked = {name: None for base in protocol.__mro__ if getattr(base, "_is_protocol", False) for name in vars(base)}
    return tuple(name for name in asked if name == "__call__" or not name.startswith("_"))


def _is_array(value: Any, parts: tuple[Any, ...], nan: bool) -> bool:
    if not isinstance(value, np.ndarray) or value.dtype.kind not in (_array_kinds(parts[-1]) or value.dtype.kind):
        return False
    return nan or value.dtype.kind not in "fc" or not np.isnan(value).any()


@cache
def _array_kinds(dtype: Any) -> str:
    """Return which kinds of arrays may stand where one of a type is expected; empty: any."""
    kind = np.dtype(get_args(dtype)[0]).kind if get_args(dtype) else ""
    return _KINDS.get(kind, "")


def _holds(value: Any, origin: Any, parts: tuple[Any, ...], nan: bool) -> bool:
    """Return whether a collection holds what it should.

    Nothing is looked at of what can be iterated once only, or is kept by functions from call to call and grows.
    """
    if not issubclass(origin, Iterable) or not parts or origin is MutableMapping:
        return True
    if isinstance(value, str | bytes):
        return False
    if issubclass(origin, Mapping):
        return all(fits(key, parts[0], nan=nan) and fits(held, parts[1], nan=nan) for key, held in value.items())
    if origin is tuple and parts[-1] is not Ellipsis:
        return len(value) == len(parts) and all(fits(*pair, nan=nan) for pair in zip(value, parts, strict=True))
    return not isinstance(value, Collection) or all(fits(item, parts[0], nan=nan) for item in value)


def words_of(hint: Any) -> list[str]:
    """Return the words that a value of a type may be."""
    if get_origin(hint) is Literal:
        return [f'"{word}"' if isinstance(word, str) else str(word) for word in get_args(hint)]
    return (
        [word for part in get_args(hint) for word in words_of(part)] if get_origin(hint) in (Union, UnionType) else []
    )


def told(hint: Any) -> str:
    """Return in words what a type allows: ``"hard" or "elastic"``."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(told(part) for part in parts))
    if origin is Literal:
        return " or ".join(words_of(hint))
    if origin is Annotated:
        return " ".join([told(parts[0]), *(str(part) for part in parts[1:] if isinstance(part, Range))])
    if origin is np.ndarray:
        return "an array of numbers, none of them NaN"
    if origin is tuple and parts:
        many = parts[-1] is Ellipsis
        return f"a tuple, each item {told(parts[0])}" if many else f"{len(parts)} items, each {told(parts[0])}"
    if origin is not None and origin is not Callable and issubclass(origin, Mapping):
        return f"a mapping from {told(parts[0])}"
    if origin is not None and issubclass(origin, Collection | Iterable) and parts:
        return f"a {'list' if issubclass(origin, Sequence) else 'collection'}, each item {told(parts[0])}"
    if "__call__" in (_asked(hint) if getattr(hint, "_is_protocol", False) else ()):
        return "a function"
    name = getattr(hint, "__name__", "an array")
    return _WORDS.get(origin or hint, f"{name} ({hint.made_by})" if hasattr(hint, "made_by") else name)


def found(value: Any) -> str:
    """Return a value for a message, with its type."""
    return f"{value!r:.60} ({type(value).__name__})"


def _misfit(value: Any, hint: Any) -> str:
    return f"{told(hint)}; found {found(value)}"


@cache
def _hints(annotated: Any) -> dict[str, Any]:
    """Return the types that annotations name; one that can't be resolved, such as of a missing package, is left out."""
    try:
        return get_type_hints(annotated, include_extras=True)
    except NameError:
        pass
    names = vars(sys.modules[annotated.__module__])
    resolved: dict[str, Any] = {}
    for name, text in annotated.__annotations__.items():
        try:
            resolved[name] = get_type_hints(_Alone(name, text), names, include_extras=True)[name]
        except NameError:
            continue
    return resolved


@cache
def _typed_fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Return the fields of a dataclass with their types."""
    hints = _hints(kind)
    return tuple((field.name, hints.get(field.name, Any)) for field in fields(kind))


class _Alone:
    """One annotation by itself."""

    def __init__(self, name: str, text: Any) -> None:
        self.__annotations__ = {name: text}


@cache
def _typed_options(hint: Any) -> dict[str, Any] | None:
    """Return the options that ``**options: Unpack[...]`` names, with their types; None where any name will do."""
    return get_type_hints(get_args(hint)[0], include_extras=True) if get_origin(hint) is Unpack else None
