"""Key figures of homes and markets as plain data and as a table."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lempart.cost import CostModel, KeyFigures, key_figures
from lempart.errors import InfeasibleError, SolverError
from lempart.game import PartitionVerdict
from lempart.partition import Partition


def figures_of(
    costs: CostModel, partition: Partition, verdict: PartitionVerdict | None = None, players: str = "prosumers"
) -> KeyFigures | None:
    """Return the key figures of a partition, homes' savings by the bills that its verdict proves nobody would leave.

    None where nothing is dispatched, or the partition can't be.
    """
    try:
        return key_figures(costs, partition, proven_bills(verdict, players)) if costs.problems(partition) else None
    except (InfeasibleError, SolverError):
        return None


def proven_bills(verdict: PartitionVerdict | None, players: str = "prosumers") -> dict[int, float]:
    """Return a bill that nobody would leave for each player of markets that are proven to have one."""
    paid: dict[int, float] = {}
    for own in () if verdict is None or players != "prosumers" else verdict.coalitions:
        if own.stable and own.allocation is not None:
            paid |= own.allocation
    return paid


def figures_json(found: KeyFigures, costs: CostModel) -> dict[str, Any]:
    """Return key figures as plain data."""
    return {
        "partition": [list(costs.prepared.names(mask)) for mask in found.partition],
        "markets": [{"members": list(one.members), "figures": asdict(one.figures)} for one in found.markets],
        "homes": [
            {
                "prosumer": one.prosumer,
                "market": None if one.market is None else list(one.market),
                "figures": asdict(one.figures),
            }
            for one in found.homes
        ],
    }


def figure_records(found: KeyFigures) -> list[dict[str, object]]:
    """Return one row for each market, then one for each home."""
    markets = [{"kind": "market", "name": ",".join(one.members), **asdict(one.figures)} for one in found.markets]
    homes = [{"kind": "home", "name": one.prosumer, **asdict(one.figures)} for one in found.homes]
    return [*markets, *homes]
