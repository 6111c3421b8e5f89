"""Optima at prices of the network are the same where limits that nothing reaches are left out."""

from __future__ import annotations

import os
from itertools import combinations

import numpy as np
import pytest

from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.cost.bounds.chosen import references
from lempart.cost.bounds.stage_optima import StageOptima
from lempart.cost.bounds.stage_prices import Planned, StagePrices
from support.nasty_cases import nasty_case, pressed

CASES = int(os.environ.get("LEMPART_CASES", "9"))


class EveryLimit(StageOptima):
    """The slow twin: all limits, and a program even where nothing is decided."""

    def _nothing_to_decide(self, prosumers: object) -> bool:  # noqa: ARG002
        return False


@pytest.mark.parametrize("theta", [0.0, 3.0])
def test_without_limits_that_nothing_reaches(theta: float) -> None:
    """Proves cost and direction of homes and pairs, those without flexibility and those behind weak lines included."""
    foreseen = left_out = kept = 0
    for seed in range(CASES):
        given = pressed(nasty_case(seed)) if seed % 3 == 0 else nasty_case(seed)
        costs = CostsWithExternalities(PreparedCase.of(given))
        prepared, lines = costs.prepared, costs.partition_bounds.by_cluster.reach.lines
        reference = references(prepared)[0]
        planned = Planned.of(costs._on_whole_grid(reference)) if theta else None
        prices = StagePrices.at(prepared, reference, theta=theta, planned=planned)
        quick, slow = StageOptima(prepared, prices, lines=lines), EveryLimit(prepared, prices)
        homes = range(len(given.prosumers))
        for who in [*([m] for m in homes), *combinations(homes, 2)]:
            (cost, direction), (expected, other) = quick.together(who), slow.together(who)
            assert cost == pytest.approx(expected, rel=1e-6, abs=1e-5), (seed, who)
            if quick._nothing_to_decide(who):
                taxed = prepared.tariffs.tax > 0.0
                assert np.allclose(direction.came[taxed], other.came[taxed], atol=1e-3)
                foreseen += 1
        ratings = prepared.grid.has_rating
        left_out += int((ratings & ~lines).sum())
        kept += int((ratings & lines).sum())
    assert min(foreseen, left_out, kept) > CASES / 2
