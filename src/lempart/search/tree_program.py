"""The tree program: exact without externalities, for feeders with far too many partitions to visit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from lempart._renamed import renamed_arguments
from lempart.arguments import Count, Many
from lempart.errors import UsageError
from lempart.game import BoundedGame, DeviationModel, independent_game, turnover_of
from lempart.game.core.laminar import laminar_verdict
from lempart.game.stopping import Progress, silent
from lempart.partition import Family, Partition
from lempart.search.options import SearchOptions
from lempart.search.ranking import Evaluated
from lempart.search.result import SearchResult
from lempart.search.run import SearchRun, Totals
from lempart.search.tree_costs import CostsInTables
from lempart.search.tree_order import cheapest_first as in_order
from lempart.search.tree_tables import TreeTables
from lempart.stop_rule import StopRule, never

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

    listed: Many = 10
    max_ties: Many = 100
    bounded_from: Count = 6

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

        Parameters as for :meth:`lempart.search.SearchMethod.search`.

        Raises
        ------
        UsageError
            With externalities, without single boundaries, or where more branches meet at a bus than it takes.
        """
        independent = independent_game(deviation)
        if independent is None or not family.single_boundary:
            raise UsageError(
                "the tree program needs coalitions with one boundary node and costs without externalities; "
                "use another search, or set externalities = false in [market]"
            )
        run = SearchRun(self, family, game, deviation, stop, progress)
        tables = TreeTables(family.skeleton, family.restrictions)
        costs = CostsInTables(run, independent, tables, self.bounded_from)
        return _TreeRun(self, run, independent, tables, costs).result()


@dataclass(eq=False)
class _TreeRun:
    """One search; its tables fill with costs, and unstable coalitions are struck out of them."""

    method: TreeProgram
    run: SearchRun
    independent: BoundedGame
    tables: TreeTables
    costs: CostsInTables
    bound: float | None = None
    more_ties: bool = False

    def result(self) -> SearchResult:
        """Return what was found, also where the search was stopped on the way."""
        optimal: list[Partition] = []
        stable: list[Partition] = []
        run = self.run
        with run.interruptible():
            self.costs.start()
            if not run.has_ended:
                self.bound = self.tables.update() + self._regular_cost
                optimal = self._cheapest(self.method.listed)
                self.bound = self.tables.update() + self._regular_cost
            if not run.has_ended:
                stable = self._stable()
        if run.has_ended:
            self._evaluate_stopped(optimal)
        else:
            self._evaluate_proven(optimal, stable)
        return run.result(
            "tree",
            lower_bound=self.bound,
            coalition_count=self.costs.total,
            coalitions_costed=self.costs.costed,
            more_ties=self.more_ties,
        )

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
            if self.run.has_ended:
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
            ties = self.run.ranking.tied(ranked.cost + self._regular_cost, best)
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
                if self.run.must_end():
                    return []
                self._prepare(partition)
                verdict = self.run.verifier.verdict(partition)
                if verdict.stable is None and verdict.gap is not None:
                    self.run.end(verdict.gap.ending, verdict.gap.reason)
                    return []
                unstable |= {own.coalition for own in verdict.coalitions if own.stable is False}
            if not unstable:
                return found
            for mask in unstable:
                self.tables.set_cost(mask, math.inf)

    def _prepare(self, partition: Partition) -> None:
        """Note which large coalitions are stable because those inside are nested and no partition of them is cheaper.

        That takes no linear program. Small coalitions have one anyway, for their least core.
        """
        known, run = self.run.verifier.coalitions, self.run
        for mask in partition if self.method.players == "prosumers" else ():
            if mask not in known and mask.bit_count() > _LAMINAR_BEYOND:
                turnover = turnover_of(run.game, mask)
                tolerance = self.method.tolerance
                found = laminar_verdict(self.independent.cost, mask, run.family, tolerance=tolerance, turnover=turnover)
                if found is not None:
                    known[mask] = found
        run.progress("checking cores", sum(mask in known for mask in partition), len(partition))

    def _evaluate(self, partitions: Iterable[Partition]) -> list[Evaluated]:
        """Put partitions in the place of what was found, and return them by cost."""
        self.run.found = {partition: Evaluated(partition, self.run.game.total(partition)) for partition in partitions}
        return self.run.cheapest_first()

    def _decide(self, item: Evaluated, late: StopRule = never) -> bool | None:
        """Put a partition's verdict into what was found, and return whether it is stable."""
        self._prepare(item.partition)
        verdict = self.run.verifier.decided(item.partition, late)
        self.run.found[item.partition] = replace(item, verdict=verdict)
        return verdict.stable

    def _evaluate_proven(self, optimal: list[Partition], stable: list[Partition]) -> None:
        """List partitions, with a verdict where the answer needs it or where it costs nothing."""
        found = self._evaluate(dict.fromkeys([*optimal, *stable]) or [self._closest()])
        answer = min((item.total for item in found if item.partition in stable), default=math.inf)
        for item in found:
            needed = self.method.all_cores or self.run.ranking.tied(item.total, answer) or item.total < answer
            known = self.run.verifier.coalitions
            if item.total < math.inf and (needed or all(mask in known for mask in item.partition)):
                self._decide(item)

    def _evaluate_stopped(self, optimal: list[Partition]) -> None:
        """List the best so far, among coalitions whose costs are known, checked up to the first that is stable.

        Everyone alone is stable. Of the others, those are checked that have few sub-coalitions.
        """
        late = self.run.a_little_longer()
        self.tables.forget_bounds()
        best = [ranked.partition for ranked in islice(in_order(self.tables), self.method.listed)]
        alone = self.run.family.everyone_alone
        quick = [alone] if all(map(self.tables.known, alone)) else []
        for item in self._evaluate(dict.fromkeys([*optimal, *best, *quick])):
            if item.total < math.inf and all(map(self._is_quick, item.partition)) and self._decide(item, late):
                break

    def _is_quick(self, coalition: int) -> bool:
        """Return whether a coalition's core is decided in a moment."""
        few = islice(self.run.family.subcoalitions(coalition), _MAX_QUICK_SUBCOALITIONS + 1)
        return coalition in self.run.verifier.coalitions or sum(1 for _ in few) <= _MAX_QUICK_SUBCOALITIONS

    def _closest(self) -> Partition:
        """Return the partition with the fewest coalitions that aren't viable: it says most about what is missing."""
        faults = TreeTables(self.run.family.skeleton, self.run.family.restrictions)
        for mask in faults.coalitions():
            faults.set_cost(mask, float(not self.tables.known(mask) or self.independent.cost(mask) == math.inf))
        faults.update()
        return next(in_order(faults)).partition

    @cached_property
    def _regular_cost(self) -> float:
        """Return what ``Phi`` has beyond the players' coalitions, the same in every partition."""
        return self.run.game.total(Partition.of(())) if self.run.family.regular else 0.0
