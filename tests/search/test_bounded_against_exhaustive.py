"""The bounded search finds what Algorithm 1 finds, on games in partition function form and on feeders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lempart import solve
from lempart.errors import UsageError
from lempart.game import Inertia, TablePartitionGame
from lempart.partition import Family, Partition, members
from lempart.search import Automatic, BoundedSearch, Exhaustive, LocalSearch, SearchResult, TreeProgram
from support.feeders import random_feeder
from support.trees import random_players, random_tree


@dataclass(frozen=True)
class TableBounds:
    """Bounds of a table game: a floor, and an excess of each coalition that all its partitions share."""

    family: Family
    floor: float
    sharp: dict[int, float]
    quick: dict[int, float]
    through: dict[int, float]

    def sharp_excess(self, coalition: int) -> float:
        return self.sharp[coalition]

    def excess(self, coalition: int) -> float:
        return self.quick[coalition]

    def carried(self, outside: int) -> float:
        return self.through.get(outside, 0.0)


class BoundedTable(TablePartitionGame):
    """A table game with bounds; knows how many totals were asked for."""

    def __init__(self, costs: dict[Partition, dict[int, float]], bounds: TableBounds) -> None:
        super().__init__(costs)
        object.__setattr__(self, "partition_bounds", bounds)
        object.__setattr__(self, "asked", set())

    def total(self, partition: Partition) -> float:
        self.asked.add(partition)  # type: ignore[attr-defined]
        return super().total(partition)


def random_game(rng: np.random.Generator, family: Family) -> BoundedTable:
    """Return costs that exceed ``floor + sum of excess`` by something drawn, in steps coarse enough for ties."""
    excess: dict[int, float] = {}
    costs: dict[Partition, dict[int, float]] = {}
    share = {player: float(rng.integers(5, 15)) for player in range(family.player_count)}
    saved = float(rng.choice([0.0, 1.0, 2.0]))
    for partition in family.enumerate():
        for mask in partition:
            if mask not in excess:
                excess[mask] = float(rng.integers(0, 3)) + saved * (family.player_count - mask.bit_count())
        costs[partition] = {
            mask: sum(share[i] for i in members(mask)) + excess[mask] + float(rng.choice([0.0, 0.0, 1.0, 5.0]))
            for mask in partition
        }
    quick = {mask: float(np.floor(value / 2)) for mask, value in excess.items()}
    return BoundedTable(costs, TableBounds(family, sum(share.values()), excess, quick, {}))


def same_answer(here: SearchResult, there: SearchResult) -> None:
    """Assert that both results name the same partitions and costs, and both are proven."""
    assert here.proven
    assert there.proven
    for name in ("optimal", "optimal_stable"):
        mine, theirs = getattr(here, name), getattr(there, name)
        assert [item.partition for item in mine] == [item.partition for item in theirs]
        assert [item.total for item in mine] == pytest.approx([item.total for item in theirs], rel=1e-9)
    assert here.lower_bound == pytest.approx(there.lower_bound)


@pytest.mark.parametrize("single_boundary", [False, True])
def test_random_games_in_partition_function_form(single_boundary: bool) -> None:
    """Proves both answers exact, ties included, whatever the tree, the groups and the regular customers."""
    fewer = unstable = tied = 0
    for seed in range(120):
        rng = np.random.default_rng([seed, single_boundary])
        prosumers = int(rng.integers(2, 8))
        tree = random_tree(rng, int(rng.integers(1, 6)), prosumers)
        players = random_players(rng, prosumers, int(rng.integers(1, min(prosumers, 6) + 1)))
        if single_boundary:
            players = tuple((m,) for player in players for m in player)
        family = Family(tree, players, single_boundary)
        game = random_game(rng, family)
        there = Exhaustive().search(family, game, Inertia(game, family))
        asked = BoundedTable(dict(game.costs), game.partition_bounds)  # type: ignore[attr-defined]
        here = BoundedSearch(warm_up=2).search(family, asked, Inertia(asked, family))
        same_answer(here, there)
        fewer += len(here.evaluated) < here.partition_count
        unstable += not there.optimal[0].stable
        tied += len(there.optimal) > 1
    assert min(fewer, unstable, tied) > 5  # all of it did come up


def _case(seed: int, *, single: bool) -> Any:
    rng = np.random.default_rng(seed)
    return random_feeder(
        seed,
        prosumers=int(rng.integers(4, 6)),
        steps=3,
        reactive=bool(rng.random() < 0.4),
        tight=(None, 1.02)[int(rng.random() < 0.3)],
        band=None,
        single_boundary=single,
        devices=("batteries", "every kind")[int(rng.random() < 0.2)],
    )


@pytest.mark.parametrize("single", [False, True])
def test_random_feeders(single: bool) -> None:
    """Proves both answers exact on dispatched feeders, limits binding or not."""
    for seed in range(8 if single else 4):
        case = _case(seed, single=single)
        here, there = solve(case, BoundedSearch(warm_up=3)), solve(case, Exhaustive())
        same_answer(here.search, there.search)


def test_all_cores_checks_every_partition_that_was_costed() -> None:
    """Proves that ``all_cores`` leaves nothing listed unchecked, with Algorithm 1's verdicts and the same answer."""
    case = random_feeder(11, prosumers=5, band=None)
    there = solve(case, Exhaustive(all_cores=True)).search
    lazily, here = (solve(case, BoundedSearch(all_cores=every)).search for every in (False, True))
    stable = {item.partition: item.stable for item in there.evaluated}
    assert any(item.stable is None for item in lazily.evaluated)
    assert {item.partition: item.stable for item in here.evaluated} == {
        item.partition: stable[item.partition] for item in here.evaluated
    }
    same_answer(here, there)


def test_a_stopped_search_gives_the_best_so_far_and_the_gap() -> None:
    """Proves that a stop leaves a partition, its stability, and a bound that holds; nothing is called proven."""
    case = random_feeder(11, prosumers=5, band=None)
    best = solve(case, Exhaustive())
    asked = iter(range(100))
    stopped = solve(case, BoundedSearch(warm_up=4), stop=lambda: "enough" if next(asked) > 9 else "")
    assert not stopped.search.proven
    assert stopped.search.stopped == "enough"
    assert stopped.search.optimal_stable
    assert stopped.search.lower_bound is not None
    assert stopped.search.lower_bound <= best.search.optimal[0].total + 1e-9
    assert stopped.search.optimal[0].total >= best.search.optimal[0].total - 1e-9


def test_undecided_cores_leave_the_proof_open() -> None:
    """Proves that a core too large to check isn't called stable: the optimum is proven, the answer isn't."""
    case = random_feeder(11, prosumers=5, band=None)
    best = solve(case, Exhaustive())
    assert best.search.optimal[0].partition.coalitions != tuple(1 << i for i in range(5))
    found = solve(case, BoundedSearch(max_deviations=1)).search
    assert not found.proven
    assert "deviations" in found.stopped
    assert found.lower_bound == pytest.approx(found.optimal[0].total)
    assert found.optimal[0].partition == best.search.optimal[0].partition


def test_auto_takes_it_where_partitions_are_many() -> None:
    """Proves which search ``auto`` takes with externalities: all partitions while they are few, bounds beyond."""
    case = random_feeder(3, prosumers=4, band=None)
    assert solve(case, Automatic()).search.method == "exhaustive"
    many = solve(case, Automatic(exhaustive_up_to=3)).search
    assert many.method == "bounded"
    same_answer(many, solve(case, Exhaustive()).search)


def test_games_without_bounds_are_refused() -> None:
    """Proves that the search doesn't run without what its proof needs."""
    family = Family(random_tree(np.random.default_rng(0), 2, 2), ((0,), (1,)))
    game = TablePartitionGame({p: dict.fromkeys(p, 1.0) for p in family.enumerate()})
    with pytest.raises(UsageError, match="lower bounds"):
        BoundedSearch().search(family, game, Inertia(game, family))
    with pytest.raises(UsageError):
        TreeProgram().search(family, game, Inertia(game, family))


def test_local_search_finds_partitions_that_no_step_improves() -> None:
    """Proves that it ends in local optima, is deterministic, and claims no proof; mostly it finds the optimum."""
    hits = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        family = Family(random_tree(rng, 4, 6), tuple((m,) for m in range(6)), bool(seed % 2))
        game = random_game(rng, family)
        here = LocalSearch(restarts=3).search(family, game, Inertia(game, family))
        again = LocalSearch(restarts=3).search(family, game, Inertia(game, family))
        assert here == again
        assert not here.proven
        assert here.lower_bound is not None
        best = min(game.total(partition) for partition in family.enumerate())
        assert here.lower_bound <= best <= here.optimal[0].total
        hits += math.isclose(best, here.optimal[0].total)
    assert hits > 32
