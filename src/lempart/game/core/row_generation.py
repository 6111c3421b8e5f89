"""The core by row generation: sub-coalitions are priced only as far as the verdict needs them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import numpy as np

from lempart.game.ahead import Ahead
from lempart.game.bounds import Bounds
from lempart.game.core.linear_program import CoreOptimum, CoreRows, core_optimum, least_core, nearest_within
from lempart.game.core.objectors.protocol import Objectors
from lempart.game.stopping import Ending
from lempart.partition import members
from lempart.stop_rule import StopRule
from lempart.typing import FloatArray

VIOLATION_SHARE = 0.1
"""A row that isn't in the linear program counts as violated beyond this share of the verdict's tolerance."""

ROW_MARGIN_SHARE = 0.01
"""Rows in the linear program may be violated by this share of it, which leaves the solver room."""


class StoppedError(Exception):
    """Pricing ends early, for a ``reason`` in words and an ``ending`` to compare. What was priced until then stands."""

    def __init__(self, reason: str, ending: Ending) -> None:
        super().__init__(reason)
        self.reason, self.ending = reason, ending


@dataclass(eq=False)
class PricedRows:
    """The rows priced so far of one coalition's core, and where the next ones come from.

    Attributes
    ----------
    worth
        ``φ̂`` of a sub-coalition.
    coalition, cost
        ``F`` and ``φ(F; P)``, finite.
    payers_of
        Who shares the cost of a mask: players, or edges.
    objectors
        The sub-coalitions without a price; None where all are priced anyway, one after the other.
    bounds
        Lower bounds on all sub-coalitions' costs, sharpest near the given one; None where there are none.
    slack
        The verdict's tolerance, in currency.
    turnover
        What that is a share of, see :class:`CoreRows`.
    priced
        How many sub-coalitions were priced, the coalition itself not counted.
    costs
        The finite prices.
    stop
        Why to stop, if so: asked before anything is priced.
    max_rows
        How many are priced at most.
    on_price
        Told after each how many sub-coalitions were priced.
    ahead
        Told which sub-coalitions are priced next.
    began
        When, by ``time.monotonic()``.
    """

    worth: Callable[[int], float]
    coalition: int
    cost: float
    payers_of: Callable[[int], tuple[int, ...]]
    objectors: Objectors | None
    bounds: Bounds | None
    slack: float
    turnover: float | None = None
    priced: int = 0
    costs: dict[int, float] = field(default_factory=dict)
    stop: StopRule | None = None
    max_rows: float = math.inf
    on_price: Callable[[int], None] | None = None
    ahead: Ahead[int] = field(default_factory=Ahead)
    began: float = field(default_factory=lambda: time.monotonic())  # noqa: PLW0108

    def matrix(self) -> CoreRows:
        """Return the rows priced so far, the coalition's own last."""
        return CoreRows.of(self.costs | {self.coalition: self.cost}, self.payers_of, self.turnover)

    def price(self, mask: int) -> float:
        """Price one sub-coalition and take note of the bounds that follow; ``inf`` makes no row.

        Raises
        ------
        StoppedError
            The stop rule says so, or as many as are allowed were priced.
        """
        if self.priced >= self.max_rows:
            raise StoppedError(f"{self.priced:,} sub-coalitions were priced", Ending.LIMIT_REACHED)
        if self.stop is not None and (reason := self.stop()):
            raise StoppedError(reason, Ending.STOPPED)
        price = checked(self.worth(mask), mask)
        self.priced += 1
        if price != math.inf:
            self.costs[mask] = price  # first: interrupted from here on, it may have a price and count as without
        if self.objectors is not None:
            self.objectors.mark_priced(mask)
        if self.on_price is not None:
            self.on_price(self.priced)
        if price != math.inf and self.objectors is not None and self.bounds is not None:
            cuts = self.bounds(mask)
            if cuts is not None:
                self.objectors.add_cuts(cuts)
        return price

    def price_all(self, masks: Iterable[int]) -> Iterator[tuple[int, float]]:
        """Yield sub-coalitions with their prices, as :meth:`price` finds them one after the other.

        Parameters
        ----------
        masks
            The sub-coalitions. Those that may not be priced any more aren't prepared.
        """
        source = iter(masks)
        most = None if self.max_rows == math.inf else max(int(self.max_rows) - self.priced, 0)
        for mask in chain(self.ahead.in_turn(islice(source, most)), source):
            yield mask, self.price(mask)

    def violated(self, shares: FloatArray, level: float) -> bool:
        """Price sub-coalitions until one is found that gains more than ``level``; False: there is none.

        The next to be priced is always whoever might gain most.

        Parameters
        ----------
        shares
            What payers pay, in currency, by payer's number, shape ``(last payer + 1,)``.
        level
            In currency.
        """
        enough = level + VIOLATION_SHARE * self.slack
        while batch := [] if self.objectors is None else self.objectors.separate(shares, enough):
            priced = self.price_all(mask for _, mask in batch)
            gains = [math.fsum(shares[list(self.payers_of(mask))]) - price for mask, price in priced]
            if max(gains) > enough:
                return True
        return False


def decide(rows: PricedRows, first: FloatArray | None = None) -> FloatArray | None:
    """Return an allocation in the core, by payer's number, or None if the core is empty.

    "No" is proven by a balanced collection of priced rows; "yes" by an allocation to which no priced sub-coalition
    objects and, by their bounds, no other can.

    Parameters
    ----------
    rows
        What is priced so far; grows.
    first
        An allocation to try before any other, in currency, by payer's number. Those that follow stay as near to it as
        the rows let them: a vertex of the least core of few rows would be far off, and everybody's gain under it would
        have to be looked into.
    """
    if first is not None and not rows.violated(first, 0.0):
        return first
    while True:
        matrix = rows.matrix()
        if core_optimum(matrix).value < rows.cost - rows.slack:
            return None
        epsilon, allocation = least_core(matrix)
        level = max(epsilon, 0.0)
        if first is not None:
            allocation = nearest_within(matrix, first[list(matrix.payers)], level + ROW_MARGIN_SHARE * rows.slack)
        shares = by_number(matrix, allocation)
        if not rows.violated(shares, level):
            return shares


def exact_value(rows: PricedRows, first: FloatArray | None = None) -> tuple[CoreOptimum, CoreRows]:
    """Return ``Y`` over all sub-coalitions, and the rows that its weights belong to.

    Parameters
    ----------
    rows
        What is priced so far; grows.
    first
        An allocation of the whole cost, in currency, by payer's number. Of the allocations that collect what the rows
        so far let be collected, the one nearest to it is looked into: fewer seem to object to it than to a vertex.
    """
    while True:
        matrix = rows.matrix()
        best = core_optimum(matrix)
        allocation = best.allocation
        if first is not None:
            collected = replace(matrix, costs=np.append(matrix.costs[:-1], best.value))
            wanted = first[list(matrix.payers)] - (rows.cost - best.value) / len(matrix.payers)
            allocation = nearest_within(collected, wanted, ROW_MARGIN_SHARE * rows.slack)
        if not rows.violated(by_number(matrix, allocation), 0.0):
            return best, matrix


def exact_least_core(rows: PricedRows, first: FloatArray | None = None) -> tuple[float, FloatArray, CoreRows]:
    """Return the least ``ε`` over all sub-coalitions, its allocation by payer, and the rows priced by then.

    Parameters
    ----------
    rows
        What is priced so far; grows.
    first
        Of several least-core allocations the one nearest to this is taken, in currency, by payer's number.
    """
    while True:
        matrix = rows.matrix()
        epsilon, allocation = least_core(matrix)
        if first is not None and epsilon > -math.inf:
            allocation = nearest_within(matrix, first[list(matrix.payers)], epsilon + ROW_MARGIN_SHARE * rows.slack)
        if not rows.violated(by_number(matrix, allocation), epsilon):
            return epsilon, allocation, matrix


def by_number(rows: CoreRows, allocation: FloatArray) -> FloatArray:
    """Return what payers pay, in currency, indexed by the payer's number; 0 at all other numbers.

    Parameters
    ----------
    rows
        Say who the payers are.
    allocation
        By payer, shape ``(len(rows.payers),)``.
    """
    shares = np.zeros(rows.payers[-1] + 1)
    shares[list(rows.payers)] = allocation
    return shares


def checked(price: float, mask: int) -> float:
    """Return the price of a sub-coalition; ``ValueError`` where it is NaN or ``-inf``."""
    if math.isnan(price) or price == -math.inf:
        raise ValueError(f"the cost of players {members(mask)} is {price}")
    return float(price)
