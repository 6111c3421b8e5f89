"""Why no partition is viable, as a planner would ask: who can't balance, alone or with anyone."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lempart.cost import CostModel
from lempart.display import braces
from lempart.search import Evaluated
from lempart.text import first_of

_MAX_REASONS = 5
_REMEDY = "Add flexibility, or set externalities = true in [market], so that coalitions may exchange with the grid."


def nothing_viable(costs: CostModel, evaluated: Sequence[Evaluated]) -> str:
    """Return the message: regular customers first, then players in no viable coalition, then one partition."""
    found = [costs.partition(item.partition) for item in evaluated]
    regular = [cost.reason for cost in found[0].regular if cost.reason]
    if regular:
        lines = [
            "no partition is viable: regular customers are alone in every one, and some can't be",
            *_first(regular),
        ]
        return "\n  ".join([*lines, _REMEDY])
    viable = [mask for cost in found for mask, own in zip(cost.partition, cost.coalitions, strict=True) if own.parts]
    served = 0
    for mask in viable:
        served |= mask
    served |= _served_elsewhere(costs, costs.prepared.family.everyone & ~served)
    outside = costs.prepared.names(costs.prepared.family.everyone & ~served)
    if outside:
        verb = "is" if len(outside) == 1 else "are"
        start = f"no partition is viable: {', '.join(outside)} {verb} in no viable coalition"
    else:
        start = "no partition is viable: everyone is in some viable coalition, but no partition has only such"
    # The partition with the fewest faults says most about what is missing.
    closest = min(found, key=lambda cost: sum(bool(own.reason) for own in cost.coalitions))
    names = braces(map(costs.prepared.names, closest.partition))
    reasons = [own.reason for own in closest.coalitions if own.reason]
    return "\n  ".join([f"{start}. In {names}:", *_first(reasons), _REMEDY])


def _served_elsewhere(costs: CostModel, players: int) -> int:
    """Return which of ``players`` are in some viable coalition, evaluated in a partition or not.

    A search that costs coalitions has evaluated few partitions but knows most of their costs.
    """
    served = 0
    alone = costs.characteristic
    if alone is not None:
        family = costs.prepared.family
        for mask in family.subcoalitions(family.everyone):
            if mask & players & ~served and math.isfinite(alone.cost(mask)):
                served |= mask & players
    return served


def _first(reasons: Sequence[str]) -> list[str]:
    return [f"{reason}." for reason in first_of(reasons, _MAX_REASONS)]
