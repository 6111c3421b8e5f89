"""What the theory needs to know of a game; anything with these methods will do.

Costs, not values: lower is better, and they may be zero or negative. ``math.inf`` says that a coalition
isn't viable; NaN is refused.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from lempart.game.bounds import Bounds
from lempart.partition import Partition


class CharacteristicGame(Protocol):
    """A game without externalities: a coalition's cost depends on the coalition alone."""

    def cost(self, mask: int) -> float:
        """Return ``φ_0(F)`` of the coalition of players ``mask``; ``inf`` where it isn't viable."""
        ...


@runtime_checkable
class BoundedGame(Protocol):
    """A :class:`CharacteristicGame` that knows more of its costs than to compute them one by one."""

    def cost(self, mask: int) -> float:
        """Return ``φ_0(F)``; ``inf`` where it isn't viable."""
        ...

    def bounds(self, coalition: int) -> Bounds | None:
        """Return what bounds the costs of the sub-coalitions of ``coalition``, if anything: see `core_verdict`."""
        ...


@runtime_checkable
class GameWithTurnover(Protocol):
    """A game that knows how much money its players move: what tolerances on costs and gains are shares of.

    So no verdict depends on the currency, and amounts that are small beside what is common to all don't hide in it.
    """

    def turnover(self, mask: int) -> float:
        """Return what the players of ``mask`` turn over, in currency, ``> 0``."""
        ...


def turnover_of(game: object, mask: int) -> float | None:
    """Return what the players of ``mask`` turn over, None where ``game``, or the one it looks at, doesn't say."""
    while not isinstance(game, GameWithTurnover):
        if not hasattr(game, "game"):
            return None
        game = game.game
    return game.turnover(mask)


class PartitionGame(Protocol):
    """A game in partition function form: a coalition's cost depends on the others' coalitions, too."""

    def total(self, partition: Partition) -> float:
        """Return ``Φ(P)``; ``inf`` where the partition isn't viable."""
        ...

    def coalition_cost(self, mask: int, partition: Partition) -> float:
        """Return ``φ(F; P)`` of a coalition ``mask`` of ``partition``; ``inf`` where it isn't viable."""
        ...


class DeviationModel(Protocol):
    """What a group of players expects to pay once it has left its coalition, ``φ̂``."""

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:
        """Return ``φ̂(F')`` of ``deviating`` within the ``coalition`` of ``partition``.

        ``inf`` where the deviation isn't available or ends in something that isn't viable: no threat.
        For ``deviating == coalition`` it is ``φ(F; P)``.
        """
        ...
