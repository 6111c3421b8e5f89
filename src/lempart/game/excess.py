"""The excesses of an allocation: what each group that can leave would gain by it, and whether it lies in the core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lempart.arguments import Share, checks_arguments
from lempart.errors import UsageError
from lempart.game.core.linear_program import CoreRows
from lempart.typing import FloatArray


@dataclass(frozen=True, slots=True)
class CoreMembership:
    """Whether an allocation lies in the core, and the group that decides it.

    Attributes
    ----------
    in_core
        Whether no group gains by leaving, within the tolerance.
    largest_gain
        The largest gain of a group that leaves, in currency; negative where every group would lose by at least that
        much. ``-inf`` where no group can leave.
    group
        The players of that group; None where no group can leave.
    """

    in_core: bool
    largest_gain: float
    group: int | None

    @property
    def margin(self) -> float:
        """Return how much every group would lose by leaving, at least; negative where one would gain."""
        return -self.largest_gain


@checks_arguments
def core_membership(
    rows: CoreRows,
    allocation: Mapping[int, float],
    *,
    tolerance: Share = 1e-6,
    known_to: Callable[[int], float] = lambda _: 0.0,
) -> CoreMembership:
    """Return whether ``allocation`` lies in the core, and the group that decides it.

    Parameters
    ----------
    rows
        The groups that can leave and what they would pay, the coalition itself last.
    allocation
        What each payer pays, in currency.
    tolerance
        A share of the rows' unit, as for cores.
    known_to
        How far off a group's gain may be, in currency; only asked of groups that gain more than the tolerance.
    """
    gains = excesses(rows, allocation)
    if not len(gains):
        return CoreMembership(in_core=True, largest_gain=-np.inf, group=None)
    # Of equal gains the smallest group is named, so that rounding doesn't choose.
    ranks = [
        (-round(float(gain) / rows.unit, 9), mask.bit_count(), mask)
        for gain, mask in zip(gains, rows.masks, strict=False)
    ]
    worst = min(range(len(gains)), key=ranks.__getitem__)
    gain = float(gains[worst])
    leaving = np.flatnonzero(gains > tolerance * rows.unit)
    in_core = all(gains[row] <= tolerance * rows.unit + known_to(rows.masks[row]) for row in leaving)
    return CoreMembership(in_core, gain, rows.masks[worst])


@checks_arguments
def excesses(rows: CoreRows, allocation: Mapping[int, float]) -> FloatArray:
    """Return what each group that can leave would gain by it, ``e(S) = y(S) - φ̂(S)``: its excess.

    Parameters
    ----------
    rows
        The groups that can leave and what they would pay, the coalition itself last.
    allocation
        ``y``: what each payer pays, in currency.

    Returns
    -------
    FloatArray
        In currency, shape ``(len(rows.masks) - 1,)``, in the order of ``rows.masks``; positive where leaving pays.
    """
    if missing := [payer for payer in rows.payers if payer not in allocation]:
        raise UsageError(f"allocation says nothing of {missing}; it needs an amount for each of {list(rows.payers)}")
    payments = np.array([allocation[payer] for payer in rows.payers])
    gains: FloatArray = (rows.matrix @ payments - rows.costs)[:-1]
    return gains
