"""The exhaustive search against Algorithm 1 written down literally, on games that are random tables.

The twin enumerates by filtering set partitions and solves its linear programs with scipy; it shares no code with
the package but the tree. Costs are small integers, so that ties are frequent and verdicts are never a matter of
rounding.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from lempart.game import (
    AsPartitionGame,
    DeviationModel,
    Inertia,
    NoExternalities,
    PartitionGame,
    TableGame,
    TablePartitionGame,
)
from lempart.partition import Family, Partition, members
from lempart.search import Exhaustive, SearchResult
from lempart.tree import Tree
from support.algorithm_1 import Answer, Blocks, Coalition, algorithm_1, inertia
from support.brute_force import BruteForce
from support.trees import chain, random_players, random_tree, singles, star

Setup = tuple[BruteForce, Family]


def _setup(tree: Tree, players: tuple[tuple[int, ...], ...], single: bool) -> Setup:
    return BruteForce(tree, players, single), Family(tree, players, single)


def _random_setup(rng: np.random.Generator, single: bool, groups: bool) -> Setup:
    count = int(rng.integers(2, 6))
    tree = random_tree(rng, int(rng.integers(1, 5)), count)
    players = random_players(rng, count, max(2, count - 1)) if groups else singles(count)
    return _setup(tree, players, single)


def _blocks(partition: Partition) -> Blocks:
    return frozenset(members(mask) for mask in partition)


def _partition(blocks: Blocks) -> Partition:
    return Partition.of(sum(1 << player for player in block) for block in blocks)


def _draw(rng: np.random.Generator, size: int, hopeless: float) -> float:
    """Return an integer cost, or now and then ``inf``, that for one player alone more often.

    Company saves 3 of 12, but a third player as much as a second: the large are cheap and often unstable.
    """
    if rng.random() < hopeless * (1.5 if size == 1 else 0.5):
        return math.inf
    return float(9 * size + 3 * (size == 1) + rng.integers(-2, 3))


def _with_externalities(
    rng: np.random.Generator, setup: Setup, hopeless: float
) -> tuple[Answer, PartitionGame, DeviationModel]:
    rules, family = setup
    table: dict[Blocks, dict[Coalition, float]] = {
        blocks: {block: _draw(rng, len(block), hopeless) for block in sorted(blocks)}
        for blocks in sorted(rules.partitions(), key=sorted)
    }
    game = TablePartitionGame(
        {
            _partition(blocks): {sum(1 << p for p in block): cost for block, cost in row.items()}
            for blocks, row in table.items()
        }
    )
    answer = algorithm_1(
        rules,
        lambda blocks: sum(table[blocks].values()),
        inertia(rules, lambda block, blocks: table[blocks][block]),
    )
    return answer, game, Inertia(game, family)


def _without_externalities(
    rng: np.random.Generator, setup: Setup, hopeless: float
) -> tuple[Answer, PartitionGame, DeviationModel]:
    rules, _ = setup
    everyone = tuple(range(len(rules.players)))
    table = {block: _draw(rng, len(block), hopeless) for block in sorted(rules.subcoalitions(everyone))}
    game = TableGame({sum(1 << p for p in block): cost for block, cost in table.items()})
    answer = algorithm_1(
        rules, lambda blocks: sum(table[b] for b in blocks), lambda leaving, _coalition, _blocks: table[leaving]
    )
    return answer, AsPartitionGame(game), NoExternalities(game)


def _assert_same(found: SearchResult, wanted: Answer) -> None:
    assert found.proven
    assert {_blocks(item.partition): item.total for item in found.evaluated} == wanted.totals
    assert {_blocks(item.partition) for item in found.optimal} == wanted.optimal
    assert {_blocks(item.partition) for item in found.optimal_stable} == wanted.optimal_stable
    assert found.price_of_stability == pytest.approx(wanted.price_of_stability)
    for item in found.evaluated:
        if item.stable is not None:
            assert item.stable == wanted.stable[_blocks(item.partition)]


GAMES = {"externalities": _with_externalities, "none": _without_externalities}


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("single", [False, True], ids=["edge-disjoint", "single-boundary"])
@pytest.mark.parametrize("hopeless", [0.0, 0.4], ids=["viable", "some-not-viable"])
@pytest.mark.parametrize("seed", range(12))
def test_same_answer_on_random_tables(game: str, single: bool, hopeless: float, seed: int) -> None:
    """Optima, stable optima with all ties, totals and price of stability are those of Algorithm 1."""
    rng = np.random.default_rng([seed, single, int(100 * hopeless)])
    setup = _random_setup(rng, single, groups=False)
    wanted, costs, deviation = GAMES[game](rng, setup, hopeless)
    _assert_same(Exhaustive().search(setup[1], costs, deviation), wanted)


@pytest.mark.parametrize("seed", range(20))
def test_same_answer_with_groups(seed: int) -> None:
    """The same where players are groups, whose subgraphs may overlap and which a deviation may tear apart."""
    rng = np.random.default_rng([7, seed])
    setup = _random_setup(rng, single=False, groups=True)
    wanted, costs, deviation = _with_externalities(rng, setup, 0.0)
    _assert_same(Exhaustive().search(setup[1], costs, deviation), wanted)


@pytest.mark.parametrize("game", GAMES)
def test_the_random_games_cover_what_matters(game: str) -> None:
    """Among the games are unstable optima, ties, and games in which nothing is stable, or the tests say little."""
    unstable = ties = nothing = 0
    for seed in range(60):
        rng = np.random.default_rng([11, seed])
        hopeless = 0.5 * (seed % 2)
        answer, _, _ = GAMES[game](rng, _setup(star(3), singles(3), False), hopeless)
        unstable += bool(answer.optimal_stable) and not answer.optimal & answer.optimal_stable
        ties += len(answer.optimal_stable) > 1
        nothing += bool(answer.optimal) and not answer.optimal_stable
    assert min(unstable, ties, nothing) > 0, (unstable, ties, nothing)


@pytest.mark.parametrize("seed", range(8))
def test_all_cores(seed: int) -> None:
    """``all_cores`` gives a verdict, the right one, to every viable partition; else only as many as needed."""
    rng = np.random.default_rng([13, seed])
    setup = _setup(chain([2, 1, 2]), singles(5), False)
    wanted, costs, deviation = _with_externalities(rng, setup, 0.1)
    every = Exhaustive(all_cores=True).search(setup[1], costs, deviation)
    needed = Exhaustive().search(setup[1], costs, deviation)
    assert {_blocks(i.partition): i.stable for i in every.evaluated if i.stable is not None} == wanted.stable
    assert every.optimal_stable == needed.optimal_stable
    checked = [item for item in needed.evaluated if item.stable is not None]
    assert len(checked) < len(wanted.stable)
    assert max(item.total for item in checked) == needed.optimal_stable[0].total


def test_everyone_alone_is_stable_where_everyone_is_viable_alone() -> None:
    """A player has no sub-coalition to leave for, so a game of single viable prosumers always has an answer."""
    for seed in range(20):
        rng = np.random.default_rng([17, seed])
        setup = _random_setup(rng, single=bool(seed % 2), groups=False)
        _, costs, deviation = _with_externalities(rng, setup, 0.0)
        found = Exhaustive(all_cores=True).search(setup[1], costs, deviation)
        alone = next(item for item in found.evaluated if len(item.partition) == setup[1].player_count)
        assert alone.stable
        assert found.optimal_stable


def test_no_stable_partition_where_nobody_is_viable_alone() -> None:
    """Three who each need company, with pairs cheaper than two thirds of the triple: nothing is stable.

    The pairs leave the third alone, which isn't viable; the triple costs 12 but its core value is 3 x 6 / 2 = 9.
    """
    game = TableGame({1: math.inf, 2: math.inf, 4: math.inf, 3: 6.0, 5: 6.0, 6: 6.0, 7: 12.0})
    found = Exhaustive().search(Family.singletons(star(3)), AsPartitionGame(game), NoExternalities(game))
    assert found.proven
    assert found.optimal_stable == ()
    assert found.price_of_stability is None
    assert [item.total for item in found.evaluated] == [12.0, *[math.inf] * 4]
    assert found.evaluated[0].verdict is not None
    assert found.evaluated[0].verdict.coalitions[0].core_value == pytest.approx(9.0)


def test_no_stable_partition_where_groups_overlap() -> None:
    """Two groups that share a bus can't be side by side: only together, and nobody can leave, so that is stable.

    With a third player the triple can be unstable, and then nothing is.
    """
    tree = chain([2, 2])  # prosumers 0, 1 at the first bus, 2, 3 at the second
    family = Family(tree, ((0, 2), (1, 3)), single_boundary=False)
    assert [partition.coalitions for partition in family.enumerate()] == [(3,)]
    game = TablePartitionGame({Partition.of([3]): {3: 10.0}})
    found = Exhaustive().search(family, game, Inertia(game, family))
    assert [item.partition.coalitions for item in found.optimal_stable] == [(3,)]


def test_equal_costs_come_in_a_canonical_order() -> None:
    """Costs that differ in their last digits only are ties, sorted by their members whatever those digits are."""
    noise = np.random.default_rng(5).normal(scale=1e-9, size=5)
    orders = set()
    for shift in range(5):
        wobble = np.roll(noise, shift)
        family = Family.singletons(star(3))
        partitions = sorted(family.enumerate(), key=lambda p: p.coalitions)
        table = {p: {mask: 60.0 * mask.bit_count() + wobble[i] for mask in p} for i, p in enumerate(partitions)}
        game = TablePartitionGame(table)
        found = Exhaustive().search(family, game, Inertia(game, family))
        assert found.price_of_stability == 1.0
        assert len(found.optimal) == len(found.optimal_stable) == 5
        assert found.lower_bound == min(sum(row.values()) for row in table.values())
        orders.add(tuple(item.partition.coalitions for item in found.evaluated))
        assert [i.partition for i in found.optimal_stable] == partitions
    assert orders == {tuple(p.coalitions for p in partitions)}


def test_evaluated_are_cheapest_first_and_not_viable_last() -> None:
    """The order of the result, on a game of 34 partitions."""
    rng = np.random.default_rng(23)
    setup = _setup(chain([2, 1, 2]), singles(5), False)
    _, costs, deviation = _with_externalities(rng, setup, 0.2)
    totals = [item.total for item in Exhaustive().search(setup[1], costs, deviation).evaluated]
    assert len(totals) == 34
    assert all(one <= other for one, other in pairwise(totals))
    assert totals[-1] == math.inf
