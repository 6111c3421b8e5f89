"""The layout of feeders: nothing overlaps, nothing crosses."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.plot.layout import TURN, lay_out
from lempart.tree import Tree


def random_tree(nodes: int, seed: int, reach: int) -> Tree:
    """Return a tree whose nodes hang on one of the ``reach`` nodes before them; its leaves hold prosumers."""
    rng = np.random.default_rng(seed)
    parent = [-1, 0] + [int(rng.integers(max(0, n - reach), n)) for n in range(2, nodes)]
    return Tree.of(parent, [n for n in range(1, nodes) if n not in set(parent)])


def segments(tree: Tree, x: np.ndarray, row: np.ndarray) -> list[tuple[str, int, float, float, float]]:
    """Return lines as (kind, parent, fixed coordinate, low, high): the part that leaves the trunk, and the rest."""
    found = []
    for node in range(1, tree.node_count):
        up = int(tree.parent[node])
        low, high = sorted((row[up], row[node]))
        found.append(("turn", up, x[up], low, high))
        found.append(("run", up, row[node], x[up], x[node]))
    return found


@pytest.mark.parametrize(("nodes", "reach"), [(30, 2), (60, 4), (120, 1), (120, 12), (120, 120)])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_overlaps(nodes: int, reach: int, seed: int) -> None:
    """No two nodes, labels or lines of different branches share a place; checked pair by pair, from scratch."""
    tree = random_tree(nodes, seed, reach)
    width = np.where(np.isin(np.arange(nodes), tree.leaf), 30.0 + 5 * (np.arange(nodes) % 5), 0.0)
    found = lay_out(tree, 26.0, width)
    x, row = found.x, found.row
    for a in range(nodes):
        for b in range(a):
            if row[a] == row[b]:
                left, right = (a, b) if x[a] < x[b] else (b, a)
                assert x[left] + TURN + width[left] <= x[right] - TURN + 1e-9, (a, b)
    lines = segments(tree, x, row)
    turns = [line for line in lines if line[0] == "turn" and line[3] < line[4]]
    runs = [line for line in lines if line[0] == "run"]
    for _, up, at, low, high in turns:
        for _, other, level, start, end in runs:
            if up != other and low < level < high:
                assert not start < at < end, (up, other)
        for leaf in tree.leaf:
            if low < row[leaf] < high:
                assert not x[leaf] - TURN < at < x[leaf] + width[leaf], (up, leaf)


def test_the_trunk_is_straight_and_the_pcc_at_the_left() -> None:
    """A line of buses with a home each stays in one row; the PCC is leftmost."""
    parent = [-1, *range(10), *range(1, 11)]
    tree = Tree.of(parent, list(range(11, 21)))
    found = lay_out(tree, 30.0, [0.0] * 21)
    assert not found.row[:11].any()
    assert found.x.argmin() == 0
    assert np.abs(found.row).max() == 1  # a home above or below, never farther than needed


def test_a_thousand_homes_take_seconds_and_few_rows() -> None:
    """A feeder of 2,000 nodes is laid out at once, in a picture that isn't one row per home."""
    tree = random_tree(2000, 1, 6)
    found = lay_out(tree, 16.0, [0.0] * 2000)
    assert np.ptp(found.row) < len(tree.leaf) / 4
