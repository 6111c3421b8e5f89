"""Verdicts written out with what proves them."""

from __future__ import annotations

from lempart.game.core.linear_program import CoreOptimum, CoreRows
from lempart.game.verdict import BalancedWeight, Block, EmptyCore, LeastCore
from lempart.typing import FloatArray

_WEIGHT_SHOWN = 1e-9  # weights below are rounding of the LP


def by_payer(rows: CoreRows, allocation: FloatArray) -> dict[int, float]:
    """Return an allocation, shape ``(len(rows.payers),)``, as a mapping."""
    return dict(zip(rows.payers, allocation.tolist(), strict=True))


def empty_core(
    best: tuple[CoreOptimum, CoreRows], least: tuple[float, FloatArray, CoreRows], slack: float
) -> EmptyCore:
    """Return what proves a core empty: ``Y`` with its balanced collection, the least core with who would leave.

    Parameters
    ----------
    best
        ``Y`` and the rows that its weights belong to.
    least
        The least ``ε``, in currency, its allocation by payer, and the rows among which leavers are looked for.
    slack
        The tolerance, in currency: smaller gains aren't named.
    """
    optimum, rows = best
    epsilon, allocation, all_rows = least
    return EmptyCore(
        optimum.value,
        balanced_collection(optimum, rows),
        LeastCore(epsilon, by_payer(all_rows, allocation)),
        # At least one group gains epsilon, so something is named however small that is.
        _blocking(all_rows, allocation, min(slack, epsilon / 2)),
    )


def balanced_collection(optimum: CoreOptimum, rows: CoreRows) -> tuple[BalancedWeight, ...]:
    """Return the balanced collection that proves that no more than the optimum can be collected."""
    return tuple(
        BalancedWeight(mask, float(weight), float(price))
        for mask, weight, price in zip(rows.masks, optimum.weights, rows.costs, strict=True)
        if weight > _WEIGHT_SHOWN
    )


def _blocking(rows: CoreRows, allocation: FloatArray, least_gain: float) -> tuple[Block, ...]:
    """Return the groups that gain more than ``least_gain``, largest first."""
    gains = (rows.matrix @ allocation - rows.costs)[:-1]
    return tuple(
        Block(rows.masks[row], float(gains[row])) for row in rows.largest_first(gains) if gains[row] > least_gain
    )
