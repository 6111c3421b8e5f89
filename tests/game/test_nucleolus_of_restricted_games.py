"""Nucleoli where not every group can leave: on trees with single boundaries, and where groups aren't viable."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lempart.errors import UsageError
from lempart.game import CoreRows, core_membership, excesses, kohlberg_certificate, nucleolus, priced_rows
from lempart.partition import Family, members
from support.trees import random_tree, star_family


def rows_of(costs: dict[int, float], players: int) -> CoreRows:
    rows = priced_rows(lambda mask: costs.get(mask, math.inf), (1 << players) - 1, star_family(players))
    assert rows is not None
    return rows


def tree_rows(seed: int) -> CoreRows:
    """Return the rows of a random subadditive-ish game on a random tree with single boundaries, some not viable."""
    rng = np.random.default_rng([7, seed])
    prosumers = int(rng.integers(2, 9))
    family = Family.singletons(random_tree(rng, int(rng.integers(1, 6)), prosumers), single_boundary=True)
    rows = priced_rows(
        lambda mask: float(rng.random() * mask.bit_count()) if mask.bit_count() < 3 or rng.random() < 0.8 else math.inf,
        family.everyone,
        family,
    )
    while rows is None:  # the grand coalition itself came out as not viable
        rows = priced_rows(lambda mask: float(rng.random() * mask.bit_count()), family.everyone, family)
    return rows


def _worse(rows: CoreRows, one: dict[int, float], other: dict[int, float]) -> bool:
    """Return whether the gains of ``one``, sorted from the largest, are lexicographically above those of ``other``."""
    first, second = (np.sort(excesses(rows, found))[::-1] for found in (one, other))
    differs = np.flatnonzero(np.abs(first - second) > 1e-9)
    return not len(differs) or bool(first[differs[0]] > second[differs[0]])


@pytest.mark.parametrize("seed", range(40))
def test_no_random_allocation_is_better(seed: int) -> None:
    """By definition: the sorted gains of 200 other allocations, near and far, are never lexicographically below."""
    rows = tree_rows(seed)
    found = nucleolus(rows)
    assert found.bounded  # everyone can be alone
    assert kohlberg_certificate(rows, found.allocation).holds
    rng = np.random.default_rng(seed)
    for scale in (1e-3, 1e-2, 0.1, 1.0):
        for _ in range(50):
            shift = rng.normal(scale=scale, size=len(rows.payers))
            shift -= shift.mean()
            other = {payer: found.allocation[payer] + step for payer, step in zip(rows.payers, shift, strict=True)}
            assert _worse(rows, other, dict(found.allocation))


def test_a_line_of_three_by_hand() -> None:
    """Only {1}, {2}, {3} and {1, 2} can leave: costs 4, 4, 4, 6 and 9 for all.

    Gains of {1, 2} and {3}: y1 + y2 - 6 and y3 - 4 sum to -1, so each is -1/2: y3 = 3.5, y1 + y2 = 5.5, and 1 and 2
    pay alike.
    """
    rows = rows_of({1: 4.0, 2: 4.0, 4: 4.0, 3: 6.0, 7: 9.0}, 3)
    found = nucleolus(rows)
    assert found.unique
    assert found.levels == pytest.approx((-0.5, -1.25))
    assert found.allocation == pytest.approx({0: 2.75, 1: 2.75, 2: 3.5})


def test_groups_that_do_not_single_one_out() -> None:
    """{1, 2} and {3, 4} can leave at 4 each, all pay 6: both pairs pay 3; within a pair nothing decides, so equal."""
    rows = rows_of({0b0011: 4.0, 0b1100: 4.0, 0b1111: 6.0}, 4)
    found = nucleolus(rows)
    assert found.bounded
    assert not found.unique
    assert found.allocation == pytest.approx(dict.fromkeys(range(4), 1.5))
    proof = kohlberg_certificate(rows, found.allocation)
    assert proof.holds
    assert not proof.unique


def test_a_player_who_can_not_leave_does_not_pay_for_everyone() -> None:
    """Only {1} can leave, at 1; all pay 9. Its gain has no least value: it pays no more than 1, the others alike.

    The nearest to (3, 3, 3) with y1 <= 1 is (1, 4, 4).
    """
    rows = rows_of({1: 1.0, 7: 9.0}, 3)
    found = nucleolus(rows)
    assert not found.bounded
    assert not found.unique
    assert found.allocation == pytest.approx({0: 1.0, 1: 4.0, 2: 4.0})
    assert core_membership(rows, found.allocation).in_core


def test_where_equal_payments_please_everyone_they_stay() -> None:
    """Only {1} can leave, at 5, and 3 is less: nothing moves."""
    assert nucleolus(rows_of({1: 5.0, 7: 9.0}, 3)).allocation == pytest.approx(dict.fromkeys(range(3), 3.0))


def test_two_players_who_can_not_leave() -> None:
    """{1, 2} at 4 and {3} at 3.5 can leave, 4 is in neither group: there is no least gain.

    Nearest to 2.5 each in the core: (2, 2, 3, 3).
    """
    found = nucleolus(rows_of({0b0011: 4.0, 0b0100: 3.5, 0b1111: 10.0}, 4))
    assert not found.bounded
    assert found.levels == ()
    assert found.allocation == pytest.approx({0: 2.0, 1: 2.0, 2: 3.0, 3: 3.0})


def test_a_level_and_then_no_least_gain() -> None:
    """{1} and {2, 3, 4} can leave at 4 each, {2} at 1; all pay 10. The first two gain 1 each: 5 and 5.

    Then 2 could be let off at the others' cost without end: it pays 1, and 3 and 4 two each.
    """
    found = nucleolus(rows_of({0b0001: 4.0, 0b1110: 4.0, 0b0010: 1.0, 0b1111: 10.0}, 4))
    assert not found.bounded
    assert found.levels == pytest.approx((1.0,))
    assert found.allocation == pytest.approx({0: 5.0, 1: 1.0, 2: 2.0, 3: 2.0})


def test_nobody_can_leave() -> None:
    """With no row but its own, a market's cost is shared equally; a market of one pays its cost."""
    rows = rows_of({7: 9.0}, 3)
    assert nucleolus(rows).allocation == pytest.approx(dict.fromkeys(range(3), 3.0))
    assert core_membership(rows, nucleolus(rows).allocation).group is None
    alone = nucleolus(rows_of({1: 4.0}, 1))
    assert alone.allocation == {0: 4.0}
    assert alone.unique


def test_scaled_costs_scale_the_nucleolus() -> None:
    """In rappen or in millions it is the same allocation: nothing depends on the currency's size."""
    rng = np.random.default_rng(0)
    costs = {mask: float(rng.random() * mask.bit_count()) for mask in range(1, 32)}
    base = nucleolus(CoreRows.of(costs, members)).allocation
    for factor in (1e-4, 1e6):
        scaled = nucleolus(CoreRows.of({mask: cost * factor for mask, cost in costs.items()}, members)).allocation
        assert [scaled[i] / factor for i in range(5)] == pytest.approx([base[i] for i in range(5)], abs=1e-6)


def test_certificate_of_other_players_is_refused() -> None:
    """An allocation over the wrong players is a mistake of the caller, not a refutation."""
    with pytest.raises(UsageError, match="allocation over players"):
        kohlberg_certificate(rows_of({1: 5.0, 2: 4.0, 3: 8.0}, 2), {0: 4.0, 5: 4.0})
