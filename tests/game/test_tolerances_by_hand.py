"""What tolerances are shares of: what players turn over, not one franc; and what is stable by no more than that."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from lempart.game import CoreOptions, TableGame, core_verdict, has_core
from lempart.game.core.linear_program import CoreRows
from lempart.partition import Family, Partition, members
from lempart.search import Evaluated, SearchOptions
from lempart.search.ranking import Ranking
from lempart.tree import Tree

FAMILY = Family(Tree.of([-1, 0, 0, 0], [1, 2, 3]), ((0,), (1,), (2,)), single_boundary=False)
EVERYONE = 0b111
EXAMPLE_2 = {0b001: 84.0, 0b010: 84.0, 0b100: 84.0, 0b011: 157.0, 0b101: 157.0, 0b110: 157.0, 0b111: 240.0}
ADDITIVE = {mask: 84.0 * mask.bit_count() for mask in EXAMPLE_2}


@pytest.mark.parametrize("money", [1e-9, 1e-7, 1.0, 1e6])
@pytest.mark.parametrize("method", ["enumeration", "row generation"])
def test_no_verdict_depends_on_the_currency(money: float, method: str) -> None:
    """Table III's market of all three falls apart by 4.50 of 240, whatever a franc is called.

    In units of ten million francs that is 4.5e-7, less than a millionth of 1, which was "stable".
    """
    game = TableGame({mask: cost * money for mask, cost in EXAMPLE_2.items()})
    found = core_verdict(game.cost, EVERYONE, FAMILY, turnover=240.0 * money, options=CoreOptions(method=method))  # type: ignore[arg-type]
    assert found.stable is False
    assert found.shortfall == pytest.approx(4.5 * money, rel=1e-6)
    assert not has_core(game.cost, EVERYONE, FAMILY, turnover=240.0 * money)


def test_who_may_as_well_leave_makes_a_market_just_stable() -> None:
    """Where costs only add up, together is as cheap as apart: stable, and nobody would lose by leaving."""
    even = core_verdict(TableGame(ADDITIVE).cost, EVERYONE, FAMILY, turnover=240.0)
    assert even.stable
    assert even.just
    assert even.margin == pytest.approx(0.0, abs=1e-9)
    cheaper = core_verdict(TableGame(ADDITIVE | {EVERYONE: 246.0}).cost, EVERYONE, FAMILY, turnover=240.0)
    assert cheaper.stable
    assert not cheaper.just
    assert cheaper.margin == pytest.approx(2.0)  # three pay 82, and lose 2 each alone


@dataclass(frozen=True)
class _Turning:
    amount: float

    def turnover(self, mask: int) -> float:  # noqa: ARG002
        return self.amount


@pytest.mark.parametrize(("apart", "ties"), [(0.9e-3, 2), (1.1e-3, 1)])
def test_ties_are_shares_of_what_all_players_turn_over(apart: float, ties: int) -> None:
    """Two partitions cost a million francs, most of it regular customers': a millionth of 1,000 tells them apart."""
    ranking = SearchOptions().ranking(_Turning(1000.0), FAMILY)
    found = [Evaluated(Partition.of([EVERYONE]), 1e6), Evaluated(Partition.of([0b001, 0b010, 0b100]), 1e6 + apart)]
    assert len(ranking.cheapest(found)) == ties
    assert ranking.equal_within(found) == pytest.approx(1e-3)


def test_games_that_do_not_say_are_compared_by_their_own_costs() -> None:
    """A table has no turnover: then ``max(1, |best|)``, and what isn't viable ties with nothing but its like."""
    ranking = Ranking(1e-6)
    assert ranking.tied(100.0 + 0.9e-4, 100.0)
    assert not ranking.tied(100.0 + 1.1e-4, 100.0)
    assert ranking.tied(math.inf, math.inf)
    assert not ranking.tied(math.inf, 1.0)


def test_equal_gains_are_named_by_number_not_by_rounding() -> None:
    """Two groups gain 1, one of them a few bits more; the third gains 2 and comes first."""
    rows = CoreRows.of({0b010: 1.0, 0b001: 1.0, 0b100: 1.0, 0b111: 6.0}, members)
    for bits in (-1e-13, 0.0, 1e-13):
        assert rows.largest_first(np.array([1.0 + bits, 1.0, 2.0])) == [2, 1, 0]
