"""What a search found, what of it is proven, and the one place that makes a result."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from lempart.arguments import Count, checks_arguments
from lempart.game import Ending
from lempart.game.core import Players
from lempart.partition import Family
from lempart.search.options import SearchOptions
from lempart.search.ranking import Evaluated


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The partitions a search evaluated, cheapest first, and its answer; made by :func:`search_result`.

    Attributes
    ----------
    method
        The search's name.
    partition_count
        How many partitions the family has.
    evaluated
        Cheapest first; partitions that are not viable come last, with an infinite total.
    optimal
        All partitions of least cost (Problem I), within the tie tolerance.
    optimal_stable
        All stable partitions of least cost (Problem II); empty where none is stable, or none known yet.
    lower_bound
        No admissible partition costs less, in currency; None where nothing is known.
    ending
        How the search ended.
    stopped
        Why it ended before the answer was proven, in words; empty where it is proven.
    players
        Whom allocations are over.
    coalition_count, coalitions_costed
        How many coalitions the grid admits, and the costs of how many were computed; None where partitions were
        visited instead.
    more_ties
        Whether there are more partitions of least cost than are listed.
    equal_within
        Costs of partitions that differ by no more are equal, in currency; None where nothing is viable.
    """

    method: str
    partition_count: int
    evaluated: tuple[Evaluated, ...]
    optimal: tuple[Evaluated, ...]
    optimal_stable: tuple[Evaluated, ...]
    lower_bound: float | None
    ending: Ending = Ending.FINISHED
    stopped: str = ""
    players: Players = "prosumers"
    coalition_count: int | None = None
    coalitions_costed: int | None = None
    more_ties: bool = False
    equal_within: float | None = None

    @property
    def proven(self) -> bool:
        """Return whether the answer is proven: the search was finished, and no cheaper partition left unchecked."""
        return self.ending is Ending.FINISHED

    @property
    def gap(self) -> float | None:
        """Return how far the cheapest partition lies above the lower bound, as a share of ``|Phi|``.

        None where either is unknown. 0 proves it optimal (Problem I).
        """
        if not self.optimal or self.lower_bound is None:
            return None
        best = self.optimal[0].total
        return max(best - self.lower_bound, 0.0) / (abs(best) or 1.0)

    @property
    def gap_of_savings(self) -> float | None:
        """Return what the cheapest partition may miss, as a share of what can be saved against everyone alone at most.

        ``(best - lower_bound) / (alone - lower_bound)``, between 0 and 1: 0 proves it optimal, 1 means that it may be
        that nothing of all that can be saved was found. None where either is unknown, or everyone alone wasn't costed.
        """
        alone = next((each.total for each in self.evaluated if all(m & (m - 1) == 0 for m in each.partition)), None)
        if not self.optimal or self.lower_bound is None or alone is None or alone == math.inf:
            return None
        missed = max(self.optimal[0].total - self.lower_bound, 0.0)
        return missed / max(alone - self.lower_bound, missed) if missed else 0.0

    @property
    def optimum_proven(self) -> bool:
        """Return whether no partition is cheaper than the cheapest found, but for a solver's last digits."""
        return self.gap is not None and self.gap <= 1e-6

    @property
    def price_of_stability(self) -> float | None:
        """Return ``Phi(II) / Phi(I)``; None without both, or where the optimum is not positive."""
        if not self.optimal or not self.optimal_stable or self.optimal[0].total <= 0.0:
            return None
        if self.optimal_stable[0] in self.optimal:
            return 1.0  # not a solver's last digits more or less
        return self.optimal_stable[0].total / self.optimal[0].total


@checks_arguments
def search_result(
    method: str,
    family: Family,
    game: object,
    evaluated: Iterable[Evaluated],
    *,
    options: SearchOptions | None = None,
    ending: Ending = Ending.FINISHED,
    reason: str = "",
    lower_bound: float | None = None,
    coalition_count: Count | None = None,
    coalitions_costed: Count | None = None,
    more_ties: bool = False,
) -> SearchResult:
    """Return the result of a search: its partitions in order of cost, and which of them are the answers.

    Parameters
    ----------
    method
        The search's name.
    family
        The partitions that were searched.
    game
        Asked for its turnover, where it has one: what differences of costs are compared with.
    evaluated
        The partitions that were costed, in any order, with the verdicts that are known.
    options
        What the search was told; None: the defaults.
    ending, reason
        How it ended, and why in words if before the answer was proven. ``Ending.FINISHED`` claims a proof of both
        answers: no partition that isn't evaluated is cheaper, and every partition cheaper than the optimal stable one
        is known to be unstable.
    lower_bound
        No admissible partition costs less, in currency; left out where nothing is viable.
    coalition_count, coalitions_costed, more_ties
        As in :class:`SearchResult`.
    """
    options = options or SearchOptions()
    ranking = options.ranking(game, family)
    found = ranking.cheapest_first(evaluated)
    viable = [item for item in found if item.total < math.inf]
    return SearchResult(
        method=method,
        partition_count=family.count(),
        evaluated=tuple(found),
        optimal=ranking.cheapest(viable),
        optimal_stable=ranking.cheapest([item for item in viable if item.stable]),
        lower_bound=lower_bound if viable else None,
        ending=ending,
        stopped=reason,
        players=options.players,
        coalition_count=coalition_count,
        coalitions_costed=coalitions_costed,
        more_ties=more_ties,
        equal_within=ranking.equal_within(viable),
    )
