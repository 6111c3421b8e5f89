"""Costs from clusters dispatched apart agree with one dispatch of the whole grid, and are used where they may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lempart.cost.with_externalities
from lempart.case import Case
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.cost.routes import by_cluster, cluster_dispatch
from lempart.cost.routes.clusters import ClusterFinder
from lempart.errors import InfeasibleError
from lempart.grid import FlowMap, realized_state
from lempart.grid.limits import line_excess, reaches_none, voltage_excess
from lempart.partition import Partition, mask_of
from support.bills import amounts
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder

DRAWN = 5


def _random_case(seed: int) -> Case:
    """Return a feeder of any sort: with and without reactive power, loose, binding and violated limits."""
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {
        "prosumers": int(rng.integers(3, 7)),
        "steps": int(rng.integers(2, 5)),
        "children": int(rng.integers(2, 4)),
        "devices": ("batteries", "every kind")[seed % 2],
        "reactive": bool(rng.random() < 0.5),
        "tight": (None, None, 1.02, 0.9)[int(rng.integers(4))],
        "band": ((0.93, 1.06), (0.975, 1.025), None)[int(rng.integers(3))],
        "single_boundary": bool(rng.random() < 0.4),
    }
    return random_feeder(seed, **options)


def _partitions(prepared: PreparedCase, rng: np.random.Generator) -> list[Partition]:
    every = list(prepared.family.enumerate())
    return [every[i] for i in rng.permutation(len(every))[:DRAWN]]


def test_every_part_of_every_bill_agrees() -> None:
    """Proves the separation: parts, bills, transit taxes, surplus and marks at kinks, over both kinds of partitions."""
    joined = coupled = 0
    for seed in range(28):
        prepared = PreparedCase.of(_random_case(seed))
        fast, slow = CostsWithExternalities(prepared), CostsWithExternalities(prepared, join=False)
        for partition in _partitions(prepared, np.random.default_rng(seed)):
            here, there = fast.partition(partition), slow.partition(partition)
            assert amounts(here) == pytest.approx(amounts(there), abs=2e-6 * max(1.0, abs(there.total)))
            marks = [[own.price_dependent for own in cost.coalitions] for cost in (here, there)]
            assert marks[0] == marks[1]
        assert slow.joined == 0
        joined, coupled = joined + fast.joined, coupled + fast.coupled
    assert joined > 50
    assert coupled > 20


def test_regular_customers_are_carried() -> None:
    """Proves that clusters hold regular customers whom a coalition carries, and homes that have nothing to dispatch."""
    lines = [line("root", "a", 0.004), line("a", "b", 0.003), line("b", "c", 0.002)]
    lines += [line(bus, f"{bus}{i}", 0.001, rating=2.6) for bus in "abc" for i in (1, 2)]
    people = [
        prosumer(
            f"{bus}{i}",
            f"{bus}{i}",
            *([battery(1.0, 3.0, cost_per_mwh=8.0)] if (bus, i) != ("a", 1) else []),
            player=(bus, i) != ("b", 2),
        )
        for bus in "abc"
        for i in (1, 2)
    ]
    rng = np.random.default_rng(3)
    forecast = {p.name: rng.normal(0, 1, 3).round(2) for p in people}
    actual = {name: row + 0.2 * rng.normal(0, 1, 3) for name, row in forecast.items()}
    given = case(
        lines, people, forecast, realization=actual, tax_per_mwh=60.0, price_per_mwh=[30.0, 80.0, 50.0],
        imbalance_penalty_per_mwh=200.0, band=(0.9, 1.1),
    )  # fmt: skip
    prepared = PreparedCase.of(given)
    fast, slow = CostsWithExternalities(prepared), CostsWithExternalities(prepared, join=False)
    for partition in prepared.family.enumerate():
        here, there = fast.partition(partition), slow.partition(partition)
        assert amounts(here) == pytest.approx(amounts(there), abs=1e-6 * abs(there.total))
    assert fast.coupled == 0
    assert any(cost.transit_tax > 1.0 for p in prepared.family.enumerate() for cost in fast.partition(p).coalitions)


def test_clusters_of_a_chain_by_hand() -> None:
    """Proves who is dispatched with whom: {1,4} carries 2 and 3; {2,3} within it carries nobody, 5 is apart."""
    lines = [line("root", "a"), line("a", "b"), line("b", "c")]
    at = {"p1": "a", "p2": "b", "p3": "b", "p4": "c", "p5": "a"}
    lines += [line(bus, name) for name, bus in at.items()]
    people = [prosumer(name, name) for name in at]
    prepared = PreparedCase.of(case(lines, people, {name: [1.0] for name in at}))
    finder, family = ClusterFinder(prepared.grid), prepared.family
    masks = [mask_of([0, 3]), mask_of([1, 2]), mask_of([4])]
    territories = [family.subgraph(mask) for mask in masks]
    own = [mask_of(territory.prosumers) for territory in territories]
    found = finder.clusters([finder.span(territory.edge_mask) for territory in territories], own)
    together = {frozenset(cluster.places): cluster for cluster in found}
    assert set(together) == {frozenset({0, 1}), frozenset({2})}
    whole = together[frozenset({0, 1})]
    assert prepared.grid.names[whole.root] == "a"
    assert whole.prosumers == mask_of([0, 1, 2, 3])
    grid, nodes = finder.own_grid(whole, prepared.grid)
    assert [prepared.grid.names[node] for node in nodes] == list(grid.names)
    assert set(grid.names) == {"a", "b", "c", "p1", "p2", "p3", "p4"}


def test_what_no_dispatch_meets_is_told_as_before() -> None:
    """Proves that a cluster that can't be dispatched isn't a number: the error names the line, as without clusters."""
    people = [prosumer("p1", "p1"), prosumer("p2", "p2")]
    given = case([line("root", "p1", rating=0.5), line("root", "p2")], people, {"p1": [1.0], "p2": [1.0]})
    with pytest.raises(InfeasibleError, match=r"line root-p1 by 0\.5 MVA"):
        CostsWithExternalities(PreparedCase.of(given)).partition(Partition.of([1, 2]))


def test_flow_map_agrees_with_the_walk_over_nodes() -> None:
    """Proves that two sparse products give flows, voltages and excesses of the ex-post stage, to the bit for draws.

    Nothing beyond a limit is within it.
    """
    for seed in range(5):
        prepared = PreparedCase.of(random_feeder(seed, prosumers=6, reactive=True, tight=0.8, band=(0.99, 1.01)))
        injection = prepared.case.scenario.realization
        grid, flow_map = prepared.grid, FlowMap.of(prepared.grid)
        here, there = flow_map.at(injection), realized_state(grid, injection)
        close: dict[str, Any] = {"rtol": 0, "atol": 1e-12}
        assert np.allclose(here.flows_mva, there.flows_mva, **close)
        assert np.allclose(here.deviations, there.deviations[flow_map.banded], **close)
        over = line_excess(grid, here.flows_mva, flow_map.rated), voltage_excess(grid, here.deviations, flow_map.banded)
        assert all(excess.any() for excess in over)
        assert np.allclose(over[0], there.line_excess_mva[flow_map.rated], **close)
        assert np.allclose(over[1], there.voltage_excess[flow_map.banded], **close)
        assert not reaches_none(grid, flow_map, here)
        draws = np.array([0.5 * injection, injection, -injection])
        many, walked = flow_map.at(draws), realized_state(grid, draws)
        assert np.array_equal(many.flows_mva[1], here.flows_mva)
        assert np.array_equal(many.deviations[1], here.deviations)
        assert np.array_equal(walked.deviations[1], there.deviations)


def test_what_is_forgotten_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves that caches that keep next to nothing change no bill: whatever is asked for again is computed again."""
    prepared = PreparedCase.of(_random_case(3))
    partitions = list(prepared.family.enumerate())
    remembered = CostsWithExternalities(prepared)
    for module in (
        lempart.cost.with_externalities,
        by_cluster,
        cluster_dispatch,
    ):
        monkeypatch.setattr(module, "MAX_COSTS_KEPT", 1)
    monkeypatch.setattr(cluster_dispatch, "CACHED_GRIDS", 1)
    forgetful = CostsWithExternalities(prepared)
    for partition in partitions + partitions[::-1]:
        here, there = forgetful.partition(partition), remembered.partition(partition)
        assert amounts(here) == pytest.approx(amounts(there), abs=1e-6 * max(1.0, abs(there.total)))
    assert forgetful.joined + forgetful.coupled > remembered.joined + remembered.coupled
