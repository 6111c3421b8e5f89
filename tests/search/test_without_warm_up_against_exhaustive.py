"""What searches prove hangs on their bounds alone: without a warm-up, on cases made to break bounds.

A warm-up costs dozens of partitions before any bound is looked at. In cases as small as these that is all of them, and
wrong bounds would never show.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from lempart import solve
from lempart.errors import InfeasibleError
from lempart.search import (
    Automatic,
    BoundedSearch,
    Exhaustive,
    LocalSearch,
    SearchResult,
    TreeProgram,
    additive_bounds_of,
    second_looks,
)
from lempart.search import bounded as bounded_module
from support.nasty_cases import nasty_case, pressed

CASES = int(os.environ.get("LEMPART_CASES", "8"))
"""LEMPART_CASES=1000 compares a thousand of either kind, in some twenty minutes."""


def same_answers(here: SearchResult, there: SearchResult) -> None:
    """Assert that both prove the same costs, and answers of one are among those of the other but for ties."""
    assert here.proven
    assert there.proven
    for name in ("optimal", "optimal_stable"):
        mine, other = getattr(here, name), getattr(there, name)
        assert bool(mine) == bool(other)
        if other:
            room = 2e-6 * max(1.0, abs(other[0].total))
            assert mine[0].total == pytest.approx(other[0].total, abs=room)
            costs = {item.partition: item.total for item in there.evaluated}
            assert all(costs[item.partition] <= other[0].total + room for item in mine)


@pytest.mark.usefixtures("no_warm_up")
@pytest.mark.parametrize("single", [False, True])
def test_bounded_and_auto(single: bool) -> None:
    """Proves the optimum and the stable optimum those of Algorithm 1, whatever comes first; fewer are costed."""
    fewer = 0
    for seed in range(CASES):
        given = nasty_case(seed, market="single boundary" if single else "general", prosumers=(4, 4))
        there = solve(given, Exhaustive()).search
        here = solve(given, BoundedSearch()).search
        same_answers(here, there)
        fewer += len(here.evaluated) < len(there.evaluated)
        if seed % 4 == 0:
            auto = solve(given, Automatic(exhaustive_up_to=0)).search
            assert auto.method == "bounded"
            same_answers(auto, there)
    assert fewer > 0


@pytest.mark.usefixtures("no_warm_up")
def test_bounds_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves the same where limits bind and bounds are looked at again before every partition."""
    looks = 0

    def counted(*given: Any) -> Any:
        nonlocal looks
        looks += 1
        return lifted(*given)

    lifted = second_looks._lifted
    monkeypatch.setattr(second_looks, "LOOK_EVERY", 1)
    monkeypatch.setattr(second_looks, "_lifted", counted)
    for seed in range(CASES):
        given = pressed(nasty_case(seed, market="single boundary", prosumers=(4, 5)))
        same_answers(solve(given, BoundedSearch()).search, solve(given, Exhaustive()).search)
    assert looks > CASES


@pytest.fixture
def no_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out all that the bounded search costs before it looks at bounds."""
    monkeypatch.setattr(bounded_module._BoundedRun, "_warm_up", lambda search: additive_bounds_of(search.run.game))


def test_tree() -> None:
    """Proves the same of the tree program, with bounds wherever there can be any; costs have no externalities."""
    compared = 0
    for seed in range(CASES):
        given = nasty_case(seed, market="no externalities", prosumers=(4, 5))
        try:
            there = solve(given, Exhaustive()).search
        except InfeasibleError:
            continue
        for method in (TreeProgram(bounded_from=2), Automatic(exhaustive_up_to=0)):
            here = solve(given, method).search
            assert here.method == "tree"
            same_answers(here, there)
        compared += 1
    assert compared > CASES // 3


def test_local() -> None:
    """Proves that what a local search finds costs what Algorithm 1 says, and that its bound lies below the best."""
    for seed in range(0, CASES, 2):
        given = nasty_case(seed, market="general", prosumers=(4, 4))
        there = solve(given, Exhaustive()).search
        here = solve(given, LocalSearch(restarts=2)).search
        costs = {item.partition: item.total for item in there.evaluated}
        best, room = there.optimal[0].total, 2e-6 * max(1.0, abs(there.optimal[0].total))
        assert not here.proven
        assert here.lower_bound is not None
        assert here.lower_bound <= best + room
        assert here.optimal[0].total == pytest.approx(costs[here.optimal[0].partition], abs=room)
        assert here.optimal[0].total >= best - room


def test_those_cases_have_deviations_that_pay() -> None:
    """The comparison isn't idle: there are both partitions that hold and partitions that don't."""
    verdicts = set()
    for seed in range(CASES):
        found = solve(nasty_case(seed, market="general", prosumers=(4, 4)), Exhaustive(all_cores=True)).search
        verdicts |= {item.stable for item in found.evaluated}
        if {True, False} <= verdicts:
            break
    assert {True, False} <= verdicts
