"""Costs of coalitions as the tree program needs them: few at first, bounds where a bus has many branches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from lempart.game import CharacteristicGame
from lempart.search.exhaustive import Progress
from lempart.search.stop import StopRule
from lempart.search.tree_tables import Table, TreeTables
from lempart.typing import FloatArray

BATCH = 32
"""Coalitions costed between two looks at the clock."""


@runtime_checkable
class BoundedGame(Protocol):
    """A game that knows something of a coalition's cost before it computes it."""

    def lower_bounds(self, coalitions: Sequence[int]) -> FloatArray:
        """Return, per coalition, what it costs at least; ``-inf`` where nothing is known. Better the more is costed."""
        ...


@runtime_checkable
class PreparedGame(Protocol):
    """A game that computes many costs at once faster than one by one."""

    def prepare(self, coalitions: Sequence[int]) -> None:
        """Compute the costs of these coalitions, so that :meth:`cost` has them at hand."""
        ...


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

    game: CharacteristicGame
    tables: TreeTables
    bounded_from: int
    stop: StopRule
    progress: Progress
    total: int = field(init=False)
    costed: int = 0
    stopped: str = ""

    def __post_init__(self) -> None:
        self.total = sum(1 for _ in self.tables.coalitions())

    def start(self) -> None:
        """Cost all coalitions where few branches meet, and every player alone; bound the others."""
        wide = [table for table in self.tables.tables if self._is_wide(table)]
        bounded = {mask for table in wide for mask in self._joint(table)}
        small = [mask for mask in self.tables.coalitions() if mask not in bounded]
        self.cost(sorted(small, key=lambda mask: mask & (mask - 1) != 0))  # whoever stops it early has at least that
        for table in wide:
            if not self.stopped:
                self.bound(table)

    def cost(self, coalitions: Iterable[int]) -> None:
        """Put the costs of ``coalitions`` into the tables, or those of the first ones until the search is stopped."""
        wanted = list(coalitions)
        for first in range(0, len(wanted), BATCH):
            batch = wanted[first : first + BATCH]
            if self.costed and (reason := self.stop()):
                self.stopped = reason
                return
            if isinstance(self.game, PreparedGame):
                self.game.prepare(batch)
            for mask in batch:
                self.tables.set_cost(mask, self.game.cost(mask))
            self.costed += len(batch)
            self.progress("costing coalitions", self.costed, self.total)

    def refine(self, coalitions: Sequence[int]) -> None:
        """Cost coalitions of which only bounds are known, and improve the bounds of those beside them."""
        self.cost(coalitions)
        for table in {id(table): table for table in map(self.tables.table_of, coalitions)}.values():
            if not self.stopped:
                self.bound(table)

    def bound(self, table: Table) -> None:
        """Take the best bounds known of all coalitions that meet at a place; cost those of which nothing is known."""
        unknown = [mask for mask in self._joint(table) if not self.tables.known(mask)]
        if not unknown:
            return
        assert isinstance(self.game, BoundedGame)
        bounds = self.game.lower_bounds(unknown)
        for mask, bound in zip(unknown, bounds.tolist(), strict=True):
            if bound > -np.inf:
                self.tables.set_bound(mask, bound)
        self.cost(mask for mask, bound in zip(unknown, bounds.tolist(), strict=True) if bound == -np.inf)

    def _is_wide(self, table: Table) -> bool:
        branches = len(table.node.tips) + len(table.node.limbs)
        return branches >= self.bounded_from and isinstance(self.game, BoundedGame)

    def _joint(self, table: Table) -> list[int]:
        """Return the coalitions of two branches or more that meet at a place."""
        return [mask for block, mask in enumerate(table.coalition) if block & (block - 1)]
