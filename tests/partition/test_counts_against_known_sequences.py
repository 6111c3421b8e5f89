"""Counting against numbers found elsewhere: the paper's 34, Bell and Fibonacci numbers, DATA's shapes."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from lempart.partition import Family
from support.trees import chain, random_tree, singles, star

BELL = [1, 1, 2, 5, 15, 52, 203, 877, 4140, 21147, 115975, 678570]
FIBONACCI = [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597]


@pytest.mark.parametrize("shape", [(2, 1, 2), (2, 1, 1, 1), (1, 1, 1, 1, 1)])
def test_five_prosumers_on_a_chain_have_the_papers_34_partitions(shape: tuple[int, ...]) -> None:
    """The paper's count for its Lausanne neighbourhood; buses of degree two change nothing."""
    family = Family.singletons(chain(shape))
    assert family.count() == 34
    assert len(set(family.enumerate())) == 34


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (1, 1, 3), (1, 2, 2), (1, 2, 1, 1)])
def test_five_prosumers_on_other_shapes_have_40(shape: tuple[int, ...]) -> None:
    """The count tells shapes apart: two hubs of two and three give 40, whichever is nearer the PCC."""
    assert Family.singletons(chain(shape)).count() == 40


@pytest.mark.parametrize("n", range(12))
def test_a_star_has_all_set_partitions(n: int) -> None:
    """On a star every set partition is edge-disjoint, and has single boundaries: Bell(n) of either kind."""
    assert Family.singletons(star(n)).count() == BELL[n]
    assert Family.singletons(star(n), single_boundary=True).count() == BELL[n]


@pytest.mark.parametrize("n", range(1, 9))
def test_a_chain_has_fibonacci_numbers(n: int) -> None:
    """One prosumer per bus: every other Fibonacci number, F(2n - 1); and n with single boundaries.

    With single boundaries only the tail ends of the chain are coalitions: one choice, where the market ends.
    """
    assert Family.singletons(chain([1] * n)).count() == FIBONACCI[2 * n - 1]
    assert Family.singletons(chain([1] * n), single_boundary=True).count() == n


def test_single_boundary_partitions_of_the_papers_chain() -> None:
    """9 of the 34 partitions of the chain (2, 1, 2) have only single boundaries, counted by hand.

    From the far bus inwards: 2; then together or not, 2 + 1 = 3; then the set partitions of two leaves and
    the rest, in which the rest alone counts thrice: 3 + 3 + 1 + 1 + 1.
    """
    assert Family.singletons(chain((2, 1, 2)), single_boundary=True).count() == 9


def test_a_chain_of_two_thousand_is_counted_and_opened_at_once() -> None:
    """Depth meets no recursion limit, the count is exact, and enumeration doesn't wait for it."""
    n = 2000
    assert sys.getrecursionlimit() < n
    before = time.process_time()
    family = Family.singletons(chain([1] * n))
    a, b = 0, 1
    for _ in range(2 * n - 1):
        a, b = b, a + b
    assert family.count() == a
    first = next(family.enumerate())
    assert first.union == family.everyone
    assert time.process_time() - before < 10.0


def test_a_star_of_two_thousand_is_counted_and_opened_at_once() -> None:
    """Bell(2000) modulo a prime agrees with Touchard's congruence B(n + p) = B(n) + B(n + 1) mod p."""
    p = 5
    before = time.process_time()
    counts = [Family.singletons(star(n)).count() % p for n in (2000, 1995, 1996)]
    assert counts[0] == (counts[1] + counts[2]) % p
    assert next(Family.singletons(star(2000)).enumerate()).union == (1 << 2000) - 1
    assert time.process_time() - before < 30.0


def test_a_random_feeder_of_three_thousand_is_counted() -> None:
    """Thousands of prosumers on a random feeder in seconds."""
    tree = random_tree(np.random.default_rng(3), 1500, 3000)
    before = time.process_time()
    family = Family(tree, singles(3000), single_boundary=False)
    assert family.count().bit_length() > 1000
    assert Family(tree, singles(3000), single_boundary=True).count() <= family.count()
    assert time.process_time() - before < 10.0


def test_enumeration_of_a_huge_family_is_lazy() -> None:
    """43 prosumers on a chain have 2.6e17 partitions (ALGORITHMS D); the first thousand differ, and come fast."""
    family = Family.singletons(chain([1] * 43))
    assert 2.5e17 < family.count() < 2.7e17
    before = time.process_time()
    first = {partition for _, partition in zip(range(1000), family.enumerate(), strict=False)}
    assert len(first) == 1000
    assert time.process_time() - before < 2.0
