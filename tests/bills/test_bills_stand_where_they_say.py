"""What bills say of the core, of going alone and of the best deviation, against a look at every group."""

from __future__ import annotations

import math

import pytest

from lempart import BillOptions, Partition, read_case, shipped_case_path, solve
from lempart.bills import BILL_RULES, BillRule, Bills, make_bills
from lempart.cost import CostsWithoutExternalities, costs_of
from lempart.deviations import deviation_model
from lempart.errors import InfeasibleError, UsageError
from lempart.game import NoExternalities
from lempart.partition import members, submasks
from lempart.result import Solution
from support.feeders import random_feeder

GRAND = Partition.of([0b111])


@pytest.fixture(scope="module")
def example_2() -> Solution:
    return solve(read_case(shipped_case_path("example-2")))


@pytest.mark.parametrize("rule", BILL_RULES)
@pytest.mark.parametrize("seed", [0, 1])
def test_gains_against_every_group(rule: BillRule, seed: int) -> None:
    """The largest gain, who has it, and each player's best group and payment there, by brute force."""
    solution = solve(random_feeder(seed, prosumers=4, tight=1.1, line_penalty_per_mvah=250.0))
    family = solution.costs.prepared.family
    model = deviation_model(solution.costs, "inertia")
    grand = Partition.of([family.everyone])
    bills = solution.bills(rule, grand)
    (market,) = bills.markets
    amounts = [bill.amount for bill in market.bills]
    gains = {
        mask: sum(amounts[i] for i in members(mask)) - model.worth(mask, family.everyone, grand)
        for mask in submasks(family.everyone)
        if mask != family.everyone
    }
    assert market.standing is not None
    assert market.standing.group is not None
    assert market.standing.largest_gain == pytest.approx(max(gains.values()))
    assert gains[market.standing.group] == pytest.approx(max(gains.values()))
    assert market.standing.in_core == (max(gains.values()) <= 1e-6 * max(1.0, abs(market.cost)))
    for player, bill in enumerate(market.bills):
        assert bill.alone == model.worth(1 << player, family.everyone, grand)
        each = {mask: gain / mask.bit_count() for mask, gain in gains.items() if mask >> player & 1}
        assert bill.best is not None
        assert bill.best.pays == pytest.approx(bill.amount - max(each.values()))
        assert bill.best.gain == pytest.approx(gains[bill.best.group])


@pytest.mark.parametrize("rule", BILL_RULES)
def test_example_2_of_the_paper(rule: BillRule, example_2: Solution) -> None:
    """All three alike: by every rule 80 each, and every pair would gain 3 (Table III)."""
    bills = example_2.bills(rule, GRAND)
    tolerance = 40.0 if rule in {"dual", "least-core"} else 1e-3  # these needn't treat equals equally at a kink
    assert [bill.amount for bill in bills] == pytest.approx([80.0] * 3, abs=tolerance)
    assert not bills.in_core
    stand = bills.markets[0].standing
    assert stand is not None
    assert stand.largest_gain >= 3.0 - 1e-3
    assert bills["P1"].alone == pytest.approx(84.0, abs=1e-3)


def test_nucleolus_is_certified_and_in_the_core_where_there_is_one(example_2: Solution) -> None:
    """Of the optimal stable partition nobody would leave, by the nucleolus; the proof is attached."""
    bills = example_2.bills()
    assert bills.in_core
    for market in bills.markets:
        if len(market.members) > 1:
            assert market.certificate is not None
            assert market.certificate.holds
            assert market.certificate.unique


@pytest.mark.parametrize("perfect", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_dual_bills_are_in_the_core(seed: int, *, perfect: bool) -> None:
    """Theorem VI.1 and its extension: without externalities and violations, closed-form bills are in the core.

    Lines bind ex-ante and are wide ex-post (the penalty is 0), so that no violation is charged.
    """
    given = random_feeder(
        seed,
        prosumers=5,
        externalities=False,
        perfect=perfect,
        tight=0.9,
        band=None,
        line_penalty_per_mvah=0.0,
        imbalance_penalty_per_mwh=120.0,
    )
    costs = costs_of(given)
    assert isinstance(costs, CostsWithoutExternalities)
    grand = Partition.of([costs.prepared.family.everyone])
    if not costs.partition(grand).viable:
        pytest.skip("not viable: the lines are too tight")
    bills = make_bills(costs, grand, NoExternalities(costs), deviation_name="none", rule="dual")
    (market,) = bills.markets
    assert market.standing is not None
    assert market.standing.largest_gain <= 2e-5 * max(1.0, market.cost)
    assert all(abs(bill.parts.settlement) < 1e-9 * max(1.0, market.cost) for bill in bills)


def _large(rule: BillRule) -> Bills:
    solution = solve(random_feeder(0, prosumers=4))
    grand = Partition.of([solution.costs.prepared.family.everyone])
    return solution.bills(rule, grand, BillOptions(most_groups=13, exact_up_to=3, draws=60))


@pytest.mark.parametrize("rule", ["nucleolus", "least-core"])
def test_markets_with_too_many_groups_are_refused(rule: BillRule) -> None:
    """14 groups could leave, 13 may be priced: rules that need all of them say what to do instead."""
    with pytest.raises(UsageError, match=r"one of 4 players has more than 13: raise most_groups"):
        _large(rule)


def test_other_rules_say_that_the_core_was_not_checked() -> None:
    """Equal shares of a market too large to check are given, without a word on the core that isn't known."""
    bills = _large("equal")
    assert bills.in_core is None
    assert bills.markets[0].standing is None
    assert all(bill.best is None for bill in bills)
    assert all(math.isfinite(bill.alone) for bill in bills)


def test_sampled_bills_have_standard_errors() -> None:
    """Above ``exact_up_to`` the Shapley value is drawn, says so, and lies within 4 errors of the exact one."""
    bills = _large("shapley")
    assert "estimated from 60 random orders, seed 0" in bills.markets[0].note
    solution = solve(random_feeder(0, prosumers=4))
    exact = solution.bills("shapley", Partition.of([solution.costs.prepared.family.everyone]))
    for estimate, bill in zip(bills, exact, strict=True):
        assert bill.standard_error is None
        assert estimate.standard_error is not None
        assert 0.0 < abs(estimate.amount - bill.amount) < 4 * estimate.standard_error


def test_what_can_not_be_billed(example_2: Solution) -> None:
    """No such rule, no such partition, nothing viable: each said by name."""
    with pytest.raises(UsageError, match=r"rule must be .* found 'fair'"):
        example_2.bills("fair")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="not an admissible partition"):
        example_2.bills("equal", Partition.of([0b011]))
    given = random_feeder(1, prosumers=3, externalities=False)
    costs = costs_of(given)
    masks = [1 << i for i in range(3)]
    partition = Partition.of(masks)
    if not costs.partition(partition).viable:
        with pytest.raises(InfeasibleError, match="there are no bills"):
            make_bills(costs, partition, deviation_model(costs, "inertia"), deviation_name="none")
    with pytest.raises(KeyError):
        _ = example_2.bills()["nobody"]
