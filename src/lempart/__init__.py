"""Which local energy markets should form on a distribution grid, what each costs, and whether they hold together.

The names below are loaded when first used, so that ``import lempart`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lempart._version import __version__

if TYPE_CHECKING:
    from lempart.bills import BillOptions, Bills, bills_json
    from lempart.case import (
        Battery,
        Case,
        Convex,
        Curtailment,
        DispatchOptions,
        ElectricVehicle,
        Grid,
        Group,
        HeatPump,
        Horizon,
        Inverter,
        Line,
        Market,
        Node,
        OwnFlexibility,
        Prosumer,
        Scenario,
        Shiftable,
        case_hash,
        check,
    )
    from lempart.cases import shipped_case_path, shipped_cases
    from lempart.conic import SolverSettings
    from lempart.cost import CoalitionCost, CostModel, GridState, PartitionCost, costs_of, grid_state
    from lempart.errors import InfeasibleError, InputError, LempartError, Problem, SolverError, UsageError
    from lempart.game import (
        CoreVerdict,
        DeviationModel,
        DissolveIntoSingletons,
        Inertia,
        NoExternalities,
        Optimistic,
        PartitionVerdict,
        Pessimistic,
    )
    from lempart.io import from_matpower, from_pandapower, from_simbench, read_case, write_case
    from lempart.partition import Family, Partition
    from lempart.result import Solution, progress_line, read_result, solution_json
    from lempart.search import (
        Automatic,
        BoundedSearch,
        Exhaustive,
        LocalSearch,
        SearchMethod,
        SearchResult,
        TreeProgram,
        after_seconds,
    )
    from lempart.solving import solve
    from lempart.study import StudySpec, read_study, run_study

_NAMES = {
    "bills": ("BillOptions", "Bills", "bills_json"),
    "case": (
        "Battery",
        "Case",
        "Convex",
        "Curtailment",
        "DispatchOptions",
        "ElectricVehicle",
        "Grid",
        "Group",
        "HeatPump",
        "Horizon",
        "Inverter",
        "Line",
        "Market",
        "Node",
        "OwnFlexibility",
        "Prosumer",
        "Scenario",
        "Shiftable",
        "case_hash",
        "check",
    ),
    "cases": ("shipped_case_path", "shipped_cases"),
    "conic": ("SolverSettings",),
    "cost": ("CoalitionCost", "CostModel", "GridState", "PartitionCost", "costs_of", "grid_state"),
    "errors": ("InfeasibleError", "InputError", "LempartError", "Problem", "SolverError", "UsageError"),
    "game": (
        "CoreVerdict",
        "DeviationModel",
        "DissolveIntoSingletons",
        "Inertia",
        "NoExternalities",
        "Optimistic",
        "PartitionVerdict",
        "Pessimistic",
    ),
    "io": ("from_matpower", "from_pandapower", "from_simbench", "read_case", "write_case"),
    "partition": ("Family", "Partition"),
    "result": ("Solution", "progress_line", "read_result", "solution_json"),
    "search": (
        "Automatic",
        "BoundedSearch",
        "Exhaustive",
        "LocalSearch",
        "SearchMethod",
        "SearchResult",
        "TreeProgram",
        "after_seconds",
    ),
    "solving": ("solve",),
    "study": ("StudySpec", "read_study", "run_study"),
}
"""The names that each package gives."""

_HOME = {name: package for package, names in _NAMES.items() for name in names}

__all__ = [
    "Automatic",
    "Battery",
    "BillOptions",
    "Bills",
    "BoundedSearch",
    "Case",
    "CoalitionCost",
    "Convex",
    "CoreVerdict",
    "CostModel",
    "Curtailment",
    "DeviationModel",
    "DispatchOptions",
    "DissolveIntoSingletons",
    "ElectricVehicle",
    "Exhaustive",
    "Family",
    "Grid",
    "GridState",
    "Group",
    "HeatPump",
    "Horizon",
    "Inertia",
    "InfeasibleError",
    "InputError",
    "Inverter",
    "LempartError",
    "Line",
    "LocalSearch",
    "Market",
    "NoExternalities",
    "Node",
    "Optimistic",
    "OwnFlexibility",
    "Partition",
    "PartitionCost",
    "PartitionVerdict",
    "Pessimistic",
    "Problem",
    "Prosumer",
    "Scenario",
    "SearchMethod",
    "SearchResult",
    "Shiftable",
    "Solution",
    "SolverError",
    "SolverSettings",
    "StudySpec",
    "TreeProgram",
    "UsageError",
    "__version__",
    "after_seconds",
    "bills_json",
    "case_hash",
    "check",
    "costs_of",
    "from_matpower",
    "from_pandapower",
    "from_simbench",
    "grid_state",
    "progress_line",
    "read_case",
    "read_result",
    "read_study",
    "run_study",
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
