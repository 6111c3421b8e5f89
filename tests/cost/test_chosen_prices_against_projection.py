"""Where optimal prices aren't unique: which are taken, against a projection written out by hand, and who is marked."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lempart.case import Case
from lempart.cost import CostsWithExternalities, PartitionCost, costs_of
from lempart.cost.draws.partition_series import PartitionSeries
from lempart.cost.equations.nodal_prices import TaxOnPrices, traded_at_nodal_prices
from lempart.cost.prepared_case import PreparedCase
from lempart.errors import InfeasibleError
from lempart.io import read_case
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder
from support.optimal_prices import OptimalPrices

CASES = int(os.environ.get("LEMPART_CASES", "8"))
"""Random feeders: LEMPART_CASES=200 compares more of them, in some ten minutes."""

FOUND = Path(__file__).parents[1] / "data" / "found"


def _costs(seed: int) -> CostsWithExternalities:
    """Return a feeder without reactive power, with it, with a price for it, with elastic and with tight limits."""
    kinds: list[dict[str, object]] = [
        {},
        {"reactive": True},
        {"reactive_price_per_mvarh": 50.0},
        {"limits": "elastic", "tight": 0.6},
        {"tight": 0.8},
        {"reactive": True, "reactive_price_per_mvarh": 50.0, "limits": "elastic", "tight": 0.7},
    ]
    drawn = random_feeder(
        seed,
        prosumers=4 + seed % 2,
        steps=1 + seed % 3,
        children=2 + seed % 2,
        quadratic=seed % 5 == 0,
        **kinds[seed % len(kinds)],  # type: ignore[arg-type]
    )
    return CostsWithExternalities(costs_of(drawn).prepared, join=False)


def test_bills_and_marks_of_random_feeders() -> None:
    """Energy bills are those at the projection of ``lambda_0``, and marked exactly if they differ between projections.

    The oracle's smallest and largest bill over all optimal prices tell which do.
    """
    seen: Counter[object] = Counter()
    for seed in range(CASES):
        costs = _costs(seed)
        partition = costs.prepared.family.sample(np.random.default_rng(seed))
        try:
            (stage,) = costs.dispatched(partition)
        except InfeasibleError:
            continue
        assert stage.exchanges is not None
        oracle, taxed = OptimalPrices(stage), TaxOnPrices(stage.exchanges, stage.grid)
        found = traded_at_nodal_prices(stage.solved, oracle.exchanged_mva, taxed, oracle.power)
        size, owner = oracle.scale * oracle.power, stage.exchanges.coalition
        bills = oracle.closest_bills() if oracle.open else None
        if bills is not None:
            own = np.bincount(owner, found.energy_cost) / stage.hours
            assert own == pytest.approx(bills, abs=1e-5 * size), seed
            seen["projections"] += 1
        marked = np.bincount(owner, found.dependent) > 0
        for coalition in range(len(stage.territories)):
            width = oracle.spread(coalition)
            if width is not None:
                assert marked[coalition] == (width > 1e-4 * size), (seed, coalition, width)
                seen[bool(marked[coalition])] += 1
    assert seen["projections"] > CASES // 2
    assert min(seen[True], seen[False]) > CASES // 2


def test_a_direction_that_nobody_decides_is_free_too() -> None:
    """Where no device decides reactive power, the imaginary part of a zero exchange's direction is free as well.

    The values were found by a projection made independently: 32.611 - 3.388j at b0, and these bills. Without the
    freedom it would be 33.652 - 10.083j, and 14.388 and 18.832.
    """
    costs = costs_of(read_case(FOUND / "price-at-a-kink.toml"))
    assert isinstance(costs, CostsWithExternalities)
    partition = Partition.of([0b0011, 0b1100])
    found = costs.partition(partition)
    assert [own.total for own in found.coalitions] == pytest.approx([14.515, 18.706], abs=1e-3)
    assert all(own.price_dependent for own in found.coalitions)
    assert costs.partition(partition).total == pytest.approx(33.22, abs=5e-3)


def _series_case(carried: float, *, equal: bool = True) -> Case:
    """Return P1 behind two lines and P2 between them: PCC, line, P2's bus, line, P1."""
    lines = [
        line("root", "h1", rating=1.0 if equal else 1.5),
        line("h1", "h2", rating=1.0),
        line("h2", "n1"),
        line("h1", "n2"),
    ]
    people = [prosumer("P1", "n1", battery(cost_per_mwh=15.0)), prosumer("P2", "n2")]
    return case(lines, people, {"P1": [2.0], "P2": [0.0]}, realization={"P2": [carried]}, price_per_mwh=30.0)


def _in_series(carried: float, *, equal: bool = True) -> PartitionCost:
    """Return what P1 and P2 pay each on their own."""
    costs = costs_of(_series_case(carried, equal=equal))
    assert isinstance(costs, CostsWithExternalities)
    return costs.partition(Partition.of([0b01, 0b10]))


def test_equal_lines_in_series_by_hand() -> None:
    """P1 exports 2 MW over two lines of 1 MVA: its battery takes 1 MW at 15 per MWh, so a MWh there is worth -15.

    The lines' shadow prices add up to 45, in whatever shares: the price between them is anything from -15 to 30. That
    closest to the market's, 30, is taken, and P2, who sells 0.2 MWh there that nobody planned, is marked. P1 is not,
    and where P2 sells nothing nobody is.
    """
    found = _in_series(0.2)
    assert [own.price_dependent for own in found.coalitions] == [False, True]
    assert found.coalitions[0].parts is not None
    assert found.coalitions[1].parts is not None
    assert found.coalitions[0].parts.energy == pytest.approx(15.0, abs=1e-4)
    assert found.coalitions[1].parts.energy == pytest.approx(-6.0, abs=1e-4)
    assert not any(own.price_dependent for own in _in_series(0.0).coalitions)


def test_only_one_of_two_lines_leaves_no_choice() -> None:
    """With 1.5 MVA on the line at the PCC only the other one binds: 30 is the price between them, nobody is marked."""
    found = _in_series(0.2, equal=False)
    assert not any(own.price_dependent for own in found.coalitions)
    assert found.coalitions[1].parts is not None
    assert found.coalitions[1].parts.energy == pytest.approx(-6.0, abs=1e-4)


@pytest.mark.parametrize("equal", [True, False])
def test_many_draws_of_lines_in_series(equal: bool) -> None:
    """Draws solved in a batch are left to be costed one by one where limits leave a choice, and only there.

    P1 exports 1.6, 2 and 2.4 MW: the price between the lines is 30 whatever the battery has to take.
    """
    series = PartitionSeries(PreparedCase.of(_series_case(0.2, equal=equal)), draws=10_000)
    forecasts = np.array([[[1.6], [0.0]], [[2.0], [0.0]], [[2.4], [0.0]]], dtype=complex)
    found = series.at(forecasts, forecasts + np.array([[0.0], [0.2]])).costs(Partition.of([0b01, 0b10]))
    assert (found.counts.alone, found.counts.whole_grid) == ((3, 0) if equal else (0, 3))
    assert found.price_dependent[0].tolist() == [[False, equal]] * 3
    assert [found.draw(draw).coalitions[1].total for draw in range(3)] == pytest.approx([-6.0] * 3, abs=1e-4)
