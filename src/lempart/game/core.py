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
from lempart.typing import FloatArray

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
    rows = priced_rows(worth, coalition, family, players)
    if rows is None:
        return CoreVerdict(coalition, math.inf, None, stable=False)
    value, weights = core_value(rows)
    epsilon, allocation = least_core(rows)
    least = LeastCore(epsilon, dict(zip(rows.payers, allocation.tolist(), strict=True)))
    cost, slack = rows.cost, tolerance * rows.unit
    if value >= cost - slack:
        return CoreVerdict(coalition, cost, value, stable=True, least_core=least)
    return CoreVerdict(
        coalition,
        cost,
        value,
        stable=False,
        least_core=least,
        # At least one group gains epsilon, so something is named however small that is.
        blocking=_blocking(rows, allocation, min(slack, epsilon / 2)),
        balanced=tuple(
            BalancedWeight(mask, float(weight), float(price))
            for mask, weight, price in zip(rows.masks, weights, rows.costs, strict=True)
            if weight > _WEIGHT_SHOWN
        ),
    )


def has_core(
    worth: Callable[[int], float],
    coalition: int,
    family: Family,
    *,
    players: Players = "prosumers",
    tolerance: float = DEFAULT_TOLERANCE,
) -> bool:
    """Return whether the core of ``coalition`` isn't empty: the verdict alone, at half the work.

    Parameters and errors as for :func:`core_verdict`. A coalition that isn't viable has no core.
    """
    rows = priced_rows(worth, coalition, family, players)
    return rows is not None and core_value(rows)[0] >= rows.cost - tolerance * rows.unit


def priced_rows(
    worth: Callable[[int], float], coalition: int, family: Family, players: Players = "prosumers"
) -> CoreRows | None:
    """Return a row for every sub-coalition that can leave, or None if the coalition itself isn't viable.

    Parameters and errors as for :func:`core_verdict`. A sub-coalition whose worth is ``inf`` is no threat and has no
    row.
    """
    if not family.admissible(coalition):
        raise UsageError(f"players {members(coalition)} aren't an admissible coalition")
    cost = _checked(worth(coalition), coalition)
    if cost == math.inf:  # before anything else is priced
        return None
    prices = ((mask, _checked(worth(mask), mask)) for mask in family.subcoalitions(coalition) if mask != coalition)
    threats = {mask: price for mask, price in prices if price != math.inf}
    payers_of = _edges_of(family) if players == "edges" else members
    return CoreRows.of(threats | {coalition: cost}, payers_of)


def _blocking(rows: CoreRows, allocation: FloatArray, least_gain: float) -> tuple[Block, ...]:
    """Return the groups that gain more than ``least_gain``, largest first; ties by number, not by rounding."""
    gains = (rows.matrix @ allocation - rows.costs)[:-1]
    blocks = [Block(rows.masks[row], float(gains[row])) for row in np.flatnonzero(gains > least_gain)]
    return tuple(sorted(blocks, key=lambda block: (-round(block.gain / rows.unit, 9), block.coalition)))


def _checked(price: float, mask: int) -> float:
    if math.isnan(price) or price == -math.inf:
        raise ValueError(f"the cost of players {members(mask)} is {price}")
    return float(price)


def _edges_of(family: Family) -> Callable[[int], tuple[int, ...]]:
    return lambda mask: members(family.edge_mask(mask))
