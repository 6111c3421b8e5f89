"""The hash of a case: the same for equal cases, another for any other, and stable over versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from good_case import good, write
from hypothesis import HealthCheck, Phase, given, settings
from random_cases import cases

from lempart.case import Battery, Case, case_hash
from lempart.io import read_case


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(one=cases(), other=cases())
def test_hashes_are_equal_where_cases_are(one: Case, other: Case) -> None:
    assert (case_hash(one) == case_hash(other)) == (one == other)
    assert case_hash(replace(one)) == case_hash(one)


def test_every_part_counts(tmp_path: Path) -> None:
    case = read_case(write(tmp_path, good()))
    first = case.prosumers[0]
    scenario = replace(case.scenario, realization=case.scenario.realization + 1e-12)
    others = [
        replace(case, name="other"),
        replace(case, scenario=scenario),
        replace(case, groups=()),
        replace(case, dispatch=replace(case.dispatch, limits="elastic")),
        replace(case, dispatch=replace(case.dispatch, battery="exclusive")),
        replace(case, horizon=replace(case.horizon, step_hours=0.5)),
        replace(case, market=replace(case.market, strict_reactive=True)),
        replace(case, market=replace(case.market, losses="priced")),
        replace(case, market=replace(case.market, tax_on="active")),
        replace(case, market=replace(case.market, losses="priced", loss_pricing="marginal")),
        replace(case, grid=replace(case.grid, lines=case.grid.lines[::-1])),
        replace(case, prosumers=(replace(first, flexibility=(Battery(1.0, 1.0),)), *case.prosumers[1:])),
    ]
    assert len({case_hash(other) for other in [case, *others]}) == len(others) + 1


def test_numbers_that_are_equal_hash_alike(tmp_path: Path) -> None:
    """1 is 1.0, and 0.0 is -0.0."""
    case = read_case(write(tmp_path, good()))
    whole = replace(case, horizon=replace(case.horizon, step_hours=1))
    negative = replace(case, market=replace(case.market, reactive_price_per_mvarh=np.full(3, -0.0)))
    assert whole == case == negative
    assert case_hash(whole) == case_hash(case) == case_hash(negative)


def test_where_buses_stand_is_not_hashed(tmp_path: Path) -> None:
    """A case that is given coordinates is another case, and keeps its results: no number depends on them."""
    case = read_case(write(tmp_path, good()))
    bare = replace(case, grid=replace(case.grid, nodes=(), coordinates="schematic"))
    assert case.grid.nodes
    assert bare != case
    assert case_hash(bare) == case_hash(case)


def test_hash_is_pinned(tmp_path: Path) -> None:
    """Results on disk name cases by it: a change needs a new format number."""
    case = read_case(write(tmp_path, good()))
    assert case_hash(case) == "2e4dab6c498a9bce1817b9ba46f0d1d2469005153ec2d1d09264f708e402b122"
