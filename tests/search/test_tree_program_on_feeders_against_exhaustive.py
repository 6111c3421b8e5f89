"""The tree program against the exhaustive search on feeders: costs come from dispatches, violations and all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart import Case, solve
from lempart.case import Group
from lempart.errors import InfeasibleError
from lempart.result import solution_json
from lempart.search import Automatic, Exhaustive, TreeProgram
from support.feeders import random_feeder

SEED_OF_A_STAR = 0
"""A random feeder of seven homes with this seed has all of them at one bus."""


def _feeder(seed: int) -> Case:
    """Return a feeder with three to six homes without externalities; at times with a regular customer or a group.

    Lines are tight and forecasts wrong, so that coalitions violate limits and the grand coalition isn't always best.
    """
    rng = np.random.default_rng(seed)
    homes = int(rng.integers(3, 7))
    case = random_feeder(
        seed,
        prosumers=homes,
        children=int(rng.integers(2, 6)),
        tight=float(rng.choice([0.25, 0.6])),
        band=(0.985, 1.015),
        scale=1.0,
        externalities=False,
        single_boundary=True,
    )
    kind = rng.random()
    if kind < 0.3:
        people = tuple(replace(person, player=index > 0) for index, person in enumerate(case.prosumers))
        return replace(case, prosumers=people)
    if kind < 0.5:
        pair = _siblings(case)
        return case if pair is None else replace(case, groups=(Group("pair", pair),))
    return case


def _siblings(case: Case) -> tuple[str, str] | None:
    """Return two homes at one bus, who may move as one."""
    above = {}
    for line in case.grid.lines:
        for home, bus in ((line.from_node, line.to_node), (line.to_node, line.from_node)):
            if home.startswith("p"):
                if bus in above:
                    return above[bus], home
                above[bus] = home
    return None


@pytest.mark.parametrize("seed", range(12))
def test_feeders(seed: int) -> None:
    """Same optimum, same stable optimum, same ties, same cheapest five, to 1e-6 of the costs."""
    case = _feeder(seed)
    slow = solve(case, Exhaustive())
    for bounded_from in (2, 6):  # with bounds wherever they can be used, and nowhere
        fast = solve(case, TreeProgram(listed=5, bounded_from=bounded_from))
        for mine, other in (
            (fast.search.optimal, slow.search.optimal),
            (fast.search.optimal_stable, slow.search.optimal_stable),
        ):
            assert [item.partition for item in mine] == [item.partition for item in other]
            assert [item.total for item in mine] == pytest.approx([item.total for item in other], rel=1e-6)
        viable = [item.total for item in slow.search.evaluated if item.total < float("inf")][:5]
        assert [item.total for item in fast.search.evaluated][:5] == pytest.approx(viable, rel=1e-6)
        assert fast.search.lower_bound == pytest.approx(slow.search.lower_bound, rel=1e-6)
        assert fast.search.proven


def test_a_star_with_bounds() -> None:
    """Seven homes at one bus: the bounds from dispatches' duals leave half of the 127 coalitions undispatched.

    The answer is that of the tree program without bounds, which dispatches them all.
    """
    case = random_feeder(
        SEED_OF_A_STAR, prosumers=7, children=7, tight=0.35, band=None, externalities=False, single_boundary=True
    )
    slow = solve(case, TreeProgram(listed=1, bounded_from=99)).search
    fast = solve(case, TreeProgram(listed=1)).search
    assert [item.partition for item in fast.optimal_stable] == [item.partition for item in slow.optimal_stable]
    assert fast.optimal[0].total == pytest.approx(slow.optimal[0].total, rel=1e-6)
    assert slow.coalitions_costed == slow.coalition_count == 127
    assert fast.coalitions_costed is not None
    assert fast.coalitions_costed < 64


def test_auto_lists_all_partitions_where_they_are_few() -> None:
    """Few partitions are all visited; beyond the limit the tree program answers, alike."""
    case = _feeder(3)
    every = solve(case, Automatic()).search
    assert (every.method, len(every.evaluated)) == ("exhaustive", every.partition_count)
    tree = solve(case, Automatic(exhaustive_up_to=1)).search
    assert tree.method == "tree"
    assert {item.partition for item in tree.optimal_stable} == {item.partition for item in every.optimal_stable}


def test_json_of_the_tree_program() -> None:
    """The result's JSON says how many coalitions were costed, and the exact number of partitions."""
    data = solution_json(solve(_feeder(3), TreeProgram()))
    assert data["method"] == "tree"
    assert data["coalition_count"] == data["coalitions_costed"] > 0
    assert data["more_ties"] is False
    assert data["lower_bound"] == pytest.approx(data["optimal"]["total"])


def test_who_is_in_no_viable_coalition() -> None:
    """Where no partition is viable both searches name the same players: those whom nobody can balance, no others."""
    case = random_feeder(3, prosumers=5, externalities=False, single_boundary=True)
    idle = ("p0", "p1")
    people = tuple(replace(p, flexibility=() if p.name in idle else p.flexibility) for p in case.prosumers)
    for method in (Exhaustive(), TreeProgram()):
        with pytest.raises(InfeasibleError, match=r"no partition is viable: p1 is in no viable coalition"):
            solve(replace(case, prosumers=people), method)
