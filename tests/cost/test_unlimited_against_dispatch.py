"""What a coalition pays without a limit in reach, from its own dispatch, agrees with one dispatch of the whole grid."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.case import Curtailment
from lempart.cost import CostsWithExternalities, PreparedCase, with_externalities
from lempart.cost.routes.by_cluster import ByCluster
from lempart.cost.routes.no_limits import NoLimits
from lempart.cost.scenarios import Scenarios
from lempart.cost.with_externalities import Route
from lempart.game import Inertia
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder, wide_feeder


def test_every_coalition_of_every_partition() -> None:
    """Proves the closed form of Eq 8 on all coalitions, carried and carrying, against duals of the coupled dispatch."""
    compared = carrying = left_open = 0
    for seed in range(24):
        prepared = PreparedCase.of(wide_feeder(seed))
        costs, slow = NoLimits(ByCluster(Scenarios.of(prepared))), CostsWithExternalities(prepared, join=False)
        assert costs.always
        partitions = list(prepared.family.enumerate())
        for index in np.random.default_rng(seed).permutation(len(partitions))[:8]:
            partition = partitions[index]
            whole = slow.partition(partition)
            for coalition, there in zip(partition, whole.coalitions, strict=True):
                here = costs.cost(coalition, partition)
                left_open += here is None
                if here is None:
                    continue
                assert here == pytest.approx(there.total, abs=3e-6 * max(1.0, abs(whole.total), abs(there.total)))
                compared += 1
                carrying += there.transit_tax > 1e-3
    assert compared > 300
    assert carrying > 30
    assert 0 < left_open < compared  # kinks came up, and were left to others


def test_it_applies_only_where_nothing_can_reach_a_limit() -> None:
    """Proves that a rating which a battery could reach, or a realisation beyond one, leaves it to the full dispatch."""
    people = [prosumer("p1", "p1", battery(2.0)), prosumer("p2", "p2")]
    forecast = {"p1": [1.0, -1.0], "p2": [0.5, 0.5]}

    def always(rating: float, **more: object) -> bool:
        given = case([line("root", "p1", rating=rating), line("root", "p2", rating=1.0)], people, forecast, **more)
        return NoLimits(ByCluster(Scenarios.of(PreparedCase.of(given)))).always

    assert always(3.1)
    assert not always(2.9)
    assert not always(3.1, realization={"p1": [1.0, -1.0], "p2": [0.5, 1.2]})


def test_where_limits_bind_or_are_exceeded_it_is_left_to_the_full_dispatch() -> None:
    """Proves what it says right on feeders with limits of all sorts, and that it keeps silent where one counts."""
    said = silent = 0
    for seed in range(16):
        tight, band = (None, 1.3)[seed % 2], ((0.9, 1.1), None)[seed % 2]
        prepared = PreparedCase.of(random_feeder(seed, prosumers=4, reactive=True, tight=tight, band=band))
        costs, slow = NoLimits(ByCluster(Scenarios.of(prepared))), CostsWithExternalities(prepared, join=False)
        for partition in prepared.family.enumerate():
            whole = slow.partition(partition)
            assert whole.parts is not None
            for coalition, there in zip(partition, whole.coalitions, strict=True):
                here = costs.cost(coalition, partition)
                if whole.parts.line + whole.parts.voltage > 1e-6:
                    assert here is None
                if here is not None:
                    assert here == pytest.approx(there.total, abs=1e-5 * max(1.0, abs(whole.total), abs(there.total)))
                said += here is not None
                silent += here is None
    assert min(said, silent) > 20


def test_a_limit_that_binds_ex_ante_alone_counts() -> None:
    """Proves that it keeps silent where the plan has to respect a line that what really happens leaves free."""
    lines = [line("root", "a", rating=1.0), line("a", "p1"), line("a", "p2")]
    people = [prosumer(name, name, Curtailment(np.array([0.6]), 5.0)) for name in ("p1", "p2")]
    given = case(lines, people, {"p1": [0.6], "p2": [0.6]}, realization={"p1": [0.3], "p2": [0.3]}, price_per_mwh=200.0)
    costs = NoLimits(ByCluster(Scenarios.of(PreparedCase.of(given))))
    assert costs.cost(0b01, Partition.of([0b01, 0b10])) is None


def test_deviations_cost_the_same_with_and_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves that the route, chosen by how many players there are, changes no deviation's cost, and nothing is kept."""
    prepared = PreparedCase.of(wide_feeder(10))
    family, everyone = prepared.family, prepared.family.everyone
    assert CostsWithExternalities(prepared).route is Route.BY_CLUSTER
    monkeypatch.setattr(with_externalities, "FEW_PLAYERS", 1)
    quick, slow = CostsWithExternalities(prepared), CostsWithExternalities(prepared, join=False)
    together = Partition.of([everyone])
    leaving = [mask for mask in family.subcoalitions(everyone) if mask != everyone]
    here = [Inertia(quick, family).worth(mask, everyone, together) for mask in leaving]
    there = [Inertia(slow, family).worth(mask, everyone, together) for mask in leaving]
    assert here == pytest.approx(there, rel=1e-5, abs=1e-5)
    assert quick.route is Route.NO_LIMITS
    assert quick.joined + quick.coupled < slow.coupled / 2
