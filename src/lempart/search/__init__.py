"""Searches for the optimal stable partition; they know games, not energy."""

from lempart.game.stopping import Ending, Progress, after_seconds, silent
from lempart.search.automatic import Automatic
from lempart.search.bounded import BoundedSearch
from lempart.search.bounded_order import AdditiveBounds, additive_bounds_of
from lempart.search.exhaustive import Exhaustive
from lempart.search.local import LocalSearch
from lempart.search.methods import METHODS, search_method, search_of
from lempart.search.options import SearchOptions
from lempart.search.ranking import Evaluated
from lempart.search.result import SearchResult, search_result
from lempart.search.run import SearchMethod, SearchRun, Totals
from lempart.search.tree_program import TreeProgram
from lempart.search.verifier import Verifier
from lempart.stop_rule import StopRule, never

__all__ = [
    "METHODS",
    "AdditiveBounds",
    "Automatic",
    "BoundedSearch",
    "Ending",
    "Evaluated",
    "Exhaustive",
    "LocalSearch",
    "Progress",
    "SearchMethod",
    "SearchOptions",
    "SearchResult",
    "SearchRun",
    "StopRule",
    "Totals",
    "TreeProgram",
    "Verifier",
    "additive_bounds_of",
    "after_seconds",
    "never",
    "search_method",
    "search_of",
    "search_result",
    "silent",
]
