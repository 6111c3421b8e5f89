"""Families with rules against all set partitions, filtered by the definitions and by plain predicates."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from lempart.errors import InputError, UsageError
from lempart.partition import Family, Partition, Weighed, exclusions, mask_of, members, merges, splits
from support.brute_force import BruteForce
from support.drawn_rules import DrawnRules, drawn_rules
from support.trees import chain, random_players, random_tree, singles, star

CASES = int(os.environ.get("LEMPART_CASES", "80"))
"""Drawn families of either kind: LEMPART_CASES=2000 takes some minutes."""


def _drawn(seed: int, single_boundary: bool) -> tuple[Family, BruteForce, DrawnRules]:
    rng = np.random.default_rng([seed, single_boundary, 7])
    while True:
        prosumers = int(rng.integers(2, 8))
        tree = random_tree(rng, int(rng.integers(1, 7)), prosumers)
        count = int(rng.integers(1, min(prosumers, 6) + 1))
        players = random_players(rng, prosumers, count) if seed % 3 else singles(prosumers)
        rules = drawn_rules(rng, len(players))
        try:
            family = Family(tree, players, single_boundary, restrictions=rules.restrictions)
        except InputError:
            continue
        return family, BruteForce(tree, players, single_boundary), rules


def _sets(partition: Partition) -> frozenset[tuple[int, ...]]:
    return frozenset(members(mask) for mask in partition)


@pytest.mark.parametrize("single_boundary", [False, True])
def test_partitions(single_boundary: bool) -> None:
    """Proves count, listing and sub-coalitions; where groups overlap there may be no partition at all."""
    excluding = 0
    for seed in range(CASES):
        family, slow, rules = _drawn(seed, single_boundary)
        every = slow.partitions()
        expected = {blocks for blocks in every if all(map(rules.allow, blocks))}
        listed = list(family.enumerate())
        assert {_sets(partition) for partition in listed} == expected
        assert len(listed) == len(expected) == family.count()
        everyone = tuple(range(family.player_count))
        within = {who for who in slow.subcoalitions(everyone) if rules.allow(who)}
        found = list(family.subcoalitions(family.everyone))
        assert {members(mask) for mask in found} == within
        assert len(found) == len(within)
        for blocks in every:
            partition = Partition.of(map(mask_of, blocks))
            assert family.is_partition(partition) == (blocks in expected)
            if blocks not in expected:
                assert "breaks the rules" in (family.objection(partition) or "")
        excluding += len(expected) < len(every)
    assert excluding > CASES // 4


@pytest.mark.parametrize("single_boundary", [False, True])
def test_what_rules_exclude(single_boundary: bool) -> None:
    """Proves how many coalitions of two and more each rule excludes, and how many keep all."""
    for seed in range(CASES // 2):
        family, slow, rules = _drawn(seed, single_boundary)
        several = [who for who in slow.subcoalitions(range(family.player_count)) if len(who) > 1]
        told = exclusions(family)
        assert told is not None
        assert told.coalitions == len(several)
        assert told.allowed == sum(map(rules.allow, several))
        assert told.excluded == {
            name: sum(not keeps(who) for who in several) for name, keeps in rules.predicates.items()
        }
    assert exclusions(Family.singletons(star(3))) is None


@pytest.mark.parametrize("single_boundary", [False, True])
def test_drawn_partitions_are_uniform(single_boundary: bool) -> None:
    """Proves draws uniform over what keeps the rules: every partition comes up as often as chance has it."""
    several = 0
    for seed in range(12):
        family, slow, rules = _drawn(seed, single_boundary)
        expected = {blocks for blocks in slow.partitions() if all(map(rules.allow, blocks))}
        if not 2 <= len(expected) <= 40:
            continue
        several += 1
        rng, draws = np.random.default_rng(seed), 60 * len(expected)
        seen = Counter(_sets(family.sample(rng)) for _ in range(draws))
        assert set(seen) == expected
        squares = sum((count - 60.0) ** 2 / 60.0 for count in seen.values())
        free = len(expected) - 1
        assert squares < free + 5.0 * (2.0 * free) ** 0.5 + 10.0
    assert several > 3


@pytest.mark.parametrize("single_boundary", [False, True])
def test_steps_and_remainders_keep_the_rules(single_boundary: bool) -> None:
    """Proves merges complete, and that what is left of a coalition falls apart until every part keeps the rules."""
    fell_apart = 0
    for seed in range(CASES // 2):
        family, slow, rules = _drawn(seed, single_boundary)
        free = replace(family, restrictions=None)
        every = set(family.enumerate())
        for partition in list(every)[:10]:
            assert set(merges(family, partition)) == {one for one in merges(free, partition) if one in every}
            assert set(splits(family, partition)) <= every
            for coalition in partition:
                for leaving in family.subcoalitions(coalition):
                    left, plain = family.components(coalition, leaving), free.components(coalition, leaving)
                    if left is None or plain is None:
                        continue
                    kept = {mask for mask in plain if rules.allow(members(mask))}
                    alone = {1 << i for mask in plain if mask not in kept for i in members(mask)}
                    assert set(left) == kept | alone
                    assert slow.is_partition([members(mask) for mask in left]) if left else True
                    fell_apart += bool(alone)
    assert fell_apart > 0


def test_large_families_are_counted() -> None:
    """Proves the dynamic program where there are far too many to list, by numbers known in closed form.

    Pairs at most: matchings of a star of 14 are the involutions, 2,390,480. On a chain with single boundaries and no
    rule that excludes anything the number is that without rules. A hub too wide for exact numbers is refused.
    """
    pairs = Weighed("pairs", (1,) * 14, most=2)
    assert Family.singletons(star(14)).count() == 190_899_322
    rules = type(drawn_rules(np.random.default_rng(0), 2).restrictions)
    assert Family(star(14), singles(14), restrictions=rules((pairs,))).count() == 2_390_480
    tree = chain([3] * 60)
    free = Family.singletons(tree, single_boundary=True)
    loose = replace(free, restrictions=rules((Weighed("all", (1,) * 180, most=180),)))
    assert loose.count() == free.count() > 10**40
    assert loose.is_partition(loose.sample(np.random.default_rng(0)))
    wide = Family(star(60), singles(60), restrictions=rules((Weighed("all", (1,) * 60, most=60),)))
    with pytest.raises(UsageError, match="tighten"):
        wide.count()
