"""What is proven of a core once its rows are no longer priced: how much can be collected, and how much can't."""

from __future__ import annotations

import math
import time

from lempart.game.core.certificates import balanced_collection
from lempart.game.core.linear_program import CoreRows, core_optimum
from lempart.game.core.row_generation import ROW_MARGIN_SHARE, PricedRows, by_number
from lempart.game.stopping import Ending, seconds_after_stop
from lempart.game.verdict import CoreAllocation, CoreGap, CoreVerdict, Empty, EmptyCoreGap, Stable, Undecided
from lempart.typing import FloatArray

SEARCH_SECONDS = 2.0
"""Time taken at most to raise what can be collected for certain, and again to prove it."""


def stopped_verdict(rows: PricedRows, certain: FloatArray | None, reason: str, ending: Ending) -> CoreVerdict:
    """Return the verdict as far as the rows priced and the bounds on the others prove one.

    Parameters
    ----------
    rows
        What was priced until then.
    certain
        An allocation that asks no sub-coalition for more than it costs, in currency, by payer's number; None where
        none is known.
    reason, ending
        Why pricing ended, in words and to compare.
    """
    matrix = rows.matrix()
    best = core_optimum(matrix)
    if certain is not None:
        certain = raised(rows, certain)
    lowest = -math.inf if certain is None else min(_collected(rows, certain), best.value)
    shares = None if certain is None else {payer: float(certain[payer]) for payer in matrix.payers}
    enough = rows.cost - rows.slack
    coalition, cost, priced = rows.coalition, rows.cost, rows.priced
    if shares is not None and lowest >= enough:  # what is still missing is no more than rounding
        return Stable(coalition, cost, "row generation", priced, best.value, CoreAllocation(shares), rows.slack)
    gap = CoreGap(lowest, best.value, shares, reason, ending)
    if best.value >= enough:
        return Undecided(coalition, cost, "row generation", priced, gap)
    certificate = EmptyCoreGap(balanced_collection(best, matrix), gap)
    return Empty(coalition, cost, "row generation", priced, certificate)


def raised(rows: PricedRows, certain: FloatArray) -> FloatArray:
    """Return an allocation that no sub-coalition objects to, and that collects no less than ``certain``.

    Nothing is priced for it.

    Solves ``max Σγ`` with the prices known and, for the sub-coalitions without one, the lower bounds: rows of these
    come in as they are violated. Before they all hold, everybody pays less by the largest violation that is left.
    """
    assert rows.objectors is not None
    payers = list(rows.payers_of(rows.coalition))
    floors: dict[int, float] = {}
    seconds = min(seconds_after_stop(time.monotonic() - rows.began), SEARCH_SECONDS)
    level, until = rows.slack * ROW_MARGIN_SHARE, time.monotonic() + seconds
    while True:
        matrix = CoreRows.of({**rows.costs, **floors, rows.coalition: rows.cost}, rows.payers_of, rows.turnover)
        shares = by_number(matrix, core_optimum(matrix).allocation)
        late = time.monotonic() > until
        found = (
            [] if late else [mask for _, mask in rows.objectors.separate_quickly(shares, level) if mask not in floors]
        )
        if not found:
            shares[payers] -= max(rows.objectors.largest_gain(shares, seconds), level)
            return max(certain, shares, key=lambda paid: _collected(rows, paid))
        floors |= {mask: rows.objectors.lower_bound(mask) for mask in found}


def _collected(rows: PricedRows, shares: FloatArray) -> float:
    return math.fsum(shares[list(rows.payers_of(rows.coalition))])
