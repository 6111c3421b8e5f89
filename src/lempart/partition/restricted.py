"""Counting and drawing partitions whose coalitions keep rules, by dynamic programming on the tree.

What an open edge needs to know of the coalition that crosses it is who of its members are below: a rule may depend on
any of them. So a node keeps, for every set of players that may go up from it, the number of ways of everything else
below. Sets that no coalition can hold are left out as soon as a hereditary rule says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np

from lempart.errors import UsageError
from lempart.partition.partition import Partition
from lempart.partition.restrictions import Restrictions
from lempart.partition.sampling import draw_weighted
from lempart.partition.skeleton import BranchingNode, Leaf, Skeleton

MAX_WORK = 25_000_000
"""Sums and products up to which partitions that keep rules are counted: some ten seconds, enough for 16 branches."""

Ways: TypeAlias = dict[int, int]
"""Per set of players, in how many ways everything below is arranged that isn't in it."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """A branch at a node: its players, the ways of those who go on from it, and of none going on (None: a leaf)."""

    players: int
    open: Ways
    closed: int | None
    inside: tuple[int, ...]


@dataclass(eq=False)
class _Place:
    """A node: its branches, what blocks of them there are, and the ways below it.

    Attributes
    ----------
    blocks
        Per set of branches (a bitmask) the sets of players that may come from them into one coalition.
    weight
        Per set of branches the ways in which they are one coalition, or one subtree by itself.
    by_highest
        The sets of branches with a weight, by their highest branch.
    """

    branches: list[_Branch]
    blocks: dict[int, Ways]
    weight: dict[int, int]
    by_highest: list[list[int]]
    bound: _Branch | None
    apart: tuple[int, ...]
    fixed: tuple[int, ...]
    known: dict[int, int] = field(default_factory=lambda: {0: 1})
    open: Ways = field(default_factory=dict)
    closed: int = 0

    @property
    def all(self) -> int:
        """Return the set of all branches."""
        return (1 << len(self.branches)) - 1


@dataclass(eq=False)
class RestrictedPartitions:
    """The partitions of a family whose coalitions keep rules: how many, and one drawn uniformly.

    Raises
    ------
    UsageError
        There are too many coalitions, or ways to split branches that meet at one bus, to be counted.
    """

    skeleton: Skeleton
    restrictions: Restrictions
    _work: int = 0

    @cached_property
    def count(self) -> int:
        """Return how many there are."""
        return self._places[self.skeleton.root].closed

    def draw(self, rng: np.random.Generator) -> Partition:
        """Return one partition; every one is equally likely."""
        found: list[int] = []
        self._draw_closed(self.skeleton.root, rng, found)
        return Partition.of(found)

    @cached_property
    def _places(self) -> list[_Place]:
        places: list[_Place] = []
        for index, node in enumerate(self.skeleton.nodes):
            places.append(self._place(node, places, is_root=index == self.skeleton.root))
        return places

    def _place(self, node: BranchingNode, places: list[_Place], *, is_root: bool) -> _Place:
        branches = [self._of_leaf(leaf, places) for leaf in node.leaves]
        for subtree in node.subtrees:
            below = places[subtree.node]
            whole = {subtree.mask: 1} if self.restrictions.may_grow(subtree.mask) else {}
            ways = whole if self.skeleton.takes_whole else below.open
            branches.append(_Branch(subtree.mask, ways, below.closed, (subtree.node,)))
        blocks = self._blocks(branches)
        weight = {block: self._weight(block, ways, branches) for block, ways in blocks.items() if block}
        for place, branch in enumerate(branches):
            if branch.closed is not None:
                weight[1 << place] = branch.closed
        by_highest: list[list[int]] = [[] for _ in branches]
        for block in (block for block in weight if weight[block]):
            by_highest[block.bit_length() - 1].append(block)
        bound = None if node.bound is None else self._of_leaf(node.bound, places)
        found = _Place(branches, blocks, weight, by_highest, bound, node.apart, node.fixed)
        beside = 1
        for index in node.apart:
            beside *= places[index].closed
        if bound is None:
            found.closed = beside * self._split(found, found.all)
        if not is_root and not self.skeleton.takes_whole:
            self._open(found, beside)
        return found

    def _open(self, place: _Place, beside: int) -> None:
        """Fill in who may go up from a place, with the ways of what stays."""
        for block, ways in place.blocks.items():
            up = ways if place.bound is None else self._product(ways, place.bound.open)
            rest = beside * self._split(place, place.all ^ block) if up and (block or place.bound is not None) else 0
            for mask, count in up.items() if rest else ():
                place.open[mask] = place.open.get(mask, 0) + count * rest

    def _of_leaf(self, leaf: Leaf, places: list[_Place]) -> _Branch:
        ways, players = {leaf.mask: 1}, leaf.mask
        for inside in leaf.inside:
            ways = self._product(ways, places[inside].open)
            players |= self.skeleton.players[inside]
        return _Branch(players, ways, None, leaf.inside)

    def _blocks(self, branches: list[_Branch]) -> dict[int, Ways]:
        """Return every set of branches from which a coalition may take somebody, the empty one too."""
        blocks: dict[int, Ways] = {0: {0: 1}}
        for place, branch in enumerate(branches):
            for block, ways in list(blocks.items()):
                if joined := self._product(ways, branch.open):
                    blocks[block | 1 << place] = joined
        return blocks

    def _weight(self, block: int, ways: Ways, branches: list[_Branch]) -> int:
        alone = not block & (block - 1)
        if alone and branches[block.bit_length() - 1].closed is not None:
            return 0  # of one subtree no coalition ends here
        return sum(count for mask, count in ways.items() if self.restrictions.allow(mask))

    def _product(self, one: Ways, other: Ways) -> Ways:
        """Return the ways of two branches whose players are in one coalition."""
        self._spend(len(one) * len(other))
        found: Ways = {}
        for mine, count in one.items():
            for theirs, times in other.items():
                union = mine | theirs
                if not union or self.restrictions.may_grow(union):
                    found[union] = found.get(union, 0) + count * times
        return found

    def _split(self, place: _Place, branches: int) -> int:
        """Return in how many ways branches split into coalitions, and subtrees by themselves."""
        if branches not in place.known:
            blocks = self._blocks_within(place, branches)
            place.known[branches] = sum(place.weight[block] * self._split(place, branches ^ block) for block in blocks)
        return place.known[branches]

    def _blocks_within(self, place: _Place, branches: int) -> Iterator[int]:
        """Yield the blocks that the highest of some branches can be in: of those it has, or of all there could be."""
        highest = 1 << (branches.bit_length() - 1)
        rest, listed = branches ^ highest, place.by_highest[branches.bit_length() - 1]
        self._spend(min(len(listed), 1 << rest.bit_count()))
        if len(listed) <= 1 << rest.bit_count():
            yield from (block for block in listed if not block & ~branches)
            return
        others = rest
        while True:
            if place.weight.get(highest | others):
                yield highest | others
            if not others:
                return
            others = (others - 1) & rest

    def _spend(self, work: int) -> None:
        self._work += work
        if self._work > MAX_WORK:
            raise UsageError(
                "the partitions that keep the rules are too many to be counted and searched; tighten [rules], join "
                "players into groups in [players], or make some of them regular customers (player = false)"
            )

    def _draw_closed(self, index: int, rng: np.random.Generator, found: list[int]) -> None:
        place = self._places[index]
        found.extend(place.fixed)
        for below in place.apart:
            self._draw_closed(below, rng, found)
        self._draw_split(place, place.all, rng, found)

    def _draw_split(self, place: _Place, left: int, rng: np.random.Generator, found: list[int]) -> None:
        """Draw how branches split, and everything below them."""
        while left:
            blocks = list(self._blocks_within(place, left))
            weights = [place.weight[block] * self._split(place, left ^ block) for block in blocks]
            block = draw_weighted(zip(blocks, weights, strict=True), sum(weights), rng)
            left ^= block
            branch = place.branches[block.bit_length() - 1]
            if not block & (block - 1) and branch.closed is not None:
                self._draw_closed(branch.inside[0], rng, found)
                continue
            ways = {mask: count for mask, count in place.blocks[block].items() if self.restrictions.allow(mask)}
            mask = draw_weighted(ways.items(), sum(ways.values()), rng)
            found.append(mask)
            self._draw_below(place.branches, mask, rng, found)

    def _draw_below(self, branches: Iterable[_Branch], mask: int, rng: np.random.Generator, found: list[int]) -> None:
        """Draw what is below the branches that a coalition takes somebody from, given whom it takes."""
        for branch in branches:
            for inside in branch.inside if branch.players & mask and not self.skeleton.takes_whole else ():
                self._draw_open(inside, mask & self.skeleton.players[inside], rng, found)

    def _draw_open(self, index: int, mask: int, rng: np.random.Generator, found: list[int]) -> None:
        place = self._places[index]
        found.extend(place.fixed)
        for below in place.apart:
            self._draw_closed(below, rng, found)
        up = sum(1 << at for at, branch in enumerate(place.branches) if branch.players & mask)
        self._draw_below([*place.branches, *([place.bound] if place.bound else [])], mask, rng, found)
        self._draw_split(place, place.all ^ up, rng, found)
