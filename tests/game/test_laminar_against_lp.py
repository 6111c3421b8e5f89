"""Cores of nested coalitions by the theorem, against the core LP over the same sub-coalitions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lempart.errors import InputError
from lempart.game import CoreOptions, core_verdict
from lempart.game.core.laminar import laminar_verdict
from lempart.partition import Family, members
from support.trees import chain, random_players, random_tree, singles, star


def _binary_family(rng: np.random.Generator) -> Family:
    """Return up to nine players, groups at times, on a tree with two branches at most at every bus."""
    while True:
        count = int(rng.integers(2, 10))
        tree = random_tree(rng, int(rng.integers(2, 10)), count)
        if max(map(len, tree.children)) > 2:
            continue
        players = random_players(rng, count, int(rng.integers(2, count + 1))) if rng.random() < 0.3 else singles(count)
        try:
            return Family(tree, players, single_boundary=True)
        except InputError:  # a group with several boundary nodes is no player here
            continue


def test_random_binary_trees() -> None:
    """300 games, some coalitions not viable: stable by the theorem exactly where the LP says so, and in the core."""
    verdicts = {True: 0, False: 0}
    for seed in range(300):
        rng = np.random.default_rng(seed)
        family = _binary_family(rng)
        everyone = family.everyone
        if not family.admissible(everyone):
            continue
        hopeless = float(rng.choice([0.0, 0.3]))
        costs = {
            mask: math.inf
            if rng.random() < hopeless and mask != everyone
            else float(rng.normal(3.0, 2.0)) * mask.bit_count() ** 0.9
            for mask in family.subcoalitions(everyone)
        }
        expected = core_verdict(costs.__getitem__, everyone, family, options=CoreOptions(method="enumeration"))
        found = laminar_verdict(costs.__getitem__, everyone, family)
        verdicts[bool(expected.stable)] += 1
        assert (found is not None) == expected.stable
        if found is None:
            continue
        assert found.core_value == pytest.approx(expected.core_value, abs=1e-7)
        assert found.allocation is not None
        assert list(found.allocation) == list(members(everyone))
        assert math.fsum(found.allocation.values()) == pytest.approx(costs[everyone], abs=1e-9)
        for mask, cost in costs.items():
            assert sum(found.allocation[player] for player in members(mask)) <= cost + 1e-9
    assert min(verdicts.values()) > 20


def test_overlapping_coalitions_are_left_to_the_lp() -> None:
    """On a star of three any two can leave: nothing follows, though no partition is cheaper (Example 2)."""
    family = Family.singletons(star(3), single_boundary=True)
    costs = {1: 10.0, 2: 10.0, 4: 10.0, 3: 10.0, 5: 10.0, 6: 10.0, 7: 16.0}
    assert not core_verdict(costs.__getitem__, 7, family).stable
    assert laminar_verdict(costs.__getitem__, 7, family) is None


def test_equal_savings_by_hand() -> None:
    """Two cost 10 and 6 apart and 12 together: each saves 2. A third at 9, 15 in all: 21 - 15 over three players."""
    pair = Family.singletons(star(2), single_boundary=True)
    found = laminar_verdict({1: 10.0, 2: 6.0, 3: 12.0}.__getitem__, 3, pair)
    assert found is not None
    assert found.allocation == {0: 8.0, 1: 4.0}
    three = Family.singletons(chain([1, 2]), single_boundary=True)
    below = next(mask for mask in three.subcoalitions(7) if mask.bit_count() == 2)
    costs = {1: 9.0, 2: 10.0, 4: 6.0, below: 12.0, 7: 15.0}
    found = laminar_verdict(costs.__getitem__, 7, three)
    assert found is not None
    assert found.allocation == {0: 7.0, 1: 6.0, 2: 2.0}


def test_those_who_cannot_do_without() -> None:
    """One who isn't viable alone pays what the other's own cost leaves, more than equal savings would ask."""
    pair = Family.singletons(star(2), single_boundary=True)
    found = laminar_verdict({1: math.inf, 2: 6.0, 3: 20.0}.__getitem__, 3, pair)
    assert found is not None
    assert found.allocation == {0: 14.0, 1: 6.0}
