"""Searches by the names that commands and study files use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from lempart.errors import InputError
from lempart.game import DeviationModel
from lempart.partition import Family
from lempart.search.automatic import Automatic
from lempart.search.bounded import BoundedSearch
from lempart.search.exhaustive import Exhaustive, Progress, Totals, silent
from lempart.search.local import LocalSearch
from lempart.search.result import SearchResult
from lempart.search.stop import StopRule, never
from lempart.search.tree_program import TreeProgram


class SearchMethod(Protocol):
    """What every search offers."""

    def search(
        self,
        family: Family,
        game: Totals,
        deviation: DeviationModel,
        *,
        stop: StopRule = never,
        progress: Progress = silent,
    ) -> SearchResult:
        """Return the optimal and the optimal stable partition of ``family``, and what of it is proven."""


METHODS: Mapping[str, Callable[..., SearchMethod]] = {
    "auto": Automatic,
    "exhaustive": Exhaustive,
    "tree": TreeProgram,
    "bounded": BoundedSearch,
    "local": LocalSearch,
}
"""Every search by name; ``auto`` takes the one that suits the case. Add a search here, and all commands know it."""


def search_method(name: str, **options: Any) -> SearchMethod:
    """Return a search by its name, with options of its own such as ``all_cores``.

    Raises
    ------
    InputError
        When there is no search of that name.
    """
    if name not in METHODS:
        raise InputError.of("search", f"there is no search {name!r}", f"There are: {', '.join(METHODS)}.")
    return METHODS[name](**options)
