"""Core margins of many draws against the linear program of Algorithm 1, draw by draw."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lempart.game import core_verdict
from lempart.game.core import balanced
from lempart.game.core.balanced import BalancedCollections
from lempart.partition import Family
from lempart.tree import Tree
from lempart.typing import FloatArray


def star(players: int) -> Family:
    return Family.singletons(Tree.of([-1] + [0] * players, list(range(1, players + 1))))


@pytest.mark.parametrize(("players", "count"), [(2, 1), (3, 5), (4, 41)])
def test_their_number_is_the_published_one(players: int, count: int) -> None:
    """Minimal balanced collections without the grand one: 1, 5 and 41 for two, three and four players (Peleg 1965)."""
    family = star(players)
    found = BalancedCollections.of(family, family.everyone).weights
    assert found is not None
    assert len(found) == count


def _games(masks: tuple[int, ...], draws: int, seed: int) -> FloatArray:
    """Return random costs around a concave function of size, so that some cores are empty and some aren't."""
    rng = np.random.default_rng(seed)
    sizes = np.array([mask.bit_count() for mask in masks])
    costs: FloatArray = 100 * sizes**0.8 * rng.uniform(0.85, 1.15, (draws, len(masks)))
    return costs


@pytest.mark.parametrize("by_program", [False, True])
@pytest.mark.parametrize("players", [2, 3, 4, 5])
def test_margins_against_the_core_program(players: int, by_program: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the margin is negative it is the core's shortfall; elsewhere the core isn't empty. Both happen.

    Both ways are compared: with all collections listed, and with a linear program for every draw.
    """
    if by_program:
        monkeypatch.setattr(balanced, "MAX_CANDIDATES", 0)
    family = star(players)
    grand = BalancedCollections.of(family, family.everyone)
    threats = _games(grand.masks, 30, players)
    threats[5, 0] = math.inf
    cost = _games((family.everyone,), 30, players + 50)[:, 0]
    margins, closest = grand.margins(cost, threats)
    empty = 0
    for draw in range(30):
        game = dict(zip(grand.masks, threats[draw].tolist(), strict=True)) | {family.everyone: float(cost[draw])}
        verdict = core_verdict(game.__getitem__, family.everyone, family)
        assert verdict.shortfall == pytest.approx(max(0.0, -margins[draw]), abs=1e-6)
        assert verdict.stable == (margins[draw] >= -1e-6 * max(1.0, cost[draw]))
        if not verdict.stable:
            empty += 1
            assert {m for m, used in zip(grand.masks, closest[draw], strict=True) if used} == {
                weight.coalition for weight in verdict.balanced if weight.coalition != family.everyone
            }
    assert 0 < empty < 30


def test_a_single_player_cannot_be_undercut() -> None:
    """A player alone has an infinite margin; a coalition that isn't viable has none at all."""
    family = star(3)
    alone = BalancedCollections.of(family, 1)
    margins, closest = alone.margins(np.array([5.0, np.inf]), np.zeros((2, 0)))
    assert margins.tolist() == [np.inf, -np.inf]
    assert closest.shape == (2, 0)
    grand = BalancedCollections.of(family, 7)
    nobody = np.full((1, 6), np.inf)
    assert grand.margins(np.array([5.0]), nobody)[0].tolist() == [np.inf]
    assert not grand.margins(np.array([np.inf]), np.ones((1, 6)))[1].any()


def test_a_draw_does_not_depend_on_its_neighbours() -> None:
    """Margins are the same to the last bit alone and among others."""
    family = star(4)
    grand = BalancedCollections.of(family, family.everyone)
    threats, cost = _games(grand.masks, 7, 1), _games((15,), 7, 2)[:, 0]
    together = grand.margins(cost, threats)[0]
    alone = [grand.margins(cost[d : d + 1], threats[d : d + 1])[0][0] for d in range(7)]
    assert together.tolist() == alone
