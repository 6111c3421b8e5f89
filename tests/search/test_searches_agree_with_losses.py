"""Searches against each other on drawn feeders with losses: with limits that bind or without, in both modes."""

from __future__ import annotations

import os
from typing import Any

import pytest

from lempart import solve
from lempart.case import Case
from lempart.cost.routes import whole_grid
from lempart.errors import InfeasibleError
from lempart.result import Solution
from lempart.search import BoundedSearch, Exhaustive, LocalSearch, TreeProgram
from support.feeders import random_feeder

CASES = int(os.environ.get("LEMPART_CASES", "3"))
"""LEMPART_CASES=250 compares five hundred feeders, in some fifteen minutes."""


def _feeder(seed: int, **fields: Any) -> Case:
    return random_feeder(
        seed,
        prosumers=3 + seed % 2,
        devices=("batteries", "every kind")[seed % 2],
        reactive=seed % 3 == 0,
        tight=(None, 0.9, 0.7)[seed % 3],
        band=((0.95, 1.05), (0.985, 1.012))[seed // 3 % 2],
        limits=("hard", "elastic")[seed // 2 % 2],
        losses="priced",
        **fields,
    )


def _told(solution: Solution) -> tuple[object, ...]:
    """Return both answers, ties included, with their costs to what solvers resolve."""
    search = solution.search
    return tuple(
        ({item.partition for item in best}, pytest.approx(best[0].total, rel=1e-6) if best else None)
        for best in (search.optimal, search.optimal_stable)
    )


@pytest.mark.parametrize("seed", range(CASES))
def test_with_externalities(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Algorithm 1, the bounded search and the local one: the same answers, and lower bounds that are none too high.

    Partitions are dispatched together in every other one, and one by one.
    """
    monkeypatch.setattr(whole_grid, "FEWEST_PLAYERS", 2 if seed // 2 % 2 else 9)
    rule = ("average", "marginal")[seed % 2]
    case = _feeder(seed, single_boundary=seed % 4 == 1, loss_pricing=rule)
    try:
        every = solve(case, Exhaustive())
    except InfeasibleError:
        pytest.skip("the forecast can't be met")
    few, near = solve(case, BoundedSearch(warm_up=1)), solve(case, LocalSearch())
    assert every.search.proven
    assert few.search.proven
    assert _told(few) == _told(every)
    best = every.search.optimal[0].total
    assert near.search.optimal[0].total >= best - 1e-6 * max(1.0, abs(best))
    for found in (few, near):
        assert found.search.lower_bound is not None
        assert found.search.lower_bound <= best + 1e-6 * max(1.0, abs(best))


@pytest.mark.parametrize("seed", range(CASES))
def test_without_externalities(seed: int) -> None:
    """Algorithm 1 and the tree program, which takes a coalition's cost to depend on the coalition alone: it does."""
    case = _feeder(seed, externalities=False, perfect=seed % 3 == 1)
    every, tree = solve(case, Exhaustive()), solve(case, TreeProgram())
    assert _told(tree) == _told(every)
