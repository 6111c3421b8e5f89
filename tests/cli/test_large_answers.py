"""Answers with many names: rows that can be read, and agree with the result they are cut from."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from lempart import Solution, TreeProgram, solve
from lempart.cli import rows
from lempart.display import short_braces as braces
from support.feeders import random_feeder


@pytest.fixture(scope="module")
def solution() -> Solution:
    """Return the ten cheapest partitions of seven homes with long names."""
    case = random_feeder(1, prosumers=7, children=3, tight=0.35, externalities=False, single_boundary=True)
    people = tuple(replace(person, name=f"{person.name} {'long ' * 10}name") for person in case.prosumers)
    return solve(replace(case, prosumers=people), TreeProgram())


def test_long_partitions_are_told_beside_the_first(solution: Solution) -> None:
    """The first is written out; every other row tells what the first hasn't, or all."""
    first, *others = solution.search.evaluated
    told = rows.partition_rows(solution, 10)
    assert told[0][1] == braces(solution.names(first.partition))
    beside = 0
    for row, item in zip(told[1:], others, strict=True):
        own = [mask for mask in item.partition if mask not in first.partition]
        if len(own) < len(item.partition):
            beside += 1
            assert row[1] == "as 1, but " + braces([solution.costs.prepared.names(mask) for mask in own])
        else:
            assert row[1] == braces(solution.names(item.partition))
    assert beside > 2


def test_bills_beyond_a_screenful_are_summed(solution: Solution, monkeypatch: pytest.MonkeyPatch) -> None:
    """Coalitions that don't fit any more have one row with their sum; all rows together still pay for everything."""
    best = solution.search.optimal_stable[0]
    everyone = rows.bill_rows(solution)
    assert len(everyone) == 7
    monkeypatch.setattr(rows, "_BILLS", 2)
    cut = rows.bill_rows(solution)
    assert len(cut) == len(best.partition)
    sizes = {f"{mask.bit_count()} together" for mask in best.partition if mask.bit_count() > 1}
    assert {row[1] for row in cut if "together" in row[1]} == sizes
    for listed in (everyone, cut):
        assert math.fsum(float(row[2]) for row in listed) == pytest.approx(best.total, abs=0.04)
