"""The options that all searches have."""

from __future__ import annotations

from dataclasses import dataclass

from lempart.arguments import Share, check_fields
from lempart.game import turnover_of
from lempart.game.core import Players
from lempart.partition import Family
from lempart.search.ranking import Ranking


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """The options that all searches have.

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
    tolerance: Share = 1e-6
    tie_tolerance: Share = 1e-6

    def __post_init__(self) -> None:
        check_fields(self)

    def ranking(self, game: object, family: Family) -> Ranking:
        """Return how the partitions of a game are compared.

        Parameters
        ----------
        game
            Asked for what all players turn over, where it says.
        family
            Says who they are.
        """
        return Ranking(self.tie_tolerance, turnover_of(game, family.everyone))
