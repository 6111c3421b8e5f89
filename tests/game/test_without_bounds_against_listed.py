"""Sub-coalitions listed as they are asked for, against all of them."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from lempart.game.core.objectors.without_bounds import ObjectorsWithoutBounds, proper_subcoalitions
from lempart.partition import Family
from support.trees import random_players, random_tree, singles, star


@pytest.mark.parametrize("single_boundary", [False, True])
def test_each_comes_once(single_boundary: bool) -> None:
    """Proves that every proper sub-coalition of every coalition comes, once, whatever tree, groups and customers."""
    seen = 0
    for seed in range(60):
        rng = np.random.default_rng([seed, single_boundary])
        prosumers = int(rng.integers(2, 9))
        tree = random_tree(rng, int(rng.integers(1, 6)), prosumers)
        players = random_players(rng, prosumers, int(rng.integers(1, min(prosumers, 6) + 1)))
        if single_boundary:
            players = tuple((m,) for player in players for m in player)
        family = Family(tree, players, single_boundary)
        for coalition in family.subcoalitions(family.everyone):
            listed = list(proper_subcoalitions(family, coalition))
            assert len(listed) == len(set(listed))
            assert set(listed) | {coalition} == set(family.subcoalitions(coalition))
            seen += len(listed)
    assert seen > 2000


def test_those_that_decide_soonest_come_first_even_of_a_trillion() -> None:
    """Proves the order, and that nothing is listed before it is asked for: 2^40 would not fit."""
    family = Family(star(40), singles(40), single_boundary=True)
    first = list(islice(proper_subcoalitions(family, family.everyone), 81))
    assert [mask.bit_count() for mask in first] == [1] * 40 + [39] * 40 + [2]


def test_what_was_given_and_not_priced_comes_again() -> None:
    """Proves that a batch that was broken off isn't lost, and that batches double."""
    family = Family(star(6), singles(6))
    order = ObjectorsWithoutBounds.of(family, family.everyone)
    given = [mask for _, mask in order.separate(np.zeros(6), 0.0)]
    assert len(given) == 12
    for mask in given[:5]:
        order.mark_priced(mask)
    again = [mask for _, mask in order.separate(np.zeros(6), 0.0)]
    assert again[:7] == given[5:]
    assert len(again) == 24
    for mask in again:
        order.mark_priced(mask)
    rest = [mask for _, mask in order.separate(np.zeros(6), 0.0)]
    assert len(given[:5]) + len(again) + len(rest) == 62
    assert order.any_left
    for mask in rest:
        order.mark_priced(mask)
    assert not order.any_left


def test_likely_objectors_come_first_and_once() -> None:
    """Proves that what is left of a mask in the coalition is asked first, alone, and isn't listed again."""
    family = Family(star(6), singles(6))
    coalition = 0b011111
    order = ObjectorsWithoutBounds.of(family, coalition, try_first=(0b100110, 0b000110, coalition, 0b100000))
    assert [mask for _, mask in order.separate(np.zeros(6), 0.0)] == [0b00110]
    order.mark_priced(0b00110)
    seen = [0b00110]
    while order.any_left:
        batch = [mask for _, mask in order.separate(np.zeros(6), 0.0)]
        seen += batch
        for mask in batch:
            order.mark_priced(mask)
    assert sorted(seen) == list(range(1, coalition))
