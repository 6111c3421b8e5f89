"""Three searches against each other where lines that coalitions share are full: partitions are coupled dispatches."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest

from lempart import solve
from lempart.case import Case
from lempart.errors import InfeasibleError
from lempart.result import Solution
from lempart.search import BoundedSearch, Exhaustive, LocalSearch
from support.feeders import random_feeder

CASES = int(os.environ.get("LEMPART_CASES", "2"))


def _coupled(limits: str) -> list[Case]:
    """Return drawn feeders, the first few on which full lines couple coalitions."""
    found, seed = [], 3
    while len(found) < CASES:
        seed += 1
        case = random_feeder(seed, prosumers=3 + seed % 2, tight=0.6, band=None, limits=limits, reactive=seed % 3 == 0)
        with suppress(InfeasibleError):  # hard limits that no dispatch keeps
            costs = solve(case, LocalSearch(restarts=0, max_partitions=3, max_checked=1)).costs
            if costs.coupled:  # type: ignore[attr-defined]
                found.append(case)
    return found


def _told(solution: Solution) -> tuple[object, ...]:
    """Return both answers, ties included, with their costs to what solvers resolve."""
    search = solution.search
    return tuple(
        ({item.partition for item in best}, pytest.approx(best[0].total, rel=1e-6) if best else None)
        for best in (search.optimal, search.optimal_stable)
    )


@pytest.mark.parametrize("limits", ["hard", "elastic"])
def test_exhaustive_bounded_and_local(limits: str) -> None:
    """Proves both answers the same by Algorithm 1 and by bounds; a local search claims no less and proves nothing."""
    for case in _coupled(limits):
        every, few, near = (solve(case, each) for each in (Exhaustive(), BoundedSearch(warm_up=2), LocalSearch()))
        assert every.search.proven
        assert few.search.proven
        assert _told(few) == _told(every)
        assert not near.search.proven
        assert near.search.optimal[0].total >= every.search.optimal[0].total * (1.0 - 1e-9) - 1e-9
        assert near.search.lower_bound is not None
        assert near.search.lower_bound <= every.search.optimal[0].total + 1e-9
        known = {item.partition: item.total for item in every.search.evaluated}
        assert {p: t for p, t in known.items() if p in {i.partition for i in near.search.evaluated}} == pytest.approx(
            {item.partition: item.total for item in near.search.evaluated}, rel=1e-6
        )
