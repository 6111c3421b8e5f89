"""Bills and their parts against the costs they share: nothing is lost, nothing is invented."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest

from lempart.bills import BILL_RULES, BillParts, BillRule, Bills, make_bills
from lempart.bills import parts as parts_module
from lempart.case import Case, Group
from lempart.cost import CostModel, CostsWithExternalities, costs_of
from lempart.errors import InfeasibleError
from lempart.game import Inertia, NoExternalities
from lempart.partition import Partition
from support.feeders import random_feeder

SHARED = ("flexibility", "energy", "tax", "line", "voltage", "imbalance")


def feeder(seed: int, *, externalities: bool, **changes: object) -> Case:
    """Return a feeder with overloaded lines, voltages out of band and reactive power."""
    fields_of_case: dict[str, object] = {
        "prosumers": 4,
        "reactive": True,
        "tight": 1.05,
        "band": (0.985, 1.015),
        "limits": "elastic",
        "devices": "every kind",
        "externalities": externalities,
        "line_penalty_per_mvah": 300.0,
        "voltage_penalty": 2000.0,
        "imbalance_penalty_per_mwh": 150.0,
    }
    return random_feeder(seed, **(fields_of_case | changes))  # type: ignore[arg-type]


def billed(costs: CostModel, partition: Partition, rule: BillRule) -> Bills:
    model = (
        Inertia(costs, costs.prepared.family) if isinstance(costs, CostsWithExternalities) else NoExternalities(costs)
    )
    return make_bills(costs, partition, model, deviation_name="inertia", rule=rule)


@cache
def costs_of_feeder(seed: int, *, externalities: bool, single_boundary: bool = False) -> CostModel:
    return costs_of(feeder(seed, externalities=externalities, single_boundary=single_boundary or not externalities))


def partitions(costs: CostModel, seed: int, most: int) -> list[Partition]:
    """Return viable partitions, everyone together among them where that is viable."""
    rng = np.random.default_rng(seed)
    family = costs.prepared.family
    drawn = {Partition.of([family.everyone]), *(family.sample(rng) for _ in range(most))}
    return [partition for partition in sorted(drawn, key=str) if costs.partition(partition).viable]


@pytest.mark.parametrize("rule", BILL_RULES)
@pytest.mark.parametrize("externalities", [True, False])
def test_bills_sum_to_what_the_market_pays(rule: BillRule, *, externalities: bool) -> None:
    """By every rule: bills to the market's cost, parts to the bill, each kind to the market's, settlements to 0."""
    seen = 0
    for seed in range(3):
        costs = costs_of_feeder(seed, externalities=externalities)
        for partition in partitions(costs, seed, 3):
            found = costs.partition(partition)
            try:
                bills = billed(costs, partition, rule)
            except InfeasibleError:
                assert rule == "shapley"
                continue
            for market, cost in zip(bills.markets, found.coalitions, strict=True):
                assert cost.parts is not None
                near = {"rel": 1e-12, "abs": 1e-9 * max(1.0, *map(abs, cost.parts.as_dict().values()))}
                assert math.fsum(bill.amount for bill in market.bills) == pytest.approx(cost.total, **near)
                for bill in market.bills:
                    assert bill.parts.total == pytest.approx(bill.amount, **near)
                    assert bill.transfer == pytest.approx(bill.amount - bill.parts.flexibility, **near)
                for name in SHARED:
                    own = math.fsum(getattr(bill.parts, name) for bill in market.bills)
                    assert own == pytest.approx(getattr(cost.parts, name), **near), name
                for name in ("trade", "settlement"):
                    assert math.fsum(getattr(bill.parts, name) for bill in market.bills) == pytest.approx(0.0, **near)
                seen += len(market.bills) > 1
    assert seen > 3


@pytest.mark.parametrize("externalities", [True, False])
def test_shares_explain_the_parts_before_anything_is_filled_up(
    *, externalities: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one boundary node the members' own powers make up each part to solver accuracy: equal shares hide nothing.

    Parts that members don't make up (voltages that outsiders shift) are shared equally; with externalities only
    the others are compared.
    """
    monkeypatch.setattr(parts_module, "_completed", lambda caused, whole: caused)  # noqa: ARG005
    exact = ("flexibility", "energy", "tax", "line", "imbalance")
    compared, sizes = 0, dict.fromkeys((*exact, "voltage"), 0.0)
    for seed in range(6):
        costs = costs_of_feeder(seed, externalities=externalities, single_boundary=True)
        for partition in partitions(costs, seed, 4):
            caused = parts_module.caused_parts(costs, partition)
            for mask, cost in zip(partition, costs.partition(partition).coalitions, strict=True):
                assert cost.parts is not None
                names = exact if externalities and mask != costs.prepared.family.everyone else (*exact, "voltage")
                for name in names:
                    whole = getattr(cost.parts, name)
                    assert getattr(caused[mask], name).sum() == pytest.approx(whole, rel=3e-5, abs=1e-4), (seed, name)
                    sizes[name] += abs(whole)
                compared += 1
    assert compared > 10
    zero = {"energy", "tax"} if not externalities else set()
    assert {name for name, size in sizes.items() if size < 0.1} == zero


def test_every_part_is_a_part_of_the_bill() -> None:
    """What is caused and what is billed have the same parts, in the same order; the bill adds the settlement."""
    caused = [field.name for field in fields(parts_module.CausedParts) if field.name not in {"energy_mwh", "loss"}]
    assert [*caused, "settlement", "loss"] == [field.name for field in fields(BillParts)]


def test_groups_are_billed_as_one() -> None:
    """A group's parts are the sums of its members' as single players: who causes what doesn't depend on grouping."""
    single = feeder(2, externalities=True)
    names = [prosumer.name for prosumer in single.prosumers]
    grouped = replace(single, groups=(Group("both", (names[0], names[2])),))
    apart, joined = costs_of(single), costs_of(grouped)
    one = billed(apart, Partition.of([apart.prepared.family.everyone]), "dual")
    other = billed(joined, Partition.of([joined.prepared.family.everyone]), "dual")
    expected = one[names[0]].amount + one[names[2]].amount
    assert other["both"].amount == pytest.approx(expected, rel=3e-5, abs=1e-4)
    assert other[names[1]].amount == pytest.approx(one[names[1]].amount, rel=3e-5, abs=1e-4)
