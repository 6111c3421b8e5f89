"""Nucleoli that stand in the literature, each a number anyone can look up; cost games unless said otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lempart.game import CoreRows, Nucleolus, core_verdict, kohlberg_certificate, nucleolus, priced_rows
from lempart.partition import members
from support.trees import star_family


def rows_of(cost: Callable[[tuple[int, ...]], float], players: int) -> CoreRows:
    """Return the rows of a cost game in which any group can leave."""
    family = star_family(players)
    rows = priced_rows(lambda mask: cost(members(mask)), family.everyone, family)
    assert rows is not None
    return rows


def solved(cost: Callable[[tuple[int, ...]], float], players: int) -> Nucleolus:
    """Return the nucleolus of a cost game, certified."""
    rows = rows_of(cost, players)
    found = nucleolus(rows)
    proof = kohlberg_certificate(rows, found.allocation)
    assert proof.holds
    assert proof.unique
    assert found.unique
    assert found.bounded
    return found


def payments(found: Nucleolus) -> list[float]:
    return [found.allocation[player] for player in sorted(found.allocation)]


@pytest.mark.parametrize(
    ("estate", "division"),
    [(100.0, (100 / 3, 100 / 3, 100 / 3)), (200.0, (50.0, 75.0, 75.0)), (300.0, (50.0, 100.0, 150.0))],
)
def test_the_talmuds_division_of_an_estate(estate: float, division: tuple[float, ...]) -> None:
    """Aumann & Maschler (1985): claims of 100, 200, 300; the Mishna's three divisions are the nucleoli."""
    claims = (100.0, 200.0, 300.0)

    def owed(group: tuple[int, ...]) -> float:
        return -max(estate - sum(claim for i, claim in enumerate(claims) if i not in group), 0.0)

    assert payments(solved(owed, 3)) == pytest.approx([-share for share in division], abs=1e-9)


def test_contested_garment() -> None:
    """The Mishna's garment: one claims all, the other half; what is contested is halved, 3/4 and 1/4."""
    found = solved(lambda group: -max(1.0 - sum((1.0, 0.5)[i] for i in (0, 1) if i not in group), 0.0), 2)
    assert payments(found) == pytest.approx([-0.75, -0.25])


def airport(needs: tuple[float, ...]) -> list[float]:
    """Return the nucleolus of an airport game by Littlechild's formula (1974), needs ascending, all different.

    Step by step the smallest aircraft not yet charged pay alike: the least, over groups of the smallest, of what the
    group needs beyond what is paid, shared among it and one more (the last of all pays what is left).
    """
    count, start, paid, shares = len(needs), 0, 0.0, [0.0] * len(needs)
    while start < count:
        best, last = min(
            ((needs[j] - paid) / (j - start + 2 if j < count - 1 else j - start + 1), -j) for j in range(start, count)
        )
        for j in range(start, -last + 1):
            shares[j] = best
            paid += best
        start = -last + 1
    return shares


@pytest.mark.parametrize("needs", [(1.0, 2.0, 4.0), (2.0, 3.0, 7.0, 8.0), (1.0, 1.5, 1.75, 6.0, 6.5)])
def test_airport_games_against_littlechilds_formula(needs: tuple[float, ...]) -> None:
    """A runway costs what its largest aircraft needs. For 1, 2, 4 the nucleolus is (1/2, 3/4, 11/4)."""
    found = payments(solved(lambda group: max(needs[i] for i in group), len(needs)))
    assert found == pytest.approx(airport(needs), abs=1e-9)
    if needs == (1.0, 2.0, 4.0):
        assert found == pytest.approx([0.5, 0.75, 2.75], abs=1e-9)


@pytest.mark.parametrize(("left", "right"), [(1, 2), (2, 3), (2, 2)])
def test_gloves(left: int, right: int) -> None:
    """Shapley & Shubik (1969): with fewer left gloves these get all, with as many of both each gets a half."""

    def pairs(group: tuple[int, ...]) -> float:
        lefts = sum(player < left for player in group)
        return -float(min(lefts, len(group) - lefts))

    expected = [-0.5] * (left + right) if left == right else [-1.0] * left + [0.0] * right
    assert payments(solved(pairs, left + right)) == pytest.approx(expected, abs=1e-9)


def test_homogeneous_majority_game() -> None:
    """Peleg (1968): the nucleolus of a constant-sum homogeneous majority game is its weights, normalised.

    For [5; 2, 2, 2, 1, 1, 1] that is 2/9 and 1/9.
    """
    weights = (2, 2, 2, 1, 1, 1)
    found = payments(solved(lambda group: -float(sum(weights[i] for i in group) >= 5), 6))
    assert found == pytest.approx([-weight / 9 for weight in weights], abs=1e-9)


def test_three_players_where_payments_may_be_negative() -> None:
    """Groups {1, 2} and all earn 10 and 2: the pre-nucleolus is (3, 3, -4); the third pays for being there.

    Any pair's loss is shared: with (3, 3, -4) gains are 4 for {1, 2} and {3}, then 1 for those with one of the pair.
    """
    value = {(0, 1): 10.0, (0, 1, 2): 2.0}
    found = solved(lambda group: -value.get(group, 0.0), 3)
    assert payments(found) == pytest.approx([-3.0, -3.0, 4.0], abs=1e-9)
    assert found.levels == pytest.approx((4.0, 1.0))


def test_the_first_level_is_the_least_core() -> None:
    """The nucleolus lies in the least core: its first level is the least core's epsilon, in an empty core too."""
    family = star_family(3)
    costs = {1: 84.0, 2: 84.0, 3: 157.0, 4: 84.0, 5: 157.0, 6: 157.0, 7: 240.0}
    verdict = core_verdict(costs.__getitem__, 7, family)
    assert verdict.least_core is not None
    found = nucleolus(rows_of(lambda group: costs[sum(1 << i for i in group)], 3))
    assert found.levels[0] == pytest.approx(verdict.least_core.epsilon) == pytest.approx(3.0)
    assert payments(found) == pytest.approx([80.0, 80.0, 80.0])
