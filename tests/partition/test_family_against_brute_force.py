"""Every offer of a family against the definitions taken literally, on random feeders."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.errors import InputError
from lempart.partition import Family, Partition, canonical_subgraph, mask_of, members
from support.brute_force import BruteForce, set_partitions
from support.trees import random_players, random_tree, singles

SEEDS = range(60)


def as_sets(partition: Partition) -> frozenset[tuple[int, ...]]:
    return frozenset(members(mask) for mask in partition)


def random_family(seed: int, single_boundary: bool) -> tuple[Family, BruteForce]:
    """Return a family with groups and regular customers in most seeds, and its slow twin."""
    rng = np.random.default_rng([seed, single_boundary])
    while True:
        prosumers = int(rng.integers(1, 10))
        tree = random_tree(rng, int(rng.integers(1, 9)), prosumers)
        count = int(rng.integers(1, min(prosumers, 6) + 1))
        players = random_players(rng, prosumers, count) if seed % 3 else singles(count)
        try:
            return Family(tree, players, single_boundary), BruteForce(tree, players, single_boundary)
        except InputError:
            continue  # a group with several boundary nodes; test_bad_input proves that this is right


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_partitions(seed: int, single_boundary: bool) -> None:
    """Count and enumeration are what filtering all set partitions leaves, each partition once, same order twice.

    Groups, regular customers, buses with nothing below and buses of degree two are among the cases.
    """
    family, slow = random_family(seed, single_boundary)
    listed = list(family.enumerate())
    assert {as_sets(partition) for partition in listed} == slow.partitions()
    assert len(listed) == len(set(listed)) == family.count()
    assert listed == list(family.enumerate())
    assert all(Partition.of(partition) == partition for partition in listed)


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("prosumers", [7, 8, 9])
def test_partitions_of_more_prosumers(prosumers: int, single_boundary: bool) -> None:
    """The same up to nine single players, where there are thousands of partitions."""
    for seed in range(3):
        tree = random_tree(np.random.default_rng([prosumers, seed]), 4, prosumers)
        family = Family.singletons(tree, single_boundary=single_boundary)
        slow = BruteForce(tree, singles(prosumers), single_boundary).partitions()
        assert {as_sets(partition) for partition in family.enumerate()} == slow
        assert family.count() == len(slow)


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_subgraphs_and_admissible_coalitions(seed: int, single_boundary: bool) -> None:
    """Of every subset: edges are the union of paths between leaves, boundaries the nodes with an edge outside."""
    family, slow = random_family(seed, single_boundary)
    for mask in range(1, family.everyone + 1):
        found = family.subgraph(mask)
        edges = slow.edges(slow.prosumers(members(mask)))
        assert set(found.edges) == edges
        assert found.edge_mask == mask_of(edges) == family.edge_mask(mask)
        assert list(found.boundary_nodes) == slow.boundary(edges)
        assert set(found.nodes) == edges | {slow.parent[edge] for edge in edges}
        assert set(found.internal_nodes) == set(found.nodes) - set(found.boundary_nodes)
        assert family.admissible(mask) == slow.admissible(members(mask))
    for prosumer in range(len(family.tree.leaf)):
        leaf = int(family.tree.leaf[prosumer])
        assert canonical_subgraph(family.tree, [prosumer]).edges == (leaf,)


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_set_partitions_are_accepted_or_objected_to(seed: int, single_boundary: bool) -> None:
    """``is_partition`` is right about every set partition, not only about those that enumeration yields."""
    family, slow = random_family(seed, single_boundary)
    for blocks in set_partitions(range(family.player_count)):
        partition = Partition.of(mask_of(block) for block in blocks)
        assert family.is_partition(partition) == slow.is_partition(blocks)
        assert family.edge_disjoint(partition) or family.objection(partition) is not None


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_subcoalitions(seed: int, single_boundary: bool) -> None:
    """Sub-coalitions, made on the tree, are what filtering all subsets leaves; each comes once."""
    family, slow = random_family(seed, single_boundary)
    for mask in range(1, family.everyone + 1):
        listed = list(family.subcoalitions(mask))
        assert len(listed) == len(set(listed))
        assert {members(sub) for sub in listed} == slow.subcoalitions(members(mask))


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_components(seed: int, single_boundary: bool) -> None:
    """What is left after a group leaves: pieces of the subgraph, and with single boundaries their maximal parts.

    In every partition that contains the coalition, what results is a partition of the family again, unless
    the leaving group tears another group apart.
    """
    family, slow = random_family(seed, single_boundary)
    partition_with = {mask: partition for partition in family.enumerate() for mask in partition}
    for mask in range(1, family.everyone + 1):
        for leaving in family.subcoalitions(mask):
            left = family.components(mask, leaving)
            expected = slow.components(members(mask), members(leaving))
            assert (None if left is None else {members(part) for part in left}) == expected
            if left is not None and mask in partition_with:
                assert family.is_partition(partition_with[mask].replace(mask, (leaving, *left)))
