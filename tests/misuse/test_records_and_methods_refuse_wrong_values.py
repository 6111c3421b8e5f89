"""Options, searches, settings and the methods that users call refuse wrong values, one at a time, by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from lempart import (
    Automatic,
    BillOptions,
    BoundedSearch,
    Exhaustive,
    LocalSearch,
    Partition,
    SolverSettings,
    TreeProgram,
    read_case,
    shipped_case_path,
    solve,
)
from lempart.errors import InputError, LempartError, UsageError
from lempart.game import CoreOptions
from lempart.prosumption import NeighbourhoodOptions
from lempart.search import METHODS, search_method
from lempart.study import Axis, DaskCluster, StudySpec
from misuse.valid_calls import WRONG

RECORDS: list[type] = [
    Automatic,
    BillOptions,
    BoundedSearch,
    CoreOptions,
    Exhaustive,
    LocalSearch,
    NeighbourhoodOptions,
    SolverSettings,
    TreeProgram,
]
KINDS = {bool: "flag", int: "whole", float: "whole number", str: "text empty", tuple: "list", type(None): "none"}
"""Which of the wrong-looking values are of a field's own kind, told by its default."""
MAY = {
    **dict.fromkeys(("most_groups", "exact_up_to", "extra_rows", "pv_scale", "battery_kwh_per_kwp"), "whole"),
    **dict.fromkeys(("tolerance", "tie_tolerance", "accepted"), ""),
    "stop": "none",
    "day": "negative",  # told when it is looked up
    "electrification": "whole number",
    "progress": "none",
    "order": "none list",
    "end_c": "none whole number negative",
}
WORDS = ("players", "method", "solver", "forecaster")


def _allowed(name: str, default: Any) -> set[str]:
    if name in WORDS:
        return set()
    return set((MAY.get(name, "") + " " + KINDS.get(type(default), "")).split())


@pytest.mark.parametrize("record", RECORDS, ids=[record.__name__ for record in RECORDS])
def test_fields_of_options(record: Any) -> None:
    """Each field takes its own kind of value; any other is refused with the field's name, and nothing crashes."""
    standard = record()
    for field in fields(record):
        default = getattr(standard, field.name)
        for label, make in WRONG.items():
            if record is NeighbourhoodOptions and field.name in ("loads", "limits", "losses", "voltage_penalty"):
                continue  # told with the place in the case, or in the study's file
            if label in _allowed(field.name, default) or (label == "negative" and type(default) is float):
                continue
            with pytest.raises((UsageError, InputError), match=field.name):
                record(**{field.name: make()})


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: SolverSettings(tolerance=0.0), "tolerance must be a number above 0"),
        (lambda: SolverSettings(accepted=-1e-6), "accepted must be a number of at least 0"),
        (lambda: SolverSettings(iterations=0), "iterations must be a whole number of at least 1"),
        (lambda: LocalSearch(restarts=-1, max_checked=0), "restarts.*\n.*max_checked"),
        (lambda: BoundedSearch(warm_up=-1, max_deviations=1.5), "warm_up.*\n.*max_deviations"),  # type: ignore[arg-type]
        (lambda: BoundedSearch(players="edges", tolerance=2.0), "tolerance must be a number from 0 to 1"),
        (lambda: BillOptions(draws=0, seed=-1), "draws.*\n.*seed"),
        (lambda: Axis(3, (0.1,)), "name must be a text"),  # type: ignore[arg-type]
        (lambda: Axis("forecast_noise", "0.1"), "values must be a tuple"),  # type: ignore[arg-type]
        (lambda: StudySpec("mine", 4, axes=("forecast_noise",)), "axes must be a tuple, each item Axis"),  # type: ignore[arg-type]
        (lambda: DaskCluster(7), "address must be a text"),  # type: ignore[arg-type]
        (lambda: DaskCluster("tcp://10.0.0.5:8786", patience_seconds=math.nan), "patience_seconds"),
        *((lambda name=name: search_method(name, fast=True), "no argument 'fast'") for name in METHODS),
    ],
)
def test_values_and_combinations(make: Callable[[], object], told: str) -> None:
    """Values out of range and several at once: all are told, one a line."""
    with pytest.raises(UsageError, match=told):
        make()


@pytest.mark.parametrize("value", list(WRONG))
@pytest.mark.parametrize("field", [field.name for field in fields(StudySpec)])
def test_studies_made_in_python(field: str, value: str) -> None:
    """A study with one wrong field is refused, or the value is one that the field may have."""
    may = {
        "name": "text",
        "draws": "whole",
        "seed": "whole",
        "block": "whole",
        "search": "none",
        "neighbourhood": "none",
        **dict.fromkeys(("axes", "readings", "partitions", "outputs"), "list"),
    }
    standard: dict[str, Any] = {"name": "mine", "draws": 4}
    if value in may.get(field, "").split():
        StudySpec(**{**standard, field: WRONG[value]()})
        return
    with pytest.raises((UsageError, InputError), match=field.replace("readings", "readings|voltage_penalties")):
        StudySpec(**{**standard, field: WRONG[value]()})


def test_methods_of_solutions_and_partitions() -> None:
    """What users call on a result refuses what it can't take: never KeyError, AttributeError or a number."""
    case = read_case(shipped_case_path("example-1"))
    solution, partition = solve(case), Partition.of([0b011, 0b100])
    calls: dict[str, tuple[Callable[[Any], object], str]] = {
        "cost": (solution.cost, "none"),
        "verdict": (solution.verdict, "none"),
        "names": (solution.names, "none"),
        "partition": (solution.partition, "none"),
        "bills rule": (solution.bills, ""),
        "bills partition": (lambda value: solution.bills("equal", value), "none"),
        "bills options": (lambda value: solution.bills("equal", None, value), "none"),
        "bills progress": (lambda value: solution.bills(progress=value), ""),
        "frame": (solution.to_frame, ""),
        "frame rule": (lambda value: solution.to_frame("bills", rule=value), ""),
        "xarray": (solution.to_xarray, "none"),
        "total": (solution.costs.total, ""),
        "costs": (solution.costs.partition, ""),
        "coalition cost": (lambda value: solution.costs.coalition_cost(value, partition), "whole"),
        "its partition": (lambda value: solution.costs.coalition_cost(0b011, value), ""),
        "coalition of": (partition.coalition_of, ""),
        "replace": (lambda value: partition.replace(value, (0b001, 0b010)), "whole"),
        "by": (lambda value: partition.replace(0b011, value), ""),
        "of": (Partition.of, "list mapping empty"),
        "scenario": (case.with_scenario, ""),
        "step hours": (lambda value: case.with_scenario(case.scenario, step_hours=value), "none whole number"),
    }
    failures = []
    for name, (call, may) in calls.items():
        for label, make in WRONG.items():
            try:
                answer = call(make())
            except LempartError:
                continue
            except Exception as crash:
                failures.append(f"{name}({make()!r}): {type(crash).__name__}: {crash}")
            else:
                if label not in may.split():
                    failures.append(f"{name}({make()!r}) answers {answer!r:.60}")
    assert not failures, "\n".join(failures)
