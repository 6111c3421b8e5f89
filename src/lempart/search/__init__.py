"""Searches for the optimal stable partition; they know games, not energy."""

from lempart.search.automatic import Automatic
from lempart.search.bounded import BoundedSearch
from lempart.search.exhaustive import Exhaustive, Progress, Totals, silent
from lempart.search.local import LocalSearch
from lempart.search.methods import METHODS, SearchMethod, search_method
from lempart.search.options import SearchOptions
from lempart.search.result import Evaluated, SearchResult
from lempart.search.stop import StopRule, after_seconds, never
from lempart.search.tree_program import TreeProgram

__all__ = [
    "METHODS",
    "Automatic",
    "BoundedSearch",
    "Evaluated",
    "Exhaustive",
    "LocalSearch",
    "Progress",
    "SearchMethod",
    "SearchOptions",
    "SearchResult",
    "StopRule",
    "Totals",
    "TreeProgram",
    "after_seconds",
    "never",
    "search_method",
    "silent",
]
