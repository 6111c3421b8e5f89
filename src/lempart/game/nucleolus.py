"""The nucleolus: the allocation whose largest gains from leaving are, one after the other, as small as can be.

Schmeidler (1969) orders allocations by their excesses, here the gains ``e(S) = Σ_{i in S} y_i - φ̂(S)`` of the groups
that can leave, sorted from the largest: the nucleolus is lexicographically least. Found by the linear programs of
Maschler, Peleg and Shapley (1979): lower the largest gain, fix the groups whose gain can't be lowered further, go on
with the others.

Only groups that can leave have a gain (Maschler, Potters and Tijs 1992): those that the family doesn't admit or that
aren't viable on their own are left out. Where too few are left to single out one allocation, the nearest to equal
payments is taken, and the result says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lempart.arguments import checks_arguments
from lempart.game.core.linear_program import CoreRows
from lempart.game.nucleolus_stages import Stages


@dataclass(frozen=True, slots=True)
class Nucleolus:
    """The nucleolus of a coalition.

    Attributes
    ----------
    allocation
        What each player pays, by index; sums to the coalition's cost.
    levels
        The gains at which groups were fixed, largest first; the first is the least core's ``ε``.
    unique
        Whether the groups that can leave single it out. If not it is, of the allocations that are equally good to
        them, the one nearest to equal payments.
    bounded
        Whether gains have a least value at every stage. They don't where a player is in no group that can leave and so
        could be charged anything. Then the groups that are left over gain nothing by leaving, or at most the last level
        if that is positive.
    """

    allocation: Mapping[int, float]
    levels: tuple[float, ...]
    unique: bool
    bounded: bool


@checks_arguments
def nucleolus(rows: CoreRows) -> Nucleolus:
    """Return the nucleolus over the groups that can leave (the pre-nucleolus: payments of any size and sign).

    Parameters
    ----------
    rows
        The groups that can leave and what they would pay, in currency; the coalition itself last (see
        :func:`~lempart.game.priced_rows`).

    Raises
    ------
    SolverError
        A linear program gave no answer that meets its tolerances.

    Notes
    -----
    At most as many stages as there are players: each fixes a group that isn't in the span of those fixed before.

    Examples
    --------
    >>> from lempart.game import TableGame, nucleolus, priced_rows
    >>> from lempart.partition import Family
    >>> from lempart.tree import Tree
    >>> import numpy as np
    >>> family = Family.singletons(Tree(np.array([-1, 0, 0, 0]), np.array([1, 2, 3])))
    >>> game = TableGame({1: 6.0, 2: 6.0, 4: 6.0, 3: 8.0, 5: 9.0, 6: 10.0, 7: 12.0})
    >>> found = nucleolus(priced_rows(game.cost, 0b111, family))
    >>> {player: round(amount, 3) for player, amount in found.allocation.items()}
    {0: 3.0, 1: 4.0, 2: 5.0}
    """
    stages = Stages.start(rows)
    bounded = True
    while bounded and stages.rank < len(rows.payers) and stages.open.any():
        bounded = stages.lower_largest_gain()
    payments, levels = stages.settle()
    if not bounded:
        payments = stages.nearest_below(payments, min((0.0, *levels)))
    unit = rows.unit
    return Nucleolus(
        allocation=dict(zip(rows.payers, (payments * unit).tolist(), strict=True)),
        levels=tuple(level * unit for level in levels),
        unique=bounded and stages.rank == len(rows.payers),
        bounded=bounded,
    )
