"""Names that changed: the old ones still work, with a warning that says what the new one is."""

from __future__ import annotations

import functools
import importlib
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def renamed(module: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a module whose public names changed: ``__getattr__ = renamed(__name__, {...})``.

    Parameters
    ----------
    module
        The module's ``__name__``.
    names
        From each old name to the new one, which the module has; or to its full name where it lives in another module.
    """

    def getattr_(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        _warn(f"{module}.{name} is now called {names[name]}")
        home, _, new = names[name].rpartition(".")
        return getattr(importlib.import_module(home) if home else sys.modules[module], new)

    return getattr_


def renamed_arguments(names: Mapping[str, str]) -> Callable[[T], T]:
    """Return a decorator under which a function, or a class, takes keywords by their old names, too.

    Of a class, its instances also answer to the old names as attributes.

    Parameters
    ----------
    names
        From each old name to the new one.
    """

    def decorate(made: T) -> T:
        if not isinstance(made, type):
            return _with_old_keywords(made, names)  # type: ignore[arg-type,return-value]
        for old, new in names.items():
            old_attribute = functools.partial(_old_attribute, old, new)
            setattr(made, old, property(old_attribute, doc=f"The former name of ``{new}``."))
        setattr(made, "__init__", _with_old_keywords(getattr(made, "__init__"), names))  # noqa: B009, B010  # for mypy
        return made

    return decorate


def _with_old_keywords(function: Callable[..., Any], names: Mapping[str, str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        for old in [old for old in names if old in keywords and names[old] not in keywords]:
            _warn(f"{function.__qualname__.removesuffix('.__init__')}: {old} is now called {names[old]}")
            keywords[names[old]] = keywords.pop(old)
        return function(*args, **keywords)

    return call


def _old_attribute(old: str, new: str, owner: object) -> Any:
    _warn(f"{type(owner).__name__}.{old} is now called {new}")
    return getattr(owner, new)


def _warn(text: str) -> None:
    warnings.warn(text, DeprecationWarning, stacklevel=3)
