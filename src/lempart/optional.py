"""Packages that only some users need: loaded when they are used, and how to get them where they are missing."""

from __future__ import annotations

import importlib
from typing import Any

from lempart.errors import InputError


def needed(name: str, extra: str, what: str) -> Any:
    """Return a package that isn't always installed.

    Parameters
    ----------
    name
        Of the package.
    extra
        The extra of lempart that installs it.
    what
        Who needs it, as people know it: a command, an option or a method.

    Raises
    ------
    InputError
        When it isn't installed; the message says how to get it.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        remedy = f'Install it: pip install "lempart[{extra}]".'
        raise InputError.of(what, f"it needs the package {name}, which isn't installed", remedy) from None
