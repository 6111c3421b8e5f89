"""The tree program: exact without externalities, for feeders with far too many partitions to visit (ALGORITHMS, B)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from lempart._renamed import renamed_arguments
from lempart.errors import UsageError
from lempart.game import CoreVerdict, DeviationModel, NoExternalities, PartitionVerdict, partition_verdict, turnover_of
from lempart.game.core.laminar import laminar_verdict
from lempart.partition import Family, Partition
from lempart.search.exhaustive import INTERRUPTED, Progress, Totals, silent
from lempart.search.options import SearchOptions
from lempart.search.ranking import Ranking
from lempart.search.result import Evaluated, SearchResult
from lempart.search.stop import StopRule, never
from lempart.search.tree_costs import CoalitionCosts
from lempart.search.tree_order import cheapest_first as in_order
from lempart.search.tree_tables import TreeTables

_LOOK_AHEAD = 8
"""Of ``2**c`` coalitions at one place, ``2**(c - 8)`` are costed at a time: the tables take as long as some do."""

_MAX_QUICK_SUBCOALITIONS = 256
"""Sub-coalitions of a coalition whose core is still checked once the search was stopped."""

_LAMINAR_BEYOND = 32
"""Players of a coalition from which on its core isn't described by its least core: 63 nested sub-coalitions."""


@renamed_arguments({"most_ties": "max_ties"})
@dataclass(frozen=True, slots=True)
class TreeProgram(SearchOptions):
    """Dynamic programming on the tree, for single-boundary families and games without externalities.

    A coalition is a node and the complete subtrees of some of its children, and its cost and stability are its own
    affair. So ``best(r)``, the cheapest partition of everyone below ``r``, is a minimum over the set partitions of the
    children of ``r``: a block of one child costs ``best`` of it, any other block what that coalition costs. Stability
    is checked last: of the cheapest partition alone; unstable coalitions are struck out, and the rest solved again.
    Both answers are exact.

    Attributes
    ----------
    listed
        How many of the cheapest partitions to list, stable or not; ties of the best are listed beyond that.
    max_ties
        How many partitions of equal cost to list at most; there can be more than anyone could read.
    bounded_from
        Branches at one bus from which on coalitions are bounded first, where the game can: fewer have so few coalitions
        that costing them all is quicker.
    """

    listed: int = 10
    max_ties: int = 100
    bounded_from: int = 6

    def search(
        self,
        family: Family,
        game: Totals,
        deviation: DeviationModel,
        *,
        stop: StopRule = never,
        progress: Progress = silent,
    ) -> SearchResult:
        """Return the optimal and the optimal stable partition of ``family``, and the cheapest partitions.

        Raises
        ------
        UsageError
            With externalities, without single boundaries, or where more branches meet at a bus than it takes.
        """
        if not isinstance(deviation, NoExternalities) or not family.single_boundary:
            raise UsageError(
                "the tree program needs coalitions with one boundary node and costs without externalities; "
                "use another search, or set externalities = false in [market]"
            )
        tables = TreeTables(family.skeleton)
        costs = CoalitionCosts(deviation, tables, self.bounded_from, stop, progress)
        return _TreeRun(self, family, game, deviation, tables, costs).result()


@dataclass(eq=False)
class _TreeRun:
    """One search; its tables fill with costs, and unstable coalitions are struck out of them."""

    method: TreeProgram
    family: Family
    game: Totals
    deviation: NoExternalities
    tables: TreeTables
    costs: CoalitionCosts
    verdicts: dict[int, CoreVerdict] = field(default_factory=dict)
    bound: float | None = None
    more_ties: bool = False

    def result(self) -> SearchResult:
        """Return what was found, also where the search was stopped on the way."""
        optimal: list[Partition] = []
        stable: list[Partition] = []
        try:
            self.costs.start()
            if not self.costs.stopped:
                self.bound = self.tables.update() + self._regular_cost
                optimal = self._cheapest(self.method.listed)
                self.bound = self.tables.update() + self._regular_cost
            if not self.costs.stopped:
                stable = self._stable()
        except KeyboardInterrupt:
            self.costs.stopped = INTERRUPTED
        return self._stopped(optimal) if self.costs.stopped else self._proven(optimal, stable)

    def _cheapest(self, count: int) -> list[Partition]:
        """Return the ``count`` cheapest partitions that hold nothing struck out, and all ties of the first.

        Where bounds stand in for costs, the costs of whatever the bounds make look cheap are computed, until the
        cheapest are so by their own costs.
        """
        while True:
            found, unknown = self._walk(count)
            if not unknown:
                return found
            self.costs.refine(unknown)
            if self.costs.stopped:
                return []

    def _walk(self, count: int) -> tuple[list[Partition], list[int]]:
        """Return the cheapest partitions by what the tables say, and which of their coalitions are only bounded."""
        found: list[Partition] = []
        unknown: dict[int, None] = {}
        enough = self.tables.widest >> _LOOK_AHEAD
        best = self.tables.update() + self._regular_cost
        if best == math.inf:
            return [], []
        for ranked in in_order(self.tables):
            ties = self._ranking.tied(ranked.cost + self._regular_cost, best)
            listed = len(found) >= count and not (ties and len(found) < self.method.max_ties)
            if listed and not unknown:
                self.more_ties |= ties
            if listed and (not unknown or len(found) > count + enough):
                break
            found.append(ranked.partition)
            unknown |= dict.fromkeys(mask for mask in ranked.partition if not self.tables.known(mask))
            if len(unknown) > enough:
                break
        return found, list(unknown)

    def _stable(self) -> list[Partition]:
        """Return the cheapest stable partitions: strikes out what isn't stable and looks again."""
        while True:
            found = self._cheapest(1)
            unstable: set[int] = set()
            for partition in found:
                if reason := self.costs.stop():
                    self.costs.stopped = reason
                    return []
                verdict = self._verdict(partition, self.costs.stop)
                if verdict.stable is None:
                    self.costs.stopped = self.costs.stop() or INTERRUPTED
                    return []
                unstable |= {own.coalition for own in verdict.coalitions if own.stable is False}
            if not unstable:
                return found
            for mask in unstable:
                self.tables.set_cost(mask, math.inf)

    def _verdict(self, partition: Partition, stop: StopRule = never) -> PartitionVerdict:
        known = self.verdicts
        self._note_nested(partition)
        self.costs.progress("checking cores", sum(mask in known for mask in partition), len(partition))
        return partition_verdict(
            partition,
            self.family,
            self.deviation,
            players=self.method.players,
            tolerance=self.method.tolerance,
            known=known,
            stop=None if stop is never else stop,
        )

    def _note_nested(self, partition: Partition) -> None:
        """Note which large coalitions are stable because those inside are nested and no partition of them is cheaper.

        That takes no LP. Small coalitions have one anyway, for their least core.
        """
        for mask in partition if self.method.players == "prosumers" else ():
            if mask not in self.verdicts and mask.bit_count() > _LAMINAR_BEYOND:
                found = laminar_verdict(
                    self.deviation.game.cost,
                    mask,
                    self.family,
                    tolerance=self.method.tolerance,
                    turnover=turnover_of(self.game, mask),
                )
                if found is not None:
                    self.verdicts[mask] = found

    def _proven(self, optimal: list[Partition], stable: list[Partition]) -> SearchResult:
        """Return the answer; listed partitions have a verdict where the answer needs it, or where it costs nothing."""
        listed = optimal + [partition for partition in stable if partition not in optimal]
        found = [Evaluated(partition, self.game.total(partition)) for partition in listed or [self._closest()]]
        answer = min((item.total for item in found if item.partition in stable), default=math.inf)
        for index, item in enumerate(found):
            needed = self.method.all_cores or self._ranking.tied(item.total, answer) or item.total < answer
            if item.total < math.inf and (needed or all(mask in self.verdicts for mask in item.partition)):
                found[index] = replace(item, verdict=self._verdict(item.partition))
        return self._summary(found)

    def _stopped(self, optimal: list[Partition]) -> SearchResult:
        """Return the best so far, among coalitions whose costs are known, up to the first that is stable.

        Everyone alone is stable. Of the others, those are checked that have few sub-coalitions.
        """
        self.tables.forget_bounds()
        best = [ranked.partition for ranked in islice(in_order(self.tables), self.method.listed)]
        alone = Partition.of(1 << player for player in range(self.family.player_count))
        listed = list(dict.fromkeys([*optimal, *best, *([alone] if all(map(self.tables.known, alone)) else [])]))
        found = self._ranking.cheapest_first([Evaluated(p, self.game.total(p)) for p in listed])
        for index, item in enumerate(found):
            if item.total < math.inf and all(map(self._is_quick, item.partition)):
                found[index] = replace(item, verdict=self._verdict(item.partition))
                if found[index].stable:
                    break
        return self._summary(found)

    def _is_quick(self, coalition: int) -> bool:
        """Return whether a coalition's core is decided in a moment."""
        few = islice(self.family.subcoalitions(coalition), _MAX_QUICK_SUBCOALITIONS + 1)
        return coalition in self.verdicts or sum(1 for _ in few) <= _MAX_QUICK_SUBCOALITIONS

    def _closest(self) -> Partition:
        """Return the partition with the fewest coalitions that aren't viable: it says most about what is missing."""
        faults = TreeTables(self.family.skeleton)
        for mask in faults.coalitions():
            faults.set_cost(mask, float(not self.tables.known(mask) or self.deviation.game.cost(mask) == math.inf))
        faults.update()
        return next(in_order(faults)).partition

    def _summary(self, found: list[Evaluated]) -> SearchResult:
        viable = [item for item in found if item.total < math.inf]
        return SearchResult(
            method="tree",
            partition_count=self.family.count(),
            evaluated=tuple(self._ranking.cheapest_first(found)),
            optimal=self._ranking.cheapest(viable),
            optimal_stable=self._ranking.cheapest([item for item in viable if item.stable]),
            proven=not self.costs.stopped,
            lower_bound=self.bound if viable else None,
            stopped=self.costs.stopped,
            players=self.method.players,
            equal_within=self._ranking.equal_within(viable),
            coalition_count=self.costs.total,
            coalitions_costed=self.costs.costed,
            more_ties=self.more_ties,
        )

    @cached_property
    def _ranking(self) -> Ranking:
        return self.method.ranking(self.game, self.family)

    @cached_property
    def _regular_cost(self) -> float:
        """Return what ``Phi`` has beyond the players' coalitions, the same in every partition."""
        return self.game.total(Partition.of(())) if self.family.regular else 0.0
