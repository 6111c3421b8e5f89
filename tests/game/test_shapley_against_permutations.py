"""The Shapley value against its definition, against another implementation, and estimates against the value."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import permutations

import coopgame
import numpy as np
import pytest

from lempart.errors import InfeasibleError, UsageError
from lempart.game import shapley
from lempart.game.shapley_worths import GroupWorths
from lempart.partition import Family, members
from support.trees import random_tree, star_family


def by_permutations(cost: Callable[[int], float], coalition: int) -> dict[int, float]:
    """Return the average addition to the cost over all orders whose every stage is viable."""
    players = members(coalition)
    rows = []
    for order in permutations(players):
        group, stages = 0, [0.0]
        for player in order:
            group |= 1 << player
            stages.append(cost(group))
        if all(map(math.isfinite, stages)):
            rows.append(
                {player: after - before for player, before, after in zip(order, stages, stages[1:], strict=False)}
            )
    return {player: float(np.mean([row[player] for row in rows])) for player in players}


def random_game(seed: int, players: int, viable: float = 1.0) -> dict[int, float]:
    """Return random costs; singletons and all players together are always viable."""
    rng = np.random.default_rng([8, seed])
    full = (1 << players) - 1
    return {
        mask: float(rng.normal()) if mask == full or mask.bit_count() == 1 or rng.random() < viable else math.inf
        for mask in range(1, full + 1)
    }


@pytest.mark.parametrize("players", [1, 2, 3, 5, 6])
def test_exact_value_against_all_orders(players: int) -> None:
    """The subset formula equals the average over all n! orders, which are counted right."""
    costs, family = random_game(players, players), star_family(players)
    found = shapley(costs.__getitem__, family.everyone, family)
    assert found.exact
    assert found.all_orders_count
    assert found.orders == math.factorial(players)
    assert found.allocation == pytest.approx(by_permutations(costs.__getitem__, family.everyone), abs=1e-12)
    assert sum(found.allocation.values()) == pytest.approx(costs[family.everyone])


@pytest.mark.parametrize("players", [8, 12])
def test_exact_value_against_coopgame(players: int) -> None:
    """The same for sizes whose orders nobody would list: 12! is 479 million."""
    costs, family = random_game(players, players), star_family(players)
    theirs = coopgame.shapley(coopgame.Game([costs[mask] for mask in sorted(costs)]))
    found = shapley(costs.__getitem__, family.everyone, family)
    assert [found.allocation[i] for i in range(players)] == pytest.approx(theirs, abs=1e-10)


def test_gloves() -> None:
    """Shapley & Shubik (1969): one left, two right gloves: 2/3 and 1/6 each, outside the core."""
    family = star_family(3)
    found = shapley(lambda mask: -1.0 if mask & 1 and mask & 6 else 0.0, 7, family)
    assert found.allocation == pytest.approx({0: -2 / 3, 1: -1 / 6, 2: -1 / 6})


def test_airport() -> None:
    """Littlechild & Owen (1973): each part of the runway is shared by those who need it: 1/3, 1/3 + 1/2, ... + 2."""
    needs = (1.0, 2.0, 4.0)
    found = shapley(lambda mask: max(needs[i] for i in members(mask)), 7, star_family(3))
    assert found.allocation == pytest.approx({0: 1 / 3, 1: 1 / 3 + 1 / 2, 2: 1 / 3 + 1 / 2 + 2})


@pytest.mark.parametrize("seed", range(12))
def test_orders_with_stages_that_are_not_viable_do_not_count(seed: int) -> None:
    """With groups that can't be on their own, the average is over the orders that avoid them."""
    costs, family = random_game(seed, 5, viable=0.7), star_family(5)
    try:
        found = shapley(costs.__getitem__, family.everyone, family)
    except InfeasibleError:
        with pytest.warns(RuntimeWarning):  # the mean of no orders
            by_permutations(costs.__getitem__, family.everyone)
        return
    assert found.allocation == pytest.approx(by_permutations(costs.__getitem__, family.everyone), abs=1e-12)
    assert found.all_orders_count == all(map(math.isfinite, costs.values()))


def test_no_viable_order_is_an_error() -> None:
    """Two who can only be together have no order of joining: said so, not divided by zero."""
    costs = {1: math.inf, 2: math.inf, 3: 5.0}
    with pytest.raises(InfeasibleError, match="no order in which its players could join"):
        shapley(costs.__getitem__, 3, star_family(2))
    with pytest.raises(InfeasibleError, match="of 100 random orders only 0"):
        shapley(costs.__getitem__, 3, star_family(2), exact_up_to=1)


@pytest.mark.parametrize("viable", [1.0, 0.8])
def test_samples_lie_within_four_standard_errors(viable: float) -> None:
    """With a fixed seed, estimates of 7 players from 2,000 orders, and errors that shrink as 1/sqrt(draws)."""
    costs, family = random_game(3, 7, viable), star_family(7)
    exact = shapley(costs.__getitem__, family.everyone, family)
    found = shapley(costs.__getitem__, family.everyone, family, exact_up_to=1, draws=2_000, seed=1)
    assert found.standard_errors is not None
    deviations = [(found.allocation[i] - exact.allocation[i]) / found.standard_errors[i] for i in range(7)]
    assert max(map(abs, deviations)) < 4.0
    assert max(map(abs, deviations)) > 0.1  # an estimate, not the value itself
    assert sum(found.allocation.values()) == pytest.approx(costs[family.everyone])
    few = shapley(costs.__getitem__, family.everyone, family, exact_up_to=1, draws=125, seed=1)
    assert few.standard_errors is not None
    ratios = [few.standard_errors[i] / found.standard_errors[i] for i in range(7)]
    assert ratios == pytest.approx([4.0] * 7, rel=0.35)


def test_samples_depend_on_the_seed_alone() -> None:
    """The same seed gives the same bits; another seed gives others."""
    costs, family = random_game(4, 6), star_family(6)

    def drawn(seed: int) -> dict[int, float]:
        return dict(shapley(costs.__getitem__, family.everyone, family, exact_up_to=2, draws=50, seed=seed).allocation)

    assert drawn(5) == drawn(5)
    assert drawn(5) != drawn(6)


def test_every_group_is_priced_once() -> None:
    """A worth may be an optimal power flow: none is asked for twice, sampled or not."""
    costs, family = random_game(4, 6), star_family(6)
    for exact_up_to in (12, 2):
        asked: list[int] = []

        def cost(mask: int, asked: list[int] = asked) -> float:
            asked.append(mask)
            return costs[mask]

        shapley(cost, family.everyone, family, exact_up_to=exact_up_to, draws=100)
        assert len(asked) == len(set(asked))


@pytest.mark.parametrize("seed", range(20))
def test_groups_that_are_not_admissible_cost_what_their_parts_cost(seed: int) -> None:
    """On trees with single boundaries a group works in its largest admissible parts, found here by looking at all."""
    rng = np.random.default_rng([9, seed])
    family = Family.singletons(random_tree(rng, int(rng.integers(1, 6)), 6), single_boundary=True)
    costs = {mask: float(rng.random()) for mask in family.subcoalitions(family.everyone)}
    table = GroupWorths(costs.__getitem__, family.everyone, family).table()
    for group in range(1, family.everyone + 1):
        inside = [mask for mask in costs if not mask & ~group]
        largest = [mask for mask in inside if not any(mask != other and not mask & ~other for other in inside)]
        assert sum(mask.bit_count() for mask in largest) == group.bit_count()
        assert table[group] == pytest.approx(sum(costs[mask] for mask in largest)), (seed, group)


def test_bad_requests_are_refused() -> None:
    """Too few draws for an error, too many players for the table, a coalition that the family doesn't admit."""
    family = star_family(3)
    with pytest.raises(UsageError, match="at least 2 draws"):
        shapley(float, 7, family, draws=1)
    with pytest.raises(UsageError, match="exact_up_to <= 20"):
        shapley(float, 7, family, exact_up_to=21)
    with pytest.raises(ValueError, match="the cost of players"):
        shapley(lambda _: math.nan, 7, family)
