"""Uniform random partitions of a family."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import comb
from typing import TypeVar

import numpy as np

from lempart.partition.counting import Ways, count_ways, subtree_choices, subtree_ways
from lempart.partition.enumeration import apply, finished, start
from lempart.partition.partition import Partition
from lempart.partition.patterns import CLOSED, make_pattern
from lempart.partition.set_partitions import JoinCounts
from lempart.partition.skeleton import BranchingNode, Skeleton

T = TypeVar("T")


class Sampler:
    """Draws partitions uniformly: from the root down, each choice with the number of its completions."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._joins = JoinCounts()
        self._ways: Ways = count_ways(skeleton, self._joins)

    def draw(self, rng: np.random.Generator) -> Partition:
        """Return one partition; every partition of the family is equally likely."""
        masks, agenda = start(self._skeleton)
        while agenda is not None:
            index, upward, rest = agenda
            node = self._skeleton.nodes[index]
            blocks = self._draw_blocks(node, upward != CLOSED, rng)
            pattern = make_pattern(self._skeleton, node, blocks, upward=upward != CLOSED)
            masks, agenda = apply(pattern, masks, upward, rest)
        return finished(masks)

    def _draw_blocks(self, node: BranchingNode, upward: bool, rng: np.random.Generator) -> list[int]:
        """Return each subtree's and leaf's block, block 0 being the one of an open upward edge."""
        is_open = self._draw_open_subtrees(node, upward, rng)
        never_alone = [subtree for subtree, open_ in enumerate(is_open) if open_]
        free = list(range(len(node.subtrees), len(node.subtrees) + len(node.leaves)))
        edge_above = len(node.subtrees) + len(node.leaves)
        if upward:
            (never_alone if node.bound is None else free).append(edge_above)
        blocks = [CLOSED] * (edge_above + 1)
        for number, block in enumerate(self._draw_set_partition(never_alone, free, rng)):
            for element in block:
                blocks[element] = number
        if upward:  # number the upward edge's block 0
            above = blocks[edge_above]
            blocks = [0 if b == above else above if b == 0 else b for b in blocks]
        return blocks[:edge_above]

    def _draw_open_subtrees(self, node: BranchingNode, upward: bool, rng: np.random.Generator) -> list[bool]:
        subtrees = [subtree_ways(self._skeleton, self._ways, subtree.node) for subtree in node.subtrees]
        choices = [subtree_choices(subtrees[first:]) for first in range(len(subtrees) + 1)]
        needs = 1 if upward and node.bound is None else 0
        free = len(node.leaves) + (1 if upward and node.bound is not None else 0)
        weights = [e * self._joins.count(j + needs, free) for j, e in enumerate(choices[0])]
        left = draw_weighted(enumerate(weights), sum(weights), rng)
        is_open = []
        for subtree, (closed, open_) in enumerate(subtrees):
            after = choices[subtree + 1]
            stay = closed * after[left] if left < len(after) else 0
            go = open_ * after[left - 1] if left else 0
            is_open.append(draw_weighted([(False, stay), (True, go)], stay + go, rng))
            left -= is_open[-1]
        return is_open

    def _draw_set_partition(
        self, never_alone: Sequence[int], free: Sequence[int], rng: np.random.Generator
    ) -> list[list[int]]:
        """Return a uniform set partition in which no element of ``never_alone`` is alone.

        The block of one element is drawn first, by the number of ways to partition what it leaves over.
        Small blocks are tried first, since they are the likely ones and all ways together are known.
        """
        blocks: list[list[int]] = []
        never_alone, free = list(never_alone), list(free)
        while never_alone or free:
            total = self._joins.count(len(never_alone), len(free))
            smallest = 1 if never_alone else 0
            block = [(never_alone or free).pop()]
            sizes = _sizes(len(never_alone), len(free), smallest)
            i, k = draw_weighted(((size, self._ways_around(size, never_alone, free)) for size in sizes), total, rng)
            block += _take(never_alone, i, rng) + _take(free, k, rng)
            blocks.append(block)
        return blocks

    def _ways_around(self, size: tuple[int, int], never_alone: Sequence[int], free: Sequence[int]) -> int:
        """Return the ways to choose a block of that many of either kind and to partition the rest."""
        i, k = size
        chosen = comb(len(never_alone), i) * comb(len(free), k)
        return chosen * self._joins.count(len(never_alone) - i, len(free) - k)


def _sizes(never_alone: int, free: int, smallest: int) -> Iterator[tuple[int, int]]:
    """Yield how many of either kind can join a block, at least ``smallest`` together, few first."""
    for size in range(smallest, never_alone + free + 1):
        for i in range(max(0, size - free), min(never_alone, size) + 1):
            yield i, size - i


def _take(elements: list[int], number: int, rng: np.random.Generator) -> list[int]:
    """Remove and return ``number`` of the elements, every subset being equally likely."""
    if not number:
        return []
    places = sorted(rng.choice(len(elements), size=number, replace=False).tolist(), reverse=True)
    return [elements.pop(place) for place in places]


def draw_weighted(options: Iterable[tuple[T, int]], total: int, rng: np.random.Generator) -> T:
    """Return an option with probability weight / ``total``, exactly, for ints of any size.

    The weights sum to ``total``; options are only looked at until the draw is decided.
    """
    ticket = _below(total, rng)
    for option, weight in options:
        ticket -= weight
        if ticket < 0:
            return option
    raise ValueError("the weights sum to less than their total")


def _below(limit: int, rng: np.random.Generator) -> int:
    """Return a uniform int from 0 to ``limit - 1``."""
    bits = (limit - 1).bit_length()
    while True:
        number = int.from_bytes(rng.bytes((bits + 7) // 8), "little") & ((1 << bits) - 1) if bits else 0
        if number < limit:
            return number
