"""Unions of few branches, all listed, with the best lower bound of each union's cost."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lempart.game.bounds import Cuts
from lempart.partition import Restrictions, members
from lempart.typing import BoolArray, FloatArray

MAX_LISTED_BRANCHES = 16
"""Up to so many branches at one place all unions are listed, 65,536 of them."""


@dataclass(eq=False)
class ListedUnions:
    """All unions of the branches that meet at one place, with what is known of each union's cost.

    Attributes
    ----------
    branches
        Player masks, disjoint. Union ``i`` is that of the branches whose bits are set in ``i``.
    restrictions
        Rules that sub-coalitions must keep; None: none. Those that don't are no objectors.
    floor
        Per part of the cost, the best lower bound of every union so far, shape ``(2 ** branches,)``; ``-inf`` unknown.
    open
        Which unions have no price yet, same shape; False for the empty one.
    """

    branches: tuple[int, ...]
    restrictions: Restrictions | None = None
    floor: list[FloatArray] = field(default_factory=list)
    open: BoolArray = field(init=False)

    def __post_init__(self) -> None:
        self.open = np.ones(1 << len(self.branches), dtype=bool)
        self.open[0] = False
        if self.restrictions is not None:
            self.open[1:] = [self.restrictions.allow(self.mask(index)) for index in range(1, len(self.open))]

    def sums(self, shares: FloatArray) -> FloatArray:
        """Return what every union pays, shape ``(2 ** branches,)``, where each player pays ``shares``."""
        totals = np.zeros(1)
        for branch in self.branches:
            totals = np.concatenate([totals, totals + shares[list(members(branch))].sum()])
        return totals

    def add_cuts(self, cuts: Cuts) -> None:
        """Take note of allocations, one for each part of the cost, under which no union pays more than that part."""
        sums = [self.sums(shares) for shares in cuts]
        self.floor = [np.maximum(*pair) for pair in zip(self.floor, sums, strict=True)] if self.floor else sums

    def mark_priced(self, mask: int) -> None:
        """Take note that ``mask`` is priced, if it is a union of these branches."""
        index = self.index(mask)
        if index is not None:
            self.open[index] = False

    def index(self, mask: int) -> int | None:
        """Return which union ``mask`` is, or None."""
        index, left = 0, mask
        for place, branch in enumerate(self.branches):
            if not branch & ~left:
                index |= 1 << place
                left &= ~branch
        return None if left else index

    def lower_bound(self, mask: int) -> float:
        """Return what ``mask`` costs at least; ``-inf`` if it is no union of these branches."""
        index = self.index(mask)
        return -np.inf if index is None or not self.floor else float(sum(part[index] for part in self.floor))

    def mask(self, index: int) -> int:
        """Return the players of union ``index``."""
        return sum(branch for place, branch in enumerate(self.branches) if index >> place & 1)

    def most_violated(self, shares: FloatArray) -> list[tuple[float, int]]:
        """Return the union without a price that may gain most, with a bound on how much; empty if all have theirs."""
        if not self.open.any():
            return []
        gain = np.where(self.open, self.sums(shares) - np.sum(self.floor, axis=0), -np.inf)
        best = int(np.argmax(gain))
        return [(float(gain[best]), self.mask(best))]

    @property
    def any_left(self) -> bool:
        """Return whether a union has no price yet."""
        return bool(self.open.any())

    def separate_quickly(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return the union without a price that may gain most, if that is more than ``level``."""
        return [entry for entry in self.most_violated(shares) if entry[0] > level]

    def separate(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return the same: all unions were compared."""
        return self.separate_quickly(shares, level)

    def largest_gain(self, shares: FloatArray, seconds: float) -> float:  # noqa: ARG002
        """Return the most that a union without a price may gain."""
        return max((gain for gain, _ in self.most_violated(shares)), default=-np.inf)
