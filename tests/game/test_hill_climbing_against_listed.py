"""Steps uphill against every union listed: what they find is there; that there is nothing takes a proof."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.game.core.objectors.hill_climbing import hill_climb
from lempart.game.core.objectors.listed import ListedUnions
from lempart.game.core.objectors.mixed_integer import UnlistedUnions

BRANCHES = tuple(1 << player for player in range(9))


def drawn(seed: int) -> tuple[np.random.Generator, ListedUnions, UnlistedUnions]:
    rng = np.random.default_rng(seed)
    listed, wide = ListedUnions(BRANCHES), UnlistedUnions(BRANCHES)
    for _ in range(int(rng.integers(1, 6))):
        cuts = (rng.normal(5.0, 3.0, 9), rng.normal(0.0, 2.0, 9))
        listed.add_cuts(cuts)
        wide.add_cuts(cuts)
    for mask in rng.choice(np.arange(1, 512), 40, replace=False).tolist():
        listed.mark_priced(mask)
        wide.mark_priced(mask)
    return rng, listed, wide


@pytest.mark.parametrize("seed", range(20))
def test_gains_are_real_and_mostly_the_largest(seed: int) -> None:
    """The union exists, has no price yet, may gain what is said, and no more than the one that may gain most."""
    rng, listed, wide = drawn(seed)
    shares = rng.normal(5.0, 2.0, 9)
    gain, inside = hill_climb(shares, [np.array(bounds) for bounds in wide.floors], wide.priced)
    index = int(inside @ (1 << np.arange(9)))
    assert listed.open[index]
    assert gain == pytest.approx(float(listed.sums(shares)[index]) - wide.lower_bound(index))
    ((most, _),) = listed.most_violated(shares)
    assert gain <= most + 1e-9


def test_all_closed() -> None:
    """Nothing is found where every union has its price; the empty one is none."""
    closed = [np.array(row, dtype=float) for row in ((1, 0), (0, 1), (1, 1))]
    gain, _ = hill_climb(np.ones(2), [np.zeros((1, 2))], closed)
    assert gain == -np.inf


@pytest.mark.parametrize("seed", range(6))
def test_nobody_above_is_a_proof(seed: int) -> None:
    """Just below the largest gain somebody is above; just beyond it nobody, by either way of looking."""
    rng, listed, wide = drawn(seed)
    shares = rng.normal(5.0, 2.0, 9)
    ((most, mask),) = listed.most_violated(shares)
    assert [found for _, found in wide.separate(shares, most - 1e-4)] == [mask]
    for join in (listed, wide):
        assert join.separate(shares, most + 1e-4) == []
        assert join.separate_quickly(shares, most + 1e-4) == []
        assert join.largest_gain(shares, 5.0) == pytest.approx(most, abs=1e-6)
    assert wide.lower_bound(mask) == pytest.approx(listed.lower_bound(mask))
