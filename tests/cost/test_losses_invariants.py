"""What holds of losses on any feeder: the invariants of their formulation, on drawn ones."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lempart.case import Case, Convex
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, costs_of, edge_allocation, push_down
from lempart.dispatch import dispatch
from lempart.errors import InfeasibleError
from lempart.game import CoreOptions, Stable, core_verdict
from lempart.grid import RadialGrid, line_flows
from lempart.partition import Partition, members
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder

CASES = int(os.environ.get("LEMPART_CASES", "4"))
"""LEMPART_CASES=240 draws as many feeders for each invariant, in some ten minutes."""

SLACK = 1e-5
"""Relative: the tie-break, which is in duals and not in costs, may move a total by as much."""


CORE = 1e-8
"""The same of allocations in the core: they are made of a coalition's own costs and duals."""


def _coupled(given: Case) -> CostsWithExternalities:
    costs = costs_of(given)
    assert isinstance(costs, CostsWithExternalities)
    return costs


def _alone(given: Case) -> CostsWithoutExternalities:
    costs = costs_of(given)
    assert isinstance(costs, CostsWithoutExternalities)
    return costs


def _feeder(seed: int, **fields: Any) -> Case:
    return random_feeder(seed, losses="priced", **{"prosumers": 4, "band": None, **fields})


def _wide(seed: int, **fields: Any) -> Case:
    """Return a feeder on which no limit binds."""
    given = _feeder(seed, **fields)
    lines = tuple(replace(one, rating_mva=None) for one in given.grid.lines)
    return replace(given, grid=replace(given.grid, lines=lines))


def _sample(costs: CostsWithExternalities, seed: int) -> Partition:
    return costs.prepared.family.sample(np.random.default_rng(seed))


@pytest.mark.parametrize("externalities", [True, False])
@pytest.mark.parametrize("seed", range(min(CASES, 2)))
def test_without_impedance_nothing_changes(seed: int, externalities: bool) -> None:
    """With ``r = x = 0`` the numbers are those without losses, and losses are a part of 0."""
    given = random_feeder(seed, tight=0.8, externalities=externalities, voltage_penalty=100.0)
    lines = tuple(replace(one, r_ohm=0.0, x_ohm=0.0) for one in given.grid.lines)
    given = replace(given, grid=replace(given.grid, lines=lines))
    priced = replace(given, market=replace(given.market, losses="priced"))
    plain, lossy = costs_of(given), costs_of(priced)
    partition = plain.prepared.family.sample(np.random.default_rng(seed))
    try:
        before = plain.partition(partition)
    except InfeasibleError:
        with pytest.raises(InfeasibleError):
            lossy.partition(partition)
        return
    after = lossy.partition(partition)
    assert after.viable == before.viable
    if before.parts is not None and after.parts is not None:
        found = after.parts.as_dict()
        assert found.pop("loss") == 0.0
        assert list(found.values()) == pytest.approx(list(before.parts.as_dict().values()), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(CASES))
def test_prices_fall_by_twice_the_losses_along_a_line(seed: int) -> None:
    """Where nothing binds and nobody else is taxed, ``lambda_n - lambda_A = -2 w_n S_n``; bills leave no surplus."""
    costs = _coupled(_wide(seed, reactive=seed % 2 == 1, perfect=seed % 3 == 0))
    together = Partition.of([costs.prepared.family.everyone])
    (part,) = costs.dispatched(together)
    grid, losses = costs.prepared.grid, costs.prepared.losses
    assert losses is not None
    for node in range(1, grid.node_count):
        parent = grid.tree.parent[node]
        if parent:
            fallen = part.nodal_prices[node] - part.nodal_prices[parent]
            assert fallen == pytest.approx(-2.0 * losses.weight[node] * part.planned.flows_mva[node], abs=2e-4)
    partition = _sample(costs, seed)
    found = costs.partition(partition)
    assert found.network_surplus == pytest.approx(0.0, abs=1e-6 * max(1.0, abs(found.total)))


@pytest.mark.parametrize("seed", range(CASES))
def test_what_marginal_prices_collect_beyond_losses(seed: int) -> None:
    """By the marginal rule the surplus is ``h sum over external edges of w (2 <S_planned, S> - |S|^2)``."""
    given = _with_rule(_wide(seed), "marginal")
    costs = _coupled(given)
    partition = _sample(costs, seed)
    found, (part,) = costs.partition(partition), costs.dispatched(partition)
    external = np.ones(costs.prepared.grid.node_count, dtype=bool)
    for territory in costs.territories(partition):
        external[list(territory.edges)] = False
    planned, came, weight = part.planned.flows_mva, part.realized.flows_mva, costs.prepared.losses.weight
    assert weight is not None
    beyond = weight * (2.0 * (planned.conj() * came).real - np.abs(came) ** 2)
    expected = given.horizon.step_hours * beyond[external].sum()
    assert found.network_surplus == pytest.approx(expected, abs=1e-6 * max(1.0, abs(found.total)))


@pytest.mark.parametrize("rule", ["average", "marginal"])
def test_sharing_losses_changes_no_total(rule: str) -> None:
    """Who pays for losses changes what coalitions pay, and not what a partition costs or how it is dispatched."""
    costs = {name: _coupled(_with_rule(_feeder(1), name)) for name in ("average", rule)}
    partition = _sample(costs["average"], 1)
    assert costs[rule].total(partition) == costs["average"].total(partition)


def _with_rule(given: Case, rule: Any) -> Case:
    return replace(given, market=replace(given.market, loss_pricing=rule))


@pytest.mark.parametrize("seed", range(CASES))
def test_the_closed_form_is_in_the_core(seed: int) -> None:
    """Perfect forecasts: edges share all of ``phi_0``, no sub-coalition more than its own; so do prosumers."""
    fields = {"reactive": True, "devices": "every kind"} if seed % 2 else {}
    costs = _alone(_wide(seed, prosumers=5, externalities=False, perfect=True, strict_reactive=seed % 4 == 1, **fields))
    family = costs.prepared.family
    everyone = family.everyone
    if costs.coalition(everyone).parts is None:
        pytest.skip("not viable")
    solved = dispatch(costs.coalition_problem(family.subgraph(everyone)))
    shares = edge_allocation(solved)
    unit = max(1.0, abs(costs.cost(everyone)))
    assert shares.sum() == pytest.approx(costs.cost(everyone), abs=CORE * unit)
    bills = push_down(costs.prepared.grid.tree, shares)
    for mask in family.subcoalitions(everyone):
        assert shares[list(family.subgraph(mask).edges)].sum() <= costs.cost(mask) + CORE * unit
        assert bills[list(family.prosumers(mask))].sum() <= costs.cost(mask) + CORE * unit
    inner = np.setdiff1d(np.arange(1, len(shares)), costs.prepared.grid.tree.leaf)
    assert np.all(shares[inner] <= CORE * unit)


@pytest.mark.parametrize("seed", range(CASES))
def test_under_perfect_forecasts_one_market_is_cheapest(seed: int) -> None:
    """Proposition V.1 with losses, with limits that bind, in both modes; without externalities it is stable, too."""
    fields: dict[str, Any] = {"perfect": True, "tight": (None, 0.8)[seed % 2], "band": (0.95, 1.05)}
    coupled = _coupled(_feeder(seed, **fields))
    family = coupled.prepared.family
    try:
        together = coupled.total(Partition.of([family.everyone]))
        others = [coupled.total(family.sample(np.random.default_rng(draw))) for draw in range(3)]
        assert all(together <= total + SLACK * max(1.0, abs(total)) for total in others)
    except InfeasibleError:
        pass
    alone = _alone(_feeder(seed, externalities=False, **fields))
    together = alone.total(Partition.of([family.everyone]))
    if np.isfinite(together):
        others = [alone.total(alone.prepared.family.sample(np.random.default_rng(draw))) for draw in range(3)]
        assert all(together <= total + SLACK * max(1.0, abs(total)) for total in others)
        family = alone.prepared.family
        verdict, unit = core_verdict(alone.cost, family.everyone, family), max(1.0, abs(together))
        assert isinstance(verdict, Stable)
        bills = verdict.allocation
        assert sum(bills.values()) == pytest.approx(together, abs=2 * CORE * unit)
        for mask in family.subcoalitions(family.everyone):
            assert sum(bills[player] for player in members(mask)) <= alone.cost(mask) + 2 * CORE * unit


@pytest.mark.parametrize("seed", range(CASES))
def test_a_dispatch_costs_no_less_where_losses_weigh_more(seed: int) -> None:
    """The ex-ante cost doesn't fall with ``w``."""
    costs = _coupled(_feeder(seed))
    problem = costs.problem(_sample(costs, seed))
    assert problem.losses is not None
    weight = problem.losses.weight
    found = [
        dispatch(replace(problem, losses=replace(problem.losses, weight=factor * weight))).solution.cost
        for factor in (0.0, 1.0, 3.0)
    ]
    assert np.all(np.diff(found) > -1e-7 * max(1.0, abs(found[0])))
    assert found[2] > found[0]


@pytest.mark.parametrize("seed", range(CASES))
def test_lower_bounds_hold(seed: int) -> None:
    """Bounds on partitions hold with losses: limits that bind, wrong forecasts, single boundaries or several."""
    given = _feeder(
        seed,
        prosumers=3 + seed % 2,
        devices=("batteries", "every kind")[seed % 2],
        reactive=seed % 3 == 0,
        tight=(None, 1.02, 0.9)[seed % 3],
        band=((0.93, 1.06), (0.98, 1.02))[seed // 2 % 2],
        single_boundary=seed % 4 == 0,
    )
    costs = _coupled(given)
    bounds = costs.partition_bounds
    try:
        for partition in costs.prepared.family.enumerate():
            total = costs.total(partition)
            assert bounds.floor + sum(map(bounds.sharp_excess, partition)) <= total + 1e-6 * max(1.0, abs(total))
    except InfeasibleError:
        pytest.skip("the forecast can't be met")


def test_a_dispatch_without_losses_bounds_nothing() -> None:
    """A home's own cost without losses, 110, is no bound on what it costs with them: a good 109.

    Reactive power that is forecast, and doesn't come, hides most of the tax. With losses 1 MWh is worth 105.16 to the
    dispatch, without 103.16: at a cost of 104 one of both turns up generation, which pays once the tax is all there.
    """
    generator = Convex(np.zeros(1), np.ones(1), cost_per_mwh=np.full(1, 104.0))
    given = case(
        [line("root", "a", 0.01)],
        [prosumer("A", "a", generator)],
        {"A": [-1.0 - 3.0j]},
        realization={"A": [-1.0 + 0.0j]},
        price_per_mwh=100.0,
        tax_per_mwh=10.0,
        single_boundary=True,
        losses="priced",
    )
    costs = _coupled(given)
    plain = _coupled(replace(given, market=replace(given.market, losses="none")))
    bounds = costs.partition_bounds
    assert plain.total("A") == pytest.approx(110.0, abs=1e-6)
    assert costs.total("A") < 109.5
    assert bounds.floor + bounds.sharp_excess(1) <= costs.total("A")


@pytest.mark.parametrize("seed", range(CASES))
def test_bounds_from_duals_hold(seed: int) -> None:
    """Bounds ask no sub-coalition for more than it costs, with wrong forecasts and limits that bind or not.

    Where none binds those of everyone's own dispatch collect all but violations and losses of the errors' own flows.
    """
    make = _wide if seed % 2 else _feeder
    costs = _alone(
        make(seed, prosumers=5, externalities=False, tight=(None, 0.9)[seed // 2 % 2], reactive=seed % 3 == 0)
    )
    family = costs.prepared.family
    everyone, unit = family.everyone, max(1.0, abs(costs.cost(family.everyone)))
    if not np.isfinite(unit):
        pytest.skip("not viable")
    bounds = costs.bounds(everyone)
    subcoalitions = list(family.subcoalitions(everyone))
    for asked in (everyone, *subcoalitions[:4]):
        cuts = bounds(asked)
        if cuts is None:
            continue
        for mask in subcoalitions:
            inside = list(members(mask))
            assert sum(float(cut[inside].sum()) for cut in cuts) <= costs.cost(mask) + SLACK * unit
    if make is _wide:
        cuts, parts = costs.bounds(everyone)(everyone), costs.coalition(everyone).parts
        assert cuts is not None
        assert parts is not None
        scenario, grid = costs.prepared.case.scenario, costs.prepared.grid
        missed = line_flows(grid, scenario.realization - scenario.forecast).real
        assert costs.prepared.losses.weight is not None
        own = costs.prepared.case.horizon.step_hours * (costs.prepared.losses.weight * missed**2).sum()
        collected = sum(float(cut.sum()) for cut in cuts)
        assert collected <= parts.total - parts.line - parts.voltage + SLACK * unit
        rents = edge_allocation(costs.last_dispatch(everyone))
        if np.all(_inner(grid, rents) <= -1e-3):  # nothing is dropped
            assert collected == pytest.approx(parts.total - parts.line - parts.voltage - own, abs=2 * SLACK * unit)


def _inner(grid: RadialGrid, amounts: np.ndarray) -> np.ndarray:
    return amounts[np.setdiff1d(np.arange(1, grid.node_count), grid.tree.leaf)]


@pytest.mark.parametrize("seed", range(min(CASES, 2)))
def test_row_generation_agrees_with_enumeration(seed: int) -> None:
    """Cores of seven homes at one bus: by bounds and rows, and with every sub-coalition priced."""
    given = _feeder(seed, prosumers=7, children=7, externalities=False, perfect=seed % 2 == 0, steps=2)
    costs = _alone(given)
    family = costs.prepared.family
    verdicts = [
        core_verdict(costs.cost, family.everyone, family, CoreOptions(method=method), bounds=bounds)
        for method, bounds in (("enumeration", None), ("row generation", costs.bounds(family.everyone)))
    ]
    assert verdicts[0].stable == verdicts[1].stable
    assert verdicts[0].core_value == pytest.approx(verdicts[1].core_value, rel=1e-6, abs=1e-6)


def test_losses_dont_balance_a_market() -> None:
    """Trap 1: A injects 1 MW, B takes 0.9: no market, since losses are metered nowhere and nothing else takes 0.1."""
    given = case(
        [line("root", "a", 0.01), line("root", "b", 0.01)],
        [prosumer("A", "a"), prosumer("B", "b")],
        {"A": [1.0], "B": [-0.9]},
        externalities=False,
        price_per_mwh=100.0,
        losses="priced",
    )
    costs = _alone(given)
    assert costs.cost(costs.prepared.family.everyone) == np.inf
    assert "balance" in costs.coalition(costs.prepared.family.everyone).reason


def test_joining_never_taxes_losses() -> None:
    """Trap 2: two loads of 1 MW, 5 CHF of losses on the way to the second: 285 CHF, apart and together alike."""
    given = case(
        [line("root", "1", 0.0), line("1", "2", 0.05)],
        [prosumer("A", "1"), prosumer("B", "2")],
        {"A": [-1.0], "B": [-1.0]},
        price_per_mwh=100.0,
        tax_per_mwh=40.0,
        losses="priced",
    )
    costs = _coupled(given)
    assert costs.total("A|B") == pytest.approx(285.0)
    assert costs.total("A,B") == pytest.approx(285.0)


@pytest.mark.parametrize(("strict", "together"), [(False, 0.0), (True, None)])
def test_given_reactive_flows_lose_nothing_in_a_market_alone(strict: bool, together: float | None) -> None:
    """Trap 3: two homes of 1 Mvar each share a line; counted, its losses would be four times a home's."""
    given = case(
        [line("root", "bus", 0.05), line("bus", "a", 0.01), line("bus", "b", 0.01)],
        [prosumer("A", "a", battery()), prosumer("B", "b", battery())],
        {"A": [0.0 + 1.0j], "B": [0.0 + 1.0j]},
        externalities=False,
        price_per_mwh=100.0,
        losses="priced",
        strict_reactive=strict,
    )
    costs = _alone(given)
    found = costs.cost(costs.prepared.family.everyone)
    assert found == (np.inf if together is None else pytest.approx(together, abs=1e-9))
    if not strict:
        verdict = core_verdict(costs.cost, costs.prepared.family.everyone, costs.prepared.family)
        assert verdict.stable
