"""From settlements of one case to records."""

from __future__ import annotations

from collections.abc import Sequence

from lempart.cost.equations.settlement import Settlement
from lempart.cost.records import CoalitionCost, PartitionCost, PartitionOutline, coalition_parts, partition_parts
from lempart.dispatch import Burning
from lempart.partition import Partition


def partition_outline(
    partition: Partition,
    settlement: Settlement,
    burning: Sequence[Burning] = (),
    gap: float = 0.0,
    *,
    tie_open: bool = False,
) -> PartitionOutline:
    """Return what a partition costs in all, which no price has a part in."""
    return PartitionOutline(partition, partition_parts(settlement.parts.tolist()), tuple(burning), gap, tie_open)


def partition_cost(
    partition: Partition,
    settlement: Settlement,
    burning: Sequence[Burning] = (),
    gap: float = 0.0,
    *,
    tie_open: bool = False,
) -> PartitionCost:
    """Return the record of a partition that was settled without leading axes."""
    own = settlement.own
    parts = partition_parts(settlement.parts.tolist())
    columns = settlement.coalitions, own.price_dependent, own.transit_tax, own.known_to
    costs = tuple(
        CoalitionCost(coalition_parts(amounts), dependent > 0, transit, known_to=known_to)
        for amounts, dependent, transit, known_to in zip(*(column.tolist() for column in columns), strict=True)
    )
    players, unrecovered = len(partition), float(settlement.unrecovered)
    return PartitionCost(
        partition=partition,
        parts=parts,
        coalitions=costs[:players],
        regular=costs[players:],
        network_surplus=float(settlement.coalitions.sum()) - parts.total + unrecovered,
        unrecovered=unrecovered,
        burning=tuple(burning),
        gap=gap,
        tie_open=tie_open,
        loss_surplus=None if settlement.losses is None else float(settlement.losses.collected_beyond),
    )
