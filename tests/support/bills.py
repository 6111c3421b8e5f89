"""What tests read from bills."""

from __future__ import annotations

import numpy as np

from lempart.cost import PartitionCost


def amounts(cost: PartitionCost) -> np.ndarray:
    """Return every amount of a partition's costs and bills in one row."""
    assert cost.parts is not None
    owners = [*cost.coalitions, *cost.regular]
    rows = [list(cost.parts.as_dict().values()), [cost.network_surplus, cost.unrecovered]]
    rows += [[*own.parts.as_dict().values(), own.transit_tax] for own in owners if own.parts is not None]
    return np.concatenate(rows)
