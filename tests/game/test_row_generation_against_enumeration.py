"""Rows generated as needed against the LP with every row, on random games with and without bounds on their costs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from lempart.errors import UsageError
from lempart.game import CoreOptions, CoreVerdict, core_verdict, has_core
from lempart.game.core.objectors.branches import branches_within
from lempart.partition import Family, members
from support.trees import chain, random_players, random_tree, star_family

TOLERANCE = 1e-6
AMOUNT = st.integers(-300, 300).map(lambda tenths: tenths / 10)
KINDS = ("anything", "concave", "additive", "near the edge")


@dataclass
class Game:
    """A random game on ``players``; a mask of all of them is the coalition in question."""

    costs: dict[int, float]
    everyone: int
    asked: list[int] = field(default_factory=list)

    def cost(self, mask: int) -> float:
        self.asked.append(mask)
        return self.costs[mask]

    def bounds(self, mask: int) -> tuple[np.ndarray, ...] | None:
        """Return, by another solver, the best bound at ``mask`` that no sub-coalition's cost is below, in two parts."""
        priced = {m: c for m, c in self.costs.items() if c != math.inf}
        if mask not in priced:
            return None
        count = self.everyone.bit_length()
        rows = [[float(m >> i & 1) for i in range(count)] for m in priced]
        inside = [float(mask >> i & 1) for i in range(count)]
        found = linprog([-x for x in inside], rows, list(priced.values()), bounds=(-1e4, 1e4), method="highs")
        assert found.status == 0
        return 0.25 * found.x, 0.75 * found.x


def game(rng: np.random.Generator, players: int, kind: str, family: Family) -> Game:
    everyone = (1 << players) - 1
    masks = list(family.subcoalitions(everyone)) if family.admissible(everyone) else []
    weight = rng.uniform(-20, 30, players).round(1)
    if kind == "anything":
        costs = {m: float(np.round(rng.uniform(-30, 30), 1)) for m in masks}
    else:
        costs = {m: float(sum(weight[i] for i in members(m))) for m in masks}
        if kind == "concave":  # savings grow with size: a submodular cost game, so the core is not empty
            costs = {m: c - 3.0 * m.bit_count() ** 2 for m, c in costs.items()}
        if kind == "near the edge":
            costs = {m: c + float(rng.choice([0.0, 0.0, 0.5, -0.5])) for m, c in costs.items()}
    for m in masks:
        if m != everyone and rng.random() < 0.1:
            costs[m] = math.inf
    return Game(costs, everyone)


def both(played: Game, family: Family, *, bounded: bool) -> tuple[CoreVerdict, CoreVerdict]:
    bounds = played.bounds if bounded else None
    by_rows = core_verdict(
        played.cost, played.everyone, family, bounds=bounds, options=CoreOptions(method="row generation")
    )
    assert len(played.asked) == len(set(played.asked)), "a sub-coalition was priced twice"
    return core_verdict(
        played.costs.__getitem__, played.everyone, family, options=CoreOptions(method="enumeration")
    ), by_rows


def check(played: Game, family: Family, *, bounded: bool) -> CoreVerdict:
    """Assert that both verdicts say the same and that the one by rows proves itself, by sums over the table."""
    full, found = both(played, family, bounded=bounded)
    costs, unit = played.costs, max(1.0, abs(full.cost))
    assert (found.stable, found.cost) == (full.stable, full.cost)
    assert found.core_value == pytest.approx(full.core_value, abs=2 * TOLERANCE * unit)
    assert found.priced <= full.priced
    quick = has_core(costs.__getitem__, played.everyone, family, bounds=played.bounds if bounded else None)
    assert quick == full.stable
    if found.stable:
        paid = found.allocation
        assert paid is not None
        assert math.fsum(paid.values()) == pytest.approx(full.cost, abs=TOLERANCE * unit)
        for mask, cost in costs.items():
            assert math.fsum(paid[i] for i in members(mask)) <= cost + 2 * TOLERANCE * unit
        if found.least_core is not None:  # claimed where everyone was priced
            assert full.least_core is not None
            assert found.least_core.epsilon == pytest.approx(full.least_core.epsilon, abs=TOLERANCE * unit)
        return found
    assert found.allocation is None
    assert found.least_core is not None
    assert full.least_core is not None
    assert found.least_core.epsilon == pytest.approx(full.least_core.epsilon, abs=TOLERANCE * unit)
    gains = {m: math.fsum(found.least_core.allocation[i] for i in members(m)) - c for m, c in costs.items()}
    assert max(g for m, g in gains.items() if m != played.everyone) == pytest.approx(
        found.least_core.epsilon, abs=TOLERANCE * unit
    )
    assert found.blocking[0].gain == pytest.approx(found.least_core.epsilon, abs=TOLERANCE * unit)
    assert all(block.gain == pytest.approx(gains[block.coalition]) for block in found.blocking)
    for player in members(played.everyone):
        assert sum(w.weight for w in found.balanced if w.coalition >> player & 1) == pytest.approx(1.0)
    assert math.fsum(w.weight * costs[w.coalition] for w in found.balanced) == pytest.approx(
        found.core_value, abs=TOLERANCE * unit
    )
    return found


@pytest.mark.parametrize("bounded", [True, False])
@given(seed=st.integers(0, 10**6), players=st.integers(1, 5), kind=st.sampled_from(KINDS))
@settings(max_examples=50, deadline=None)
def test_same_verdict_value_and_gains(bounded: bool, seed: int, players: int, kind: str) -> None:
    """On a star every subset may leave; verdict, ``Y`` and ``ε`` are those of the whole LP, whatever is known."""
    family = star_family(players)
    check(game(np.random.default_rng(seed), players, kind, family), family, bounded=bounded)


@given(seed=st.integers(0, 10**6), kind=st.sampled_from(KINDS))
@settings(max_examples=50, deadline=None)
def test_same_on_trees_with_single_boundaries_and_groups(seed: int, kind: str) -> None:
    """Where only some subsets may leave, at any node of a tree, and some players are groups."""
    rng = np.random.default_rng(seed)
    family = Family.singletons(random_tree(rng, 5, 5), single_boundary=True)
    if family.admissible(family.everyone):
        check(game(rng, 5, kind, family), family, bounded=True)


@given(seed=st.integers(0, 10**6), single=st.booleans())
@settings(max_examples=50, deadline=None)
def test_branches_make_exactly_the_sub_coalitions(seed: int, single: bool) -> None:
    """The unions of branches are the admissible coalitions within any admissible coalition: no more, no fewer."""
    rng = np.random.default_rng(seed)
    tree = random_tree(rng, 5, 6)
    players = tuple((m,) for m in range(6)) if single else random_players(rng, 6, 4)
    family = Family(tree, players, single_boundary=single)
    for coalition in family.subcoalitions(family.everyone):
        unions = set()
        for branches in branches_within(family, coalition):
            for chosen in range(1, 1 << len(branches)):
                unions.add(sum(b for place, b in enumerate(branches) if chosen >> place & 1))
        assert unions == set(family.subcoalitions(coalition))


def test_bounds_that_collect_the_whole_cost_are_the_bills() -> None:
    """An additive game needs nobody priced: the coalition's own bound is a core allocation."""
    costs = {m: float(sum(i + 1 for i in members(m))) for m in range(1, 256)}
    played = Game(costs, 255)
    found = core_verdict(played.cost, 255, star_family(8), bounds=played.bounds)
    assert (found.stable, found.method, found.priced) == (True, "closed form", 0)
    assert found.allocation == pytest.approx({i: i + 1.0 for i in range(8)})
    assert played.asked == [255]


def _market(players: int, seed: int) -> tuple[Callable[[int], float], Callable[[int], tuple[np.ndarray, ...]], float]:
    """Return a game of needs, its bounds and a surcharge that only the grand coalition pays.

    ``cost(F') = Σ_k |Σ_{i in F'} d_ik|``: whoever joins nets out errors. ``sign(Σ d)`` gives a bound at any mask.
    """
    need = np.random.default_rng(seed).normal(size=(players, 6))

    def cost(mask: int) -> float:
        return float(np.abs(need[list(members(mask))].sum(axis=0)).sum())

    def bounds(mask: int) -> tuple[np.ndarray, ...]:
        return (need @ np.sign(need[list(members(mask))].sum(axis=0)),)

    return cost, bounds, 0.05 * cost((1 << players) - 1)


@pytest.mark.parametrize("seed", range(6))
def test_few_rows_decide_fourteen_players(seed: int) -> None:
    """16,383 sub-coalitions; far fewer are priced, and verdict and value are those of the whole LP."""
    plain, bounds, surcharge = _market(14, seed)
    everyone, family = 2**14 - 1, star_family(14)

    def cost(mask: int) -> float:
        return plain(mask) + (surcharge * (2 if seed % 2 else 1) if mask == everyone else 0.0)

    found = core_verdict(cost, everyone, family, bounds=bounds)
    assert found.method == "row generation"
    assert found.priced < 1500
    table = [math.nan, *map(cost, range(1, everyone + 1))]
    full = core_verdict(table.__getitem__, everyone, family, options=CoreOptions(method="enumeration"))
    assert found.stable == full.stable
    assert found.core_value == pytest.approx(full.core_value, rel=2e-6)


def test_an_empty_core_is_known_before_all_are_priced() -> None:
    """Without bounds, too: three single players who pay less alone settle it, in the first batch."""
    asked: list[int] = []

    def cost(mask: int) -> float:
        asked.append(mask)
        return float(mask.bit_count() ** 2)

    assert not has_core(cost, 2**10 - 1, star_family(10))
    assert len(asked) == 1 + 20


def test_few_sub_coalitions_are_all_priced() -> None:
    """Up to six players ``auto`` gives the least core even where the bounds alone would do."""
    played = Game({m: float(m.bit_count()) for m in range(1, 64)}, 63)
    assert core_verdict(played.cost, 63, star_family(6), bounds=played.bounds).method == "enumeration"


def test_bounds_are_for_prosumers() -> None:
    """A core over edges has other rows, which no bound over players speaks of."""
    played = Game(dict.fromkeys(range(1, 8), 1.0), 7)
    with pytest.raises(UsageError, match="add up over prosumers"):
        core_verdict(played.cost, 7, star_family(3), bounds=played.bounds, options=CoreOptions(players="edges"))


@pytest.mark.parametrize("method", ["row generation", "enumeration"])
def test_a_coalition_that_is_not_viable_or_not_admissible(method: str) -> None:
    """No core, and nobody else is priced; a set of players that is no coalition is refused."""
    played = Game({m: math.inf if m == 7 else 1.0 for m in range(1, 8)}, 7)
    found = core_verdict(played.cost, 7, star_family(3), options=CoreOptions(method=method))  # type: ignore[arg-type]
    assert (found.viable, found.stable, played.asked) == (False, False, [7])
    assert not has_core(played.costs.__getitem__, 7, star_family(3), options=CoreOptions(method=method))  # type: ignore[arg-type]
    family = Family.singletons(chain((1, 1, 1)), single_boundary=True)
    with pytest.raises(UsageError, match="admissible"):
        core_verdict(played.cost, 0b011, family, options=CoreOptions(method=method))  # type: ignore[arg-type]


def test_edges_by_rows() -> None:
    """Def. V.1 read literally gives the same by rows as by enumeration, without bounds."""
    rng = np.random.default_rng(3)
    family = Family.singletons(chain((2, 1, 2)))
    for _ in range(20):
        costs = {m: float(np.round(rng.uniform(0, 10) * m.bit_count(), 2)) for m in range(1, 32)}
        full, found = (
            core_verdict(costs.__getitem__, 31, family, options=CoreOptions(players="edges", method=m))  # type: ignore[arg-type]
            for m in ("enumeration", "row generation")
        )
        assert (full.stable, full.core_value) == (found.stable, pytest.approx(found.core_value))
