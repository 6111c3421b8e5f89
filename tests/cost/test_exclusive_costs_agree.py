"""Costs with batteries that never charge and discharge at once, by every way there is to find them.

Coalitions dispatched apart against one dispatch of the whole grid; many draws together against one at a time; bounds
from duals against the costs of every sub-coalition.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import Case, Curtailment, Scenario
from lempart.cost import (
    PARTS,
    CoalitionSeries,
    CostsWithExternalities,
    CostsWithoutExternalities,
    PartitionCost,
    PartitionSeries,
    PreparedCase,
)
from lempart.cost.routes.cluster_dispatch import ClusterDispatcher
from lempart.cost.routes.whole_grid import WholeGrid
from lempart.dispatch import Exclusive
from lempart.errors import GaveUpError, SolverError
from lempart.game import CoreOptions, core_verdict
from lempart.partition import Partition, members
from support.bills import amounts
from support.burning import burning_case, convex

DRAWS = 3


def _partitions(prepared: PreparedCase, seed: int, most: int) -> list[Partition]:
    every = list(prepared.family.enumerate())
    return [every[i] for i in np.random.default_rng(seed).permutation(len(every))[:most]]


def _moved(one: PartitionCost, other: PartitionCost) -> float:
    """Return the largest difference of any amount, as a share of the total."""
    return float(np.abs(amounts(one) - amounts(other)).max()) / max(1.0, abs(other.total))


def test_apart_as_on_the_whole_grid() -> None:
    """Every part of every bill; and many of these partitions cost less where batteries may burn energy."""
    changed = 0
    for seed in range(4):
        case = burning_case(seed, prosumers=4, owners=2, tight=(None, 1.1)[seed % 2], band=None)
        prepared = PreparedCase.of(case)
        fast, slow, free = (
            CostsWithExternalities(prepared),
            CostsWithExternalities(prepared, join=False),
            CostsWithExternalities(PreparedCase.of(convex(case))),
        )
        for partition in _partitions(prepared, seed, 3):
            found = fast.partition(partition)
            assert _moved(found, slow.partition(partition)) < 1e-5
            assert not found.burning
            assert found.gap == 0.0
            burns = free.partition(partition)
            assert bool(burns.burning) == (_moved(found, burns) > 1e-6)
            changed += bool(burns.burning)
    assert changed >= 4


def test_a_search_that_was_given_up_is_not_begun_again_on_the_whole_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one convex dispatch at most: the cluster's search ends with the error, and no other dispatch is tried."""
    prepared = replace(
        PreparedCase.of(burning_case(1, prosumers=4, owners=2, band=None)), exclusive=Exclusive(max_solves=1)
    )
    monkeypatch.setattr(WholeGrid, "cost", lambda *_: pytest.fail("the whole grid is dispatched"))
    with pytest.raises(GaveUpError, match="would charge and discharge at once, and after 1 dispatches"):
        CostsWithExternalities(prepared).partition(Partition.of([0b0011, 0b1100]))


def test_a_cluster_that_can_not_be_solved_is_tried_on_the_whole_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that fails proves nothing: the whole grid's dispatch gives the same bill."""

    def failing(*_: object) -> None:
        raise SolverError("no luck")

    prepared = PreparedCase.of(burning_case(0, prosumers=4, owners=2, band=None))
    everyone = Partition.of([prepared.family.everyone])
    expected = CostsWithExternalities(prepared, join=False).partition(everyone)
    monkeypatch.setattr(ClusterDispatcher, "plan", failing)
    assert CostsWithExternalities(prepared).partition(everyone).total == expected.total


def test_costs_of_single_coalitions_agree_with_those_of_their_partition() -> None:
    """What a coalition pays where no limit is in reach, by its cluster alone and by the partition."""
    for seed in range(3):
        prepared = PreparedCase.of(burning_case(seed, prosumers=4, owners=2, band=None))
        alone, whole = CostsWithExternalities(prepared), CostsWithExternalities(prepared, join=False)
        for partition in _partitions(prepared, seed, 3):
            for mask in partition:
                paid = whole.coalition_cost(mask, partition)
                assert alone.coalition_cost(mask, partition) == pytest.approx(paid, rel=1e-5, abs=1e-5)


def _draws(case: Case, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shape = (DRAWS, *case.scenario.forecast.shape)
    forecasts = case.scenario.forecast * rng.uniform(0.8, 1.2, shape)
    return forecasts, forecasts * rng.uniform(0.9, 1.1, shape)


def test_many_draws_with_externalities_as_one_at_a_time() -> None:
    """A batch hands draws in which something would burn to the search, one by one; the others it keeps."""
    changed = kept = 0
    kinds = ({}, {"owners": 2, "tight": 1.1}, {"price_per_mwh": 90.0})
    for seed, fields in enumerate(kinds):
        case = burning_case(seed, **({"owners": 1, "tie_break": 0.01} | fields))
        prepared, draws = PreparedCase.of(case), _draws(case, seed)
        series, free = (
            PartitionSeries(prepared, draws=10_000).at(*draws),
            PartitionSeries(PreparedCase.of(convex(case))).at(*draws),
        )
        for partition in _partitions(prepared, seed, 2):
            found, burnt = series.costs(partition), free.costs(partition)
            for draw, (forecast, actual) in enumerate(zip(*draws, strict=True)):
                own = replace(prepared, case=replace(case, scenario=Scenario(forecast, actual)))
                assert _moved(found.draw(draw), CostsWithExternalities(own, join=False).partition(partition)) < 1e-5
                differs = _moved(found.draw(draw), burnt.draw(draw)) > 1e-5
                changed, kept = changed + differs, kept + (not differs)
    assert changed >= 3
    assert kept >= 1


def surplus_alone(seed: int) -> Case:
    """Return a case without externalities: too much for everyone, which batteries may burn or curtailment take."""
    case = burning_case(seed, prosumers=4, owners=2, children=4, externalities=False, band=None)
    rng = np.random.default_rng(seed)
    surplus = np.abs(case.scenario.forecast.real) * 0.4
    people = tuple(
        replace(one, flexibility=(*one.flexibility, Curtailment(surplus[m], float(rng.uniform(10, 40)))))
        for m, one in enumerate(case.prosumers)
    )
    scenario = Scenario(surplus + 0j, surplus * rng.uniform(0.9, 1.1, surplus.shape) + 0j)
    return replace(case, prosumers=people, scenario=scenario)


@pytest.mark.parametrize("engine", ["batch", "single"])
def test_many_draws_without_externalities_as_one_at_a_time(engine: str) -> None:
    """Parts of the cost of a coalition alone, draw by draw, by both engines."""
    changed = 0
    for seed in range(2):
        case = surplus_alone(seed)
        case = replace(case, dispatch=replace(case.dispatch, tie_break_per_mw2h=0.01))
        prepared, (forecasts, actual) = PreparedCase.of(case), _draws(case, seed)
        everyone = prepared.family.everyone
        found = CoalitionSeries(prepared, everyone, engine=engine).costs(forecasts, actual)  # type: ignore[arg-type]
        for draw in range(DRAWS):
            given = replace(case, scenario=Scenario(forecasts[draw], actual[draw]))
            own = CostsWithoutExternalities(PreparedCase.of(given)).coalition(everyone)
            assert own.parts is not None
            row = [getattr(own.parts, name) for name in PARTS]
            assert found.parts[0, draw] == pytest.approx(row, abs=1e-5 * max(1.0, own.total))
            changed += bool(CostsWithoutExternalities(PreparedCase.of(convex(given))).coalition(everyone).burning)
    assert changed >= 2


def test_bounds_hold_and_collect_less_where_something_would_burn() -> None:
    """No bound asks a sub-coalition for more than its cost, and cores are decided as by pricing everyone.

    The bounds are those of the convex dispatch: directions are a coalition's own, their duals bind nobody else.
    """
    short = 0
    for seed in range(3):
        costs = CostsWithoutExternalities(PreparedCase.of(surplus_alone(seed)))
        family = costs.prepared.family
        everyone = family.everyone
        bounds, parts = costs.bounds(everyone), {m: costs.coalition(m).parts for m in family.subcoalitions(everyone)}
        scale = max(1.0, *(abs(p.total) for p in parts.values() if p is not None))
        for anchor in parts:
            cuts = bounds(anchor)
            if cuts is None:
                continue
            for mask, own in parts.items():
                if own is not None:
                    dispatched = float(cuts[0][list(members(mask))].sum())
                    assert dispatched <= own.flexibility + 1e-5 * scale
                    short += mask == anchor and dispatched < own.flexibility - 1e-3 * scale
        listed = core_verdict(costs.cost, everyone, family, options=CoreOptions(method="enumeration"))
        fresh = CostsWithoutExternalities(PreparedCase.of(surplus_alone(seed)))
        rows = fresh.bounds(everyone)
        generated = core_verdict(
            fresh.cost, everyone, family, bounds=rows, options=CoreOptions(method="row generation")
        )
        assert (listed.viable, listed.stable) == (generated.viable, generated.stable)
    assert short >= 2
