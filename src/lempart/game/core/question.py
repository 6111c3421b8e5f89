"""One coalition whose core is asked for: every sub-coalition is priced, or as few as decide."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from lempart.errors import UsageError
from lempart.game.ahead import Ahead
from lempart.game.bounds import Bounds
from lempart.game.core.certificates import by_payer, empty_core
from lempart.game.core.linear_program import CoreRows, core_optimum, least_core, unit_of
from lempart.game.core.objectors.bounded import BoundedObjectors
from lempart.game.core.objectors.branches import branches_within
from lempart.game.core.objectors.protocol import Objectors
from lempart.game.core.objectors.without_bounds import ObjectorsWithoutBounds
from lempart.game.core.options import CoreOptions
from lempart.game.core.row_generation import (
    PricedRows,
    StoppedError,
    checked,
    decide,
    exact_least_core,
    exact_value,
)
from lempart.game.core.stopped import stopped_verdict
from lempart.game.stopping import Ending
from lempart.game.verdict import (
    CoreAllocation,
    CoreMethod,
    CoreVerdict,
    Empty,
    LeastCore,
    NotViable,
    Stable,
)
from lempart.partition import Family, members
from lempart.typing import FloatArray

PRICING = "pricing sub-coalitions"

MAX_ENUMERATED = 63
"""Up to so many sub-coalitions (those of six players) are all priced, and the least core is computed."""


@dataclass(frozen=True, eq=False)
class CoreQuestion:
    """One coalition whose core is asked for.

    Attributes
    ----------
    worth, coalition, family, turnover, bounds
        As for :func:`~lempart.game.core_verdict`.
    options
        How it is asked for.
    ahead
        Told which sub-coalitions are priced next.

    Raises
    ------
    UsageError
        The coalition isn't an admissible one of the family, or there are bounds for a core over edges.
    """

    worth: Callable[[int], float]
    coalition: int
    family: Family
    options: CoreOptions = field(default_factory=CoreOptions)
    turnover: float | None = None
    bounds: Bounds | None = None
    ahead: Ahead[int] = field(default_factory=Ahead)

    def __post_init__(self) -> None:
        if not self.family.admissible(self.coalition):
            raise UsageError(f"players {members(self.coalition)} aren't an admissible coalition")
        if self.options.players == "edges" and self.bounds is not None:
            raise UsageError("bounds on costs add up over prosumers; a core over edges can't use them")

    def verdict(self) -> CoreVerdict:
        """Return the verdict with all its numbers exact: ``Y``, and the least core of an empty core."""
        cost = checked(self.worth(self.coalition), self.coalition)
        if cost == math.inf:
            return Empty(self.coalition, cost, "enumeration", 0, NotViable())
        enumerates = self.options.method == "enumeration" or (self.options.method == "auto" and not self._is_large())
        return self._enumerated(cost) if enumerates else self._generated(cost)

    def has_core(self) -> bool:
        """Return whether the core is non-empty: stops with the first proof."""
        cost = checked(self.worth(self.coalition), self.coalition)
        if cost == math.inf:
            return False
        if self.options.method == "enumeration":
            rows = self._all_priced(cost)
            return core_optimum(rows.matrix()).value >= cost - rows.slack
        start = self._start(cost)
        return start.in_core or decide(start.rows, start.first) is not None

    def priced_rows(self) -> CoreRows | None:
        """Return a row for every sub-coalition that can leave, or None if the coalition itself isn't viable."""
        cost = checked(self.worth(self.coalition), self.coalition)
        return None if cost == math.inf else self._all_priced(cost).matrix()

    def payers_of(self, mask: int) -> tuple[int, ...]:
        """Return who shares the cost of a coalition, ascending: its players, or the edges of its subgraph."""
        return members(self.family.edge_mask(mask)) if self.options.players == "edges" else members(mask)

    def _is_large(self) -> bool:
        """Return whether there are too many sub-coalitions to price them all."""
        return any(True for _ in islice(self.family.subcoalitions(self.coalition), MAX_ENUMERATED, None))

    def _enumerated(self, cost: float) -> CoreVerdict:
        """Return the verdict with every sub-coalition priced."""
        rows = self._rows(cost)
        try:
            self._price_all(rows)
        except (StoppedError, KeyboardInterrupt) as why:
            return self._stopped(rows, None, why)
        matrix = rows.matrix()
        best, (epsilon, allocation) = core_optimum(matrix), least_core(matrix)
        if best.value >= cost - rows.slack:
            return self._stable(rows, best.value, LeastCore(epsilon, by_payer(matrix, allocation)), "enumeration")
        certificate = empty_core((best, matrix), (epsilon, allocation, matrix), rows.slack)
        return Empty(self.coalition, cost, "enumeration", rows.priced, certificate)

    def _all_priced(self, cost: float) -> PricedRows:
        rows = self._rows(cost)
        self._price_all(rows)
        return rows

    def _price_all(self, rows: PricedRows) -> None:
        for _ in rows.price_all(mask for mask in self.family.subcoalitions(self.coalition) if mask != self.coalition):
            pass

    def _generated(self, cost: float) -> CoreVerdict:
        """Return the verdict with as few sub-coalitions priced as it depends on."""
        start = self._start(cost)
        rows, first = start.rows, start.first
        if first is not None and start.in_core:
            return self._stable(rows, cost, CoreAllocation(self._bills(first)), "closed form")
        try:
            found = decide(rows, first)
            if found is not None:
                return self._stable_by_rows(rows, found)
            rows.max_rows = min(rows.max_rows, rows.priced + self.options.extra_rows)
            best, least = exact_value(rows, first), exact_least_core(rows, first)
        except (StoppedError, KeyboardInterrupt) as why:
            return self._stopped(rows, start.certain, why)
        return Empty(self.coalition, cost, "row generation", rows.priced, empty_core(best, least, rows.slack))

    def _start(self, cost: float) -> _Start:
        """Return the rows, none priced, and where to begin.

        The coalition's own bounds ask no sub-coalition for more than its cost. What they collect less than the whole
        cost is shared equally to begin with.
        """
        cuts = None if self.bounds is None else self.bounds(self.coalition)
        if cuts is None:
            order = ObjectorsWithoutBounds.of(self.family, self.coalition, try_first=self.options.try_first)
            return _Start(self._rows(cost, order))
        objectors = BoundedObjectors.of(branches_within(self.family, self.coalition), self.family.restrictions)
        objectors.mark_priced(self.coalition)
        objectors.add_cuts(cuts)
        players = list(members(self.coalition))
        certain = np.zeros(players[-1] + 1)
        certain[players] = np.sum(cuts, axis=0)[players]
        shares, missing = certain.copy(), cost - math.fsum(certain)
        shares[players] += missing / len(players)
        rows = self._rows(cost, objectors, self.bounds)
        return _Start(rows, shares, certain, in_core=missing <= rows.slack)

    def _rows(self, cost: float, objectors: Objectors | None = None, bounds: Bounds | None = None) -> PricedRows:
        slack = self.options.tolerance * unit_of(cost, self.turnover)
        return PricedRows(
            self.worth,
            self.coalition,
            cost,
            self.payers_of,
            objectors,
            bounds,
            slack,
            self.turnover,
            stop=self.options.stop,
            max_rows=self.options.max_priced,
            on_price=self._report(),
            ahead=self.ahead,
        )

    def _report(self) -> Callable[[int], None] | None:
        progress = self.options.progress
        if progress is None:
            return None
        branches = branches_within(self.family, self.coalition)
        at_most = sum((1 << len(each)) - 1 for each in branches) - 1  # without listing them
        return lambda priced: progress(PRICING, priced, at_most)

    def _stable_by_rows(self, rows: PricedRows, shares: FloatArray) -> Stable:
        """Return the verdict "stable". Where everyone was priced it is known how much all lose by leaving."""
        matrix = rows.matrix()
        certificate: LeastCore | CoreAllocation = CoreAllocation(self._bills(shares))
        if rows.objectors is None or not rows.objectors.any_left:
            epsilon, allocation = least_core(matrix)
            certificate = LeastCore(epsilon, by_payer(matrix, allocation))
        return self._stable(rows, core_optimum(matrix).value, certificate, "row generation")

    def _stable(
        self, rows: PricedRows, value: float, certificate: LeastCore | CoreAllocation, method: CoreMethod
    ) -> Stable:
        return Stable(self.coalition, rows.cost, method, rows.priced, value, certificate, rows.slack)

    def _stopped(self, rows: PricedRows, certain: FloatArray | None, why: BaseException) -> CoreVerdict:
        """Return what is proven; an interruption goes on to the caller unless there is a stop rule."""
        if isinstance(why, StoppedError):
            return stopped_verdict(rows, certain, why.reason, why.ending)
        if self.options.stop is None:
            raise why
        return stopped_verdict(rows, certain, "interrupted", Ending.INTERRUPTED)

    def _bills(self, shares: FloatArray) -> dict[int, float]:
        return {payer: float(shares[payer]) for payer in self.payers_of(self.coalition)}


@dataclass(frozen=True, eq=False)
class _Start:
    """Where row generation begins.

    Attributes
    ----------
    first
        An allocation of the whole cost to try before any other, by payer's number; None where there are no bounds.
    certain
        An allocation that asks no sub-coalition for more than it costs, by payer's number.
    in_core
        Whether ``certain`` collects the whole cost, so that it is in the core.
    """

    rows: PricedRows
    first: FloatArray | None = None
    certain: FloatArray | None = None
    in_core: bool = False
