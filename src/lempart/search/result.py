"""What a search found, and what of it is proven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lempart.game import PartitionVerdict
from lempart.partition import Partition


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One partition with its cost; ``verdict`` is None where its stability was not needed."""

    partition: Partition
    total: float
    verdict: PartitionVerdict | None = None

    @property
    def stable(self) -> bool | None:
        """Return whether the partition is stable; None where it was not checked."""
        return None if self.verdict is None else self.verdict.stable


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The partitions a search evaluated, cheapest first, and its answer.

    Attributes
    ----------
    evaluated
        Cheapest first; partitions that are not viable come last, with an infinite total.
    optimal
        All partitions of least cost (Problem I), within the tie tolerance.
    optimal_stable
        All stable partitions of least cost (Problem II); empty where none is stable, or none known yet.
    proven
        Whether the answer is proven: the search was not stopped, and no cheaper partition was left unchecked.
    lower_bound
        No admissible partition costs less; None where nothing is known.
    stopped
        Why the search stopped early; empty otherwise.
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
    proven: bool
    lower_bound: float | None
    stopped: str = ""
    players: Literal["prosumers", "edges"] = "prosumers"
    coalition_count: int | None = None
    coalitions_costed: int | None = None
    more_ties: bool = False
    equal_within: float | None = None

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
