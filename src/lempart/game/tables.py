"""Games written down as tables, and games without externalities seen as partition games."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lempart.errors import UsageError
from lempart.game.protocols import CharacteristicGame
from lempart.partition import Partition, members


@dataclass(frozen=True, eq=False)
class TableGame:
    """A :class:`~lempart.game.CharacteristicGame` from a table of coalition costs.

    Attributes
    ----------
    costs
        Cost of each coalition mask; ``inf`` for those that aren't viable.
    """

    costs: Mapping[int, float]

    @classmethod
    def from_values(cls, values: Mapping[int, float]) -> TableGame:
        """Return the cost game of a value game: ``cost = −value``."""
        return cls({mask: -value for mask, value in values.items()})

    def cost(self, mask: int) -> float:
        """Return the coalition's cost; ``UsageError`` if the table doesn't have it."""
        try:
            return self.costs[mask]
        except KeyError:
            raise UsageError(f"the table has no cost for players {members(mask)}") from None


@dataclass(frozen=True, eq=False)
class TablePartitionGame:
    """A :class:`~lempart.game.PartitionGame` from a table: the cost of each coalition in each partition.

    Attributes
    ----------
    costs
        For each partition, the cost of each of its coalition masks.
    """

    costs: Mapping[Partition, Mapping[int, float]]

    @classmethod
    def from_values(cls, values: Mapping[Partition, Mapping[int, float]]) -> TablePartitionGame:
        """Return the cost game of a value game: ``cost = −value``."""
        return cls({p: {mask: -value for mask, value in row.items()} for p, row in values.items()})

    def total(self, partition: Partition) -> float:
        """Return the sum of the coalitions' costs."""
        return math.fsum(self.coalition_cost(mask, partition) for mask in partition)

    def coalition_cost(self, mask: int, partition: Partition) -> float:
        """Return the coalition's cost in the partition; ``UsageError`` if the table doesn't have it."""
        try:
            return self.costs[partition][mask]
        except KeyError:
            raise UsageError(f"the table has no cost for players {members(mask)} in {partition}") from None


@dataclass(frozen=True, eq=False)
class AsPartitionGame:
    """A game without externalities as a :class:`~lempart.game.PartitionGame`: ``φ(F; P) = φ_0(F)``."""

    game: CharacteristicGame

    def total(self, partition: Partition) -> float:
        """Return the sum of the coalitions' costs, ``Φ(P) = Σ φ_0(F)``."""
        return math.fsum(self.game.cost(mask) for mask in partition)

    def coalition_cost(self, mask: int, partition: Partition) -> float:
        """Return the coalition's cost; ``UsageError`` if it isn't in the partition."""
        if mask not in partition:
            raise UsageError(f"players {members(mask)} are no coalition of {partition}")
        return self.game.cost(mask)
