"""One day of the neighbourhood study (Section VII-B): all partitions of the five players, with cores."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from lempart.cost import CostsWithExternalities, PartitionCost, PreparedCase
from lempart.errors import InfeasibleError
from lempart.game import Inertia, PartitionVerdict, partition_verdict
from lempart.partition import Partition
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case

TIE_CHF, TIE_SHARE = 0.05, 1e-4
"""Network costs this close, in CHF a day or as a share, are one tie: the tie-break alone moves them as much."""

ALONE = "a|b|c|d|e"
GRAND = "a,b,c,d,e"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one partition costs the network and the five players, in CHF over the day.

    Attributes
    ----------
    partition
        Coalitions apart by ``|``, names by ``,``, both in alphabetical order.
    network
        ``Phi``.
    neighbourhood
        The sum of the five players' coalition costs ``phi``; the operator's ``surplus`` stands beside it.
    own_tax, transit_tax
        The players' tax on their coalitions' net exchange, and on what flows through them.
    internal, common
        Violations inside the players' coalitions, and those that all share.
    shortfall
        The largest ``phi(F) - Y(F)`` of the partition's coalitions; 0 when stable.
    blocking
        Who would leave most gladly: coalition, its members that leave, their gain.
    """

    partition: str
    network: float
    neighbourhood: float
    surplus: float
    unrecovered: float
    own_tax: float
    transit_tax: float
    internal: float
    common: float
    parts: Mapping[str, float]
    stable: bool
    shortfall: float
    price_dependent: bool
    blocking: Sequence[tuple[str, str, float]]


def evaluate_day(options: NeighbourhoodOptions) -> dict[str, Any]:
    """Return the record of one day: every partition with its verdict, and which win.

    Where hard limits can't be met by the forecast, the day is solved again with elastic ones, and says so.
    """
    started = time.perf_counter()
    infeasible = ""
    try:
        found = _evaluations(options)
    except InfeasibleError as error:
        infeasible = str(error)
        found = _evaluations(replace(options, limits="elastic"))
    return {
        "day": options.first_hour // 24 + 1,
        "seed": options.seed,
        "infeasible": infeasible,
        "optimal": near_ties(found),
        "optimal_stable": near_ties([item for item in found if item.stable]),
        "partitions": [asdict(item) for item in found],
        "seconds": time.perf_counter() - started,
    }


def near_ties(found: Sequence[Evaluation]) -> list[str]:
    """Return the cheapest partitions: all that cost no more than the tie width above the least, cheapest first."""
    if not found:
        return []
    ordered = sorted(found, key=lambda item: (item.network, item.partition))
    least = ordered[0].network
    width = max(TIE_CHF, TIE_SHARE * abs(least))
    return [item.partition for item in ordered if item.network <= least + width]


def kind_of(partition: str) -> str:
    """Return ``alone``, ``grand`` or ``between``."""
    return {ALONE: "alone", GRAND: "grand"}.get(partition, "between")


def _evaluations(options: NeighbourhoodOptions) -> list[Evaluation]:
    """Return all partitions, cheapest first."""
    costs = CostsWithExternalities(PreparedCase.of(neighbourhood_case(options)))
    family = costs.setting.family
    deviation = Inertia(costs, family)
    found = [
        _evaluation(costs.setting, costs.partition(partition), partition_verdict(partition, family, deviation))
        for partition in family.enumerate()
    ]
    return sorted(found, key=lambda item: (item.network, item.partition))


def _evaluation(setting: PreparedCase, cost: PartitionCost, verdict: PartitionVerdict) -> Evaluation:
    parts = [own.parts for own in cost.coalitions if own.parts is not None]
    assert cost.parts is not None
    transit = sum(own.transit_tax for own in cost.coalitions)
    blocking = [
        (_members(setting, own.coalition), _members(setting, block.coalition), block.gain)
        for own in verdict.coalitions
        for block in own.blocking[:1]
    ]
    return Evaluation(
        partition=partition_label(setting, cost.partition),
        network=cost.total,
        neighbourhood=sum(own.total for own in parts),
        surplus=cost.network_surplus,
        unrecovered=cost.unrecovered,
        own_tax=sum(own.tax for own in parts) - transit,
        transit_tax=transit,
        internal=sum(own.line + own.voltage for own in parts),
        common=cost.common_violations,
        parts=cost.parts.as_dict(),
        stable=verdict.stable is True,  # nothing stops a verdict here
        shortfall=max(max(own.shortfall, 0.0) for own in verdict.coalitions),
        price_dependent=any(own.price_dependent for own in cost.coalitions),
        blocking=blocking,
    )


def partition_label(setting: PreparedCase, partition: Partition) -> str:
    """Return a partition as text that doesn't depend on the order in which the players stand along the feeder."""
    return "|".join(sorted(_members(setting, coalition) for coalition in partition))


def _members(setting: PreparedCase, coalition: int) -> str:
    return ",".join(sorted(setting.names(coalition)))
