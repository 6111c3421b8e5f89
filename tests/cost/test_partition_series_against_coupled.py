"""Costs of partitions in many draws against the costs of one draw at a time, with one dispatch of the whole grid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lempart.case import Case, Scenario
from lempart.cases import shipped_case_path
from lempart.cost import CostsWithExternalities, PartitionSeries, PartitionSeriesCosts, PreparedCase
from lempart.cost.dispatched import DispatchedPart
from lempart.cost.draws.blocks import block_problem, blocks, members_of
from lempart.cost.draws.layout import PartitionLayout
from lempart.cost.equations.exchanges import exchanged_mva
from lempart.cost.equations.settlement import Settlement, Traded, own_costs
from lempart.cost.scenarios import Scenarios
from lempart.dispatch import dispatch
from lempart.errors import InfeasibleError
from lempart.io import read_case
from lempart.partition import Partition, mask_of
from lempart.typing import ComplexArray
from support.bills import amounts
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder

DRAWS, PARTITIONS = 4, 3
MANY, ONE = 10_000, 1
"""Draws expected in all: with many the whole grid is dispatched in a batch, with one it is not."""


def _random_case(seed: int, devices: str) -> Case:
    """Return a feeder of any sort, with limits that are loose, near, or bind."""
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {
        "prosumers": int(rng.integers(3, 7)),
        "steps": int(rng.integers(2, 4)),
        "children": int(rng.integers(2, 4)),
        "devices": devices,
        "reactive": bool(rng.random() < 0.5),
        "tight": (None, 1.2, 1.02, 0.9)[seed % 4],
        "band": ((0.93, 1.06), (0.975, 1.025), None)[int(rng.integers(3))],
        "single_boundary": bool(rng.random() < 0.3),
    }
    given = random_feeder(seed, **options)
    # A tie-break that a solver resolves, as elsewhere two of them may end at other dispatches that cost the same.
    tie_break = 3000 * PreparedCase.of(given).tie_break
    return replace(given, dispatch=replace(given.dispatch, tie_break_per_mw2h=tie_break))


def _draws(given: Case, seed: int = 0, count: int = DRAWS) -> tuple[ComplexArray, ComplexArray]:
    rng = np.random.default_rng(seed)
    shape = (count, *given.scenario.forecast.shape)
    forecasts = given.scenario.forecast * rng.uniform(0.5, 1.2, shape)
    return forecasts, forecasts * rng.uniform(0.8, 1.2, shape)


def _drawn(prepared: PreparedCase, forecast: ComplexArray, actual: ComplexArray) -> PreparedCase:
    return replace(prepared, case=replace(prepared.case, scenario=Scenario(forecast, actual)))


def _differences(
    found: PartitionSeriesCosts, prepared: PreparedCase, draws: tuple[ComplexArray, ComplexArray]
) -> list[float]:
    """Return by how much, of the total, any amount of any draw differs from what a draw costs alone; compare marks."""
    differences = []
    for d, (forecast, actual) in enumerate(zip(*draws, strict=True)):
        expected = CostsWithExternalities(_drawn(prepared, forecast, actual), join=False).partition(found.partition)
        here, size = found.draw(d), max(1.0, abs(expected.total))
        differences.append(float(np.abs(amounts(here) - amounts(expected)).max()) / size)
        assert here.total == pytest.approx(float(found.totals[0, d]), rel=1e-12)
        marks = [[own.price_dependent for own in cost.coalitions] for cost in (here, expected)]
        assert marks[0] == marks[1]
    return differences


@pytest.mark.parametrize(
    ("devices", "expected", "most"), [("batteries", MANY, 1e-5), ("batteries", ONE, 1e-5), ("every kind", MANY, 1e-4)]
)
def test_every_part_of_every_bill_agrees(devices: str, expected: int, most: float) -> None:
    """Proves parts, bills, transit taxes, surplus, what isn't recovered and marks, over all ways to dispatch.

    Nine of ten to 1e-6. The rest are as near as dispatches are that cost the same: of devices that can do each other's
    work which one does it is known less well than what it costs. What a given dispatch costs is exact, see below.
    """
    ways = dict.fromkeys(("apart", "whole_grid", "alone"), 0)
    differences = []
    for seed in range(8):
        prepared = PreparedCase.of(_random_case(seed, devices))
        draws, rng = _draws(prepared.case, seed), np.random.default_rng(seed)
        series = PartitionSeries(prepared, draws=expected).at(*draws)
        every = list(prepared.family.enumerate())
        for index in rng.permutation(len(every))[:PARTITIONS]:
            found = series.costs(every[index])
            differences += _differences(found, prepared, draws)
            for name in ways:
                ways[name] += getattr(found.counts, name)
    assert np.quantile(differences, 0.9) < 1e-6
    assert max(differences) < most
    assert ways["apart"] > 10
    assert (ways["whole_grid"] > 10) == (expected == MANY)
    assert ways["alone"] > 0


@pytest.mark.parametrize("reactive", [True, False])
def test_markets_that_carry_others_power_agree(reactive: bool) -> None:
    """Proves blocks and prices without limits where markets are taxed on what they carry, and that kinks are noticed.

    Without reactive power batteries bring exchanges to zero, and prices have to be chosen; with it hardly ever.
    """
    ways, differences, carried, marked = {"apart": 0, "alone": 0}, [], 0, 0
    for seed in range(5):
        given = random_feeder(seed, prosumers=5, children=2, tight=20.0, band=None, reactive=reactive)
        prepared = PreparedCase.of(given)
        draws = _draws(given, seed)
        series = PartitionSeries(prepared, draws=ONE)
        prepared, drawn = series.prepared, series.at(*draws)
        carried_by = {p: set(series.layout(p).taxed_sums) - {*p.coalitions} for p in prepared.family.enumerate()}
        every = sorted(carried_by, key=lambda p: -len(carried_by[p]))
        for partition in every[:2]:
            found = drawn.costs(partition)
            differences += _differences(found, prepared, draws)
            carried += int((found.transit_tax > 1.0).any(axis=(0, 2)).sum())
            marked += int(found.price_dependent.any(axis=(0, 2)).sum())
            for name in ways:
                ways[name] += getattr(found.counts, name)
    assert max(differences) < 1e-5
    assert carried > 10
    assert (ways["apart"] > 20) == reactive
    assert (ways["alone"] > 20) != reactive
    assert (marked > 5) != reactive


def test_many_draws_are_settled_as_one() -> None:
    """Proves Eqs 5 to 8 for draws: a dispatch settled among draws, or alone, costs the same to the last bit."""
    for seed in range(8):
        prepared = PreparedCase.of(_random_case(seed, "every kind"))
        costs, scenario = CostsWithExternalities(prepared, join=False), prepared.case.scenario
        one = Scenarios.of(prepared)
        many = Scenarios(
            prepared, *(np.array([0.7 * s, s, 1.1 * s]) for s in (scenario.forecast, scenario.realization))
        )
        for partition in list(prepared.family.enumerate())[:4]:
            try:
                (part,) = costs.dispatched(partition)
            except InfeasibleError:
                break
            alone = _settled(one, part, part.solved.nodal_prices)
            among = _settled(many, part, np.array([part.solved.nodal_prices] * 3))
            for name in ("parts", "coalitions", "unrecovered"):
                assert np.array_equal(getattr(among, name)[1], getattr(alone, name))
            assert np.array_equal(among.own.transit_tax[1], alone.own.transit_tax)
            assert alone.parts.sum() == pytest.approx(costs.total(partition), rel=1e-6)


def _settled(scenarios: Scenarios, part: DispatchedPart, prices: ComplexArray) -> Settlement:
    """Return what a partition costs in some scenarios where its dispatch and prices are given."""
    assert part.exchanges is not None
    prepared, flexible = part.prepared, part.solved.flexible_mva
    realized = prepared.flow_map.at(scenarios.forecast + flexible) + scenarios.missed
    exchanged = exchanged_mva(part.exchanges, realized.flows_mva)
    traded = Traded.at(prices[..., part.exchanges.node, :], part.exchanges, exchanged, part.hours)
    cost = np.broadcast_to(part.solved.flexibility_cost, scenarios.forecast.shape[:-1])
    members_of = [territory.prosumers for territory in part.territories]
    own = own_costs(cost, members_of, traded, prepared.tariffs, part.hours)
    return scenarios.settle([scenarios.account(territory) for territory in part.territories], own, realized)


@pytest.mark.parametrize("seed", [1, 3])
def test_a_draw_depends_on_itself_alone(seed: int) -> None:
    """The same draw costs the same to the last bit, first or last, alone or among others, however it is dispatched."""
    prepared = PreparedCase.of(_random_case(seed, "batteries"))
    forecasts, actual = _draws(prepared.case, seed, 5)
    series = PartitionSeries(prepared, draws=MANY)
    together, backwards = series.at(forecasts, actual), series.at(forecasts[::-1], actual[::-1])
    ways = set()
    for partition in list(prepared.family.enumerate())[:6]:
        found, turned = together.costs(partition), backwards.costs(partition)
        ways |= {name for name in ("apart", "whole_grid") if getattr(found.counts, name)}
        for draw in range(5):
            alone = series.at(forecasts[draw : draw + 1], actual[draw : draw + 1]).costs(partition)
            for name in ("parts", "coalitions", "transit_tax", "unrecovered"):
                one = getattr(alone, name)[:, 0]
                assert np.array_equal(getattr(found, name)[:, draw], one, equal_nan=True)
                assert np.array_equal(getattr(turned, name)[:, 4 - draw], one, equal_nan=True)
    assert ways


def test_a_draw_that_cannot_be_met_is_told_as_alone() -> None:
    """A forecast beyond a line's rating has no dispatch, for the reason that a single draw gives, in either way."""
    people = [prosumer("p1", "p1"), prosumer("p2", "p2", battery())]
    given = case(
        [line("root", "p1", rating=1.5), line("root", "p2")], people, {"p1": [1.0], "p2": [1.0]}, tax_per_mwh=5.0
    )
    prepared = PreparedCase.of(given)
    forecasts = np.array([given.scenario.forecast, 2 * given.scenario.forecast, given.scenario.forecast])
    for draws in (MANY, ONE):
        drawn = PartitionSeries(prepared, typical=forecasts, draws=draws).at(forecasts, forecasts)
        found = drawn.costs(Partition.of([1, 2]))
        with pytest.raises(InfeasibleError, match=r"line root-p1 by 0\.5 MVA") as told:
            CostsWithExternalities(_drawn(prepared, forecasts[1], forecasts[1])).partition(Partition.of([1, 2]))
        assert str(found.errors[1]) == str(told.value)
        assert found.errors[0] is None
        assert np.isnan(found.totals[0]).tolist() == [False, True, False]
        assert found.counts.failed == 1
        with pytest.raises(InfeasibleError):
            found.draw(1)


def test_elastic_limits_are_dispatched_for_each_reading() -> None:
    """Elastic limits are priced at the penalties, so that each reading has its own dispatch where they matter."""
    given = random_feeder(4, tight=None, band=(0.99, 1.01), steps=2)
    given = replace(given, dispatch=replace(given.dispatch, limits="elastic"))
    prepared, readings = PreparedCase.of(given), (0.0, "curtailment")
    draws = _draws(given, 1, 3)
    series = PartitionSeries(prepared, readings=readings, draws=MANY).at(*draws)
    partition = next(iter(prepared.family.enumerate()))
    found = series.costs(partition)
    assert found.counts.whole_grid == 3
    for r, reading in enumerate(readings):
        market = replace(given.market, voltage_penalty=reading)
        priced = replace(prepared, case=replace(series.series.prepared.case, market=market))
        for d in range(3):
            expected = CostsWithExternalities(_drawn(priced, draws[0][d], draws[1][d])).total(partition)
            assert found.totals[r, d] == pytest.approx(expected, rel=1e-6)
    assert found.parts[0, :, 0] != pytest.approx(found.parts[1, :, 0], rel=1e-3)


def test_blocks_by_hand() -> None:
    """Sums that flexibility of one prosumer has a part in belong together; what nobody decides is left out.

    Prosumers 0 and 3 are flexible. A sum over 0 and 1 and one over 0 to 3 share prosumer 0, and the latter holds 3,
    whose own sum then belongs to them; 2 alone is given. Without the large sum 0 and 3 are apart.
    """
    flexible = mask_of([0, 3])
    small, large, third, idle = mask_of([0, 1]), mask_of([0, 1, 2, 3]), mask_of([3]), mask_of([2])
    assert blocks([small, idle, large, third], flexible) == [(small, third, large)]
    assert blocks([small, idle, third], flexible) == [(small,), (third,)]


def test_a_block_is_dispatched_as_on_its_grid() -> None:
    """Without limits the grid doesn't matter but for whose injections are taxed: the same ``u`` and cost."""
    given = random_feeder(2, prosumers=4, band=None, quadratic=True)
    given = replace(given, grid=replace(given.grid, lines=tuple(replace(x, rating_mva=None) for x in given.grid.lines)))
    prepared = PreparedCase.of(given)
    prepared = PartitionSeries(prepared).prepared
    for partition in prepared.family.enumerate():
        costs = CostsWithExternalities(prepared)
        layout = PartitionLayout(prepared, costs.territories(partition))
        whole = dispatch(costs.problem(partition))
        for block in blocks(layout.taxed_sums, (1 << 4) - 1):
            apart = dispatch(block_problem(prepared, block))
            everyone = members_of(block)
            assert apart.flexible_mva == pytest.approx(whole.flexible_mva[everyone], abs=1e-4)
            assert apart.flexibility_cost == pytest.approx(whole.flexibility_cost[everyone], rel=1e-5, abs=1e-5)


def test_without_externalities_it_is_refused() -> None:
    """Without externalities coalitions have costs of their own."""
    given = read_case(shipped_case_path("ieee33-branches"))
    with pytest.raises(ValueError, match="CoalitionSeries"):
        PartitionSeries(PreparedCase.of(given))


def test_batches_of_the_whole_grid_are_made_where_they_pay() -> None:
    """None are made for few draws, nor for more partitions than fit into memory; draws then go one by one."""
    prepared = PreparedCase.of(_random_case(3, "batteries"))
    partition = next(iter(prepared.family.enumerate()))
    assert PartitionSeries(prepared, draws=MANY).whole_grid(partition)
    assert not PartitionSeries(prepared, draws=ONE).whole_grid(partition)
    assert not PartitionSeries(prepared, draws=MANY, partitions=100).whole_grid(partition)
