"""Where a group that leaves its market ends up."""

from __future__ import annotations

from lempart.cost import PreparedCase
from lempart.partition import Partition, members


def partition_after(
    prepared: PreparedCase, whole: Partition, market: int, leaving: int, deviation: str
) -> Partition | None:
    """Return ``P'``: the leaving group, what is left of its market, and the other markets as they are.

    None where the deviation model doesn't fix it: ``"optimistic"`` and ``"pessimistic"`` let all others regroup.
    """
    if deviation == "dissolve":
        rest: tuple[int, ...] | None = tuple(1 << player for player in members(market & ~leaving))
    elif deviation in {"inertia", "none"}:
        rest = prepared.family.components(market, leaving)
    else:
        rest = None
    return None if rest is None else whole.replace(market, (leaving, *rest))
