"""All flows on which some partition of a family may be taxed, from the tree alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import scipy.sparse as sp

from lempart.cost.prepared_case import PreparedCase
from lempart.dispatch import Exchanges, FlowBook
from lempart.partition import mask_of

MAX_FLOWS = 6
"""A batch with more flows, as a multiple of the lines, isn't worth it: hubs have no end of them."""


def flows_to_tax(prepared: PreparedCase) -> FlowBook | None:
    """Return the flows that partitions may be taxed on; None where there are too many for a batch, or none."""
    grid, book = prepared.grid, FlowBook()
    book.numbers(Exchanges.of(prepared.regular_territories, grid))
    limit = MAX_FLOWS * grid.node_count
    rows: list[tuple[int, tuple[int, ...], bool]] = []
    for row in _of_players(prepared):
        rows.append(row)
        if len(rows) > limit:
            return None
    if not rows:
        return None
    cells = [
        (place, edge, sign)
        for place, (node, below, up) in enumerate(rows)
        for edge, sign in [*((child, 1.0) for child in below), *([(node, -1.0)] if up else [])]
    ]
    at, edges, signs = (np.array(part) for part in zip(*cells, strict=True))
    matrix = sp.csr_array((signs.astype(float), (at, edges)), shape=(len(rows), grid.node_count))
    book.numbers(Exchanges(np.arange(len(rows)), np.array([node for node, *_ in rows]), matrix))
    return book


def _of_players(prepared: PreparedCase) -> Iterator[tuple[int, tuple[int, ...], bool]]:
    """Yield nodes, child edges, and whether the edge upwards is with them, of what coalitions of players may exchange.

    A coalition's subgraph has, at a node, the child edges below which its players are, and the edge upwards where it
    has others elsewhere. It ends at a node with one child edge alone where that leads to a player and no further.
    """
    tree, family = prepared.grid.tree, prepared.family
    below = _players_below(prepared)
    homes = set(tree.leaf.tolist())
    singles = mask_of(player for player, prosumers in enumerate(family.players) if len(prosumers) == 1)
    for node in range(prepared.grid.node_count):
        children = tree.children[node]
        branches = [child for child in children if below[child]]
        if not branches or node in homes:
            continue
        elsewhere = node > 0 and bool(family.everyone & ~(below[node] & singles))  # of a group, somebody may be
        for count in range(1, len(branches) + 1):
            for chosen in combinations(branches, count):
                if count > 1 or chosen[0] in homes:
                    yield node, chosen, False
                if elsewhere and count < len(children):
                    yield node, chosen, True


def _players_below(prepared: PreparedCase) -> tuple[int, ...]:
    """Return, per edge, the mask of players with somebody below it."""
    tree = prepared.grid.tree
    player_at = [0] * len(tree.leaf)
    for player, prosumers in enumerate(prepared.family.players):
        for prosumer in prosumers:
            player_at[prosumer] = 1 << player
    return tree.masks_below(player_at)
