"""Optima whose programs share a draft, against drafts made anew: no bit depends on what was asked for before."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import product

import numpy as np

from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.cost.bounds.chosen import references
from lempart.cost.bounds.stage_optima import StageDrafts, StageOptima
from lempart.cost.bounds.stage_prices import Planned, StagePrices
from support.nasty_cases import nasty_case

CASES = int(os.environ.get("LEMPART_CASES", "8"))


def _prices(prepared: PreparedCase) -> list[StagePrices]:
    """Return prices of two references, of the realisation alone and of both stages, and others that are drawn."""
    costs, found = CostsWithExternalities(prepared), []
    for reference, theta in product(references(prepared), (0.0, 3.0)):
        planned = Planned.of(costs._on_whole_grid(reference)) if theta else None
        found.append(StagePrices.at(prepared, reference, theta=theta, planned=planned))
    last = found[-1]
    drawn = np.random.default_rng(0).normal(0.0, 5.0, last.came_charge.shape)
    return [*found, replace(last, came_charge=last.came_charge + drawn)]


def test_optima() -> None:
    """Proves optima and directions the same, of one home, of several and of everyone, carried homes too."""
    different = 0
    for seed in range(CASES):
        prepared = PreparedCase.of(nasty_case(seed, prosumers=(3, 5)))
        everyone = tuple(range(len(prepared.case.prosumers)))
        drafts, costs = StageDrafts(), []
        for prices, prosumers in product(_prices(prepared), ((0,), everyone[:2], everyone)):
            kept, anew = (StageOptima(prepared, prices, drafts=own) for own in (drafts, StageDrafts()))
            (cost, here), (other, there) = kept.together(prosumers), anew.together(prosumers)
            assert cost == other
            assert np.array_equal(here.planned, there.planned)
            assert np.array_equal(here.came, there.came)
            assert kept.carried(0, here) == anew.carried(0, there)
            costs.append(cost)
        different += len(set(costs)) > 3
    assert different == CASES
