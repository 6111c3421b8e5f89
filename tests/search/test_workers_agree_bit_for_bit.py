"""Searches shared over processes, against the same in one: no bit of a result is another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lempart import read_case, shipped_case_path, solution_json, solve
from lempart.cost.routes.shared import SharedWork
from lempart.search import BoundedSearch, Exhaustive, SearchMethod
from support.feeders import random_feeder

FEEDER = 4
"""A seed whose shared lines are full in a third of its partitions: those take dispatches of the whole grid."""

NINE = 14
"""A seed with nine homes whose partitions, 30 with single boundaries, are all dispatched on the whole grid."""


@pytest.fixture
def handed_out(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many partitions were handed to other processes, each time."""
    counts: list[int] = []
    each = SharedWork.each

    def counted(self: SharedWork, work: Any, items: Any, together: int = 1) -> Any:
        counts.append(len(items))
        return each(self, work, items, together)

    monkeypatch.setattr(SharedWork, "each", counted)
    return counts


@pytest.mark.parametrize("limits", ["hard", "elastic"])
@pytest.mark.parametrize("method", [Exhaustive(), BoundedSearch(warm_up=3)])
def test_any_number_of_workers_finds_the_same(method: SearchMethod, limits: str, handed_out: list[int]) -> None:
    """Proves totals, verdicts, certificates and bounds independent of who dispatched what, to the last bit."""
    case = random_feeder(FEEDER, prosumers=4, tight=0.6, band=None, limits=limits)
    alone = solve(case, method)
    assert alone.costs.coupled > 1  # type: ignore[attr-defined]
    for workers in (2, 3) if isinstance(method, Exhaustive) else (2,):
        assert solution_json(solve(case, method, workers=workers)) == solution_json(alone)
    assert sum(handed_out) > 1


def test_bounds_and_totals_are_shared_as_well(handed_out: list[int]) -> None:
    """Proves the same where prices wait and bounds are looked at again, and that neither is found in this process."""
    case = random_feeder(NINE, prosumers=9, tight=0.6, band=None, limits="elastic")
    case = replace(case, market=replace(case.market, single_boundary=True))
    alone, shared = (solve(case, BoundedSearch(warm_up=5), workers=workers) for workers in (1, 2))
    assert alone.costs.coupled > 10  # type: ignore[attr-defined]
    assert "_together" not in vars(shared.costs._whole_grid)  # type: ignore[attr-defined]
    assert sum(handed_out) > 2 * len(shared.search.evaluated)  # coalitions whose bounds were found
    assert solution_json(shared) == solution_json(alone)


def test_no_process_is_started_for_bounds_alone(handed_out: list[int]) -> None:
    """Proves that nothing is shared where no partition takes a dispatch of the whole grid."""
    found = solve(read_case(shipped_case_path("rural-feeder-5")), BoundedSearch(), workers=2)
    assert found.costs.coupled == 0  # type: ignore[attr-defined]
    assert not handed_out
