"""Trees for the theory arm's tests: named shapes and random ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lempart.partition import Family
from lempart.tree import Tree

Players = tuple[tuple[int, ...], ...]


def star(leaves: int) -> Tree:
    """Return prosumers hung on the PCC."""
    return Tree.of([-1] + [0] * leaves, range(1, leaves + 1))


def chain(leaves_per_bus: Sequence[int]) -> Tree:
    """Return buses in a row behind the PCC, each with as many prosumers as said."""
    parent, leaf, bus = [-1], [], 0
    for leaves in leaves_per_bus:
        parent.append(bus)
        bus = len(parent) - 1
        for _ in range(leaves):
            parent.append(bus)
            leaf.append(len(parent) - 1)
    return Tree.of(parent, leaf)


def random_tree(rng: np.random.Generator, buses: int, prosumers: int) -> Tree:
    """Return a random recursive tree of buses (some with nothing below) with prosumers hung on any of them."""
    parent = [-1] + [int(rng.integers(0, bus)) for bus in range(1, buses)]
    parent += rng.integers(0, buses, size=prosumers).tolist()
    leaf = rng.permutation(np.arange(buses, buses + prosumers)).tolist()
    return Tree.of(parent, leaf)


def singles(count: int) -> Players:
    """Return ``count`` players of one prosumer each."""
    return tuple((prosumer,) for prosumer in range(count))


def random_players(rng: np.random.Generator, prosumers: int, players: int) -> Players:
    """Return random groups; each player has at least one prosumer, and some prosumers may be in none."""
    order = rng.permutation(prosumers).tolist()
    groups = [[order[i]] for i in range(players)]
    for prosumer in order[players:]:
        home = int(rng.integers(0, players + 1))  # the last number: a regular customer
        if home < players:
            groups[home].append(prosumer)
    return tuple(tuple(group) for group in groups)


def star_family(players: int) -> Family:
    """Return the family in which every set partition and every subset is admissible."""
    return Family.singletons(star(players))
