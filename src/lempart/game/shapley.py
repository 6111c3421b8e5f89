"""The Shapley value: what a player adds to the cost on average over the orders in which a coalition can form.

Shapley (1953). A group the family doesn't admit works in its admissible parts, as in Myerson (1977): its worth is the
sum of theirs. A group that isn't viable even so can't be on the way to the coalition, so that only orders whose every
stage is viable count, all alike (Bilbao and Edelman 2000, on convex geometries; Faigle and Kern 1992, on precedences).
Where all groups are viable that is the Shapley value as everyone knows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lempart.arguments import Count, Many, checks_arguments
from lempart.errors import InfeasibleError, UsageError
from lempart.game.shapley_worths import GroupWorths
from lempart.partition import CoalitionLike, Family
from lempart.typing import FloatArray, IntArray

EXACT_UP_TO = 12
"""Players up to which all ``2^n`` groups are priced."""

MAX_EXACT = 20
"""Players up to which that can be asked for: counts of orders stay exact enough in floating point."""

_TRIES_PER_ORDER = 100


@dataclass(frozen=True, slots=True)
class Shapley:
    """The Shapley value of a coalition, exact or estimated.

    Attributes
    ----------
    allocation
        What each player pays, by index; sums to the coalition's cost.
    standard_errors
        Of each player's payment, in currency; None where the value is exact.
    orders
        How many orders were averaged.
    all_orders_count
        Whether every order counted. If not, some groups aren't viable on the way.
    """

    allocation: Mapping[int, float]
    standard_errors: Mapping[int, float] | None
    orders: int
    all_orders_count: bool

    @property
    def exact(self) -> bool:
        """Return whether all orders were averaged, not a sample of them."""
        return self.standard_errors is None


@checks_arguments
def shapley(
    worth: Callable[[int], float],
    coalition: CoalitionLike,
    family: Family,
    *,
    exact_up_to: Count = EXACT_UP_TO,
    draws: Many = 400,
    seed: Count = 0,
) -> Shapley:
    """Return the Shapley value of ``coalition``: exact for few players, else from random orders.

    Parameters
    ----------
    worth
        ``φ̂``, as for :func:`~lempart.game.core_verdict`; called at most once per group.
    coalition
        ``F``: a mask, bit ``i`` for player ``i``; or by the family's names, ``"P1,P2"`` or a list.
    family
        Says which groups there are and into what parts others fall.
    exact_up_to
        The most players for which every group is priced, at most 20.
    draws
        How many orders are drawn beyond, at least 2; each prices at most as many groups as there are players.
    seed
        Of the draws: order ``k`` depends on the seed and ``k`` alone.

    Raises
    ------
    UsageError
        ``coalition`` isn't admissible, ``draws`` is below 2, or ``exact_up_to`` is above 20.
    InfeasibleError
        No order, or hardly any, is viable at every stage.

    Examples
    --------
    >>> from lempart.game import TableGame, shapley
    >>> from lempart.partition import Family
    >>> from lempart.tree import Tree
    >>> import numpy as np
    >>> family = Family.singletons(Tree(np.array([-1, 0, 0, 0]), np.array([1, 2, 3])))
    >>> game = TableGame({1: 6.0, 2: 6.0, 4: 6.0, 3: 8.0, 5: 9.0, 6: 10.0, 7: 12.0})
    >>> found = shapley(game.cost, 0b111, family)
    >>> {player: round(amount, 3) for player, amount in found.allocation.items()}
    {0: 3.5, 1: 4.0, 2: 4.5}
    """
    if draws < 2 or exact_up_to > MAX_EXACT:
        raise UsageError(f"the Shapley value needs at least 2 draws and exact_up_to <= {MAX_EXACT}")
    worths = GroupWorths(worth, family.coalition_of(coalition), family)
    if len(worths.players) <= exact_up_to:
        return _exact(worths)
    return _sampled(worths, draws, seed)


def _exact(worths: GroupWorths) -> Shapley:
    players = worths.players
    costs = worths.table()
    levels = _by_size(len(players))
    before = _orders_up_to(levels, np.isfinite(costs))
    after = _orders_from(levels, np.isfinite(costs))
    total = before[-1]
    if total == 0.0:
        raise _no_order(worths, "no order in which its players could join is viable at every stage")
    shares = np.zeros(len(players))
    everyone = np.arange(len(costs))
    for player in range(len(players)):
        joined = everyone[(everyone >> player & 1).astype(bool)]
        without = joined ^ 1 << player
        weight = before[without] * after[joined] / total
        used = weight > 0.0
        shares[player] = weight[used] @ (costs[joined[used]] - costs[without[used]])
    orders, possible = round(total), math.factorial(len(players))
    return Shapley(dict(zip(players, shares.tolist(), strict=True)), None, orders, orders == possible)


def _by_size(players: int) -> list[IntArray]:
    """Return the masks of every size, from none to all."""
    masks = np.arange(1 << players, dtype=np.int64)
    sizes = np.bitwise_count(masks)
    return [masks[sizes == size] for size in range(players + 1)]


def _orders_up_to(levels: list[IntArray], viable: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FloatArray:
    """Return in how many orders each group can have come together, every stage viable."""
    ways = np.zeros(len(viable))
    ways[0] = 1.0
    for masks in levels[1:]:
        reached = masks[viable[masks]]
        for player in range(len(levels) - 1):
            last = reached[(reached >> player & 1).astype(bool)]
            ways[last] += ways[last ^ 1 << player]
    return ways


def _orders_from(levels: list[IntArray], viable: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FloatArray:
    """Return in how many orders the others can join each group, every stage viable."""
    ways = np.zeros(len(viable))
    ways[-1] = 1.0
    for masks in reversed(levels[:-1]):
        left = masks[viable[masks]]
        for player in range(len(levels) - 1):
            first = left[~(left >> player & 1).astype(bool)]
            ways[first] += ways[first | 1 << player]
    return ways


def _sampled(worths: GroupWorths, draws: int, seed: int) -> Shapley:
    players, tried = worths.players, 0
    kept: list[FloatArray] = []
    while len(kept) < draws:
        if tried >= _TRIES_PER_ORDER * (len(kept) + 1):
            raise _no_order(worths, f"of {tried} random orders only {len(kept)} were viable at every stage")
        added = _added(worths, np.random.default_rng([seed, tried]).permutation(len(players)))
        tried += 1
        if added is not None:
            kept.append(added)
    sample = np.array(kept)
    errors = sample.std(axis=0, ddof=1) / math.sqrt(draws)
    return Shapley(
        dict(zip(players, sample.mean(axis=0).tolist(), strict=True)),
        dict(zip(players, errors.tolist(), strict=True)),
        draws,
        tried == draws,
    )


def _added(worths: GroupWorths, order: IntArray) -> FloatArray | None:
    """Return what each player adds to the cost when they join in this order; None if a stage isn't viable."""
    added, group, before = np.zeros(len(order)), 0, 0.0
    for place in order:
        group |= 1 << worths.players[place]
        cost = worths.cost(group)
        if cost == math.inf:
            return None
        added[place] = cost - before
        before = cost
    return added


def _no_order(worths: GroupWorths, what: str) -> InfeasibleError:
    return InfeasibleError(f"the Shapley value of players {worths.players} doesn't exist: {what}; choose another rule")
