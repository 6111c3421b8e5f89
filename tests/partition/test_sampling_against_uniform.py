"""Random partitions against the uniform distribution."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from lempart.partition import Family
from lempart.tree import Tree
from support.trees import chain, random_tree, singles, star

TWO_LEVELS = Tree.of([-1, 0, 0, 1, 1, 2, 2, 0], [3, 4, 5, 6, 7])
GROUP_BESIDE_A_LIMB = Tree.of([-1, 0, 1, 1, 2, 2, 0, 0, 1], [3, 4, 5, 6, 7, 8])

FAMILIES = {
    "chain": Family.singletons(chain((2, 1, 2))),
    "star": Family.singletons(star(5)),
    "hub with two subtrees": Family.singletons(TWO_LEVELS),
    "single boundary": Family.singletons(TWO_LEVELS, single_boundary=True),
    "group across subtrees": Family(TWO_LEVELS, ((0, 2), (1,), (3,), (4,)), single_boundary=False),
    "crossing groups": Family(TWO_LEVELS, ((0, 4), (1, 2), (3,)), single_boundary=False),
    "group at one bus": Family(TWO_LEVELS, ((0, 1), (2,), (3,), (4,)), single_boundary=True),
    "group beside a subtree": Family(GROUP_BESIDE_A_LIMB, ((0, 3), (1,), (2,), (4,), (5,)), False),
    "regular customer": Family(TWO_LEVELS, singles(4), single_boundary=True),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_every_partition_is_equally_likely(name: str) -> None:
    """Chi-square over all partitions with a fixed seed; a sampler that favours one of them fails.

    Drawing each node's joining uniformly, without the number of completions, is off by a factor of two in
    most of these families and far outside the threshold.
    """
    family = FAMILIES[name]
    rng = np.random.default_rng(20)
    partitions = list(family.enumerate())
    drawn = Counter(family.sample(rng) for _ in range(100 * len(partitions)))
    assert set(drawn) <= set(partitions)
    assert chisquare([drawn[partition] for partition in partitions]).pvalue > 1e-3


def test_the_same_seed_draws_the_same() -> None:
    """A draw depends on the generator alone."""
    family = FAMILIES["hub with two subtrees"]
    one, other = np.random.default_rng(1), np.random.default_rng(1)
    assert [family.sample(one) for _ in range(20)] == [family.sample(other) for _ in range(20)]


@pytest.mark.parametrize("single_boundary", [False, True])
def test_large_feeders_can_be_sampled(single_boundary: bool) -> None:
    """Draws from a family far too large to list belong to it."""
    tree = random_tree(np.random.default_rng(5), 120, 300)
    family = Family.singletons(tree, single_boundary=single_boundary)
    rng = np.random.default_rng(6)
    assert all(family.is_partition(family.sample(rng)) for _ in range(3))


def test_a_deep_chain_can_be_sampled() -> None:
    """No recursion limit is met."""
    family = Family.singletons(chain([1] * 1500))
    assert family.is_partition(family.sample(np.random.default_rng(0)))


def test_a_star_of_a_thousand_can_be_sampled() -> None:
    """Exact weights of thousands of digits, but only those near the drawn block size are looked at."""
    family = Family.singletons(star(1000))
    sizes = [len(family.sample(np.random.default_rng(seed))) for seed in range(3)]
    # Number of blocks: mean Bell(n + 1) / Bell(n) - 1 = 189.6, standard deviation 5.4.
    assert all(abs(size - 189.6) < 4 * 5.4 for size in sizes)
