"""Stability on trees against theorems: laminar families, edges against prosumers, deviations by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pytest

from lempart.errors import UsageError
from lempart.game import (
    AsPartitionGame,
    CoreOptions,
    DissolveIntoSingletons,
    Inertia,
    NoExternalities,
    Optimistic,
    Pessimistic,
    TableGame,
    TablePartitionGame,
    core_verdict,
    is_stable,
    partition_verdict,
)
from lempart.partition import Family, Partition
from lempart.tree import Tree
from support.trees import chain, random_players, random_tree, star, star_family


def random_costs(rng: np.random.Generator, family: Family) -> dict[int, float]:
    """Return costs that grow with size, some of them with scale effects either way."""
    sizes = {mask: mask.bit_count() for mask in range(1, family.everyone + 1)}
    return {mask: 10 * size**0.9 * (1 + 0.25 * rng.random()) - 5 for mask, size in sizes.items()}


def binary_tree(rng: np.random.Generator, prosumers: int) -> Tree:
    """Return a random binary tree: leaves split in two until all are prosumers."""
    parent, ends = [-1, 0, 0], [1, 2]
    while len(ends) < prosumers:
        split = ends.pop(int(rng.integers(len(ends))))
        parent += [split, split]
        ends += [len(parent) - 2, len(parent) - 1]
    return Tree.of(parent, ends)


@pytest.mark.parametrize("seed", range(25))
def test_two_children_at_most_stable_iff_no_partition_is_cheaper(seed: int) -> None:
    """With single boundaries on a binary tree the sub-coalitions are laminar (ALGORITHMS B).

    Then a coalition is stable iff it is a cheapest partition of itself, and so the optimal partition is stable.
    """
    rng = np.random.default_rng(seed)
    family = Family.singletons(binary_tree(rng, 6), single_boundary=True)
    game = AsPartitionGame(TableGame(random_costs(rng, family)))
    totals = {partition: game.total(partition) for partition in family.enumerate()}
    best = min(totals, key=totals.__getitem__)
    assert is_stable(best, family, Inertia(game, family))
    grand = core_verdict(game.game.cost, family.everyone, family)
    assert grand.stable == (best == Partition.of([family.everyone]))
    assert grand.core_value == pytest.approx(totals[best])


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_the_edge_core_contains_the_prosumers_core(seed: int, single_boundary: bool) -> None:
    """Charging nothing to other edges turns a prosumers' allocation into one over edges: ``Y`` can only grow."""
    rng = np.random.default_rng(seed)
    family = Family.singletons(random_tree(rng, 4, 5), single_boundary=single_boundary)
    costs = random_costs(rng, family)
    prosumers = core_verdict(costs.__getitem__, family.everyone, family)
    edges = core_verdict(costs.__getitem__, family.everyone, family, options=CoreOptions(players="edges"))
    assert edges.core_value >= prosumers.core_value - 1e-6
    assert edges.stable >= prosumers.stable
    assert set(edges.least_core.allocation) == set(family.subgraph(family.everyone).edges)


@pytest.mark.parametrize("seed", range(10))
def test_on_a_star_edges_are_prosumers(seed: int) -> None:
    """Every edge is a leaf edge there, so the two readings of Def. V.1 agree (hence in Examples 1 and 2)."""
    rng = np.random.default_rng(seed)
    family = star_family(4)
    costs = random_costs(rng, family)
    prosumers = core_verdict(costs.__getitem__, family.everyone, family)
    edges = core_verdict(costs.__getitem__, family.everyone, family, options=CoreOptions(players="edges"))
    assert edges.core_value == pytest.approx(prosumers.core_value)
    assert edges.stable == prosumers.stable


def test_an_edge_that_only_the_whole_uses_absorbs_any_deficit() -> None:
    """Two buses of one prosumer each: the edge between them is used only together. Costs 1, 1 and 10.

    Read literally, Def. V.1 lets that edge pay 8 and finds nothing wrong; the prosumers part.
    """
    family = Family.singletons(chain((1, 1)))
    costs = {0b01: 1.0, 0b10: 1.0, 0b11: 10.0}
    assert not core_verdict(costs.__getitem__, 0b11, family).stable
    edges = core_verdict(costs.__getitem__, 0b11, family, options=CoreOptions(players="edges"))
    assert edges.stable
    assert edges.allocation is not None
    assert edges.allocation[3] >= 8.0 - 1e-6


@dataclass
class Witness:
    """A partition game that costs nothing and remembers what it was asked."""

    asked: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)

    def total(self, partition: Partition) -> float:
        return 0.0 * len(partition)

    def coalition_cost(self, mask: int, partition: Partition) -> float:
        assert mask in partition
        self.asked.append((mask, partition.coalitions))
        return 0.0


def test_inertia_keeps_pieces_and_dissolving_doesnt() -> None:
    """One prosumer per bus, {0, 1, 2, 3} together, 4 alone. If 3 leaves, {0, 1, 2} stay together or not.

    If 0 and 3 leave together they take the edges between the buses, and 1 and 2 are apart either way.
    """
    family = Family.singletons(chain([1] * 5))
    partition = Partition.of([0b01111, 0b10000])
    for model, leaving, expected in (
        (Inertia, 0b01000, (0b00111, 0b01000, 0b10000)),
        (Inertia, 0b01001, (0b01001, 0b00010, 0b00100, 0b10000)),
        (Inertia, 0b01111, (0b01111, 0b10000)),
        (DissolveIntoSingletons, 0b01000, (0b00001, 0b00010, 0b00100, 0b01000, 0b10000)),
        (DissolveIntoSingletons, 0b01111, (0b01111, 0b10000)),
    ):
        game = Witness()
        model(game, family).worth(leaving, 0b01111, partition)
        assert game.asked == [(leaving, expected)]


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("seed", range(15))
def test_deviations_only_ask_for_admissible_partitions(seed: int, single_boundary: bool) -> None:
    """Whatever leaves, every model asks the game only for partitions of the family; groups and all."""
    rng = np.random.default_rng(seed)
    players = random_players(rng, 6, 4) if not single_boundary else tuple((i,) for i in range(5))
    family = Family(random_tree(rng, 4, 6), players, single_boundary)
    for partition in family.enumerate():
        for model in (Inertia, DissolveIntoSingletons, Optimistic, Pessimistic):
            game = Witness()
            partition_verdict(partition, family, model(game, family))
            for _, coalitions in game.asked:
                assert family.is_partition(Partition(coalitions))


def test_deviations_that_are_not_available_are_no_threat() -> None:
    """Groups {0, 2} and {1, 3} cross on two buses: neither can leave the other, so they are stable at any cost."""
    family = Family(chain((2, 2)), ((0, 2), (1, 3)), single_boundary=False)
    partition = Partition.of([0b11])
    game = TablePartitionGame({partition: {0b11: 1e3}})
    for model in (Inertia, DissolveIntoSingletons, Optimistic, Pessimistic):
        deviation = model(game, family)
        assert deviation.worth(0b01, 0b11, partition) == math.inf
        assert deviation.worth(0b11, 0b11, partition) == 1e3
        assert partition_verdict(partition, family, deviation).stable


def test_optimist_and_pessimist_skip_what_is_not_viable() -> None:
    """Player 0 leaves; alone beside {1, 2} is infinite, beside 1 and 2 it pays 5: both expect 5.

    For the coalition itself both say what it costs in the partition at hand, whatever the others might do.
    """
    family = star_family(3)
    apart, pair = Partition.of([1, 2, 4]), Partition.of([1, 6])
    table = {p: dict.fromkeys(p, 1.0) for p in family.enumerate()}
    table[pair][1], table[apart][1] = math.inf, 5.0
    for model in (Optimistic, Pessimistic):
        deviation = model(TablePartitionGame(table), family)
        assert deviation.worth(1, 0b111, Partition.of([0b111])) == 5.0
        assert deviation.worth(1, 1, pair) == math.inf
    table[pair][1] = 2.0
    assert Optimistic(TablePartitionGame(table), family).worth(1, 0b111, Partition.of([0b111])) == 2.0
    assert Pessimistic(TablePartitionGame(table), family).worth(1, 0b111, Partition.of([0b111])) == 5.0
    assert Pessimistic(TablePartitionGame(table), family).worth(1, 1, pair) == 2.0


def test_optimism_is_for_small_families() -> None:
    """Above the limit the model can't be built, and says why."""
    family = Family.singletons(star(9))
    with pytest.raises(UsageError, match="21147 partitions, more than the limit of 10000"):
        Optimistic(Witness(), family)
    with pytest.raises(UsageError, match="limit of 3"):
        Pessimistic(Witness(), star_family(3), partition_limit=3)


def test_one_unstable_coalition_makes_a_partition_unstable() -> None:
    """Verdicts come in the partition's order; a coalition that isn't viable counts as unstable."""
    family = star_family(4)
    costs = dict.fromkeys(range(1, 16), 1.0) | {0b0011: 3.0}
    partition = Partition.of([0b0011, 0b1100])
    deviation = NoExternalities(TableGame(costs))
    verdict = partition_verdict(partition, family, deviation)
    assert [item.coalition for item in verdict.coalitions] == [0b0011, 0b1100]
    assert [item.stable for item in verdict.coalitions] == [False, True]
    assert not verdict.stable
    assert not is_stable(partition, family, deviation)
    costs[0b0011] = math.inf
    assert not partition_verdict(partition, family, deviation).stable
    assert not is_stable(partition, family, deviation)
    costs[0b0011] = 2.0
    assert partition_verdict(partition, family, deviation).stable
    assert is_stable(partition, family, deviation)


def test_only_partitions_of_the_family_have_a_verdict() -> None:
    """A partition whose coalitions cross is refused before anything is priced."""
    family = Family.singletons(chain((2, 2)))
    for ask in (partition_verdict, is_stable):
        with pytest.raises(UsageError, match="share the edge"):
            ask(Partition.of([0b0101, 0b1010]), family, Inertia(Witness(), family))


def test_tables_say_what_they_lack() -> None:
    """A missing entry is an error, not a cost of zero."""
    game, partition = TableGame({1: 2.0}), Partition.of([1, 2])
    with pytest.raises(UsageError, match=r"no cost for players \(1,\)"):
        game.cost(2)
    with pytest.raises(UsageError, match="no coalition of"):
        AsPartitionGame(game).coalition_cost(3, partition)
    with pytest.raises(UsageError, match=r"players \(1,\) in 0\|1"):
        TablePartitionGame({partition: {1: 2.0}}).total(partition)
    assert AsPartitionGame(TableGame({1: 2.0, 2: math.inf})).total(partition) == math.inf
