"""What partitions cost, found without prices, against their costs in full: the same to the last bit."""

from __future__ import annotations

import os

import pytest

from lempart.cost import CostsWithExternalities, PartitionCost, with_externalities
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.routes import whole_grid
from lempart.cost.routes.whole_grid import WholeGrid
from lempart.cost.scenarios import Scenarios
from support.nasty_cases import nasty_case

CASES = int(os.environ.get("LEMPART_CASES", "8"))
SHOWN = 10


@pytest.fixture(autouse=True)
def _small_cases_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have cases of few players dispatched together, and prices wait there."""
    monkeypatch.setattr(whole_grid, "FEWEST_PLAYERS", 2)
    monkeypatch.setattr(with_externalities, "FEW_PLAYERS", 2)


def _prepared(seed: int) -> PreparedCase:
    return PreparedCase.of(nasty_case(seed, prosumers=(4, 6)))


def test_outlines() -> None:
    """Proves parts, total, burning and open ties those of the costs, of devices and limits of all kinds."""
    compared = 0
    for seed in range(CASES):
        prepared = _prepared(seed)
        chosen = list(prepared.family.enumerate())[:: max(1, prepared.family.count() // SHOWN)]
        scenarios = Scenarios.of(prepared)
        outlines, costs = WholeGrid(scenarios).outlines_if_any(chosen), WholeGrid(scenarios).costs_if_any(chosen)
        for outline, cost in zip(outlines, costs, strict=True):
            assert (outline is None) == (cost is None)
            if outline is None or cost is None:
                continue
            mine = outline.partition, outline.parts, outline.total, outline.burning, outline.gap, outline.tie_open
            assert mine == (cost.partition, cost.parts, cost.total, cost.burning, cost.gap, cost.tie_open)
            compared += 1
    assert compared > 5 * CASES


def test_whoever_asks_who_pays_is_told() -> None:
    """Proves costs the same whether totals were asked for before, alone or together, or not; prices wait until then."""
    waited = 0
    for seed in range(CASES):
        prepared = _prepared(seed)
        chosen = list(prepared.family.enumerate())[: SHOWN // 2]
        costs, other = CostsWithExternalities(prepared), CostsWithExternalities(prepared)
        costs.total(chosen[0])
        costs.prepare_outlines_until(chosen, lambda: "")
        totals = [costs.total(partition) for partition in chosen]
        waited += sum(not isinstance(costs.outline(partition), PartitionCost) for partition in chosen)
        if costs.coupled == len(chosen):  # clusters' last digits depend on what was asked before
            assert [costs.partition(partition) for partition in chosen] == list(map(other.partition, chosen))
        assert [costs.partition(partition).total for partition in chosen] == totals
        assert all(isinstance(costs.outline(partition), PartitionCost) for partition in chosen)
    assert waited > CASES
