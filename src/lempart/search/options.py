"""What every search can be told."""

from __future__ import annotations

from dataclasses import dataclass

from lempart.errors import UsageError
from lempart.game import turnover_of
from lempart.game.core import Players
from lempart.partition import Family
from lempart.search.ranking import Ranking


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What every search can be told.

    Attributes
    ----------
    all_cores
        Check the cores of every partition that the result lists, not only until the answer is known.
    players
        Whom a core allocates to: prosumers, or edges as Def V.1 reads literally.
    tolerance
        How far a core's value may lie below the cost and still count as equal, as a share of what the coalition's
        players turn over: ``turnover`` of the game, or ``max(1, |phi|)`` where it has none.
    tie_tolerance
        Partitions this close to the best are reported with it: the same, of all players and ``|Phi|``.
    """

    all_cores: bool = False
    players: Players = "prosumers"
    tolerance: float = 1e-6
    tie_tolerance: float = 1e-6

    def __post_init__(self) -> None:
        if self.players not in ("prosumers", "edges"):
            raise UsageError(f"players are 'prosumers' or 'edges', found {self.players!r:.80}")
        if not isinstance(self.all_cores, bool):
            raise UsageError(f"all_cores is True or False, found {self.all_cores!r:.80}")
        for name in ("tolerance", "tie_tolerance"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0.0 <= value < 1.0:
                raise UsageError(f"{name} is a number from 0 to 1, found {value!r:.80}")

    def ranking(self, game: object, family: Family) -> Ranking:
        """Return how the partitions of a game are compared."""
        return Ranking(self.tie_tolerance, turnover_of(game, family.everyone))
