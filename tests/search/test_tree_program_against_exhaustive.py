"""The tree program against the exhaustive search: the same optimum, the same stable optimum, the same order.

Games are random tables of small integers on random trees, so that ties and empty cores are frequent and no verdict is
a matter of rounding. Coalitions that aren't viable, groups and regular customers come up in many of them.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from lempart.errors import InputError, UsageError
from lempart.game import AsPartitionGame, Inertia, NoExternalities, TableGame
from lempart.game.bounds import Bounds
from lempart.partition import Family, Partition, members
from lempart.search import Exhaustive, SearchResult, TreeProgram
from lempart.tree import Tree
from support.trees import chain, random_players, random_tree, singles, star

CASES = int(os.environ.get("LEMPART_CASES", "120"))
"""Random games: LEMPART_CASES=1000 compares more of them, in a few minutes."""


@dataclass(frozen=True)
class Game:
    """A table game in which regular customers cost a constant, as the searches see it."""

    costs: Mapping[int, float]
    regular: float = 0.0

    def cost(self, mask: int) -> float:
        """Return the cost of a coalition."""
        return self.costs[mask]

    def total(self, partition: Partition) -> float:
        """Return ``Phi``."""
        return math.fsum(map(self.cost, partition)) + self.regular


@dataclass(frozen=True)
class Bounded(Game):
    """The same, and for any coalition that is costed an allocation that no coalition is asked more by than it costs."""

    def bounds(self, coalition: int) -> Bounds:
        """Return those allocations: a convex combination of two, one of them good near the given coalition."""
        fair = self._shares(lambda mask: self.costs[mask] / mask.bit_count())

        def near(mask: int) -> tuple[np.ndarray] | None:
            if self.costs[mask] == math.inf:
                return None
            own = np.array([self.costs[mask] / mask.bit_count() if mask >> i & 1 else -50.0 for i in range(len(fair))])
            excess = max(
                own[list(members(other))].sum() - cost for other, cost in self.costs.items() if not other & ~coalition
            )
            return (own - max(excess, 0.0) if excess < 5.0 else fair,)

        return near

    def _shares(self, share: Callable[[int], float]) -> np.ndarray:
        count = max(self.costs).bit_length()
        return np.array([min(share(mask) for mask in self.costs if mask >> i & 1) for i in range(count)])


def _random_family(rng: np.random.Generator) -> Family:
    """Return up to seven players on a tree with up to six branches at a bus; regular customers and groups at times."""
    while True:
        count = int(rng.integers(1, 8))
        tree = random_tree(rng, int(rng.integers(1, 6)), count)
        players = singles(count)
        if count > 2 and rng.random() < 0.4:
            players = random_players(rng, count, int(rng.integers(1, count)))
        try:
            return Family(tree, players, single_boundary=True)
        except InputError:  # a group with several boundary nodes is no player here
            continue


def _random_costs(rng: np.random.Generator, family: Family) -> dict[int, float]:
    """Return integer costs: company saves a little, more for small coalitions, and a few aren't viable."""
    hopeless = float(rng.choice([0.0, 0.0, 0.1, 0.5]))

    def cost(mask: int) -> float:
        size = mask.bit_count()
        if rng.random() < hopeless * (0.3 if size == 1 else 1.0):
            return math.inf
        return float(9 * size + 3 * (size == 1) + rng.integers(-2, 3))

    return {mask: cost(mask) for mask in family.subcoalitions(family.everyone)}


def _agree(tree: SearchResult, slow: SearchResult, listed: int) -> None:
    """Assert that both searches found the same: answers with all ties, bound, price of stability, cheapest ones."""
    for mine, other in ((tree.optimal, slow.optimal), (tree.optimal_stable, slow.optimal_stable)):
        assert {item.partition for item in mine} == {item.partition for item in other}
        assert [item.total for item in mine] == pytest.approx([item.total for item in other], abs=1e-9)
    assert tree.partition_count == slow.partition_count
    assert tree.price_of_stability == slow.price_of_stability
    assert (tree.lower_bound is None) == (slow.lower_bound is None)
    if slow.lower_bound is not None:
        assert tree.lower_bound == pytest.approx(slow.lower_bound, abs=1e-9)
        viable = [item.total for item in slow.evaluated if item.total < math.inf]
        found = [item.total for item in tree.evaluated]
        assert found[: min(listed, len(viable))] == pytest.approx(viable[:listed], abs=1e-9)
    else:
        assert [item.total for item in tree.evaluated] == [math.inf]
    verdicts = {item.partition: item.stable for item in slow.evaluated}
    assert all(item.stable in {None, verdicts[item.partition]} for item in tree.evaluated)
    assert tree.proven


def test_random_games() -> None:
    """Hundreds of games: Problems I and II, ties, k best, price of stability, with and without bounds."""
    stable_differs = unviable = tied = bounded = 0
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        family = _random_family(rng)
        costs = _random_costs(rng, family)
        regular = float(rng.integers(-5, 6)) if family.regular else 0.0
        slow = Exhaustive(all_cores=True).search(
            family, Game(costs, regular), NoExternalities(Game(costs)), progress=_quiet
        )
        method = TreeProgram(listed=8, max_ties=10_000, bounded_from=3)
        for game in (Game(costs, regular), Bounded(costs, regular)):
            found = method.search(family, game, NoExternalities(game))
            _agree(found, slow, 8)
            bounded += (found.coalitions_costed or 0) < (found.coalition_count or 0)
        stable_differs += {i.partition for i in slow.optimal} != {i.partition for i in slow.optimal_stable}
        unviable += not slow.optimal
        tied += len(slow.optimal) > 1
    assert min(stable_differs, unviable, tied, bounded) > 1  # all of it did come up


def _quiet(phase: str, done: int, total: int) -> None:
    """Say nothing."""


def test_every_partition_in_order() -> None:
    """Asked for as many as there are, the tree program lists every viable partition once, in the twin's order."""
    for seed in range(40):
        rng = np.random.default_rng(10_000 + seed)
        family = _random_family(rng)
        game = Game(_random_costs(rng, family))
        slow = Exhaustive(all_cores=True).search(family, game, NoExternalities(game))
        found = TreeProgram(listed=family.count(), all_cores=True).search(family, game, NoExternalities(game))
        viable = [item for item in slow.evaluated if item.total < math.inf]
        if viable:
            assert [(i.partition, i.total, i.stable) for i in found.evaluated] == [
                (i.partition, i.total, i.stable) for i in viable
            ]


def _binary(tree: Tree) -> bool:
    return all(len(kids) <= 2 for kids in tree.children)


def test_two_children_are_stable_for_free() -> None:
    """120 random binary trees: the optimum of Problem I is that of II, whatever the costs; with three it isn't.

    Where a bus has two branches at most, coalitions are nested or disjoint, and a core is empty only if some
    partition of the coalition is cheaper than it (ALGORITHMS, B). A star of three is the smallest tree where a
    cheapest partition can be unstable.
    """
    checked = seed = 0
    while checked < 120:
        rng = np.random.default_rng(20_000 + seed)
        seed += 1
        count = int(rng.integers(2, 8))
        tree = random_tree(rng, int(rng.integers(2, 9)), count)
        if not _binary(tree):
            continue
        family = Family.singletons(tree, single_boundary=True)
        game = Game({mask: float(rng.normal()) for mask in family.subcoalitions(family.everyone)})
        found = TreeProgram().search(family, game, NoExternalities(game))
        assert found.optimal_stable == found.optimal
        assert found.optimal[0].stable
        checked += 1
    family = Family.singletons(star(3), single_boundary=True)
    game = Game({1: 10.0, 2: 10.0, 4: 10.0, 3: 10.0, 5: 10.0, 6: 10.0, 7: 16.0})
    found = TreeProgram().search(family, game, NoExternalities(game))
    assert (found.optimal[0].total, found.optimal_stable[0].total) == (16.0, 20.0)
    assert found.price_of_stability == 1.25


def test_long_chains_and_large_counts() -> None:
    """A thousand buses in a row, a home at each: no recursion limit, an exact count, all cheapest partitions once.

    Alone a home costs 1; two or more save nothing unless they are the last seven, who together cost 5.
    """
    homes = 1000
    family = Family.singletons(chain([1] * homes), single_boundary=True)
    last = ((1 << homes) - 1) ^ ((1 << (homes - 7)) - 1)

    def cost(mask: int) -> float:
        return 5.0 if mask == last else mask.bit_count() + (0.0 if mask.bit_count() == 1 else 1.0)

    class Long(Game):
        def cost(self, mask: int) -> float:
            return cost(mask)

    game = Long({})
    found = TreeProgram(listed=1).search(family, game, NoExternalities(game))
    assert found.optimal[0].total == homes - 7 + 5
    assert last in found.optimal[0].partition
    assert found.partition_count == homes  # where on the chain the one coalition ends, or nowhere
    assert found.optimal[0].stable


def test_large_nested_coalitions_take_no_lp() -> None:
    """Two hundred in a row, who save most together: stable by the theorem, and the bills hold on every row.

    Sharing equally among all wouldn't do: the last two alone cost 0.5, less than two equal shares.
    """
    homes = 200
    family = Family.singletons(chain([1] * homes), single_boundary=True)
    masks = list(family.subcoalitions(family.everyone))
    costs = {mask: mask.bit_count() ** 0.9 if mask.bit_count() != 2 else 0.5 for mask in masks}
    game = Game(costs)
    (answer,) = TreeProgram(listed=1).search(family, game, NoExternalities(game)).optimal_stable
    assert answer.partition == Partition.of([family.everyone])
    assert answer.verdict is not None
    bills = answer.verdict.coalitions[0].allocation
    assert bills is not None
    assert math.fsum(bills.values()) == pytest.approx(costs[family.everyone])
    assert all(sum(bills[player] for player in members(mask)) <= cost + 1e-9 for mask, cost in costs.items())
    assert 2 * costs[family.everyone] / homes > 0.5


def test_ties_beyond_the_limit_are_owned_up_to() -> None:
    """Where more partitions cost the least than may be listed, the result says so."""
    family = Family.singletons(star(6), single_boundary=True)
    game = Game({mask: float(mask.bit_count()) for mask in range(1, 64)})
    found = TreeProgram(listed=3, max_ties=20).search(family, game, NoExternalities(game))
    assert found.more_ties
    assert len(found.optimal) == 20
    assert not TreeProgram(max_ties=203).search(family, game, NoExternalities(game)).more_ties  # Bell(6)


def test_stars_with_bounds() -> None:
    """Thirteen branches at one bus: with good bounds few of the 8,191 coalitions are costed, and it is exact.

    Costs are the moduli of what the members bring, summed over six hours, plus a charge for crowds. The bounds are the
    moduli's subgradients at the coalitions costed so far, as those of dispatches are.
    """
    rng = np.random.default_rng(5)
    homes, hours = 13, 6
    family = Family.singletons(star(homes), single_boundary=True)
    bring = rng.normal(size=(homes, hours))
    member = (np.arange(1 << homes)[:, None] >> np.arange(homes)) & 1
    charge = 0.04 * np.maximum(member.sum(axis=1) - 3, 0) ** 2
    costs = np.abs(member @ bring).sum(axis=1) + charge

    class Balancing(Game):
        def bounds(self, coalition: int) -> Bounds:  # noqa: ARG002
            return lambda mask: (bring @ np.sign(member[mask] @ bring),)

    game = Balancing(dict(enumerate(costs.tolist())))
    found = TreeProgram(listed=3).search(family, game, NoExternalities(game))
    assert found.coalitions_costed is not None
    assert found.coalitions_costed < 2_500
    best = found.optimal[0]
    assert best.total == pytest.approx(math.fsum(costs[mask] for mask in best.partition))
    assert best.total == pytest.approx(_cheapest_set_partition(costs), abs=1e-9)


def _cheapest_set_partition(cost: np.ndarray) -> float:
    """Return the cheapest set partition by the textbook recursion over the block of the lowest element."""
    size = len(cost)
    best = np.zeros(size)
    for subset in range(1, size):
        lowest = subset & -subset
        rest = subset ^ lowest
        blocks = _submasks(rest)
        best[subset] = np.min(cost[blocks | lowest] + best[rest & ~blocks])
    return float(best[-1])


def _submasks(mask: int) -> np.ndarray:
    found = np.zeros(1, dtype=np.int64)
    for bit in range(mask.bit_length()):
        if mask >> bit & 1:
            found = np.concatenate([found, found | 1 << bit])
    return found


def test_refusals() -> None:
    """Families and games that the tree program can't solve are refused with the way out."""
    family = Family.singletons(star(3))
    table = TableGame(dict.fromkeys(range(1, 8), 1.0))
    game = AsPartitionGame(table)
    with pytest.raises(UsageError, match="one boundary node"):
        TreeProgram().search(family, game, NoExternalities(table))
    single = Family.singletons(star(3), single_boundary=True)
    with pytest.raises(UsageError, match="without externalities"):
        TreeProgram().search(single, game, Inertia(game, single))
    wide = Family.singletons(star(17), single_boundary=True)
    with pytest.raises(UsageError, match="17 branches"):
        TreeProgram().search(wide, game, NoExternalities(table))


def test_options_change_nothing_but_what_they_say() -> None:
    """A longer list, or all cores, leave both answers as they are."""
    rng = np.random.default_rng(3)
    family = Family.singletons(random_tree(rng, 3, 7), single_boundary=True)
    game = Game(_random_costs(rng, family))
    base = TreeProgram()
    found = [
        replace(base, **options).search(family, game, NoExternalities(game))
        for options in ({}, {"listed": 1}, {"all_cores": True}, {"players": "edges"})
    ]
    assert len({tuple(item.partition for item in each.optimal) for each in found}) == 1
    assert len({tuple(item.partition for item in each.optimal_stable) for each in found[:3]}) == 1
    assert all(item.stable is not None for item in found[2].evaluated)
