"""Costs of every partition against an independent brute-force implementation of the same model."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from lempart.cost import CostModel, CostsWithExternalities, PartitionCost, costs_of
from lempart.game import Inertia, NoExternalities, PartitionVerdict, partition_verdict
from support.reference import NAMES, expected, masks_of, partition_of, reference_case

WITH_CORES = [name for name in NAMES if not name.startswith(("ext-", "pq-"))]
"""Those whose coalition costs are unique, so that the reference gives them, and the cores."""

RELATIVE = 1e-4
"""What the reference promises; its own tie-break is 1e-5 CHF/(MW^2 h), ours is not."""


@cache
def _evaluated(name: str) -> tuple[CostModel, list[tuple[dict[str, Any], PartitionCost]]]:
    costs = costs_of(reference_case(name))
    names = costs.prepared.player_names
    return costs, [
        (entry, costs.partition(partition_of(names, entry["partition"]))) for entry in expected(name)["partitions"]
    ]


def _deviation(found: float, wanted: float, size: float | None = None) -> float:
    return abs(found - wanted) / max(1.0, abs(wanted if size is None else size))


@pytest.mark.parametrize("name", NAMES)
def test_every_partition_costs_what_the_reference_says(name: str) -> None:
    """``Phi`` and its six parts agree; the parts are compared relative to the total they add up to."""
    _, pairs = _evaluated(name)
    for entry, found in pairs:
        assert found.viable == (entry["total"] is not None), entry["partition"]
        if entry["total"] is None:
            assert found.total == float("inf")
            assert found.reason
            continue
        assert _deviation(found.total, entry["total"]) < RELATIVE, entry["partition"]
        assert found.parts is not None
        parts = found.parts.as_dict()
        for part, amount in entry.get("costs", {}).items():
            assert _deviation(parts[part], amount, entry["total"]) < RELATIVE, (entry["partition"], part)


@pytest.mark.parametrize("name", WITH_CORES)
def test_every_coalition_pays_what_the_reference_says(name: str) -> None:
    """``phi`` agrees, and is never marked as a matter of choice: every coalition has one boundary node here.

    The reference gives no coalition costs of edge-disjoint families, where they can depend on the choice of duals.
    """
    costs, pairs = _evaluated(name)
    for entry, found in pairs:
        if entry["total"] is None:
            continue
        for mask, amount in zip(
            masks_of(costs.prepared.player_names, entry["partition"]), entry["coalition_costs"], strict=True
        ):
            coalition = found.coalitions[found.partition.coalitions.index(mask)]
            assert not coalition.price_dependent
            assert _deviation(coalition.total, amount) < RELATIVE, (entry["partition"], mask)


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_lists_every_partition(name: str) -> None:
    """Our family and the reference's are the same set, so that no partition escapes the comparison."""
    costs, pairs = _evaluated(name)
    assert {found.partition for _, found in pairs} == set(costs.prepared.family.enumerate())


@pytest.mark.parametrize("name", NAMES)
def test_the_cheapest_partition_is_the_reference_s(name: str) -> None:
    """Problem I has the expected answer."""
    costs, pairs = _evaluated(name)
    best = min(found.total for _, found in pairs)
    optimal = expected(name)["optimal"]
    assert _deviation(best, optimal["total"]) < RELATIVE
    chosen = costs.partition(partition_of(costs.prepared.player_names, optimal["partition"]))
    assert _deviation(chosen.total, best) < RELATIVE


@cache
def _verdicts(name: str) -> list[tuple[dict[str, Any], PartitionVerdict]]:
    costs, pairs = _evaluated(name)
    family = costs.prepared.family
    deviation = Inertia(costs, family) if isinstance(costs, CostsWithExternalities) else NoExternalities(costs)
    return [(entry, partition_verdict(found.partition, family, deviation)) for entry, found in pairs if found.viable]


@pytest.mark.parametrize("name", WITH_CORES)
def test_core_shortfalls_from_our_own_costs(name: str) -> None:
    """From case file to verdict: the largest ``phi - Y`` of each partition, and whether it is stable.

    A shortfall within the costs' own agreement could fall on either side, so that only clear ones are judged.
    """
    clear = 0
    for entry, verdict in _verdicts(name):
        size = max(1.0, abs(entry["total"]))
        shortfall = max(item.shortfall for item in verdict.coalitions)
        assert shortfall == pytest.approx(entry["core_shortfall"], abs=2 * RELATIVE * size), entry["partition"]
        if entry["core_shortfall"] == 0.0 or entry["core_shortfall"] > 2 * RELATIVE * size:
            assert verdict.stable == entry["stable"], entry["partition"]
            clear += 1
    assert clear > 0


@pytest.mark.parametrize("name", WITH_CORES)
def test_the_optimal_stable_partition_is_the_reference_s(name: str) -> None:
    """Problem II has the expected answer, or none where none is expected."""
    wanted = expected(name)["optimal_stable"]
    stable = [entry["total"] for entry, verdict in _verdicts(name) if verdict.stable]
    if wanted is None:
        assert not stable
    else:
        assert _deviation(min(stable), wanted["total"]) < RELATIVE
