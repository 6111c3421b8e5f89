"""Searches by the names that commands and study files use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lempart.arguments import checks_arguments
from lempart.errors import UsageError
from lempart.search.automatic import Automatic
from lempart.search.bounded import BoundedSearch
from lempart.search.exhaustive import Exhaustive
from lempart.search.local import LocalSearch
from lempart.search.run import SearchMethod
from lempart.search.tree_program import TreeProgram

METHODS: Mapping[str, Callable[..., SearchMethod]] = {
    "auto": Automatic,
    "exhaustive": Exhaustive,
    "tree": TreeProgram,
    "bounded": BoundedSearch,
    "local": LocalSearch,
}
"""Every search by name; ``auto`` takes the one that suits the case. Add a search here, and all commands know it."""


@checks_arguments
def search_method(name: str, **options: Any) -> SearchMethod:
    """Return a search by its name, with options of its own such as ``all_cores``.

    Parameters
    ----------
    name
        ``"auto"``, ``"exhaustive"``, ``"tree"``, ``"bounded"``, ``"local"``, or a name added to ``METHODS``.
    **options
        Fields of the search's record, such as ``all_cores``.

    Raises
    ------
    UsageError
        When there is no search of that name, or it has no such option, or not that value of it.
    """
    if name not in METHODS:
        raise UsageError(f"there is no search of the name {name!r:.60}. There are: {', '.join(METHODS)}")
    return checks_arguments(METHODS[name])(**options)


@checks_arguments
def search_of(search: SearchMethod | str) -> SearchMethod:
    """Return a search by its name, or an object with ``search`` as it is."""
    return search_method(search) if isinstance(search, str) else search
