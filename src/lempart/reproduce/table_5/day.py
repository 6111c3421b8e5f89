"""One day of the neighbourhood study: what each of its partitions costs, which win, and the day solved alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lempart import display
from lempart.errors import InfeasibleError
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from lempart.result import Solution
from lempart.search import Exhaustive
from lempart.solving import solve

TIE_CHF, TIE_SHARE = 0.05, 1e-4
"""Network costs this close, in CHF a day or as a share, are one tie: the tie-break alone moves them as much."""

ALONE = "a|b|c|d|e"
GRAND = "a,b,c,d,e"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one partition costs the network and the five players, in CHF over the day.

    Attributes
    ----------
    partition
        Coalitions apart by ``|``, names by ``,``, both in alphabetical order.
    network
        ``Phi``.
    neighbourhood
        The sum of the five players' coalition costs ``phi``; the operator's ``surplus`` stands beside it.
    internal
        Violations inside the players' coalitions.
    """

    partition: str
    network: float
    neighbourhood: float
    surplus: float
    internal: float
    stable: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the study, evaluated.

    Attributes
    ----------
    variation
        Which setting was changed against the headline.
    day
        Of the year, from 1.
    elastic
        Whether limits were priced, because the forecast can't meet them when they are hard.
    evaluations
        All partitions, cheapest first.
    optimal, optimal_stable
        The cheapest partitions, and the cheapest stable ones, with their ties.
    """

    variation: str
    day: int
    seed: int
    elastic: bool
    evaluations: tuple[Evaluation, ...]
    optimal: tuple[str, ...]
    optimal_stable: tuple[str, ...]

    @classmethod
    def of(cls, variation: str, day: int, seed: int, *, elastic: bool, found: Iterable[Evaluation]) -> Day:
        """Return a day of which every partition was evaluated."""
        evaluations = tuple(sorted(found, key=lambda item: (item.network, item.partition)))
        stable = [item for item in evaluations if item.stable]
        return cls(variation, day, seed, elastic, evaluations, near_ties(evaluations), near_ties(stable))

    def evaluation(self, partition: str) -> Evaluation:
        """Return the evaluation of a partition; ``StopIteration`` where there is none."""
        return next(item for item in self.evaluations if item.partition == partition)


@dataclass(frozen=True, eq=False)
class SolvedDay:
    """One day with the whole solution, and why limits had to be priced; empty where they hadn't."""

    day: Day
    solution: Solution
    infeasible: str


def solve_day(options: NeighbourhoodOptions, variation: str = "headline") -> SolvedDay:
    """Return one day solved, every core checked.

    Where hard limits can't be met by the forecast, the day is solved again with elastic ones.

    Parameters
    ----------
    options
        The neighbourhood and its day.
    variation
        How it is called.
    """
    infeasible = ""
    try:
        solution = _solved(options)
    except InfeasibleError as error:
        infeasible = str(error)
        solution = _solved(replace(options, limits="elastic"))
    found = (
        Evaluation(
            partition_label(solution.names(item.partition)),
            item.total,
            sum(own.total for own in cost.coalitions),
            cost.network_surplus,
            sum(own.parts.line + own.parts.voltage for own in cost.coalitions if own.parts is not None),
            item.stable is True,
        )
        for item in solution.search.evaluated
        for cost in [solution.cost(item.partition)]
    )
    number = options.first_hour // 24 + 1
    day = Day.of(variation, number, options.seed, elastic=bool(infeasible), found=found)
    return SolvedDay(day, solution, infeasible)


def _solved(options: NeighbourhoodOptions) -> Solution:
    solution = solve(neighbourhood_case(options), Exhaustive(all_cores=True))
    if solution.search.stopped:  # nothing stops it but the keyboard
        raise KeyboardInterrupt
    return solution


def near_ties(found: Sequence[Evaluation]) -> tuple[str, ...]:
    """Return the cheapest partitions: all that cost no more than the tie width above the least, cheapest first."""
    if not found:
        return ()
    ordered = sorted(found, key=lambda item: (item.network, item.partition))
    least = ordered[0].network
    width = max(TIE_CHF, TIE_SHARE * abs(least))
    return tuple(item.partition for item in ordered if item.network <= least + width)


def kind_of(partition: str) -> str:
    """Return ``alone``, ``grand`` or ``between``."""
    return {ALONE: "alone", GRAND: "grand"}.get(partition, "between")


def partition_label(names: Iterable[Iterable[str]]) -> str:
    """Return a partition as text that doesn't depend on the order in which the players stand along the feeder."""
    return "|".join(sorted(",".join(sorted(block)) for block in names))


def braces(partition: str) -> str:
    """Return ``a,e|b`` as ``{a, e} {b}``."""
    return display.braces(block.split(",") for block in partition.split("|"))
