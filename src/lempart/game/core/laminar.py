"""Cores where sub-coalitions are nested or disjoint (a laminar family): bills follow without a linear program."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from lempart.game.core.linear_program import unit_of
from lempart.game.verdict import CoreAllocation, Stable
from lempart.partition import Family, members


@dataclass(frozen=True, slots=True)
class _LaminarMember:
    """A sub-coalition, with the largest ones inside it (by their places in the family) and ``b`` of it."""

    mask: int
    inside: tuple[int, ...]
    best: float


def laminar_verdict(
    worth: Callable[[int], float],
    coalition: int,
    family: Family,
    *,
    tolerance: float = 1e-6,
    turnover: float | None = None,
) -> Stable | None:
    """Return the verdict "stable", with an allocation in the core, where that follows without an LP; None elsewhere.

    Let sub-coalitions be nested or disjoint, and ``b(G) = min(φ̂(G), Σ b(H))`` over the largest ``H`` inside ``G``:
    what the cheapest partition of ``G`` costs. If no partition of ``F`` is cheaper than ``F``, the core isn't empty:
    ask each ``H`` for at most ``b(H)``, in all for ``φ(F)``, and share that among those inside ``H`` in the same way.
    Nobody in ``G`` together pays more than ``b(G) ≤ φ̂(G)``. What ``F`` saves is shared equally per player.

    Parameters
    ----------
    worth
        ``φ̂``, as for :func:`~lempart.game.core_verdict`; asked for every sub-coalition, ``2 n - 1`` at most.
    coalition, family, tolerance, turnover
        As for :func:`~lempart.game.core_verdict`.

    Returns
    -------
    Stable or None
        None where sub-coalitions overlap, ``F`` isn't viable, or a partition of it is cheaper.
    """
    laminar = _laminar_family(worth, coalition, family)
    if laminar is None or laminar[-1].mask != coalition:
        return None
    cost = worth(coalition)
    slack = tolerance * unit_of(cost, turnover)
    if not laminar[-1].best >= cost - slack or cost == math.inf:
        return None
    owed = {len(laminar) - 1: cost}
    shares: dict[int, float] = {}
    for place in reversed(range(len(laminar))):
        member = laminar[place]
        if not member.inside:
            shares[members(member.mask)[0]] = owed[place]
        owed.update(_split(owed[place], {inner: laminar[inner] for inner in member.inside}))
    bills = dict(sorted(shares.items()))
    return Stable(coalition, cost, "enumeration", len(laminar) - 1, laminar[-1].best, CoreAllocation(bills), slack)


def _laminar_family(worth: Callable[[int], float], coalition: int, family: Family) -> list[_LaminarMember] | None:
    """Return the sub-coalitions, smaller ones first, or None where two of them overlap.

    ``n`` players have ``2 n - 1`` nested ones at most.
    """
    most = 2 * coalition.bit_count() - 1
    masks = sorted(islice(family.subcoalitions(coalition), most + 1), key=int.bit_count)
    if len(masks) > most:
        return None
    found: list[_LaminarMember] = []
    largest: dict[int, int] = {}  # the largest sub-coalition so far that each player is in
    for place, mask in enumerate(masks):
        players = members(mask)
        inside = tuple(sorted({largest[player] for player in players if player in largest}))
        if any(found[inner].mask & ~mask for inner in inside):
            return None
        apart = math.fsum(found[inner].best for inner in inside) if inside else math.inf
        found.append(_LaminarMember(mask, inside, min(worth(mask), apart)))
        largest |= dict.fromkeys(players, place)
    return found


def _split(owed: float, inside: dict[int, _LaminarMember]) -> dict[int, float]:
    """Return what each pays of an amount that is at most what they would pay apart."""
    if not inside:
        return {}
    bound = {place: member.best for place, member in inside.items() if member.best < math.inf}
    saved = math.fsum(bound.values()) - owed
    # Those who can't do without the others have no limit: they take what the others' own costs leave.
    sharing = {place: member for place, member in inside.items() if place not in bound} or inside
    each = saved / sum(member.mask.bit_count() for member in sharing.values())
    less = {place: each * member.mask.bit_count() for place, member in sharing.items()}
    return {place: bound.get(place, 0.0) - less.get(place, 0.0) for place in inside}
