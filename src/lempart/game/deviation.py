"""Deviation models: what a group that leaves its coalition expects the others to do.

The names in game theory: inertia is the δ-, dissolving the γ-model of Hart and Kurz (1983), and the
optimist's and the pessimist's cores are those of Shenoy (1979) and of Hart and Kurz' α.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lempart.errors import UsageError
from lempart.game.bounds import Bounds
from lempart.game.protocols import BoundedGame, CharacteristicGame, PartitionGame
from lempart.partition import Family, Partition, members


@dataclass(frozen=True, eq=False)
class NoExternalities:
    """The cost depends on the leaving group alone: ``φ̂(F') = φ_0(F')``. It is a :class:`BoundedGame`, too."""

    game: CharacteristicGame

    def cost(self, mask: int) -> float:
        """Return ``φ_0`` of the coalition of players ``mask``."""
        return self.game.cost(mask)

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:  # noqa: ARG002
        """Return ``φ_0(F')``."""
        return self.game.cost(deviating)

    def bounds(self, coalition: int) -> Bounds | None:
        """Return the game's lower bounds on the costs of all sub-coalitions of ``coalition``; None without any."""
        return self.game.bounds(coalition) if isinstance(self.game, BoundedGame) else None


@dataclass(frozen=True, eq=False)
class _Reactions(ABC):
    """Base of the models in which what a group expects follows from the partitions that it holds possible."""

    game: PartitionGame
    family: Family

    @abstractmethod
    def partitions(self, deviating: int, coalition: int, partition: Partition) -> Sequence[Partition]:
        """Return every ``P'`` that the group holds possible, none where the deviation isn't available."""

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:
        """Return ``φ(F'; P')``, of several the one that the model chooses; ``inf`` where none is viable."""
        reactions = self.partitions(deviating, coalition, partition)
        costs = [self.game.coalition_cost(deviating, reaction) for reaction in reactions]
        viable = [cost for cost in costs if cost != math.inf]
        return self._chosen(viable) if viable else math.inf

    @staticmethod
    def _chosen(costs: Sequence[float]) -> float:
        return min(costs)


@dataclass(frozen=True, eq=False)
class Inertia(_Reactions):
    """The paper's model: nobody forms new links. ``φ̂(F') = φ(F'; P')``.

    ``P'`` replaces the coalition by the leaving group and the connected components of what it leaves;
    the other coalitions stay. Where a group would be torn apart the deviation isn't available.
    """

    def partitions(self, deviating: int, coalition: int, partition: Partition) -> tuple[Partition, ...]:
        """Return ``P'``, or nothing where the deviation isn't available."""
        left = self.family.components(coalition, deviating)
        return () if left is None else (partition.replace(coalition, (deviating, *left)),)


@dataclass(frozen=True, eq=False)
class DissolveIntoSingletons(_Reactions):
    """The players that are left behind end up alone; the other coalitions stay. ``φ̂(F') = φ(F'; P')``.

    Where groups left behind overlap on the grid they can't be alone side by side, and the deviation isn't
    available.
    """

    def partitions(self, deviating: int, coalition: int, partition: Partition) -> tuple[Partition, ...]:
        """Return ``P'``, or nothing where the deviation isn't available."""
        masks = (deviating, *(1 << player for player in members(coalition & ~deviating)))
        return (partition.replace(coalition, masks),) if self.family.edge_disjoint(masks) else ()


@dataclass(frozen=True, eq=False)
class _AnyReaction(_Reactions):
    """Base of the models in which all others may regroup at will: they look at all partitions of a family."""

    partition_limit: int = 10_000

    def __post_init__(self) -> None:
        count = self.family.count()
        if count > self.partition_limit:
            raise UsageError(
                f"optimistic and pessimistic deviations look at all {count} partitions, "
                f"more than the limit of {self.partition_limit}; use another deviation model"
            )

    @cached_property
    def _partitions_with(self) -> dict[int, list[Partition]]:
        """Return, per coalition, the admissible partitions that contain it."""
        found: dict[int, list[Partition]] = {}
        for partition in self.family.enumerate():
            for mask in partition:
                found.setdefault(mask, []).append(partition)
        return found

    def partitions(self, deviating: int, coalition: int, partition: Partition) -> Sequence[Partition]:
        """Return every admissible partition that contains the leaving group; ``P`` itself where nobody leaves."""
        return (partition,) if deviating == coalition else self._partitions_with.get(deviating, ())


@dataclass(frozen=True, eq=False)
class Optimistic(_AnyReaction):
    """All others regroup as the leaving group likes best: the lowest viable ``φ(F'; P')``.

    The minimum is over every admissible partition that contains the leaving group. Constructing it raises
    ``UsageError`` where the family has more than ``partition_limit`` partitions.
    """


@dataclass(frozen=True, eq=False)
class Pessimistic(_AnyReaction):
    """All others regroup as the leaving group fears most: the highest viable ``φ(F'; P')``.

    The maximum is over every admissible partition that contains the leaving group. Constructing it raises
    ``UsageError`` where the family has more than ``partition_limit`` partitions.
    """

    @staticmethod
    def _chosen(costs: Sequence[float]) -> float:
        return max(costs)
