"""Proposition V.1: with perfect forecasts the grand coalition has the least cost of all partitions."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.cost import CostModel, costs_of
from lempart.errors import InfeasibleError
from lempart.partition import Partition, submasks
from support.feeders import random_feeder

SLACK = 1e-5
"""Relative: the tie-break may move a total by as much."""


def _total(costs: CostModel, partition: Partition) -> float | None:
    try:
        return costs.partition(partition).total
    except InfeasibleError:
        return None


def _splits(costs: CostModel, coarse: Partition) -> list[Partition]:
    """Return every admissible partition in which one coalition of ``coarse`` is split in two."""
    found = []
    for mask in coarse:
        for part in submasks(mask):
            if part < mask & ~part:
                finer = coarse.replace(mask, [part, mask & ~part])
                if costs.prepared.family.is_partition(finer):
                    found.append(finer)
    return found


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_the_grand_coalition_is_cheapest(seed: int, reactive: bool) -> None:
    """Coupled power flow, any edge-disjoint partition, limits that bind, reactive power or not."""
    costs = costs_of(random_feeder(seed, perfect=True, reactive=reactive, tight=0.8, devices="every kind"))
    family = costs.prepared.family
    together = _total(costs, Partition.of([family.everyone]))
    rng = np.random.default_rng(seed)
    for partition in {family.sample(rng) for _ in range(4)}:
        total = _total(costs, partition)
        if together is None or total is None:
            assert together is total, "the feasible region is the same for all partitions"
            return
        assert together <= total + SLACK * max(1.0, abs(total))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_with_single_boundaries_every_coarsening_helps(seed: int) -> None:
    """Splitting a coalition in two never makes ``Phi`` smaller: exchanges add up before their modulus is taxed."""
    costs = costs_of(random_feeder(seed, perfect=True, tight=0.9, single_boundary=True))
    family = costs.prepared.family
    rng = np.random.default_rng(seed)
    coarse = Partition.of([family.everyone])
    while (total := _total(costs, coarse)) is not None:
        finer = _splits(costs, coarse)
        if not finer:
            break
        fine = finer[int(rng.integers(len(finer)))]
        below = _total(costs, fine)
        assert below is not None
        assert total <= below + SLACK * max(1.0, abs(total))
        coarse = fine


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_under_self_consumption_every_coarsening_helps(seed: int) -> None:
    """The same for Eq 9, without reactive power: what two coalitions can do apart they can do together."""
    costs = costs_of(random_feeder(seed, perfect=True, tight=1.2, externalities=False))
    family = costs.prepared.family
    rng = np.random.default_rng(seed)
    coarse = Partition.of([family.everyone])
    while finer := _splits(costs, coarse):
        fine = finer[int(rng.integers(len(finer)))]
        total, below = costs.partition(coarse).total, costs.partition(fine).total
        assert total <= below + SLACK * max(1.0, abs(below))
        coarse = fine


def test_with_forecast_errors_it_need_not_be() -> None:
    """The proposition needs perfect forecasts: with errors the grand coalition is beaten on some feeders."""
    beaten = 0
    for seed in range(10):
        costs = costs_of(random_feeder(seed, tight=0.8))
        family = costs.prepared.family
        together = _total(costs, Partition.of([family.everyone]))
        alone = _total(costs, Partition.of([1 << player for player in range(family.player_count)]))
        beaten += together is not None and alone is not None and alone < together - 0.1
    assert beaten
