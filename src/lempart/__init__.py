"""Which local energy markets should form on a distribution grid, what each costs, and whether they hold together.

The names below are loaded when first used, so that ``import lempart`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lempart._version import __version__

if TYPE_CHECKING:
    from lempart.case import Case, Scenario, check
    from lempart.cases import shipped_case_path, shipped_cases
    from lempart.cost import costs_of
    from lempart.io import read_case, write_case
    from lempart.partition import Partition
    from lempart.result import BillOptions, Bills, Solution, bills_json, progress_line, solution_json, solve
    from lempart.search import Exhaustive, TreeProgram

_HOME = {
    "BillOptions": "result",
    "Bills": "result",
    "Case": "case",
    "Exhaustive": "search",
    "Partition": "partition",
    "Scenario": "case",
    "Solution": "result",
    "TreeProgram": "search",
    "bills_json": "result",
    "check": "case",
    "costs_of": "cost",
    "progress_line": "result",
    "read_case": "io",
    "shipped_case_path": "cases",
    "shipped_cases": "cases",
    "solution_json": "result",
    "solve": "result",
    "write_case": "io",
}

__all__ = [
    "BillOptions",
    "Bills",
    "Case",
    "Exhaustive",
    "Partition",
    "Scenario",
    "Solution",
    "TreeProgram",
    "__version__",
    "bills_json",
    "check",
    "costs_of",
    "progress_line",
    "read_case",
    "shipped_case_path",
    "shipped_cases",
    "solution_json",
    "solve",
    "write_case",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'lempart' has no attribute {name!r}")
    return getattr(importlib.import_module(f"lempart.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
