"""The whole ex-ante problem against the paper's equations written out in cvxpy (support/paper_model.py)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lempart.case import Case
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, costs_of
from lempart.dispatch import Dispatch, dispatch
from lempart.errors import InfeasibleError
from support.feeders import random_feeder
from support.paper_model import Answer, ex_ante, ex_ante_alone

TIE_BREAK = 0.5
"""Large, and in both problems, so that the dispatch is unique and can be compared too."""

COUPLED: dict[str, dict[str, Any]] = {
    "batteries": {},
    "tight lines": {"tight": 0.7},
    "narrow voltage band": {"band": (0.985, 1.012)},
    "reactive loads": {"reactive": True, "tight": 0.9},
    "every device": {"devices": "every kind", "reactive": True},
    "every device, tight": {"devices": "every kind", "reactive": True, "tight": 0.8, "band": (0.98, 1.015)},
    "tax on active power": {"reactive": True, "tight": 0.9, "tax_on": "active"},
    "tax on active power, every device": {"devices": "every kind", "reactive": True, "tax_on": "active"},
    "elastic": {"reactive": True, "tight": 0.3, "band": (0.993, 1.005), "limits": "elastic"},
    "elastic, every device": {
        "devices": "every kind", "reactive": True, "tight": 0.3, "band": (0.993, 1.005), "limits": "elastic",
    },
}  # fmt: skip
ALONE: dict[str, dict[str, Any]] = {
    "batteries": {},
    "tight lines": {"tight": 0.9},
    "reactive loads exchanged freely": {"reactive": True, "tight": 0.9},
    "every device": {"devices": "every kind", "reactive": True, "band": (0.98, 1.015)},
    "strict reactive": {"devices": "every kind", "reactive": True, "strict_reactive": True},
    "elastic": {"reactive": True, "tight": 0.3, "band": (0.993, 1.005), "limits": "elastic"},
}
SEEDS = range(6)


def _coupled(seed: int, fields: dict[str, Any]) -> tuple[Case, Answer, Dispatch | None]:
    case = random_feeder(seed, tie_break=TIE_BREAK, **fields)
    costs = costs_of(case)
    assert isinstance(costs, CostsWithExternalities)
    partition = costs.prepared.family.sample(np.random.default_rng(seed))
    answer = ex_ante(case, [costs.prepared.family.prosumers(mask) for mask in partition], TIE_BREAK).solve()
    try:
        return case, answer, dispatch(costs.problem(partition))
    except InfeasibleError:
        return case, answer, None


def _agree(answer: Answer, found: Dispatch | None, members: tuple[int, ...] | slice = slice(None)) -> None:
    assert (found is None) == (not np.isfinite(answer.cost)), answer.status
    if found is None:
        return
    assert found.solution.cost == pytest.approx(answer.cost, rel=1e-6, abs=1e-6)
    assert found.flexible_mva == pytest.approx(
        answer.flexible[members if isinstance(members, slice) else list(members)], abs=2e-4
    )


@pytest.mark.parametrize("fields", COUPLED.values(), ids=COUPLED)
def test_ex_ante_dispatch_of_a_partition(fields: dict[str, Any]) -> None:
    """Eqs 1-4: optimal cost to 1e-6 relative and the dispatch itself, on random feeders and random partitions."""
    solved = 0
    for seed in SEEDS:
        _, answer, found = _coupled(seed, fields)
        _agree(answer, found)
        solved += found is not None
    assert solved >= 2, "the limits are so tight that hardly anything was compared"


@pytest.mark.parametrize("fields", ALONE.values(), ids=ALONE)
def test_ex_ante_dispatch_of_a_coalition_alone(fields: dict[str, Any]) -> None:
    """Eq 9e-9f on the coalition's own radial graph: cost, dispatch, and whether it is viable at all."""
    solved = 0
    for seed in SEEDS[:3]:
        case = random_feeder(seed, tie_break=TIE_BREAK, externalities=False, **fields)
        costs = costs_of(case)
        assert isinstance(costs, CostsWithoutExternalities)
        family = costs.prepared.family
        for mask in family.subcoalitions(family.everyone):
            members = family.prosumers(mask)
            try:
                found = dispatch(costs.coalition_problem(family.subgraph(mask)))
            except InfeasibleError:
                found = None
            _agree(ex_ante_alone(case, members, TIE_BREAK), found, members)
            solved += found is not None
    assert solved >= 8


@pytest.mark.parametrize(
    ("name", "drop"),
    [
        ("tight lines", "line"),
        ("reactive loads", "line"),
        ("narrow voltage band", "voltage"),
        ("elastic", "line"),
        ("elastic", "voltage"),
        ("every device, tight", "line"),
    ],
)
def test_limits_bind_in_these_cases(name: str, drop: str) -> None:
    """The comparisons above are not idle: without the limits the optimum is cheaper in some of the cases."""
    gains = []
    for seed in SEEDS:
        case, answer, found = _coupled(seed, COUPLED[name])
        if found is None:
            continue
        lines = tuple(replace(item, rating_mva=None) for item in case.grid.lines) if drop == "line" else None
        grid = replace(case.grid, lines=lines) if lines else replace(case.grid, voltage_band_pu=None)
        costs = costs_of(replace(case, grid=grid))
        assert isinstance(costs, CostsWithExternalities)
        partition = costs.prepared.family.sample(np.random.default_rng(seed))
        gains.append(answer.cost - dispatch(costs.problem(partition)).solution.cost)
    assert max(gains) > 1e-3


def test_an_asymmetric_band_is_not_symmetric() -> None:
    """``[a, b]`` bounds dv by ``a^2 - 1`` and ``b^2 - 1``: mirrored, the same case costs something else."""
    costs = []
    for band in ((0.985, 1.06), (0.94, 1.015)):
        for seed in (0, 1, 2):
            _, answer, found = _coupled(seed, {"band": band})
            _agree(answer, found)
            costs.append(answer.cost)
    assert max(abs(a - b) for a, b in zip(costs[:3], costs[3:], strict=True)) > 1e-3
