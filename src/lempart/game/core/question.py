"""Verdicts on one coalition's core that need few of its sub-coalitions priced."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lempart.game.bounds import Bounds, Cuts
from lempart.game.core.certificates import by_payer, no_core
from lempart.game.core.linear_program import core_value, least_core, unit_of
from lempart.game.core.objectors.bounded import BoundedObjectors
from lempart.game.core.objectors.branches import branches_within
from lempart.game.core.objectors.protocol import Objectors
from lempart.game.core.objectors.without_bounds import ObjectorsWithoutBounds
from lempart.game.core.row_generation import (
    PricedRows,
    Progress,
    StoppedError,
    StopRule,
    checked,
    decide,
    exact_least_core,
    exact_value,
)
from lempart.game.core.stopped import stopped_verdict
from lempart.game.verdict import CoreMethod, CoreVerdict, LeastCore
from lempart.partition import Family, members
from lempart.typing import FloatArray

PRICING = "pricing sub-coalitions"
INTERRUPTED = "interrupted"


@dataclass(frozen=True, eq=False)
class CoreQuestion:
    """One coalition, whose core is asked for.

    Attributes
    ----------
    worth, coalition, family, bounds, turnover, stop, progress
        As for :func:`~lempart.game.core_verdict`.
    payers_of
        Who shares the cost of a mask.
    tolerance
        On ``φ − Y``, as a share of ``turnover``.
    more
        How many sub-coalitions may still be priced for the exact ``Y`` and least core of a core that is proven empty.
    likely
        As for :func:`~lempart.game.core_verdict`.
    at_once
        Whether to price every sub-coalition, without bounds, before anything is decided.
    """

    worth: Callable[[int], float]
    coalition: int
    family: Family
    payers_of: Callable[[int], tuple[int, ...]]
    bounds: Bounds | None
    tolerance: float
    turnover: float | None = None
    stop: StopRule | None = None
    progress: Progress | None = None
    more: float = math.inf
    likely: tuple[int, ...] = ()
    at_once: bool = False

    def verdict(self) -> CoreVerdict:
        """Return the verdict with all its numbers exact: ``Y``, and the least core of an empty core."""
        cost = checked(self.worth(self.coalition), self.coalition)
        if cost == math.inf:
            return CoreVerdict(self.coalition, math.inf, None, stable=False)
        rows, first, certain = self._start(cost)
        if first is not None and certain is None:
            return CoreVerdict(self.coalition, cost, cost, stable=True, method="closed form", shares=self._bills(first))
        try:
            found = decide(rows, first)
            if found is not None:
                return self._stable(rows, found)
            rows.most = rows.priced + self.more
            best, least = exact_value(rows, first), exact_least_core(rows, first)
        except StoppedError as why:
            return stopped_verdict(rows, certain, str(why))
        except KeyboardInterrupt:
            if self.stop is None:
                raise
            return stopped_verdict(rows, certain, INTERRUPTED)
        return no_core(best, least, slack=rows.slack, method=self._method, priced=rows.priced)

    @property
    def _method(self) -> CoreMethod:
        return "enumeration" if self.at_once else "row generation"

    def has_core(self) -> bool:
        """Return whether the core is non-empty: stops with the first proof."""
        cost = checked(self.worth(self.coalition), self.coalition)
        if cost == math.inf:
            return False
        rows, first, certain = self._start(cost)
        return (first is not None and certain is None) or decide(rows, first) is not None

    def _start(self, cost: float) -> tuple[PricedRows, FloatArray | None, FloatArray | None]:
        """Return the rows, none priced, an allocation to begin with, and one that surely nobody leaves.

        The coalition's own bounds ask no sub-coalition for more than its cost. Where they collect the whole cost the
        two are one, bills nobody leaves, and the second is None; what they don't is shared equally to begin with.
        """
        cuts = None if self.bounds is None else self.bounds(self.coalition)
        if cuts is None:
            order = ObjectorsWithoutBounds.of(self.family, self.coalition, likely=self.likely, at_once=self.at_once)
            return self._rows(cost, order, None), None, None
        unpriced = BoundedObjectors.of(branches_within(self.family, self.coalition))
        unpriced.close(self.coalition)
        unpriced.tighten(cuts)
        players = list(members(self.coalition))
        certain = np.zeros(players[-1] + 1)
        certain[players] = _summed(cuts)[players]
        shares, missing = certain.copy(), cost - math.fsum(certain)
        shares[players] += missing / len(players)
        rows = self._rows(cost, unpriced, self.bounds)
        return rows, shares, None if missing <= rows.slack else certain

    def _rows(self, cost: float, objectors: Objectors, bounds: Bounds | None) -> PricedRows:
        slack = self.tolerance * unit_of(cost, self.turnover)
        rows = PricedRows(
            self.worth, self.coalition, cost, self.payers_of, objectors, bounds, slack, self.turnover, stop=self.stop
        )
        if self.progress is not None:
            tell, most = self.progress, _most(self.family, self.coalition)
            rows.told = lambda priced: tell(PRICING, priced, most)
        return rows

    def _stable(self, rows: PricedRows, shares: FloatArray) -> CoreVerdict:
        """Return the verdict "stable". Where everyone was priced it is known how much all lose by leaving."""
        matrix, least = rows.matrix(), None
        if not rows.objectors.left:
            epsilon, allocation = least_core(matrix)
            least = LeastCore(epsilon, by_payer(matrix, allocation))
        return CoreVerdict(
            self.coalition,
            rows.cost,
            core_value(matrix)[0],
            stable=True,
            least_core=least,
            method=self._method,
            priced=rows.priced,
            shares=self._bills(shares) if least is None else None,
            slack=rows.slack,
        )

    def _bills(self, shares: FloatArray) -> dict[int, float]:
        return {payer: float(shares[payer]) for payer in self.payers_of(self.coalition)}


def _most(family: Family, coalition: int) -> int:
    """Return how many sub-coalitions there are at most, the coalition itself not counted, without listing them."""
    return sum((1 << len(branches)) - 1 for branches in branches_within(family, coalition)) - 1


def _summed(cuts: Cuts) -> FloatArray:
    total: FloatArray = np.sum(cuts, axis=0)
    return total
