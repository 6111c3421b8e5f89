"""Examples 1 and 2 of the paper (Tables II and III)."""

from __future__ import annotations

from lempart.cases import shipped_case_path
from lempart.cost import PartitionCost
from lempart.display import nested_braces
from lempart.io import read_case
from lempart.reproduce.comparison import Comparison, Row
from lempart.result import Solution
from lempart.search import Exhaustive
from lempart.solving import solve

_LABELS = {3: "{{1}, {2}, {3}}", 2: "{{1, 2}, {3}}", 1: "{{1, 2, 3}}"}
_TABLE_2 = {1: (0.0, 0.0, 240.0, 0.0, 240.0), 2: (76.0, 0.0, 80.0, 80.0, 236.0), 3: (114.0, 0.0, 0.0, 120.0, 234.0)}
_TABLE_3 = {"partitions": {1: 240.0, 2: 241.0, 3: 252.0}, "coalitions": {3: 240.0, 2: 157.0, 1: 84.0}}
_AS_PRINTED = "With the battery cost as printed, 19|u| + 2u^2, the same model doesn't give the paper's table."


def example_1() -> tuple[Comparison, ...]:
    """Return Table II: cost parts of the three kinds of partition under forecast errors."""
    solution = _solved("example-1")
    rows = [
        Row(_LABELS[count], _TABLE_2[count], _table_2_columns(cost))
        for count, cost in sorted(_one_of_each(solution).items())
    ]
    columns = ("Flex, CHF", "Imb, CHF", "Over, CHF", "Tax, CHF", "Total, CHF")
    return (Comparison("Table II: costs under forecast errors (Example 1)", columns, tuple(rows), _found(solution)),)


def example_2() -> tuple[Comparison, ...]:
    """Return Table III with the battery costs that give it, and with those printed."""
    tables: list[Comparison] = []
    for name, cost, printed in (
        ("example-2", "15|u| + 7u^2", True),
        ("example-2-as-printed", "19|u| + 2u^2", False),
    ):
        solution = _solved(name)
        by_count = _one_of_each(solution)
        partitions = tuple(
            Row(_LABELS[count], (_TABLE_3["partitions"][count],), (by_count[count].total,)) for count in (1, 2, 3)
        )
        coalitions = tuple(
            Row(label, (_TABLE_3["coalitions"][size],), (_coalition_cost(by_count, size),))
            for size, label in ((3, "{1, 2, 3}"), (2, "{1, 2}"), (1, "{3}"))
        )
        note = _found(solution) if printed else f"{_AS_PRINTED} {_found(solution)}"
        tables.append(Comparison(f"Table III (a): partitions, battery {cost}", ("Cost, CHF",), partitions, note))
        tables.append(Comparison(f"Table III (b): coalitions, battery {cost}", ("Cost, CHF",), coalitions))
    return tuple(tables)


def _solved(name: str) -> Solution:
    return solve(read_case(shipped_case_path(name)), Exhaustive(all_cores=True))


def _one_of_each(solution: Solution) -> dict[int, PartitionCost]:
    """Return, by its number of coalitions, the partition that the paper prints for its kind."""
    wanted = {3: (1, 2, 4), 2: (3, 4), 1: (7,)}
    return {
        len(item.partition): solution.cost(item.partition)
        for item in solution.search.evaluated
        if item.partition.coalitions == wanted[len(item.partition)]
    }


def _table_2_columns(cost: PartitionCost) -> tuple[float, ...]:
    assert cost.parts is not None
    parts = cost.parts
    return parts.flexibility, parts.imbalance, parts.line + parts.voltage, parts.tax, cost.total


def _coalition_cost(by_count: dict[int, PartitionCost], size: int) -> float:
    """Return the cost of the coalition of a given size: {1, 2, 3} and {1, 2} first in theirs, {3} last."""
    cost = by_count[{3: 1, 2: 2, 1: 2}[size]]
    return cost.coalitions[-1 if size == 1 else 0].total


def _found(solution: Solution) -> str:
    optimal, stable = (
        "; ".join(nested_braces(solution.names(item.partition)) for item in found)
        for found in (solution.search.optimal, solution.search.optimal_stable)
    )
    return f"Optimal: {optimal}. Optimal stable: {stable}."
