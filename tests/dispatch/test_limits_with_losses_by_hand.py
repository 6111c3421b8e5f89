"""Limits that flows keep and exceed with losses, and limits that losses relieve: on lines of 0.02 p.u., by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lempart.case import Convex
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.cost.routes import whole_grid
from lempart.cost.routes.whole_grid import WholeGrid
from lempart.cost.scenarios import Scenarios
from lempart.dispatch import Dispatch, DispatchBatch, DispatchProblem, LazyDispatcher, dispatch
from lempart.partition import Partition
from support.cases import case, line, prosumer

DROP = 0.0478
"""Below 1 p.u. squared; without losses the load of 1.19 MW takes 0.0476."""

LIMITS: dict[str, tuple[dict[str, Any], float]] = {
    # What comes in at the upper end is s + 0.02 s^2.
    "line": ({"rating": 1.2}, (math.sqrt(1.0 + 4.0 * 0.02 * 1.2) - 1.0) / 0.04),
    # The voltage falls by 0.04 s + 0.0004 s^2.
    "voltage": ({"band": (math.sqrt(1.0 - DROP), 1.05)}, (math.sqrt(0.04**2 + 4 * 0.0004 * DROP) - 0.04) / 0.0008),
}


def _batch(problem: DispatchProblem) -> Dispatch:
    return DispatchBatch(problem).solve_many(problem.forecast[None])[0]


def _lazily(problem: DispatchProblem) -> Dispatch:
    return LazyDispatcher().dispatch(problem)


HOW = pytest.mark.parametrize("how", [dispatch, _lazily, _batch], ids=["alone", "lazy", "batch"])


@HOW
@pytest.mark.parametrize(("limit", "load"), LIMITS.values(), ids=LIMITS)
def test_what_losses_alone_exceed(
    limit: dict[str, Any], load: float, how: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The generator makes what the line or the voltage doesn't bear, dear as it is; without losses it stands still."""
    dear = Convex(np.zeros(1), np.ones(1), cost_per_mwh=np.full(1, 500.0))
    given = case(
        [line("root", "a", 0.02, rating=limit.get("rating")), line("root", "b")],
        [prosumer("A", "a", dear), prosumer("B", "b")],
        {"A": [-1.19], "B": [0.1]},
        band=limit.get("band"),
        price_per_mwh=100.0,
        losses="priced",
    )
    prepared = PreparedCase.of(given)
    partition = Partition.of([0b01, 0b10])
    found = how(CostsWithExternalities(prepared).problem(partition))
    assert found.flexible_mva[0, 0] == pytest.approx(1.19 - load, abs=3e-6)
    monkeypatch.setattr(whole_grid, "FEWEST_PLAYERS", 2)
    (together,) = WholeGrid(Scenarios.of(prepared))._dispatched([partition])
    assert together is not None
    assert together.flexible_mva[0, 0] == pytest.approx(1.19 - load, abs=3e-6)
    plain = PreparedCase.of(replace(given, market=replace(given.market, losses="none")))
    assert how(CostsWithExternalities(plain).problem(partition)).flexible_mva[0, 0] == pytest.approx(0.0, abs=1e-6)


@HOW
def test_what_losses_relieve(how: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what a generator sends over one line ``0.02 s^2`` never reaches the next, rated at 1 MVA: it may send more."""
    cheap = Convex(np.zeros(1), np.full(1, 2.0), cost_per_mwh=np.full(1, 1.0))
    given = case(
        [line("root", "1", rating=1.0), line("1", "2", 0.02), line("root", "b")],
        [prosumer("A", "2", cheap), prosumer("B", "b")],
        {"A": [0.0], "B": [-1.0]},
        price_per_mwh=100.0,
        losses="priced",
    )
    sent = (1.0 - math.sqrt(1.0 - 4.0 * 0.02)) / 0.04
    prepared, partition = PreparedCase.of(given), Partition.of([0b01, 0b10])
    found = how(CostsWithExternalities(prepared).problem(partition))
    assert found.flexible_mva[0, 0] == pytest.approx(sent, abs=3e-6)
    monkeypatch.setattr(whole_grid, "FEWEST_PLAYERS", 2)
    (together,) = WholeGrid(Scenarios.of(prepared))._dispatched([partition])
    assert together is not None
    assert together.flexible_mva[0, 0] == pytest.approx(sent, abs=3e-6)
