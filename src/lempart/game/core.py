"""The core of one coalition: an allocation that no group would leave (Def. V.1), or a proof of none."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from lempart.errors import UsageError
from lempart.game.core_lp import CoreRows, core_value, least_core
from lempart.game.verdict import BalancedWeight, Block, CoreVerdict, LeastCore
from lempart.partition import Family, members

Players: TypeAlias = Literal["prosumers", "edges"]

DEFAULT_TOLERANCE = 1e-6
_WEIGHT_SHOWN = 1e-9  # weights below are rounding of the LP


def core_verdict(
    worth: Callable[[int], float],
    coalition: int,
    family: Family,
    *,
    players: Players = "prosumers",
    tolerance: float = DEFAULT_TOLERANCE,
) -> CoreVerdict:
    """Return whether the core of ``coalition`` is empty, with an allocation or a proof that there is none.

    Solves ``Y = max Σ γ`` subject to ``Σ_{F'} γ ≤ φ̂(F')`` for every sub-coalition ``F'``, the coalition
    itself included (the LP of Algorithm 1, line 10). The core is non-empty iff ``Y = φ(F; P)``.

    Parameters
    ----------
    worth
        ``φ̂``: what a sub-coalition expects to pay on its own; for the coalition itself ``φ(F; P)``. ``inf``
        where leaving is no threat. Called once per sub-coalition, first for the coalition itself.
    coalition
        ``F`` as a player mask.
    family
        Says which sub-coalitions there are.
    players
        Who shares the cost: ``"prosumers"`` (the family's players) or, for Def. V.1 read literally,
        ``"edges"`` of the coalition's subgraph.
    tolerance
        On ``φ − Y``, relative to ``max(1, |φ|)``.

    Raises
    ------
    UsageError
        ``coalition`` isn't an admissible coalition of the family.
    ValueError
        A worth is NaN or ``-inf``.
    SolverError
        The LP solver gave no answer that meets its tolerances.
    """
    if not family.admissible(coalition):
        raise UsageError(f"players {members(coalition)} aren't an admissible coalition")
    cost = _checked(worth(coalition), coalition)
    if cost == math.inf:  # before anything else is priced
        return CoreVerdict(coalition, cost, None, stable=False)
    prices = ((mask, _checked(worth(mask), mask)) for mask in family.subcoalitions(coalition) if mask != coalition)
    threats = {mask: price for mask, price in prices if price != math.inf} | {coalition: cost}
    shares = _edges_of(family) if players == "edges" else members
    rows = CoreRows.of(coalition, threats, shares)
    value, weights = core_value(rows)
    epsilon, allocation = least_core(rows)
    unit = max(1.0, abs(cost))
    least = LeastCore(epsilon, dict(zip(rows.payers, allocation.tolist(), strict=True)))
    if value >= cost - tolerance * unit:
        return CoreVerdict(coalition, cost, value, stable=True, least_core=least)
    gains = rows.matrix @ allocation - rows.costs
    # At least one group gains epsilon, so something is named however small that is.
    worth_naming = np.flatnonzero(gains > min(tolerance * unit, epsilon / 2))
    blocking = (Block(rows.masks[row], float(gains[row])) for row in worth_naming if rows.masks[row] != coalition)
    return CoreVerdict(
        coalition,
        cost,
        value,
        stable=False,
        least_core=least,
        blocking=tuple(sorted(blocking, key=lambda block: (-round(block.gain / unit, 9), block.coalition))),
        balanced=tuple(
            BalancedWeight(mask, float(weight), threats[mask])
            for mask, weight in zip(rows.masks, weights, strict=True)
            if weight > _WEIGHT_SHOWN
        ),
    )


def _checked(price: float, mask: int) -> float:
    if math.isnan(price) or price == -math.inf:
        raise ValueError(f"the cost of players {members(mask)} is {price}")
    return float(price)


def _edges_of(family: Family) -> Callable[[int], tuple[int, ...]]:
    return lambda mask: members(family.edge_mask(mask))
