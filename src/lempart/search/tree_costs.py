"""Costs of coalitions as the tree program needs them: few at first, bounds where a bus has many branches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from lempart.game import NoExternalities
from lempart.game.separation import Bounds, Joins
from lempart.search.exhaustive import Progress
from lempart.search.stop import StopRule
from lempart.search.tree_tables import Table, TreeTables

BATCH = 8
"""Coalitions costed between two looks at the clock."""

SLACK = 1e-7
"""Bounds are lowered by this share: they come from solvers, and mustn't exceed what they bound by a last digit."""


@dataclass(frozen=True, eq=False)
class _Place:
    """A place whose coalitions are bounded first: its table, and what is known of its coalitions' costs."""

    table: Table
    bounds: Bounds
    joins: Joins


@dataclass(eq=False)
class CoalitionCosts:
    """Brings costs into the tables and knows when to stop.

    Attributes
    ----------
    bounded_from
        Branches at one place from which on its coalitions are bounded first.
    stopped
        Why the search stopped early; empty otherwise.
    costed
        How many coalitions' own costs are in the tables.
    """

    deviation: NoExternalities
    tables: TreeTables
    bounded_from: int
    stop: StopRule
    progress: Progress
    total: int = field(init=False)
    costed: int = 0
    stopped: str = ""
    _places: dict[int, _Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.total = sum(1 for _ in self.tables.coalitions())

    def start(self) -> None:
        """Cost all coalitions where few branches meet, and every player alone; bound the others."""
        wide = [table for table in self.tables.tables if table.branches >= self.bounded_from]
        for table in wide:
            bounds = self.deviation.bounds(table.coalition[-1])
            if bounds is not None:
                self._places[id(table)] = _Place(table, bounds, Joins(table.branch_masks))
        later = {mask for place in self._places.values() for mask in place.table.joint}
        first = [mask for mask in self.tables.coalitions() if mask not in later]
        self.cost(sorted(first, key=lambda mask: mask & (mask - 1) != 0))  # whoever stops it early has at least that
        for place in self._places.values():
            if not self.stopped:
                self._first_bounds(place)

    def cost(self, coalitions: Iterable[int]) -> None:
        """Put the costs of ``coalitions`` into the tables, or those of the first ones until the search is stopped."""
        wanted = list(coalitions)
        for first in range(0, len(wanted), BATCH):
            batch = wanted[first : first + BATCH]
            if self.costed and (reason := self.stop()):
                self.stopped = reason
                return
            for mask in batch:
                self.tables.set_cost(mask, self.deviation.game.cost(mask))
            self.costed += len(batch)
            self.progress("costing coalitions", self.costed, self.total)

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
            if not self.tables.known(mask):
                self.cost([mask])
            if not self.stopped and (cuts := place.bounds(mask)) is not None:
                place.joins.tighten(cuts)
        if place.joins.floor:
            floor = np.sum(place.joins.floor, axis=0)
            place.table.raise_bounds(floor - SLACK * np.maximum(1.0, np.abs(floor)))
