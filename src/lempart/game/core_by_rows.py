"""Verdicts on one coalition's core that need few of its sub-coalitions priced."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lempart.game.branches import branches_within
from lempart.game.certificates import no_core
from lempart.game.core_lp import core_value
from lempart.game.row_generation import InOrder, Rows, checked, decide, exact_least_core, exact_value
from lempart.game.separation import Bounds, Cuts, Unpriced
from lempart.game.verdict import CoreVerdict, LeastCore
from lempart.partition import Family, members
from lempart.typing import FloatArray


@dataclass(frozen=True, eq=False)
class CoreQuestion:
    """One coalition, whose core is asked for.

    Attributes
    ----------
    worth, coalition, family, bounds
        As for :func:`~lempart.game.core_verdict`.
    payers_of
        Who shares the cost of a mask.
    tolerance
        On ``φ − Y``, relative to ``max(1, |φ|)``.
    """

    worth: Callable[[int], float]
    coalition: int
    family: Family
    payers_of: Callable[[int], tuple[int, ...]]
    bounds: Bounds | None
    tolerance: float

    def verdict(self) -> CoreVerdict:
        """Return the verdict with all its numbers exact: ``Y``, and the least core of an empty core."""
        cost = checked(self.worth(self.coalition), self.coalition)
        if cost == math.inf:
            return CoreVerdict(self.coalition, math.inf, None, stable=False)
        rows, first, certain = self._start(cost)
        if first is not None and certain:
            return CoreVerdict(self.coalition, cost, cost, stable=True, method="closed form", shares=self._bills(first))
        found = decide(rows, first)
        if found is not None:
            return self._stable(rows, *found)
        best, least = exact_value(rows), exact_least_core(rows)
        return no_core(best, least, slack=rows.slack, method="row generation", priced=rows.priced)

    def has_core(self) -> bool:
        """Return whether the core is non-empty: stops with the first proof."""
        cost = checked(self.worth(self.coalition), self.coalition)
        if cost == math.inf:
            return False
        rows, first, certain = self._start(cost)
        return certain or decide(rows, first) is not None

    def _start(self, cost: float) -> tuple[Rows, FloatArray | None, bool]:
        """Return the rows, none priced, an allocation to begin with, and whether that is in the core for certain.

        The coalition's own bounds ask no sub-coalition for more than its cost. Where they collect the whole cost they
        are bills nobody leaves; what they don't is shared equally to begin with.
        """
        cuts = None if self.bounds is None else self.bounds(self.coalition)
        slack = self.tolerance * max(1.0, abs(cost))
        if cuts is None:
            order = InOrder.of(self.family, self.coalition)
            return Rows(self.worth, self.coalition, cost, self.payers_of, order, None, slack), None, False
        unpriced = Unpriced.of(branches_within(self.family, self.coalition))
        unpriced.close(self.coalition)
        unpriced.tighten(cuts)
        players = list(members(self.coalition))
        shares = np.zeros(players[-1] + 1)
        shares[players] = _summed(cuts)[players]
        missing = cost - math.fsum(shares)
        shares[players] += missing / len(players)
        rows = Rows(self.worth, self.coalition, cost, self.payers_of, unpriced, self.bounds, slack)
        return rows, shares, missing <= slack

    def _stable(self, rows: Rows, epsilon: float, shares: FloatArray) -> CoreVerdict:
        """Return the verdict "stable". Where everyone was priced it is known how much all lose by leaving."""
        bills, complete = self._bills(shares), not rows.objectors.worst(shares)
        return CoreVerdict(
            self.coalition,
            rows.cost,
            core_value(rows.matrix())[0],
            stable=True,
            least_core=LeastCore(epsilon, bills) if complete else None,
            method="row generation",
            priced=rows.priced,
            shares=None if complete else bills,
        )

    def _bills(self, shares: FloatArray) -> dict[int, float]:
        return {payer: float(shares[payer]) for payer in self.payers_of(self.coalition)}


def _summed(cuts: Cuts) -> FloatArray:
    total: FloatArray = np.sum(cuts, axis=0)
    return total
