"""Bills of a case with losses: a part of its own, which sums to what losses cost."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from lempart.bills import make_bills
from lempart.cost import CostsWithExternalities, costs_of
from lempart.game import Inertia, NoExternalities
from support.feeders import random_feeder


@pytest.mark.parametrize("externalities", [True, False])
@pytest.mark.parametrize("rule", ["average", "marginal"])
def test_losses_are_billed(externalities: bool, rule: Any) -> None:
    """Bills sum to the market's cost and their losses to the market's; by averages all of them to the network's."""
    case = random_feeder(
        5,
        devices="every kind",
        reactive=True,
        band=None,
        externalities=externalities,
        losses="priced",
        loss_pricing=rule,
    )
    costs = costs_of(case)
    family = costs.prepared.family
    model = Inertia(costs, family) if isinstance(costs, CostsWithExternalities) else NoExternalities(costs)
    partition = family.sample(np.random.default_rng(2))
    found = costs.partition(partition)
    bills = make_bills(costs, partition, model, deviation_name="inertia", rule="shapley")
    billed = 0.0
    for market, own in zip(bills.markets, found.coalitions, strict=True):
        assert own.parts is not None
        assert math.fsum(bill.amount for bill in market.bills) == pytest.approx(own.total, abs=1e-6)
        lost = math.fsum(bill.parts.as_dict()["loss"] for bill in market.bills)
        assert lost == pytest.approx(own.parts.as_dict()["loss"], abs=1e-9)
        assert all(bill.parts.total == pytest.approx(bill.amount, abs=1e-9) for bill in market.bills)
        billed += lost
    assert found.parts is not None
    if not externalities or rule == "average":
        assert billed == pytest.approx(found.parts.as_dict()["loss"], abs=1e-9)
    assert billed > 0.0


def test_without_losses_bills_have_no_such_part() -> None:
    """Bills of a case without losses are what they were."""
    costs = costs_of(random_feeder(5))
    family = costs.prepared.family
    bills = make_bills(
        costs, family.sample(np.random.default_rng(2)), Inertia(costs, family), deviation_name="inertia", rule="shapley"
    )
    assert all("loss" not in bill.parts.as_dict() for bill in bills)
