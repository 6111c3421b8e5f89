"""The core by row generation: sub-coalitions are priced only as far as the verdict needs them (ALGORITHMS, E)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from lempart.game.bounds import Bounds
from lempart.game.core.linear_program import CoreOptimum, CoreRows, core_optimum, core_value, least_core, nearest_within
from lempart.game.core.objectors.protocol import Objectors
from lempart.partition import members
from lempart.typing import FloatArray

VIOLATION_SHARE = 0.1
"""A row counts as violated beyond this share of the tolerance on the verdict."""
ROW_MARGIN_SHARE = 0.01
"""The same, for rows that are in the program already: what leaves the solver room."""


StopRule: TypeAlias = Callable[[], str]
"""Asked before each sub-coalition is priced; returns why to stop, or an empty string to go on."""

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, of how much at most."""


class StoppedError(Exception):
    """The stop rule said so. What was priced until then stands."""


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
        The sub-coalitions without a price.
    bounds
        Lower bounds on all sub-coalitions' costs, good near the given one; None where there are none.
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
    most
        How many are priced at most.
    told
        Told how many sub-coalitions were priced.
    """

    worth: Callable[[int], float]
    coalition: int
    cost: float
    payers_of: Callable[[int], tuple[int, ...]]
    objectors: Objectors
    bounds: Bounds | None
    slack: float
    turnover: float | None = None
    priced: int = 0
    costs: dict[int, float] = field(default_factory=dict)
    stop: StopRule | None = None
    most: float = math.inf
    told: Callable[[int], None] | None = None

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
        if self.priced >= self.most:
            raise StoppedError(f"{self.priced:,} sub-coalitions were priced")
        if self.stop is not None and (reason := self.stop()):
            raise StoppedError(reason)
        price = checked(self.worth(mask), mask)
        self.priced += 1
        if price != math.inf:
            self.costs[mask] = price  # first: interrupted from here on, it may have a price and count as without
        self.objectors.close(mask)
        if self.told is not None:
            self.told(self.priced)
        if price != math.inf:
            cuts = None if self.bounds is None else self.bounds(mask)
            if cuts is not None:
                self.objectors.tighten(cuts)
        return price

    def violated(self, shares: FloatArray, level: float) -> bool:
        """Price sub-coalitions until one is found that gains more than ``level``; False: there is none.

        ``shares`` are by payer, shape ``(last payer + 1,)``. The next to be priced is always whoever might gain most.
        """
        enough = level + VIOLATION_SHARE * self.slack
        while batch := [mask for _, mask in self.objectors.above(shares, enough)]:
            gains = [math.fsum(shares[list(self.payers_of(mask))]) - self.price(mask) for mask in batch]
            if max(gains) > enough:
                return True
        return False


def decide(rows: PricedRows, first: FloatArray | None = None) -> FloatArray | None:
    """Return an allocation in the core, by payer's number, or None if the core is empty.

    "No" is proven by a balanced collection of priced rows; "yes" by an allocation to which no priced sub-coalition
    objects and, by their bounds, no other can. ``first`` is an allocation to try before any other; those that follow
    stay as near to it as the rows let them. (A vertex of the least core of few rows would be far off, and everybody's
    gain under it has to be looked into.)
    """
    if first is not None and not rows.violated(first, 0.0):
        return first
    while True:
        matrix = rows.matrix()
        if core_value(matrix)[0] < rows.cost - rows.slack:
            return None
        epsilon, allocation = least_core(matrix)
        if first is not None:
            allocation = nearest_within(
                matrix, first[list(matrix.payers)], max(epsilon, 0.0) + ROW_MARGIN_SHARE * rows.slack
            )
        shares = by_number(matrix, allocation)
        if not rows.violated(shares, max(epsilon, 0.0)):
            return shares


def exact_value(rows: PricedRows, near: FloatArray | None = None) -> tuple[CoreOptimum, CoreRows]:
    """Return ``Y`` over all sub-coalitions, and the rows that its weights belong to.

    Of the allocations that collect what the rows so far let be collected, the one nearest to ``near`` is looked into:
    fewer seem to object to it than to a vertex.
    """
    while True:
        matrix = rows.matrix()
        best = core_optimum(matrix)
        allocation = best.allocation
        if near is not None:
            collected = replace(matrix, costs=np.append(matrix.costs[:-1], best.value))
            wanted = near[list(matrix.payers)] - (rows.cost - best.value) / len(matrix.payers)
            allocation = nearest_within(collected, wanted, ROW_MARGIN_SHARE * rows.slack)
        if not rows.violated(by_number(matrix, allocation), 0.0):
            return best, matrix


def exact_least_core(rows: PricedRows, near: FloatArray | None = None) -> tuple[float, FloatArray, CoreRows]:
    """Return the least ``ε`` over all sub-coalitions, its allocation by payer, and the rows priced by then.

    Where there are several allocations it is one near ``near``.
    """
    while True:
        matrix = rows.matrix()
        epsilon, allocation = least_core(matrix)
        if near is not None and epsilon > -math.inf:
            allocation = nearest_within(matrix, near[list(matrix.payers)], epsilon + ROW_MARGIN_SHARE * rows.slack)
        if not rows.violated(by_number(matrix, allocation), epsilon):
            return epsilon, allocation, matrix


def by_number(rows: CoreRows, allocation: FloatArray) -> FloatArray:
    """Return what each payer pays at the payer's number, 0 for numbers that are no payers'."""
    shares = np.zeros(rows.payers[-1] + 1)
    shares[list(rows.payers)] = allocation
    return shares


def checked(price: float, mask: int) -> float:
    """Return a price; ``ValueError`` for what isn't one."""
    if math.isnan(price) or price == -math.inf:
        raise ValueError(f"the cost of players {members(mask)} is {price}")
    return float(price)
