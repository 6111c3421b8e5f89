"""What the theory needs to know of a game; anything with these methods will do.

Costs, not values: lower is better, and they may be zero or negative. ``math.inf`` says that a coalition
isn't viable; NaN is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from lempart.arguments import checks_arguments
from lempart.game.bounds import Bounds
from lempart.partition import Partition


class CharacteristicGame(Protocol):
    """A game without externalities: a coalition's cost depends on the coalition alone."""

    def cost(self, mask: int) -> float:
        """Return ``φ_0(F)`` of the coalition of players ``mask``; ``inf`` where it isn't viable."""
        ...


@runtime_checkable
class BoundedGame(Protocol):
    """A :class:`CharacteristicGame` that may have lower bounds on costs that it hasn't computed."""

    def cost(self, mask: int) -> float:
        """Return ``φ_0(F)``; ``inf`` where it isn't viable."""
        ...

    def bounds(self, coalition: int) -> Bounds | None:
        """Return lower bounds on the costs of the sub-coalitions of ``coalition``, None without any: `core_verdict`."""
        ...


@runtime_checkable
class GameWithTurnover(Protocol):
    """A game that knows how much money its players move: what tolerances on costs and gains are shares of.

    So no verdict depends on the currency, nor on costs that all partitions have in common.
    """

    def turnover(self, mask: int) -> float:
        """Return what the players of ``mask`` turn over, in currency, ``> 0``."""
        ...


def turnover_of(game: object, mask: int) -> float | None:
    """Return what players turn over, in currency; None where that isn't known.

    Parameters
    ----------
    game
        A game, or a deviation model that has one as its ``game``.
    mask
        The players.
    """
    while not hasattr(game, "turnover"):
        if not hasattr(game, "game"):
            return None
        game = game.game
    turnover: float = game.turnover(mask)
    return turnover


@checks_arguments
def independent_game(deviation: object) -> BoundedGame | None:
    """Return the game without externalities that a deviation model is; None where costs depend on the others, too."""
    return deviation if isinstance(deviation, BoundedGame) else None


class PartitionGame(Protocol):
    """A game in partition function form: a coalition's cost depends on the others' coalitions, too."""

    def total(self, partition: Partition) -> float:
        """Return ``Φ(P)``; ``inf`` where the partition isn't viable."""
        ...

    def coalition_cost(self, mask: int, partition: Partition) -> float:
        """Return ``φ(F; P)``, in currency; ``inf`` where the coalition isn't viable.

        Parameters
        ----------
        mask
            The coalition ``F``, a mask of players.
        partition
            The partition ``P`` that it is in.
        """
        ...


class PreparedGame(Protocol):
    """A game that may find the costs of many partitions together, more quickly than one by one.

    It may say by ``together`` how many it finds for hardly more than one, and by ``at_once`` how many keep all its
    processes busy. Where many take long, it may have ``prepare_until(partitions, stop)``, too, which may leave the rest
    to be asked for as soon as ``stop()`` gives a reason; and ``prepare_outlines_until`` for whom ``total`` is enough.
    """

    def prepare(self, partitions: Sequence[Partition]) -> None:
        """Find the costs of these partitions together, where that is quicker; each is then answered from what is kept.

        No answer is another for it, and nothing is raised for a partition before it is asked for.
        """
        ...


class DeviationModel(Protocol):
    """What a group of players expects to pay once it has left its coalition, ``φ̂``.

    A model under which that depends on the group alone, wherever it leaves, says so by being a :class:`BoundedGame`,
    too (see :func:`independent_game`): then a coalition's verdict is the same in every partition.

    A model with a :class:`PreparedGame` as its ``game`` may say beside this whose costs ``worth`` looks up, by
    ``partitions(deviating, coalition, partition)``: those for many groups are then found together.
    """

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:
        """Return ``φ̂(F')``, in currency: what a group expects to pay once it has left its coalition.

        Parameters
        ----------
        deviating
            The group that leaves, ``F'``, a mask of players.
        coalition
            The coalition that it leaves, ``F``. For ``deviating == coalition`` the answer is ``φ(F; P)``.
        partition
            The partition ``P`` that the coalition is in.

        Returns
        -------
        float
            ``inf`` where the deviation isn't available or ends in something that isn't viable: no threat.
        """
        ...
