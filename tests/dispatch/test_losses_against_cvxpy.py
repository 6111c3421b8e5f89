"""The ex-ante problem with losses against the equations written out in cvxpy (support/lossy_model.py)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, costs_of
from lempart.dispatch import LazyDispatcher, dispatch
from lempart.errors import InfeasibleError
from support.feeders import random_feeder
from support.lossy_model import alone_with_losses, with_losses

TIE_BREAK = 0.5
"""Large, and in both problems, so that the dispatch is unique and can be compared too."""

COUPLED: dict[str, dict[str, Any]] = {
    "batteries": {},
    "tight lines": {"tight": 0.7},
    "narrow voltage band": {"band": (0.985, 1.012)},
    "reactive loads": {"reactive": True, "tight": 0.9},
    "every device, tight": {"devices": "every kind", "reactive": True, "tight": 0.8, "band": (0.98, 1.015)},
    "elastic": {"reactive": True, "tight": 0.3, "band": (0.993, 1.005), "limits": "elastic"},
}
ALONE: dict[str, dict[str, Any]] = {
    "tight lines": {"tight": 0.9},
    "reactive loads exchanged freely": {"reactive": True, "tight": 0.9},
    "strict reactive": {"devices": "every kind", "reactive": True, "strict_reactive": True},
    "elastic": {"reactive": True, "tight": 0.3, "band": (0.993, 1.005), "limits": "elastic"},
}
SEEDS = range(3)


@pytest.mark.parametrize("fields", COUPLED.values(), ids=COUPLED)
def test_dispatch_and_prices_of_a_partition(fields: dict[str, Any]) -> None:
    """Eqs 1-4 with losses: cost, dispatch, and prices by finite differences, shifts held, at every bus, P and Q."""
    solved = shifted = 0
    for seed in SEEDS:
        case = random_feeder(seed, tie_break=TIE_BREAK, losses="priced", **fields)
        costs = costs_of(case)
        assert isinstance(costs, CostsWithExternalities)
        partition = costs.prepared.family.sample(np.random.default_rng(seed))
        model, answer = with_losses(case, [costs.prepared.family.prosumers(mask) for mask in partition], TIE_BREAK)
        try:
            found = dispatch(costs.problem(partition))
        except InfeasibleError:
            assert not np.isfinite(answer.cost)
            continue
        assert found.solution.cost == pytest.approx(answer.cost, rel=1e-6, abs=1e-6)
        assert found.flexible_mva == pytest.approx(answer.flexible, abs=3e-4)
        lazy = LazyDispatcher().dispatch(costs.problem(partition))
        assert lazy.flexible_mva == pytest.approx(found.flexible_mva, abs=1e-5)
        solved += 1
        shifted += found.problem.losses.shift is not None
        prices, size = found.nodal_prices, 1e-4
        for bus in list(model.probes)[:3]:
            node = costs.prepared.grid.names.index(bus)
            for unit in (1.0, 1.0j):
                step = np.zeros(case.horizon.steps, dtype=complex)
                step[1] = size * unit
                slope = (model.solve(bus, step).cost - model.solve(bus, -step).cost) / (2 * size)
                own = prices[node, 1]
                expected = own.real if unit == 1.0 else own.imag
                assert -slope / case.horizon.step_hours == pytest.approx(expected, rel=2e-3, abs=0.05), (
                    seed,
                    bus,
                    unit,
                )
    assert solved >= 1
    if "tight" in fields or "narrow" in str(fields.get("band")):
        assert shifted >= 1


@pytest.mark.parametrize("fields", ALONE.values(), ids=ALONE)
def test_dispatch_of_a_coalition_alone(fields: dict[str, Any]) -> None:
    """Eq 9e-9f with losses on a coalition's own grid: of active flows alone, unless reactive power has to balance."""
    solved = 0
    for seed in SEEDS:
        case = random_feeder(seed, tie_break=TIE_BREAK, losses="priced", externalities=False, **fields)
        costs = costs_of(case)
        assert isinstance(costs, CostsWithoutExternalities)
        family = costs.prepared.family
        coalition = family.everyone
        answer = alone_with_losses(case, family.prosumers(coalition), TIE_BREAK)
        try:
            found = dispatch(costs.coalition_problem(family.subgraph(coalition)))
        except InfeasibleError:
            assert not np.isfinite(answer.cost)
            continue
        assert found.solution.cost == pytest.approx(answer.cost, rel=1e-6, abs=1e-6)
        assert found.flexible_mva == pytest.approx(answer.flexible, abs=3e-4)
        solved += 1
    assert solved >= 1
