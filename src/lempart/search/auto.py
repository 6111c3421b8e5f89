"""The search that suits the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lempart.game import DeviationModel, NoExternalities
from lempart.partition import Family
from lempart.search.exhaustive import Exhaustive, Progress, Totals, silent
from lempart.search.result import SearchResult
from lempart.search.stop import StopRule, never
from lempart.search.tree_program import TreeProgram


@dataclass(frozen=True, slots=True)
class Automatic:
    """Visits every partition where they are few, so that all are listed; else the tree program, where it applies.

    Attributes
    ----------
    few
        Partitions up to which all are visited.
    all_cores, players, tolerance, tie_tolerance
        As for :class:`~lempart.search.Exhaustive`.
    """

    few: int = 1000
    all_cores: bool = False
    players: Literal["prosumers", "edges"] = "prosumers"
    tolerance: float = 1e-6
    tie_tolerance: float = 1e-6

    def search(
        self,
        family: Family,
        game: Totals,
        deviation: DeviationModel,
        *,
        stop: StopRule = never,
        progress: Progress = silent,
    ) -> SearchResult:
        """Return what the chosen search finds; its name is in the result."""
        return self.choice(family, deviation).search(family, game, deviation, stop=stop, progress=progress)

    def choice(self, family: Family, deviation: DeviationModel) -> Exhaustive | TreeProgram:
        """Return the search that suits a family of partitions and a game."""
        on_tree = isinstance(deviation, NoExternalities) and family.single_boundary
        kind = TreeProgram if on_tree and family.count() > self.few else Exhaustive
        return kind(
            all_cores=self.all_cores,
            players=self.players,
            tolerance=self.tolerance,
            tie_tolerance=self.tie_tolerance,
        )
