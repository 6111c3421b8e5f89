"""Wrong names and types from Python are told with the choices there are; none becomes a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lempart import Partition, read_case, shipped_case_path, solve
from lempart.case import Battery, Case, Curtailment, DispatchOptions, Scenario
from lempart.cost import costs_of
from lempart.errors import InputError, LempartError, UsageError
from lempart.search import Automatic, Exhaustive


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(shipped_case_path("example-1"))


RECORDS: list[tuple[Callable[[Case], object], str, str]] = [
    (lambda c: replace(c, market=replace(c.market, voltage_penalty="foo")), "market.voltage_penalty", '"curtailment"'),
    (lambda c: replace(c, market=replace(c.market, externalities="false")), "market.externalities", "True or False"),
    (lambda c: replace(c, dispatch=DispatchOptions(limits="soft")), "dispatch.limits", '"hard" or "elastic"'),  # type: ignore[arg-type]
    (lambda c: replace(c, horizon=replace(c.horizon, steps=3.0)), "time.steps", "a whole number"),
    (lambda c: replace(c, horizon=replace(c.horizon, step_hours="1")), "time.step_hours", "a number"),
    (lambda c: replace(c, grid=replace(c.grid, lines="lines.csv")), "grid.lines", "a tuple"),
    (lambda c: replace(c, grid=replace(c.grid, voltage_band_pu=(0.9, "x"))), "grid.voltage_band_pu", "2 items"),
    (lambda c: replace(c, prosumers=(*c.prosumers[:2], "P3")), "prosumers[2]", "Prosumer"),
    (lambda c: replace(c, prosumers=_owning(c, Battery("1", 2.0))), "prosumers[0].flexibility[0].power_mw", "a number"),  # type: ignore[arg-type]
    (lambda c: replace(c, prosumers=_owning(c, "battery")), "prosumers[0].flexibility[0]", "Battery"),
    (lambda c: replace(c, market=replace(c.market, tax_per_mwh="much")), "Market.tax_per_mwh", "numbers"),
    (lambda _: Curtailment(available_mw=["a", "b"]), "Curtailment.available_mw", "numbers"),  # type: ignore[arg-type]
    (lambda _: Scenario("x", "y"), "Scenario.forecast", "numbers"),  # type: ignore[arg-type]
]


def _owning(case: Case, device: Any) -> tuple[object, ...]:
    return (replace(case.prosumers[0], flexibility=(device,)), *case.prosumers[1:])


@pytest.mark.parametrize(("make", "where", "expected"), RECORDS)
def test_records_of_wrong_types(make: Callable[[Case], object], where: str, expected: str, case: Case) -> None:
    """A record that holds something else names the field, what it may hold, and what was found."""
    with pytest.raises(InputError) as caught:
        make(case)
    (problem,) = caught.value.problems
    assert problem.where == where
    assert expected in problem.message


CALLS: list[tuple[Callable[[Case], object], str]] = [
    (lambda _: solve("example-1"), "read_case"),  # type: ignore[arg-type]
    (lambda c: solve(c, "trees"), "auto, exhaustive, tree, bounded, local"),
    (lambda c: solve(c, 3), "SearchMethod or a text"),  # type: ignore[arg-type]
    (lambda c: solve(c, serch="tree"), "Arguments are: case, search"),  # type: ignore[call-arg]
    (lambda c: solve(c, costs="market price"), "market, with-externalities, without-externalities"),
    (lambda c: solve(c, costs=object()), "cost(coalition), or total(partition)"),
    (lambda c: solve(c, deviation=lambda game, family: 3), "worth(deviating, coalition, partition)"),  # type: ignore[arg-type,return-value]  # noqa: ARG005
    (lambda c: solve(c, deviation="foo"), '"inertia" or "dissolve" or "optimistic" or "pessimistic"'),  # type: ignore[arg-type]
    (lambda c: solve(c, stop=3), "a function"),  # type: ignore[arg-type]
    (lambda c: solve(c, solver={}), "SolverSettings"),  # type: ignore[arg-type]
    (lambda _: Automatic(players="homes"), '"prosumers" or "edges"'),  # type: ignore[arg-type]
    (lambda _: Exhaustive(tolerance=float("nan")), "0 to 1"),
    (lambda _: Partition.of("P1,P2|P3"), "masks"),  # type: ignore[arg-type]
    (lambda _: Partition.of([1.0, 2.0]), "masks"),  # type: ignore[list-item]
    (lambda _: Partition.of(7), "masks"),  # type: ignore[arg-type]
    (lambda c: costs_of(c).partition(Partition.of([0b001])), "{P2, P3} is in no coalition"),
    (lambda c: costs_of(c).partition(Partition.of([0b1111])), "no player with the number 3"),
    (lambda c: costs_of(c).partition(Partition((0b110, 0b001))), "Partition.of"),
    (lambda c: costs_of(c).partition(7), "Partition.of"),  # type: ignore[arg-type]
    (lambda c: costs_of(c).total(Partition.of([0b011])), "{P3} is in no coalition"),
    (lambda c: costs_of(c).coalition_cost(0b010, Partition.of([0b111])), "no coalition"),  # type: ignore[union-attr]
    (lambda c: costs_of(c).coalition_cost("P1", Partition.of([0b111])), "no coalition"),  # type: ignore[union-attr]
    (lambda c: c.with_scenario(Scenario(np.ones((3, 12)), np.ones((3, 12)))), "step_hours=0.25"),
    (lambda c: c.with_scenario(Scenario(1.0, 1.0)), "step_hours"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("call", "told"), CALLS)
def test_calls_that_make_no_sense(call: Callable[[Case], object], told: str, case: Case) -> None:
    """What was KeyError, AttributeError, TypeError or a number is an error that says what may be given."""
    with pytest.raises(UsageError) as caught:
        call(case)
    assert told in str(caught.value)


def test_inadmissible_partitions_have_no_cost() -> None:
    """Of all set partitions of five players 34 are admitted by the feeder; the other 18 were costed."""
    costs = costs_of(read_case(shipped_case_path("rural-feeder-5")))
    family = costs.prepared.family
    admitted = set(family.enumerate())
    refused = [partition for partition in map(Partition.of, _set_partitions(5)) if partition not in admitted]
    assert (len(admitted), len(refused)) == (34, 18)
    for partition in refused:
        with pytest.raises(LempartError, match="share the edge"):
            costs.partition(partition)


def _set_partitions(players: int) -> list[list[int]]:
    found: list[list[int]] = [[]]
    for player in range(players):
        bit = 1 << player
        found = [
            [*blocks[:at], blocks[at] | bit, *blocks[at + 1 :]] if at < len(blocks) else [*blocks, bit]
            for blocks in found
            for at in range(len(blocks) + 1)
        ]
    return found
