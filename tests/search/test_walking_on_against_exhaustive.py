"""A bounded search that costs a local search's partitions between its own, against Algorithm 1: the answer stays."""

from __future__ import annotations

import os

import pytest

from lempart import solve
from lempart.cost.routes import whole_grid
from lempart.search import BoundedSearch, Exhaustive, bounded
from support.feeders import random_feeder

CASES = int(os.environ.get("LEMPART_CASES", "3"))


def test_walking_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves optimum and stable optimum the same where limits bind, with a step of the walk after each of the order."""
    monkeypatch.setattr(whole_grid, "FEWEST_PLAYERS", 2)
    walks = 0

    def counted(self: bounded._BoundedRun, most: int) -> None:
        nonlocal walks
        walks += 1
        walk_on(self, most)

    walk_on = bounded._BoundedRun._walk_on
    monkeypatch.setattr(bounded._BoundedRun, "_walk_on", counted)
    for name, value in (("WALK_EVERY", 1), ("WALK_AFTER", 1), ("WALKED", 3)):
        monkeypatch.setattr(bounded, name, value)
    for seed in range(CASES):
        case = random_feeder(seed, prosumers=5, tight=0.6, band=None, limits="elastic")
        walked, every = solve(case, BoundedSearch(warm_up=2)).search, solve(case, Exhaustive()).search
        for mine, theirs in ((walked.optimal, every.optimal), (walked.optimal_stable, every.optimal_stable)):
            assert {item.partition for item in mine} == {item.partition for item in theirs}
            assert [item.total for item in mine] == pytest.approx([item.total for item in theirs], rel=1e-9)
        assert walked.proven
    assert walks > 4 * CASES
