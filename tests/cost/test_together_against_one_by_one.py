"""Partitions dispatched together against one dispatch of the whole grid each: nasty cases, and homes behind weak lines.

One by one is the slow twin: a library's solver, limits where they matter. The batch has one program for all partitions.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from lempart import costs_of
from lempart.case import Case
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.records import PartitionCost
from lempart.cost.routes import whole_grid
from lempart.cost.routes.taxable import flows_to_tax
from lempart.cost.routes.whole_grid import WholeGrid
from lempart.cost.scenarios import Scenarios
from lempart.dispatch import DispatchTogether, Exchanges
from support.nasty_cases import nasty_case
from support.rewritten import street

CASES = int(os.environ.get("LEMPART_CASES", "40"))
SHOWN = 12
"""Of a case with many partitions so many are compared, spread over all."""


@pytest.fixture(autouse=True)
def _small_cases_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have cases of two players dispatched together, too."""
    monkeypatch.setattr(whole_grid, "FEWEST_PLAYERS", 2)


def _some(prepared: PreparedCase) -> list:
    every = list(prepared.family.enumerate())
    return every[:: max(1, len(every) // SHOWN)]


def _differ(one: PartitionCost, other: PartitionCost) -> float:
    """Return the largest difference of what is paid; of bills only where prices are unique."""
    found = [abs(one.total - other.total)]
    for a, b in zip(one.coalitions + one.regular, other.coalitions + other.regular, strict=True):
        if not (a.price_dependent or b.price_dependent):
            found.append(abs(a.total - b.total))
    return max(found)


def _compared(case: Case) -> tuple[int, float]:
    """Return how many partitions were dispatched together, and by how much their costs are off, as a share."""
    prepared = PreparedCase.of(case)
    scenarios = Scenarios.of(prepared)
    together, alone = WholeGrid(scenarios), WholeGrid(scenarios, one_by_one=True)
    chosen = _some(prepared)
    dispatched = sum(found is not None for found in together._dispatched(chosen))
    worst = 0.0
    for mine, partition in zip(together.costs_if_any(chosen), chosen, strict=True):
        twin = alone.costs_if_any([partition])[0]
        assert (mine is None) == (twin is None), partition
        if mine is None or twin is None or mine.tie_open or twin.tie_open:
            continue
        size = prepared.turnover(prepared.family.everyone)
        worst = max(worst, _differ(mine, twin) / size)
    return dispatched, worst


def test_nasty_cases() -> None:
    """Devices of all kinds, groups, carried customers, hard and elastic limits, prices of zero: costs agree."""
    dispatched = 0
    for seed in range(CASES):
        count, worst = _compared(nasty_case(seed, prosumers=(4, 6)))
        dispatched += count
        assert worst < 2e-6, seed
    assert dispatched > 3 * CASES


def test_homes_with_heat_pumps_and_batteries() -> None:
    """Reactive power, second-order cones, elastic limits: costs agree, and most are found together."""
    dispatched = 0
    for seed in range(max(3, CASES // 10)):
        count, worst = _compared(street(seed))
        dispatched += count
        assert worst < 2e-6, seed
    assert dispatched > 10


def test_a_cost_does_not_depend_on_the_others() -> None:
    """Bit for bit: alone, beside others, in another order, asked for after others."""
    prepared = PreparedCase.of(nasty_case(3, prosumers=(5, 6)))
    scenarios, chosen = Scenarios.of(prepared), _some(prepared)
    found = WholeGrid(scenarios).costs_if_any(chosen)
    other = WholeGrid(scenarios)
    assert other.costs_if_any(chosen[::-1])[::-1] == found
    assert [other.cost(partition) for partition in chosen] == found
    assert [WholeGrid(scenarios).cost(chosen[0])] == found[:1]
    costs = costs_of(prepared.case)
    costs.prepare(chosen[:5])
    later = [costs.partition(partition).total for partition in chosen]
    assert [costs_of(prepared.case).partition(partition).total for partition in chosen] == later


def test_every_flow_that_a_partition_is_taxed_on_is_known() -> None:
    """The flows found from the tree alone hold the exchanges of every partition, groups and carried homes included."""
    for seed in range(60):
        prepared = PreparedCase.of(nasty_case(seed, prosumers=(4, 6)))
        flows = flows_to_tax(prepared)
        assert flows is not None
        for partition in prepared.family.enumerate():
            assert flows.known(Exchanges.of(prepared.territories(partition), prepared.grid)) is not None, partition


def test_an_unknown_flow_is_left_alone() -> None:
    """A partition with an exchange that the batch has no variable for isn't dispatched by it."""
    prepared = PreparedCase.of(nasty_case(3, prosumers=(5, 6)))
    flows = flows_to_tax(prepared)
    assert flows is not None
    chosen = _some(prepared)[0]
    exchanges = Exchanges.of(prepared.territories(chosen), prepared.grid)
    problem = costs_of(prepared.case).problems(chosen)[0]
    batch = DispatchTogether(problem, flows, [exchanges])
    doubled = Exchanges(exchanges.coalition, exchanges.node, 2.0 * exchanges.matrix)
    found = batch.dispatch([exchanges, doubled])
    assert found[0] is not None
    assert found[1] is None
    assert np.isfinite(found[0].solution.cost)
