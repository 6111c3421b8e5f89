"""What is proven of a core when its rows are no longer priced: how much surely can, and surely can't be collected."""

from __future__ import annotations

import math
import time

from lempart.game.certificates import balanced_collection
from lempart.game.core_lp import CoreRows, core_optimum
from lempart.game.row_generation import TOUCH, Rows, by_number
from lempart.game.verdict import CoreGap, CoreMethod, CoreVerdict
from lempart.typing import FloatArray

SECONDS = 2.0
"""Time taken to raise what surely can be collected, and again to prove it."""


def stopped_verdict(rows: Rows, sure: FloatArray | None, reason: str) -> CoreVerdict:
    """Return the verdict as far as the rows priced and the bounds on the others prove one.

    Parameters
    ----------
    sure
        An allocation that asks no sub-coalition for more than it costs, by payer's number; None: none is known.
    reason
        Why it was stopped.
    """
    matrix = rows.matrix()
    best = core_optimum(matrix)
    if sure is not None:
        sure = raised(rows, sure)
    lowest = -math.inf if sure is None else min(_collected(rows, sure), best.value)
    shares = None if sure is None else {payer: float(sure[payer]) for payer in matrix.payers}
    method: CoreMethod = "row generation"
    enough = rows.cost - rows.slack
    if shares is not None and lowest >= enough:  # what is still missing is no more than rounding
        return CoreVerdict(
            rows.coalition, rows.cost, best.value, True, method=method, priced=rows.priced, shares=shares
        )
    unstable = best.value < enough
    return CoreVerdict(
        rows.coalition,
        rows.cost,
        None,
        stable=False if unstable else None,
        balanced=balanced_collection(best, matrix) if unstable else (),
        method=method,
        priced=rows.priced,
        gap=CoreGap(lowest, best.value, shares, reason),
    )


def raised(rows: Rows, sure: FloatArray) -> FloatArray:
    """Return an allocation as sure as ``sure`` that collects no less, without pricing anything.

    Solves ``max Σγ`` with the prices known and, for the sub-coalitions without one, the lower bounds: rows of these
    come in as they are violated. Before they all hold, everybody pays less by the largest violation that is left.
    """
    payers = list(rows.payers_of(rows.coalition))
    floors: dict[int, float] = {}
    level, until = rows.slack * TOUCH, time.monotonic() + SECONDS
    while True:
        matrix = CoreRows.of({**rows.costs, **floors, rows.coalition: rows.cost}, rows.payers_of, rows.turnover)
        shares = by_number(matrix, core_optimum(matrix).allocation)
        late = time.monotonic() > until
        found = [] if late else [mask for _, mask in rows.objectors.likely(shares, level) if mask not in floors]
        if not found:
            shares[payers] -= max(rows.objectors.most(shares, SECONDS), level)
            return max(sure, shares, key=lambda paid: _collected(rows, paid))
        floors |= {mask: rows.objectors.lower_bound(mask) for mask in found}


def _collected(rows: Rows, shares: FloatArray) -> float:
    return math.fsum(shares[list(rows.payers_of(rows.coalition))])
