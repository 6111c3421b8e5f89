"""Prices that have to be chosen among several end no run: they are found, or it is said how well they are known."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lempart.case import Case
from lempart.conic import Outcome, SolverSettings, Verdict, dual_choice
from lempart.conic.program import ConicProgram
from lempart.cost import CostsWithExternalities, PartitionCost, PartitionSeries, costs_of
from lempart.errors import InfeasibleError
from lempart.io import read_case
from lempart.partition import Partition
from support.command_line import runner
from support.drawn_homes import feeder_of_homes
from support.feeders import random_feeder

CASES = int(os.environ.get("LEMPART_CASES", "10"))
"""Cases of each kind: LEMPART_CASES=400 draws more of them, in some ten minutes."""

FOUND = Path(__file__).parents[1] / "data" / "found" / "price-at-a-kink.toml"
"""A case with a choice of prices in the partition p0,p1|p2,p3."""


def _feeder(seed: int) -> Case:
    kinds: list[dict[str, object]] = [
        {"reactive": True, "reactive_price_per_mvarh": 50.0},
        {"devices": "every kind", "reactive": True, "reactive_price_per_mvarh": 50.0},
        {"limits": "elastic", "tight": 0.6},
        {"devices": "every kind", "reactive": True, "limits": "elastic", "tight": 0.6},
    ]
    return random_feeder(seed, prosumers=4 + seed % 2, quadratic=False, **kinds[seed % 4])  # type: ignore[arg-type]


@pytest.mark.parametrize("drawn", [feeder_of_homes, _feeder])
def test_random_cases_are_all_billed(drawn: Callable[[int], Case]) -> None:
    """Every partition that can be dispatched has bills known to full accuracy, however many prices are optimal.

    Homes number 39 are the first whose choice of prices once ended a run.
    """
    billed = marked = 0
    for seed in [39, *range(CASES)]:
        costs = CostsWithExternalities(costs_of(drawn(seed)).prepared, join=False)
        rng = np.random.default_rng(seed)
        for partition in {costs.prepared.family.sample(rng) for _ in range(5)}:
            try:
                found = costs.partition(partition)
            except InfeasibleError:
                continue
            billed += 1
            marked += any(own.price_dependent for own in found.coalitions)
            assert not any(own.known_to for own in (*found.coalitions, *found.regular)), (seed, partition)
    assert marked > CASES // 2
    assert billed > CASES


def _partition(costs: object) -> PartitionCost:
    assert isinstance(costs, CostsWithExternalities)
    return costs.partition(Partition.of([0b0011, 0b1100]))


@pytest.mark.parametrize("loosely", [True, False])
def test_what_is_not_solved_is_bounded(
    loosely: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no solver chooses to full accuracy bills differ from the right ones by no more than is said.

    Loosely: an answer of low accuracy is found. Otherwise none is, and the dispatch's own prices are taken.
    """
    right = _partition(costs_of(read_case(FOUND)))
    solve = dual_choice.solve

    def unsure(program: ConicProgram, settings: SolverSettings) -> Outcome:
        found = solve(program, settings)
        assert found.solution is not None
        if not loosely or settings.accepted < dual_choice.LOOSE:
            return Outcome(Verdict.FAILED, None, "AlmostSolved")
        moved = found.solution.x + 1e-5
        rough = replace(found.solution, x=moved, s=program.rhs - program.matrix @ moved, cost=program.cost(moved))
        return Outcome(Verdict.SOLVED, rough, "Solved")

    monkeypatch.setattr(dual_choice, "solve", unsure)
    found = _partition(costs_of(read_case(FOUND)))
    for exact, own in zip(right.coalitions, found.coalitions, strict=True):
        assert exact.known_to == 0.0
        assert abs(own.total - exact.total) < own.known_to < (0.5 if loosely else 20.0)
        assert own.price_dependent
    assert found.total == pytest.approx(right.total, abs=1e-6)
    for command in ("cost", "bill"):
        told = runner(monkeypatch, capsys)(command, FOUND, "--partition", "p0,p1|p2,p3").out
        assert "The bills of this partition are known to" in told
    kept = json.loads(runner(monkeypatch, capsys)("bill", FOUND, "--partition", "p0,p1|p2,p3", "--json", "-").out)
    assert [market["known_to"] for market in kept["markets"]] == [own.known_to for own in found.coalitions]


def test_draws_keep_how_well_bills_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draw of a series says of its bills what the same case says alone."""
    monkeypatch.setattr(dual_choice, "solve", lambda *_: Outcome(Verdict.FAILED, None, "AlmostSolved"))
    expected = _partition(costs_of(read_case(FOUND)))
    prepared = costs_of(read_case(FOUND)).prepared
    scenario = prepared.case.scenario
    drawn = PartitionSeries(prepared, draws=1).at(scenario.forecast[None], scenario.realization[None])
    found = drawn.costs(expected.partition).draw(0)
    known = [own.known_to for own in expected.coalitions]
    assert [own.known_to for own in found.coalitions] == pytest.approx(known, rel=1e-6)
    assert all(known)
