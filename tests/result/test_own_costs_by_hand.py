"""Costs of one's own, by hand: what is said is what is paid; what is no number is told; rules that need a dispatch."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from lempart import Case, Partition, read_case, shipped_case_path, solution_json, solve
from lempart.cost import OwnCosts, cost_model
from lempart.errors import UsageError
from lempart.search import METHODS


class Table:
    """Costs of three players, each alone and any two 6, 6, 6, 8, 9, 10, all of them 12: a convex game."""

    costs: ClassVar[dict[int, float]] = {
        0b001: 6.0,
        0b010: 6.0,
        0b100: 6.0,
        0b011: 8.0,
        0b101: 9.0,
        0b110: 10.0,
        0b111: 12.0,
    }

    def cost(self, coalition: int) -> float:
        return self.costs[coalition]


class Answering(Table):
    """A table with one answer that is something else."""

    def __init__(self, answer: Any) -> None:
        self.costs = {**Table.costs, 0b011: answer}


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(shipped_case_path("example-1"))


@pytest.mark.parametrize("search", [name for name in METHODS if name != "bounded"])
def test_every_search_takes_own_costs(search: str, case: Case) -> None:
    """All together pay 12, the least; the core holds (4, 3, 5), so it is stable; the searches agree, by name."""
    tree = replace(case, market=replace(case.market, single_boundary=True))
    solution = solve(tree, search, costs=Table())
    assert solution.names() == [["P1", "P2", "P3"]]
    assert solution.cost().total == 12.0
    assert solution.cost("P1,P2").total == 14.0
    assert solution.expects == "none"


def test_bills_of_own_costs(case: Case) -> None:
    """Shapley by hand: (6·2 + 2 + 3 + 2·2)/6 … sums to 12; all of each bill is its settlement, in the core."""
    solution = solve(case, costs=lambda case: Table())  # noqa: ARG005
    orders = {0: (6 + 6 + 2 + 2 + 3 + 2) / 6, 1: (2 + 3 + 6 + 6 + 4 + 3) / 6, 2: (4 + 3 + 4 + 4 + 6 + 6) / 6}
    bills = solution.bills("shapley")
    assert [bill.amount for bill in bills] == pytest.approx([orders[0], orders[1], orders[2]])
    assert all(bill.parts.settlement == pytest.approx(bill.amount) for bill in bills)
    assert solution.bills("nucleolus").in_core
    for rule in ("dual", "by-energy"):
        with pytest.raises(UsageError, match=f"the rule {rule} needs a dispatch"):
            solution.bills(rule)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="not how they are dispatched"):
        solution.to_xarray()
    document = solution_json(solution)
    assert document["optimal"]["total"] == 12.0
    assert document["partitions"][0]["costs"]["other"] == 12.0


@pytest.mark.parametrize("answer", [math.nan, -math.inf, None, "8", True, [8.0]])
def test_what_is_no_cost_is_told(answer: Any, case: Case) -> None:
    """No answer that isn't a number becomes one; infinity says that a coalition isn't viable."""
    with pytest.raises(UsageError, match=r"cost of Answering must be a number, or infinity.*found"):
        solve(case, costs=Answering(answer))
    barred = solve(case, costs=Answering(math.inf))
    assert not barred.cost("P1,P2").viable
    assert barred.cost().total == 12.0


def test_models_by_name(case: Case) -> None:
    """The market's own, and the other of Eqs 8 and 9, of the case with that market; own ones are wrapped once."""
    assert cost_model(case).characteristic is None
    strict = cost_model(case, "without-externalities")
    assert strict.characteristic is not None
    assert not strict.prepared.case.market.externalities
    assert strict.prepared.case.market.single_boundary
    assert cost_model(case, strict) is strict
    own = cost_model(case, Table())
    assert isinstance(own, OwnCosts)
    assert cost_model(case, own) is own
    with pytest.raises(UsageError, match="no coalition"):
        own.coalition_cost(0b011, Partition.of([0b111]))
