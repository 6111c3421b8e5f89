"""Searches and cores of families with rules, against all partitions filtered by plain predicates and cores by scipy."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import linprog

from lempart.errors import InputError
from lempart.game import NoExternalities, core_verdict
from lempart.game.bounds import Bounds
from lempart.game.core.objectors.listed import ListedUnions
from lempart.game.core.objectors.mixed_integer import UnlistedUnions
from lempart.partition import Compatible, Family, Partition, Restrictions, Weighed, mask_of, members
from lempart.search import BoundedSearch, Exhaustive, LocalSearch, TreeProgram
from support.brute_force import BruteForce
from support.drawn_rules import DrawnRules, drawn_rules
from support.trees import random_tree, singles, star

CASES = int(os.environ.get("LEMPART_CASES", "60"))
"""Drawn games: LEMPART_CASES=1000 takes some minutes."""


@dataclass(frozen=True)
class Game:
    """A game as a table, of all coalitions that the grid admits: no search may ask for one that breaks a rule."""

    costs: Mapping[int, float]
    asked: set[int]

    def cost(self, mask: int) -> float:
        """Return the cost of a coalition."""
        self.asked.add(mask)
        return self.costs[mask]

    def total(self, partition: Partition) -> float:
        """Return ``Phi``."""
        return math.fsum(map(self.cost, partition))

    def bounds(self, coalition: int) -> Bounds:  # noqa: ARG002
        """Return an allocation that asks no coalition for more than it costs, the same whoever is costed."""
        count = max(self.costs).bit_length()
        fair = np.array([min(c / m.bit_count() for m, c in self.costs.items() if m >> i & 1) for i in range(count)])
        return lambda _: (fair,)


@dataclass(frozen=True)
class Floor:
    """Additive bounds: everyone's least share, and what a coalition costs more than its players' shares."""

    costs: Mapping[int, float]
    shares: tuple[float, ...]

    @property
    def floor(self) -> float:
        """Return what every partition costs at least."""
        return sum(self.shares)

    def excess(self, coalition: int) -> float:  # noqa: ARG002
        """Return nothing: quick, and true."""
        return 0.0

    def sharp_excess(self, coalition: int) -> float:
        """Return what a coalition costs more than its share of the floor."""
        return self.costs[coalition] - sum(self.shares[i] for i in members(coalition))

    def carried(self, outside: int) -> float:  # noqa: ARG002
        """Return nothing."""
        return 0.0


def _drawn(seed: int, single_boundary: bool) -> tuple[Family, BruteForce, DrawnRules, dict[int, float]]:
    rng = np.random.default_rng([seed, single_boundary, 11])
    while True:
        count = int(rng.integers(2, 8 if single_boundary else 6))
        tree = random_tree(rng, int(rng.integers(1, 6)), count)
        rules = drawn_rules(rng, count)
        try:
            family = Family(tree, singles(count), single_boundary, restrictions=rules.restrictions)
        except InputError:
            continue
        costs = {
            mask: float(9 * mask.bit_count() + 3 * (mask.bit_count() == 1) + rng.integers(-2, 3))
            for mask in family.connected(family.everyone)
        }
        return family, BruteForce(tree, singles(count), single_boundary), rules, costs


def _has_core(
    coalition: tuple[int, ...], inside: set[tuple[int, ...]], cost: Callable[[tuple[int, ...]], float]
) -> bool:
    """Return whether the linear program of the core collects the whole cost, by scipy."""
    rows = [[float(i in part) for i in coalition] for part in inside]
    found = linprog(
        -np.ones(len(coalition)), A_ub=np.array(rows), b_ub=[cost(part) for part in inside], bounds=(None, None)
    )
    return bool(-found.fun >= cost(coalition) - 1e-7)


def _answers(
    slow: BruteForce, rules: DrawnRules, costs: Mapping[int, float]
) -> tuple[dict[frozenset[tuple[int, ...]], float], set[frozenset[tuple[int, ...]]]]:
    """Return the totals of all partitions that keep the rules, and which of them are stable."""

    def cost(who: tuple[int, ...]) -> float:
        return costs[mask_of(who)]

    every = [blocks for blocks in slow.partitions() if all(map(rules.allow, blocks))]
    inside = {who: {p for p in slow.subcoalitions(who) if rules.allow(p)} for blocks in every for who in blocks}
    cores = {who: _has_core(who, parts, cost) for who, parts in inside.items()}
    totals = {blocks: math.fsum(map(cost, blocks)) for blocks in every}
    return totals, {blocks for blocks in every if all(cores[who] for who in blocks)}


@pytest.mark.parametrize("single_boundary", [True, False])
def test_both_answers(single_boundary: bool) -> None:
    """Proves optimal and optimal stable partitions, ties included, by every search; rules change both."""
    differs = freed = 0
    for seed in range(CASES if single_boundary else CASES // 2):
        family, slow, rules, costs = _drawn(seed, single_boundary)
        totals, stable = _answers(slow, rules, costs)
        best, best_stable = min(totals.values()), min(totals[blocks] for blocks in stable)
        optimal = {blocks for blocks, total in totals.items() if total <= best + 1e-9}
        answer = {blocks for blocks in stable if totals[blocks] <= best_stable + 1e-9}
        shares = tuple(
            min(c / m.bit_count() for m, c in costs.items() if m >> i & 1) for i in range(family.player_count)
        )
        searches = [Exhaustive(), LocalSearch(), BoundedSearch(warm_up=1)]
        searches += [TreeProgram(max_ties=1000), TreeProgram(max_ties=1000, bounded_from=3)] if single_boundary else []
        for search in searches:
            game = Game(costs, set())
            if isinstance(search, BoundedSearch):
                object.__setattr__(game, "partition_bounds", Floor(costs, shares))
            found = search.search(family, game, NoExternalities(game))
            assert all(rules.allow(members(mask)) for mask in game.asked)
            assert found.partition_count == len(totals)
            if isinstance(search, LocalSearch):
                assert found.optimal[0].total >= best - 1e-9
                continue
            assert found.proven
            assert {_sets(item.partition) for item in found.optimal} == optimal
            assert {_sets(item.partition) for item in found.optimal_stable} == answer
        plain, plain_stable = _answers(slow, DrawnRules(rules.restrictions, {}), costs)
        differs += min(plain.values()) < best - 1e-9
        freed += bool(stable - plain_stable)
    assert differs > 5
    assert freed > 0  # partitions that are stable only because those who would leave mustn't form


def _sets(partition: Partition) -> frozenset[tuple[int, ...]]:
    return frozenset(members(mask) for mask in partition)


def test_separation_with_rules() -> None:
    """Proves that a mixed-integer program finds the union that listing all finds, where rules leave few."""
    for seed in range(15):
        rng = np.random.default_rng(seed)
        branches = (0b11, *(1 << player for player in range(2, 9)))
        rules = drawn_rules(rng, 9).restrictions
        listed, wide = ListedUnions(branches, rules), UnlistedUnions(branches, rules)
        cuts = (rng.normal(5.0, 3.0, 9), rng.normal(0.0, 2.0, 9))
        listed.add_cuts(cuts)
        wide.add_cuts(cuts)
        shares = rng.normal(5.0, 2.0, 9)
        for _ in range(6):
            here, there = listed.most_violated(shares), wide.most_violated(shares)
            assert bool(here) == bool(there)
            if not here:
                break
            assert there[0][0] == pytest.approx(here[0][0], abs=1e-6)
            assert there[0][1] == here[0][1]
            assert wide.largest_gain(shares, 5.0) == pytest.approx(listed.largest_gain(shares, 5.0), abs=1e-6)
            assert all(rules.allow(mask) for _, mask in wide.separate_quickly(shares, -1e9))
            listed.mark_priced(here[0][1])
            wide.mark_priced(here[0][1])


def test_whoever_may_not_form_cannot_block() -> None:
    """Proves a non-hereditary rule: of a game of three that splits a cost of 3 in pairs at 1.8, pairs would leave.

    Each pair at 1.8 asks for less than 2/3 of 3. With a least size of three no pair may form, and the core isn't empty.
    """
    costs = {mask: {1: 1.5, 2: 1.8, 3: 3.0}[mask.bit_count()] for mask in range(1, 8)}
    free = Family(star(3), singles(3))
    bound = Family(star(3), singles(3), restrictions=Restrictions((Weighed("three", (1, 1, 1), least=3),)))
    assert core_verdict(costs.__getitem__, 7, free).stable is False
    assert core_verdict(costs.__getitem__, 7, bound).stable is True


def test_twenty_players_with_rules() -> None:
    """Proves a core where sub-coalitions can't be listed: nobody allowed is asked for more than it costs."""
    need = np.random.default_rng(1).normal(size=(20, 4))
    everyone = 2**20 - 1
    area = [i % 4 for i in range(20)]
    partners = tuple(mask_of(j for j in range(20) if abs(area[i] - area[j]) <= 2) for i in range(20))

    def cost(mask: int) -> float:
        return float(np.abs(need[list(members(mask))].sum(axis=0)).sum()) * (1.02 if mask.bit_count() == 15 else 1.0)

    def bounds(mask: int) -> tuple[np.ndarray, ...]:
        return (need @ np.sign(need[list(members(mask))].sum(axis=0)),)

    rules = Restrictions((Compatible("area", partners), Weighed("size", (1,) * 20, least=3)))
    family = Family(star(20), singles(20), restrictions=rules)
    coalition = mask_of(i for i in range(20) if area[i] < 3)
    assert coalition != everyone
    found = core_verdict(cost, coalition, family, bounds=bounds)
    drawn = [mask & coalition for mask in np.random.default_rng(0).integers(1, everyone, 4000).tolist()]
    allowed = [mask for mask in drawn if mask and rules.allow(mask)]
    assert found.stable is not None
    paid = found.allocation if found.allocation is not None else found.least_core.allocation  # type: ignore[union-attr]
    level = 0.0 if found.stable else found.least_core.epsilon  # type: ignore[union-attr]
    assert (
        max(sum(paid[i] for i in members(mask)) - cost(mask) for mask in allowed if mask != coalition) <= level + 1e-5
    )
