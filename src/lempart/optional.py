"""Packages that only some users need: loaded when they are used, and how to get them where they are missing."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

from lempart.errors import InputError

_PACKAGES = {"pyarrow.parquet": "pyarrow", "vl_convert": "vl-convert-python", "power_grid_model": "power-grid-model"}
"""Where a package isn't called as its module."""


def installed(name: str) -> bool:
    """Return whether a package is there that only makes things quicker."""
    return find_spec(name) is not None


def needed(name: str, extra: str, what: str) -> Any:
    """Return a package that isn't always installed.

    Parameters
    ----------
    name
        Of the module.
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
        package, remedy = _PACKAGES.get(name, name), f'Install it: pip install "lempart[{extra}]".'
        raise InputError.of(what, f"it needs the package {package}, which isn't installed", remedy) from None
