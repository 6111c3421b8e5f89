"""Every search finds what Algorithm 1 finds where batteries may not charge and discharge at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lempart import solve
from lempart.case import Case, Curtailment, Scenario
from lempart.search import BoundedSearch, Exhaustive, LocalSearch, SearchResult, TreeProgram
from support.burning import burning_case, convex


def _same(here: SearchResult, there: SearchResult) -> None:
    assert here.proven
    assert there.proven
    for name in ("optimal", "optimal_stable"):
        mine, theirs = getattr(here, name), getattr(there, name)
        assert {item.partition for item in mine} == {item.partition for item in theirs}
        assert mine[0].total == pytest.approx(theirs[0].total, rel=1e-6)


@pytest.mark.parametrize(
    ("seed", "fields"), [(0, {}), (1, {"owners": 1, "tight": 1.1}), (2, {"single_boundary": True})]
)
def test_with_externalities(seed: int, fields: dict[str, Any]) -> None:
    """Bounded, with and without partitions costed beforehand, and local, in both families; limits loose or tight."""
    given = burning_case(seed, **({"prosumers": 4, "owners": 2, "band": None} | fields))
    slow = solve(given, Exhaustive())
    for warm_up in (100, 0):
        _same(solve(given, BoundedSearch(warm_up=warm_up)).search, slow.search)
    local = solve(given, LocalSearch(seed=seed)).search
    assert local.evaluated[0].total >= slow.search.evaluated[0].total * (1.0 - 1e-9)
    assert local.lower_bound is not None
    assert local.lower_bound <= slow.search.evaluated[0].total + 1e-9
    burnt = solve(convex(given), Exhaustive())
    assert any(burnt.cost(item.partition).burning for item in burnt.search.evaluated)


def _surplus(seed: int) -> Case:
    """Return everyone with too much on one bus, or on two, which batteries may burn and curtailment take for money."""
    given = burning_case(seed, prosumers=4, owners=1 + seed, children=(5, 2)[seed], externalities=False, band=None)
    rng = np.random.default_rng(seed)
    surplus = np.abs(given.scenario.forecast.real) * 0.4
    people = tuple(
        replace(one, flexibility=(*one.flexibility, Curtailment(surplus[m], float(rng.uniform(10, 40)))))
        for m, one in enumerate(given.prosumers)
    )
    actual = surplus * rng.uniform(0.8, 1.2, surplus.shape)
    return replace(given, prosumers=people, scenario=Scenario(surplus + 0j, actual + 0j))


@pytest.mark.parametrize("seed", range(2))
def test_without_externalities(seed: int) -> None:
    """The tree program, with bounds wherever they can be used and nowhere."""
    given = _surplus(seed)
    slow = solve(given, Exhaustive()).search
    for bounded_from in (2, 6):
        _same(solve(given, TreeProgram(bounded_from=bounded_from)).search, slow)
    burnt = solve(convex(given), Exhaustive())
    assert any(burnt.cost(item.partition).burning for item in burnt.search.evaluated)
    assert burnt.search.optimal[0].total < slow.optimal[0].total
