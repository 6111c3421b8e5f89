"""Bounds and bills from the duals of one dispatch against the costs of every sub-coalition, by brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.case import Case, Convex
from lempart.cost import CostsWithoutExternalities, costs_of
from lempart.cost.bounds.dual import CLOSE_ENOUGH, separates
from lempart.cost.bounds.price_takers import PriceTakers
from lempart.errors import SolverError
from lempart.game import CoreOptions, NoExternalities, core_verdict, partition_verdict
from lempart.partition import Partition, members
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder
from support.nasty_cases import nasty_case

TINY = 1e-5
"""Relative to the largest cost: the tie-break, which is in the duals but not in the costs, and the solver."""


def feeder(seed: int, **fields: object) -> Case:
    """Return a feeder with wide nodes, limits of any tightness and any balance of penalties."""
    given_fields: dict[str, object] = {
        "prosumers": 4,
        "children": 4,
        "tight": [None, 1.0, 0.6][seed % 3],
        "line_penalty_per_mvah": [250.0, 2500.0][seed % 2],
        "imbalance_penalty_per_mwh": [300.0, 20.0][seed // 2 % 2],
        "externalities": False,
    }
    return random_feeder(seed, **(given_fields | fields))  # type: ignore[arg-type]


def decoupled(given_case: Case) -> CostsWithoutExternalities:
    costs = costs_of(given_case)
    assert isinstance(costs, CostsWithoutExternalities)
    return costs


def with_compensation(given_case: Case) -> Case:
    """Return the case with everyone able to produce and take reactive power at will."""
    steps = given_case.horizon.steps
    anything = Convex(np.zeros(steps), np.zeros(steps), apparent_power_mva=3.0)
    people = tuple(replace(p, flexibility=(*p.flexibility, anything)) for p in given_case.prosumers)
    return replace(given_case, prosumers=people)


def worst_excess(costs: CostsWithoutExternalities) -> tuple[float, int]:
    """Return the most any bound asks a sub-coalition above its cost, part by part and in all, and how many bounds."""
    family = costs.prepared.family
    bounds = costs.bounds(family.everyone)
    parts = {mask: costs.coalition(mask).parts for mask in family.subcoalitions(family.everyone)}
    scale = max(1.0, *(abs(p.total) for p in parts.values() if p is not None))
    worst, count = -np.inf, 0
    for anchor in parts:
        cuts = bounds(anchor)
        if cuts is None:
            continue
        count += 1
        for mask, own in parts.items():
            if own is not None:
                dispatched, balanced = (float(cut[list(members(mask))].sum()) for cut in cuts)
                worst = max(worst, dispatched - own.flexibility, balanced - own.imbalance)
    return worst / scale, count


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([None, (0.99, 1.008)]))
def test_every_bound_holds_for_every_sub_coalition(seed: int, band: tuple[float, float] | None) -> None:
    """From whatever sub-coalition's duals, also for those who were no part of it."""
    worst, count = worst_excess(decoupled(feeder(seed, band=band)))
    assert count == 0 or worst <= TINY


def test_what_lies_above_a_binding_voltage_limit_has_its_price() -> None:
    """Below a bus that a voltage limit presses on, prices say nothing of those above; a feeder that once showed it."""
    worst, count = worst_excess(decoupled(feeder(9403, band=(0.99, 1.008))))
    assert count == 9
    assert worst <= TINY


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_every_bound_holds_with_reactive_power(seed: int, strict: bool) -> None:
    """Given loads; or everyone compensating under ``strict_reactive``."""
    drawn = feeder(seed, reactive=True, strict_reactive=strict, band=(0.98, 1.015))
    worst, count = worst_excess(decoupled(with_compensation(drawn) if strict else drawn))
    assert count == 0 or worst <= 5 * TINY


def test_bounds_are_exact_where_they_are_made() -> None:
    """A coalition's own bound gives its dispatch and balancing costs in full, if no reactive power flows."""
    for seed in range(12):
        costs = decoupled(feeder(seed))
        family = costs.prepared.family
        bounds = costs.bounds(family.everyone)
        for mask in family.subcoalitions(family.everyone):
            parts, cuts = costs.coalition(mask).parts, bounds(mask)
            assert (parts is None) == (cuts is None)
            if mask == family.everyone and parts is not None and cuts is not None:
                own = [float(cut[list(members(mask))].sum()) for cut in cuts]
                unit = max(1.0, parts.flexibility)
                assert own == pytest.approx([parts.flexibility, parts.imbalance], abs=TINY * unit)


def test_bounds_left_out_are_known_closely_enough() -> None:
    """After the whole coalition's, whoever gets none pays little more than bounds before say, and some get none.

    Asked for the whole coalition once more it begins anew.
    """
    left_out = 0
    for seed in range(12):
        costs = decoupled(feeder(seed, tight=0.6))
        family = costs.prepared.family
        bounds = costs.bounds(family.everyone)
        whole = bounds(family.everyone)
        if whole is None:
            continue
        cuts, enough = [whole], CLOSE_ENOUGH * (costs.cost(family.everyone) - np.sum(whole))
        others, nothing = [mask for mask in family.subcoalitions(family.everyone) if mask != family.everyone], []
        for mask in others:
            made, parts = bounds(mask), costs.coalition(mask).parts
            nothing.append(made is None)
            if made is not None:
                cuts.append(made)
            elif parts is not None:
                known = np.array(cuts)[:, :, list(members(mask))].sum(axis=2).max(axis=0).sum()
                assert parts.flexibility + parts.imbalance - known <= enough + TINY * max(1.0, parts.total)
                left_out += 1
        bounds(family.everyone)
        assert [bounds(mask) is None for mask in others] == nothing
    assert left_out > 20


@pytest.mark.parametrize("seed", [12, 14, 21])
def test_reactive_power_at_a_shadow_price(seed: int) -> None:
    """Inverters that network rows limit: edges would ask too much, so the grid is left out and the bounds hold."""
    fields = {
        "prosumers": 5,
        "children": 5,
        "devices": "every kind",
        "reactive": True,
        "band": (0.985, 1.012),
        "tight": 0.8,
    }
    costs = decoupled(feeder(seed, **fields))
    everyone = costs.prepared.family.everyone
    solved = costs.last_dispatch(everyone)
    assert solved is not None
    assert not separates(solved)
    cuts, parts = costs.bounds(everyone)(everyone), costs.coalition(everyone).parts
    assert cuts is not None
    assert parts is not None
    assert cuts[0].sum() < parts.flexibility
    worst, count = worst_excess(costs)
    assert count > 5
    assert worst <= TINY


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000))
def test_elastic_limits(seed: int) -> None:
    """Where the excess is priced ex-ante the edge allocation isn't defined; bounds without the grid still hold."""
    worst, count = worst_excess(decoupled(feeder(seed, limits="elastic", band=(0.99, 1.008))))
    assert count > 0
    assert worst <= TINY


def test_nasty_cases() -> None:
    """Weak lines, losses, groups, elastic limits, heat pumps, negative prices and what not, at every tie-break.

    The tie-break is in the duals but not in the costs. Small as it is by default it is worth some 2e-7 of what power
    costs; where a case sets one that is larger bounds give way for it (without that: up to 15 % too high).
    """
    bounds = 0
    for seed in range(16):
        drawn = nasty_case(seed, market="no externalities")
        larger = replace(drawn, dispatch=replace(drawn.dispatch, tie_break_per_mw2h=(0.5, 1e-9)[seed % 2]))
        worst, count = worst_excess(decoupled(larger))
        assert count == 0 or worst <= TINY, seed
        bounds += count
    assert bounds > 50


def test_a_solver_that_fails_spares_no_work_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no solver finds what prosumers would pay at a price there is no bound, and the verdict is the same."""
    drawn = feeder(3, tight=0.6)
    right = [core_verdict(decoupled(drawn).cost, 0b1111, decoupled(drawn).prepared.family).stable]

    def fails(*_: object) -> None:
        raise SolverError("no answer that meets the tolerances")

    monkeypatch.setattr(PriceTakers, "values", fails)
    costs = decoupled(drawn)
    assert costs.bounds(0b1111)(0b0001) is None
    found = core_verdict(
        costs.cost,
        0b1111,
        costs.prepared.family,
        bounds=costs.bounds(0b1111),
        options=CoreOptions(method="row generation"),
    )
    assert [found.stable] == right


@pytest.mark.parametrize("seed", range(24))
def test_verdicts_equal_those_of_the_whole_lp(seed: int) -> None:
    """Stable or not, ``Y`` and ``ε``; where no dispatch of a sub-coalition was made, the bills bear scrutiny."""
    drawn = feeder(seed, reactive=seed % 5 == 0)
    by_all, by_rows = decoupled(drawn), decoupled(drawn)
    family = by_all.prepared.family
    full = core_verdict(by_all.cost, family.everyone, family, options=CoreOptions(method="enumeration"))
    bounds = by_rows.bounds(family.everyone)
    found = core_verdict(
        by_rows.cost, family.everyone, family, bounds=bounds, options=CoreOptions(method="row generation")
    )
    assert (found.viable, found.stable) == (full.viable, full.stable)
    if not full.viable:
        return
    unit = max(1.0, abs(full.cost))
    assert found.core_value == pytest.approx(full.core_value, abs=2 * TINY * unit)
    if not full.stable:
        assert found.least_core is not None
        assert full.least_core is not None
        assert found.least_core.epsilon == pytest.approx(full.least_core.epsilon, abs=TINY * unit)
        return
    paid = found.allocation
    assert paid is not None
    assert sum(paid.values()) == pytest.approx(full.cost, abs=1e-9 * unit)
    for mask in family.subcoalitions(family.everyone):
        assert sum(paid[i] for i in members(mask)) <= by_all.cost(mask) + TINY * unit


def test_those_feeders_reach_every_kind_of_verdict() -> None:
    """The comparison above isn't idle: closed form, rows for a stable coalition and rows for an unstable one."""
    kinds = set()
    for seed in range(24):
        costs = decoupled(feeder(seed, reactive=seed % 5 == 0))
        family = costs.prepared.family
        bounds = costs.bounds(family.everyone)
        found = core_verdict(
            costs.cost, family.everyone, family, bounds=bounds, options=CoreOptions(method="row generation")
        )
        kinds.add((found.method, found.stable))
    assert {("closed form", True), ("row generation", True), ("row generation", False)} <= kinds


def star_of(homes: int) -> Case:
    """Return homes on rated lines at one bus; every subset is a sub-coalition. Surplus here, shortage there."""
    rng = np.random.default_rng(homes)
    need = rng.normal(size=(homes, 2)).round(2)
    lines = [line("root", f"n{m}", r=0.001, rating=6.0) for m in range(homes)]
    people = [prosumer(f"P{m}", f"n{m}", battery(cost_per_mwh=float(rng.uniform(5, 40)))) for m in range(homes)]
    forecast = {f"P{m}": need[m] for m in range(homes)}
    came = {f"P{m}": need[m] * 1.1 for m in range(homes)}
    return case(lines, people, forecast, realization=came, externalities=False, imbalance_penalty_per_mwh=100.0)


def test_a_partition_of_ten_homes_is_decided_by_one_dispatch() -> None:
    """1,023 sub-coalitions, none of them priced, and nobody would leave the bills (checked for all)."""
    costs = decoupled(star_of(10))
    family = costs.prepared.family
    together = Partition.of([family.everyone])
    verdict = partition_verdict(together, family, NoExternalities(costs)).coalitions[0]
    assert (verdict.stable, verdict.method, verdict.priced) == (True, "closed form", 0)
    paid = verdict.allocation
    assert paid is not None
    rng = np.random.default_rng(0)
    for mask in rng.integers(1, 1023, 150).tolist():
        assert sum(paid[i] for i in members(mask)) <= costs.cost(mask) + TINY * verdict.cost


def test_edges_are_enumerated() -> None:
    """Def. V.1 read literally keeps its rows; bounds over prosumers aren't used for it."""
    costs = decoupled(star_of(4))
    together = Partition.of([0b1111])
    verdict = partition_verdict(
        together, costs.prepared.family, NoExternalities(costs), options=CoreOptions(players="edges")
    )
    assert verdict.coalitions[0].method == "enumeration"
