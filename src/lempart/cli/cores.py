"""The cores of one partition's coalitions, for ``lempart cost --cores``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lempart.cli.tables import braces, money
from lempart.game import CoreVerdict, PartitionVerdict
from lempart.partition import members

CORE_HEADERS = ("coalition", "core", "shortfall", "sub-coalitions priced", "bills, or who would leave")

_SHOWN = 4
"""Bills or leavers of one coalition that are shown; the JSON has all."""


def core_rows(players: Sequence[str], verdict: PartitionVerdict) -> list[list[str]]:
    """Return one row per coalition: members, verdict, shortfall, how many were priced, bills or leavers."""
    rows = []
    for own in verdict.coalitions:
        if own.allocation is not None:
            told = [f"{players[player]} {money(amount)}" for player, amount in own.allocation.items()]
        else:
            told = [f"{braces([_names(players, block.coalition)])} gains {money(block.gain)}" for block in own.blocking]
        more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        rows.append(
            [
                braces([_names(players, own.coalition)]),
                "stable" if own.stable else "unstable",
                money(max(own.shortfall, 0.0)),
                f"{own.priced:,} ({own.method})",
                "; ".join(told[:_SHOWN]) + more,
            ]
        )
    return rows


def core_json(players: Sequence[str], own: CoreVerdict) -> dict[str, Any]:
    """Return a coalition's core as in the JSON of ``solve``, and how it was decided."""
    paid = own.allocation
    return {
        "core_value": own.core_value,
        "stable": own.stable,
        "allocation": None if paid is None else {players[player]: amount for player, amount in paid.items()},
        "blocking": [{"members": list(_names(players, b.coalition)), "gain": b.gain} for b in own.blocking],
        "balanced": [
            {"members": list(_names(players, b.coalition)), "weight": b.weight, "cost": b.cost} for b in own.balanced
        ],
        "core_method": own.method,
        "sub_coalitions_priced": own.priced,
    }


def _names(players: Sequence[str], mask: int) -> tuple[str, ...]:
    return tuple(players[player] for player in members(mask))
