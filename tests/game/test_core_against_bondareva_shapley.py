"""The core LP and its certificates against duality, an independent LP solver and hand-written conditions."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from lempart.errors import UsageError
from lempart.game import CoreOptions, CoreVerdict, core_verdict, has_core
from lempart.partition import Family, members
from support.trees import chain, star_family

TOLERANCE = 1e-7


def costs_of(players: int) -> st.SearchStrategy[list[float]]:
    amount = st.integers(-300, 300).map(lambda tenths: tenths / 10)
    cost = st.one_of(amount, amount, amount, st.just(math.inf))
    size = 2**players - 2
    return st.tuples(st.lists(cost, min_size=size, max_size=size), amount).map(lambda c: [math.nan, *c[0], c[1]])


GAMES = st.integers(1, 5).flatmap(costs_of)


def verdict_on(costs: list[float]) -> CoreVerdict:
    everyone = len(costs) - 1
    return core_verdict(costs.__getitem__, everyone, star_family(everyone.bit_length()))


def independent_core_value(costs: list[float]) -> float:
    """Return ``Y`` by another solver, on dense rows built another way."""
    players = (len(costs) - 1).bit_length()
    rows = [(mask, cost) for mask, cost in enumerate(costs) if mask and cost != math.inf]
    matrix = [[float(mask >> player & 1) for player in range(players)] for mask, _ in rows]
    found = linprog(-np.ones(players), matrix, [cost for _, cost in rows], bounds=(None, None), method="highs-ipm")
    assert found.status == 0
    return -float(found.fun)


@given(GAMES)
@settings(max_examples=100, deadline=None)
def test_every_verdict_proves_itself(costs: list[float]) -> None:
    """Either an allocation that satisfies every row, or a balanced collection cheaper than the coalition.

    Costs may be negative, zero or infinite (no threat). Checked with nothing but sums over the table.
    """
    verdict = verdict_on(costs)
    cost, players = costs[-1], range((len(costs) - 1).bit_length())
    unit = max(1.0, abs(cost))
    assert verdict.core_value == pytest.approx(independent_core_value(costs), abs=1e-6 * unit)
    everyone = len(costs) - 1
    assert has_core(costs.__getitem__, everyone, star_family(everyone.bit_length())) == verdict.stable
    assert verdict.least_core is not None
    paid = {m: math.fsum(verdict.least_core.allocation[i] for i in members(m)) for m in range(1, len(costs))}
    assert paid[len(costs) - 1] == pytest.approx(cost, abs=TOLERANCE * unit)
    gains = {mask: paid[mask] - costs[mask] for mask in range(1, len(costs) - 1)}
    if verdict.least_core.epsilon > -math.inf:
        assert max(gains.values()) == pytest.approx(verdict.least_core.epsilon, abs=TOLERANCE * unit)
    if verdict.stable:
        assert verdict.allocation is not None
        assert all(gain <= 2e-6 * unit for gain in gains.values())
        assert verdict.core_value >= cost - 1e-6 * unit
    else:
        assert verdict.allocation is None
        for player in players:
            share = sum(item.weight for item in verdict.balanced if item.coalition >> player & 1)
            assert share == pytest.approx(1.0)
        proof = math.fsum(item.weight * costs[item.coalition] for item in verdict.balanced)
        assert proof == pytest.approx(verdict.core_value, abs=TOLERANCE * unit)
        assert proof < cost
        assert verdict.blocking
        assert all(block.gain == pytest.approx(gains[block.coalition]) for block in verdict.blocking)
        assert verdict.blocking[0].gain == pytest.approx(max(gains.values()))


@given(costs_of(3))
@settings(max_examples=100, deadline=None)
def test_three_players_by_the_minimal_balanced_collections(costs: list[float]) -> None:
    """For three players ``Y`` is the least of six sums, one per minimal balanced collection (Shapley 1967)."""
    a, b, c = costs[1], costs[2], costs[4]
    ab, ac, bc, abc = costs[3], costs[5], costs[6], costs[7]
    expected = min(abc, a + b + c, ab + c, ac + b, bc + a, (ab + ac + bc) / 2)
    assert verdict_on(costs).core_value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("cost", [1e6, 100.0, 0.3, 0.0, -0.3, -100.0, -1e6])
def test_the_tolerance_is_relative_to_the_cost_but_absolute_below_one(cost: float) -> None:
    """Two players who could save ``x`` by parting: stable for ``x`` of half the tolerance, not for twice it.

    A percentage of the cost would break at zero and turn round for negative costs.
    """
    for saved, stable in ((0.0, True), (0.5e-6, True), (2e-6, False), (1e-3, False)):
        saving = saved * max(1.0, abs(cost))
        verdict = verdict_on([math.nan, cost / 2 - saving, cost / 2, cost])
        assert verdict.stable == stable
        assert bool(verdict.blocking) == (not stable)


def test_a_tighter_or_looser_tolerance_can_be_asked_for() -> None:
    """The verdict flips with the tolerance, the core value doesn't."""
    costs = [math.nan, 49.9, 50.0, 100.0]
    strict, loose = (
        core_verdict(costs.__getitem__, 3, star_family(2), options=CoreOptions(tolerance=t)) for t in (1e-6, 1e-2)
    )
    assert not strict.stable
    assert loose.stable
    assert strict.core_value == loose.core_value


def test_a_coalition_that_is_not_viable_is_not_stable() -> None:
    """An infinite cost has no core, no number and no allocation, whatever its parts cost."""
    verdict = verdict_on([math.nan, 1.0, math.inf, math.inf])
    assert (verdict.viable, verdict.stable, verdict.core_value) == (False, False, None)
    assert verdict.shortfall == math.inf
    assert verdict.allocation is None
    assert verdict.blocking == verdict.balanced == ()


def test_the_whole_is_priced_first_and_alone_if_it_is_not_viable() -> None:
    """Pricing is the expensive part: nothing else is asked for once the coalition itself is out."""
    asked: list[int] = []

    def worth(mask: int) -> float:
        asked.append(mask)
        return math.inf if mask == 0b111 else 1.0

    assert not core_verdict(worth, 0b111, star_family(3)).viable
    assert asked == [0b111]
    assert core_verdict(worth, 0b110, star_family(3)).stable
    assert asked[1] == 0b110
    assert sorted(asked[2:]) == [0b010, 0b100]


def test_only_admissible_coalitions_have_a_core() -> None:
    """With single boundaries the first two of three on a chain are no coalition."""
    family = Family.singletons(chain((1, 1, 1)), single_boundary=True)
    with pytest.raises(UsageError, match=r"players \(0, 1\) aren't an admissible coalition"):
        core_verdict(lambda mask: 1.0 * mask.bit_count(), 0b011, family)
    assert core_verdict(lambda mask: 1.0 * mask.bit_count(), 0b110, family).stable


def test_nobody_can_leave() -> None:
    """If no part is viable alone the coalition is stable with any split, and all pay alike.

    If only one can leave it is stable, too: the other pays the rest. There is no least epsilon either way.
    """
    verdict = verdict_on([math.nan, math.inf, math.inf, 10.0])
    assert verdict.stable
    assert verdict.core_value == 10.0
    assert verdict.least_core is not None
    assert verdict.least_core.epsilon == -math.inf
    assert verdict.allocation == pytest.approx({0: 5.0, 1: 5.0})
    one_leaves = verdict_on([math.nan, 3.0, math.inf, 10.0])
    assert one_leaves.stable
    assert one_leaves.least_core is not None
    assert one_leaves.least_core.epsilon == -math.inf
    assert one_leaves.allocation is not None
    assert one_leaves.allocation[0] < 3.0
    assert sum(one_leaves.allocation.values()) == pytest.approx(10.0)


def test_a_lone_player_pays_its_cost() -> None:
    """A coalition of one is always stable."""
    verdict = verdict_on([math.nan, -3.5])
    assert verdict.stable
    assert verdict.allocation == pytest.approx({0: -3.5})


@pytest.mark.parametrize("wrong", [math.nan, -math.inf])
def test_costs_that_are_no_costs_are_refused(wrong: float) -> None:
    """NaN and minus infinity are errors of the game, never rows of the LP."""
    with pytest.raises(ValueError, match=r"cost of players \(1,\)"):
        verdict_on([math.nan, 1.0, wrong, 2.0])


def test_players_of_a_larger_game_keep_their_numbers() -> None:
    """The coalition {1, 3} of four players: allocation and blocks speak of players 1 and 3."""
    costs = {0b0010: 1.0, 0b1000: 2.0, 0b1010: 4.0}
    verdict = core_verdict(costs.__getitem__, 0b1010, star_family(4))
    assert verdict.least_core is not None
    assert verdict.least_core.allocation == pytest.approx({1: 1.5, 3: 2.5})
    assert {block.coalition for block in verdict.blocking} == {0b0010, 0b1000}


def test_twelve_players_take_well_under_a_second() -> None:
    """4095 rows, empty core: both programs, and the certificates agree with the LP value."""
    rng = np.random.default_rng(0)
    costs = [math.nan, *(10 * math.sqrt(m.bit_count()) * (1 + 0.3 * rng.random()) for m in range(1, 4096))]
    before = time.process_time()
    verdict = verdict_on(costs)
    assert time.process_time() - before < 1.0
    assert not verdict.stable
    assert math.fsum(item.weight * item.cost for item in verdict.balanced) == pytest.approx(verdict.core_value)
