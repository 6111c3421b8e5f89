"""One market while its bills are made: who is in it, and what its groups expect to pay."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from lempart.arguments import Count, Many, check_fields
from lempart.bills.parts import CausedParts
from lempart.game import CoreRows, DeviationModel, priced_rows, turnover_of
from lempart.game.ahead import deviations_ahead
from lempart.partition import Family, Partition, members
from lempart.search import Progress, silent


@dataclass(frozen=True, slots=True)
class BillOptions:
    """How bills are computed.

    Attributes
    ----------
    most_groups
        The most groups of one market that are priced to find who would leave. In a larger market the rules that need
        them are refused, and the others don't say whether they lie in the core.
    exact_up_to
        The most players of one market for which the Shapley value is exact.
    draws, seed
        Of the random orders beyond.

    Examples
    --------
    >>> from lempart import BillOptions
    >>> BillOptions(draws=100).draws
    100
    """

    most_groups: Count = 5_000
    exact_up_to: Count = 12
    draws: Many = 400
    seed: Count = 0

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(eq=False)
class MarketGame:
    """One market of a partition as a game among its players, while bills are made; prices each group once.

    Attributes
    ----------
    coalition, partition
        The market's players as a mask, and the partition it is in.
    caused
        What its players cause, as they are listed.
    cost
        What it pays in all.
    """

    coalition: int
    partition: Partition
    family: Family
    deviation: DeviationModel
    caused: CausedParts
    cost: float
    options: BillOptions
    progress: Progress = silent
    _known: dict[int, float] = field(default_factory=dict, init=False)

    @property
    def players(self) -> tuple[int, ...]:
        """Return the players' indices, ascending."""
        return members(self.coalition)

    def worth(self, group: int) -> float:
        """Return what a group expects to pay once it has left; for all players what the market pays."""
        if group == self.coalition:
            return self.cost
        if group not in self._known:
            self._known[group] = self.deviation.worth(group, self.coalition, self.partition)
            most = self.group_count or len(self.players) * self.options.draws
            self.progress("groups priced", len(self._known), most)
        return self._known[group]

    @cached_property
    def group_count(self) -> int | None:
        """Return how many groups could leave; None where they are more than ``most_groups``."""
        most = self.options.most_groups
        if not self.family.single_boundary:
            count = (1 << len(self.players)) - 2
        else:
            count = sum(1 for _ in islice(self.family.subcoalitions(self.coalition), most + 2)) - 1
        return count if count <= most else None

    def rows(self) -> CoreRows | None:
        """Return what every group that can leave would pay; None where there are too many to price."""
        return (
            None
            if self.group_count is None
            else priced_rows(
                self.worth,
                self.coalition,
                self.family,
                turnover=turnover_of(self.deviation, self.coalition),
                ahead=deviations_ahead(self.deviation, self.coalition, self.partition),
            )
        )
