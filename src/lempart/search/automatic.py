"""The search that suits the case."""

from __future__ import annotations

from dataclasses import dataclass

from lempart._renamed import renamed_arguments
from lempart.arguments import Count
from lempart.game import DeviationModel, independent_game
from lempart.game.stopping import Progress, silent
from lempart.partition import Family
from lempart.search.bounded import BoundedSearch
from lempart.search.bounded_order import offers_bounds
from lempart.search.exhaustive import Exhaustive
from lempart.search.options import SearchOptions
from lempart.search.result import SearchResult
from lempart.search.run import Totals
from lempart.search.tree_program import TreeProgram
from lempart.stop_rule import StopRule, never


@renamed_arguments({"few": "exhaustive_up_to"})
@dataclass(frozen=True, slots=True)
class Automatic(SearchOptions):
    """Visits every partition where they are few, so that all are listed; else the search that suits the game.

    Without externalities that is the tree program, with externalities the bounded search.

    Attributes
    ----------
    exhaustive_up_to
        Partitions up to which all are visited.
    """

    exhaustive_up_to: Count = 1000

    def search(
        self,
        family: Family,
        game: Totals,
        deviation: DeviationModel,
        *,
        stop: StopRule = never,
        progress: Progress = silent,
    ) -> SearchResult:
        """Return what the chosen search finds; its name is in the result.

        Parameters as for :meth:`lempart.search.SearchMethod.search`.
        """
        return self.choice(family, game, deviation).search(family, game, deviation, stop=stop, progress=progress)

    def choice(
        self, family: Family, game: Totals, deviation: DeviationModel
    ) -> Exhaustive | TreeProgram | BoundedSearch:
        """Return the search that suits a case.

        Parameters
        ----------
        family
            The partitions: how many there are decides first.
        game
            Whether it has lower bounds decides last.
        deviation
            Whether it has externalities decides between.
        """
        kind: type[Exhaustive] | type[TreeProgram] | type[BoundedSearch] = Exhaustive
        if family.count() > self.exhaustive_up_to:
            if independent_game(deviation) is not None and family.single_boundary:
                kind = TreeProgram
            elif offers_bounds(game):
                kind = BoundedSearch
        return kind(
            all_cores=self.all_cores,
            players=self.players,
            tolerance=self.tolerance,
            tie_tolerance=self.tie_tolerance,
        )
