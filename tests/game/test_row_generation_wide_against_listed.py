"""Separation by a mixed-integer program against listing every union; rows of more players than can be listed."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.game import core_verdict
from lempart.game.core.objectors.listed import MAX_LISTED_BRANCHES, ListedUnions
from lempart.game.core.objectors.mixed_integer import UnlistedUnions
from lempart.partition import members
from support.trees import star_family


@pytest.mark.parametrize("seed", range(12))
def test_the_same_union_may_gain_most(seed: int) -> None:
    """Nine branches of ten players, two parts of the cost with several bounds each, some unions priced already."""
    rng = np.random.default_rng(seed)
    branches = (0b11, *(1 << player for player in range(2, 10)))
    listed, wide = ListedUnions(branches), UnlistedUnions(branches)
    for _ in range(int(rng.integers(1, 5))):
        cuts = (rng.normal(5.0, 3.0, 10), rng.normal(0.0, 2.0, 10))
        listed.add_cuts(cuts)
        wide.add_cuts(cuts)
    shares = rng.normal(5.0, 2.0, 10)
    for _ in range(6):
        ((gain, mask),), ((other_gain, other_mask),) = listed.most_violated(shares), wide.most_violated(shares)
        assert other_gain == pytest.approx(gain, abs=1e-6)
        assert other_mask == mask
        for join in (listed, wide):
            join.mark_priced(mask)
            join.mark_priced(0b01)  # half a branch: no union


def test_nothing_is_left_once_all_are_priced() -> None:
    """Two branches have three unions."""
    wide = UnlistedUnions((0b01, 0b10))
    wide.add_cuts((np.zeros(2),))
    for mask in (0b01, 0b10, 0b11):
        assert wide.most_violated(np.ones(2))
        wide.mark_priced(mask)
    assert wide.most_violated(np.ones(2)) == []


@pytest.mark.parametrize("surcharge", [0.0, 0.001, 0.6])
def test_twenty_players_at_one_place(surcharge: float) -> None:
    """A million subsets can't be listed or priced: in closed form, or by rows, with a proof that sums can check."""
    need = np.random.default_rng(1).normal(size=(20, 4))
    everyone = 2**20 - 1
    assert MAX_LISTED_BRANCHES < 20

    def cost(mask: int) -> float:
        own = float(np.abs(need[list(members(mask))].sum(axis=0)).sum())
        return own + (surcharge * np.abs(need).sum() if mask == everyone else 0.0)

    def bounds(mask: int) -> tuple[np.ndarray, ...]:
        return (need @ np.sign(need[list(members(mask))].sum(axis=0)),)

    found = core_verdict(cost, everyone, star_family(20), bounds=bounds)
    assert found.priced < 300
    assert (found.stable, found.method) == ((False, "row generation") if surcharge else (True, "closed form"))
    if found.allocation is not None:
        for mask in np.random.default_rng(0).integers(1, everyone, 2000).tolist():
            assert sum(found.allocation[i] for i in members(mask)) <= cost(mask) + 1e-5
        return
    for player in range(20):
        assert sum(w.weight for w in found.balanced if w.coalition >> player & 1) == pytest.approx(1.0)
    assert sum(w.weight * cost(w.coalition) for w in found.balanced) < cost(everyone) - 1e-5
    assert found.least_core is not None
    paid, masks = found.least_core.allocation, np.random.default_rng(0).integers(1, everyone, 2000).tolist()
    gains = [sum(paid[i] for i in members(m)) - cost(m) for m in masks]
    assert max(gains) <= found.least_core.epsilon + 1e-5
