"""The nucleolus against another implementation, and Kohlberg's criterion against both."""

from __future__ import annotations

import coopgame
import numpy as np
import pytest

from lempart.game import CoreRows, kohlberg_certificate, nucleolus
from lempart.partition import members


def random_costs(seed: int) -> dict[int, float]:
    """Return a random game of 2 to 7 players: normal, small integers (many ties), convex, or by size."""
    rng = np.random.default_rng([6, seed])
    players = int(rng.integers(2, 8))
    draw = (
        lambda _: float(rng.normal()),
        lambda _: float(rng.integers(-5, 6)),
        lambda mask: -float(mask.bit_count() ** 2 + rng.random()),
        lambda mask: float(rng.random() * mask.bit_count() * 1e4),
    )[seed % 4]
    return {mask: draw(mask) for mask in range(1, 1 << players)}


def rows_of(costs: dict[int, float]) -> CoreRows:
    return CoreRows.of(costs, members)


@pytest.mark.parametrize("start", range(0, 200, 25))
def test_200_random_games(start: int) -> None:
    """Equal to coopgame's pre-nucleolus to 1e-7 of the cost (relative to 1 at least), and certified, in every game."""
    for seed in range(start, start + 25):
        costs = random_costs(seed)
        rows = rows_of(costs)
        found = nucleolus(rows)
        theirs = coopgame.prenucleolus(coopgame.Game([-costs[mask] for mask in sorted(costs)]))["allocation"]
        for player, amount in found.allocation.items():
            assert amount == pytest.approx(-theirs[player], abs=1e-7 * rows.unit), seed
        proof = kohlberg_certificate(rows, found.allocation)
        assert proof.holds, seed
        assert proof.unique, seed
        assert found.unique, seed


@pytest.mark.parametrize("seed", range(60))
def test_shifted_allocations_are_refuted_with_a_transfer(seed: int) -> None:
    """A ten-thousandth shifted between two players is noticed, and the transfer offered lowers the gain it says.

    The transfer is checked by hand: it sums to 0, raises no gain at or above the level that failed, and lowers one.
    """
    rows = rows_of(random_costs(seed))
    found = dict(nucleolus(rows).allocation)
    rng = np.random.default_rng(seed)
    one, other = rng.choice(len(rows.payers), 2, replace=False).tolist()
    found[one] += 1e-4 * rows.unit
    found[other] -= 1e-4 * rows.unit
    proof = kohlberg_certificate(rows, found)
    assert not proof.holds
    assert proof.transfer is not None
    step = np.array([proof.transfer[payer] for payer in rows.payers])
    assert step.sum() == pytest.approx(0.0, abs=1e-8)
    gains = (rows.matrix @ np.array([found[payer] for payer in rows.payers]) - rows.costs)[:-1]
    change = (rows.matrix @ step)[:-1]
    lowered = change < -1e-6
    assert lowered.any()
    top = gains[lowered].max()
    assert np.all(change[gains >= top - 1e-9 * rows.unit] <= 1e-7)


@pytest.mark.parametrize("seed", range(40))
def test_weights_are_balancing(seed: int) -> None:
    """Each level's weights, at least 1, combine its groups into the span of earlier levels and of everyone."""
    rows = rows_of(random_costs(seed))
    proof = kohlberg_certificate(rows, nucleolus(rows).allocation)
    row_of = {mask: rows.matrix[[place]].toarray()[0] for place, mask in enumerate(rows.masks)}
    span = [row_of[rows.masks[-1]]]
    for level in proof.levels:
        assert min(level.weights.values()) >= 1.0 - 1e-9
        total = sum(weight * row_of[mask] for mask, weight in level.weights.items())
        rest = total - np.array(span).T @ np.linalg.lstsq(np.array(span).T, total, rcond=None)[0]
        assert np.abs(rest).max() < 1e-7
        span += [row_of[mask] for mask in level.weights]
    assert np.linalg.matrix_rank(np.array(span)) == len(rows.payers)


def test_payments_that_do_not_sum_to_the_cost_are_refused() -> None:
    """The nucleolus pays for everything: a cent more or less isn't it, and the reason says so."""
    rows = rows_of(random_costs(0))
    found = dict(nucleolus(rows).allocation)
    found[0] += 0.01 * rows.unit
    proof = kohlberg_certificate(rows, found)
    assert not proof.holds
    assert "not to the cost" in proof.reason
