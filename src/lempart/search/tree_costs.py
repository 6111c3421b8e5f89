"""The coalition costs that the tree program needs: few at first, lower bounds where a bus has many branches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lempart.game import BoundedGame
from lempart.game.bounds import Bounds
from lempart.game.core.objectors.listed import ListedUnions
from lempart.search.run import SearchRun
from lempart.search.tree_tables import NodeTable, TreeTables
from lempart.typing import FloatArray

BOUND_MARGIN = 1e-7
"""Bounds are lowered by this share: they come from solvers, and mustn't exceed what they bound by a last digit."""

MIN_RAISE, MIN_RAISED_SHARE, MAX_PAUSE = 1e-3, 0.01, 15
"""Where a coalition's bounds raised those of less than a hundredth of the others by more than a thousandth, the next
coalitions aren't asked for theirs, up to 15 in a row."""


@dataclass(eq=False)
class _Place:
    """A node whose coalitions are bounded before they are costed: its table, and what is known of their costs."""

    table: NodeTable
    bounds: Bounds
    joins: ListedUnions
    pause: int = 0
    waited: int = 0

    def tighten(self, coalition: int) -> None:
        """Take what a costed coalition says about all others that meet here.

        Not always: asking takes as long as costing, and once the bounds are close it hardly raises any. The more often
        it didn't, the longer the pause; which coalitions are asked changes the work, not the answer.
        """
        if self.waited < self.pause:
            self.waited += 1
            return
        cuts = self.bounds(coalition)
        if cuts is None:
            return
        before = self.floor
        self.joins.add_cuts(cuts)
        raised = np.mean(self.floor - before > MIN_RAISE * np.abs(self.floor))
        self.pause, self.waited = (0 if raised > MIN_RAISED_SHARE else min(2 * self.pause + 1, MAX_PAUSE)), 0

    @property
    def floor(self) -> FloatArray:
        """Return the bounds, shape ``(2**branches,)``; ``-inf`` where nothing is known."""
        return np.sum(self.joins.floor, axis=0) if self.joins.floor else np.full(len(self.table.coalition), -np.inf)


@dataclass(eq=False)
class CostsInTables:
    """Brings costs into the tables until the search ends.

    Attributes
    ----------
    bounded_from
        Branches at one place from which on its coalitions are bounded first.
    run
        The search; ends when its stop rule says so.
    costed
        How many coalitions' own costs are in the tables.
    """

    run: SearchRun
    game: BoundedGame
    tables: TreeTables
    bounded_from: int
    total: int = field(init=False)
    costed: int = 0
    _places: dict[int, _Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.total = sum(1 for _ in self.tables.coalitions())

    def start(self) -> None:
        """Cost all coalitions where few branches meet, and every player alone; bound the others."""
        wide = [table for table in self.tables.tables if table.branches >= self.bounded_from]
        for table in wide:
            bounds = self.game.bounds(table.coalition[-1])
            if bounds is not None:
                self._places[id(table)] = _Place(table, bounds, ListedUnions(table.branch_masks))
        later = {mask for place in self._places.values() for mask in place.table.joint}
        first = [mask for mask in self.tables.coalitions() if mask not in later]
        self.cost(sorted(first, key=lambda mask: mask & (mask - 1) != 0))  # whoever stops it early has at least that
        for place in self._places.values():
            if not self.run.has_ended:
                self._first_bounds(place)

    def cost(self, coalitions: Iterable[int]) -> None:
        """Put the costs of ``coalitions`` into the tables, or those of the first ones until the search is stopped."""
        for mask in coalitions:
            if self.costed and self.run.must_end():
                return
            self.tables.set_cost(mask, self.game.cost(mask))
            self.costed += 1
            self.run.progress("costing coalitions", self.costed, self.total)

    def refine(self, coalitions: Sequence[int]) -> None:
        """Cost coalitions of which only bounds are known, and improve the bounds of those beside them."""
        by_place: dict[int, list[int]] = {}
        for mask in coalitions:
            by_place.setdefault(id(self.tables.table_of(mask)), []).append(mask)
        for key, masks in by_place.items():
            self._tighten(self._places[key], masks)

    def _first_bounds(self, place: _Place) -> None:
        """Cost everyone at a place together, which bounds all others; where that isn't viable, part of them."""
        everyone = place.table.coalition[-1]
        alone = [mask for mask in place.table.branch_masks if self.tables.is_coalition(mask)]
        self._tighten(place, [everyone, *alone])
        if not place.joins.floor:
            self.cost(place.table.joint)

    def _tighten(self, place: _Place, coalitions: Sequence[int]) -> None:
        """Cost coalitions, and take what each says about all others that meet at the same place.

        One by one: a game keeps what its bounds come from for the last few coalitions only.
        """
        for mask in coalitions:
            if self.tables.is_coalition(mask) and not self.tables.known(mask):
                self.cost([mask])
            if not self.run.has_ended:
                place.tighten(mask)
        if place.joins.floor:
            place.table.raise_bounds(place.floor - BOUND_MARGIN * np.maximum(1.0, np.abs(place.floor)))
