"""Merges and splits against the list of all partitions."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.errors import InputError
from lempart.partition import Family, Partition, merges, splits
from support.trees import random_players, random_tree, singles


def random_family(seed: int, single_boundary: bool) -> Family:
    rng = np.random.default_rng(seed)
    while True:
        players = random_players(rng, 6, 5) if seed % 2 else singles(5)
        try:
            return Family(random_tree(rng, 4, 6), players, single_boundary)
        except InputError:
            continue


def refines(fine: Partition, coarse: Partition) -> bool:
    return all(any(part & mask == part for mask in coarse) for part in fine)


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_neighbours_are_found_by_looking_at_all_partitions(seed: int, single_boundary: bool) -> None:
    """Merges are the partitions one coalition coarser; splits hold all that are one finer, and finer ones only."""
    family = random_family(seed, single_boundary)
    everything = list(family.enumerate())
    for here in everything:
        merged, split = list(merges(family, here)), list(splits(family, here))
        assert len(set(merged)) == len(merged)
        assert len(set(split)) == len(split)
        assert set(merged) == {p for p in everything if len(p) == len(here) - 1 and refines(here, p)}
        one_finer = {p for p in everything if len(p) == len(here) + 1 and refines(p, here)}
        assert {p for p in split if len(p) == len(here) + 1} == one_finer
        assert all(family.is_partition(p) and refines(p, here) and p != here for p in split)


@pytest.mark.parametrize("single_boundary", [False, True])
@pytest.mark.parametrize("seed", range(0, 12, 2))
def test_every_partition_can_be_reached(seed: int, single_boundary: bool) -> None:
    """From everyone alone, merges and splits lead to the whole family: no part of it is cut off from search."""
    family = random_family(seed, single_boundary)
    reached = {Partition.of(1 << player for player in range(family.player_count))}
    frontier = list(reached)
    while frontier:
        here = frontier.pop()
        for there in (*merges(family, here), *splits(family, here)):
            if there not in reached:
                reached.add(there)
                frontier.append(there)
    assert reached == set(family.enumerate())
