"""The cores of one partition's coalitions, for ``lempart cost --cores``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lempart.display import amount, gain, short_braces, stability_word
from lempart.game import CoreVerdict, PartitionVerdict
from lempart.partition import members
from lempart.result import gap_json
from lempart.text import some_of

CORE_HEADERS = ("coalition", "core", "shortfall", "sub-coalitions priced", "bills, or who would leave")

_MAX_NAMED = 4
"""Bills or leavers of one coalition that are shown; the JSON has all."""


def core_rows(players: Sequence[str], verdict: PartitionVerdict) -> list[list[str]]:
    """Return one row per coalition: members, verdict, shortfall, how many were priced, bills or leavers."""
    return [
        [
            short_braces([_names(players, own.coalition)]),
            stability_word(own.stable, "undecided"),
            shortfall_told(own),
            f"{own.priced:,} ({own.method})",
            _bills_told(players, own) or leavers_told(players, own),
        ]
        for own in verdict.coalitions
    ]


def stopped_sentence(verdict: PartitionVerdict) -> str:
    """Return why verdicts were stopped and what that leaves open; empty where none was."""
    if verdict.gap is None:
        return ""
    return f"Stopped: {verdict.gap.reason}. A range is what was proven by then: the shortfall of a stable core is 0."


def shortfall_told(own: CoreVerdict) -> str:
    """Return how much of its cost a coalition can't collect, as far as that is known."""
    least, most = (max(end, 0.0) for end in own.shortfall_range)
    if own.gap is None:
        return gain(least) if own.stable is False else amount(least)
    return f"at least {amount(least)}" if most == math.inf else f"{amount(least)} to {amount(most)}"


def leavers_told(players: Sequence[str], own: CoreVerdict) -> str:
    """Return who would leave, and for what gain, or which groups prove together that no bills hold."""
    told = [f"{short_braces([_names(players, block.coalition)])} gains {gain(block.gain)}" for block in own.blocking]
    if not told and own.stable is False:
        told = [f"{short_braces([_names(players, b.coalition)])} pays {amount(b.cost)} alone" for b in own.balanced]
    return _shortened(told)


def _bills_told(players: Sequence[str], own: CoreVerdict) -> str:
    if own.allocation is None:
        return ""
    return _shortened([f"{players[player]} {amount(pays)}" for player, pays in own.allocation.items()])


def _shortened(told: list[str]) -> str:
    return some_of(told, _MAX_NAMED, by="; ")


def core_json(players: Sequence[str], own: CoreVerdict) -> dict[str, Any]:
    """Return a coalition's core as in the JSON of ``solve``, and how it was decided."""
    paid, gap = own.allocation, own.gap
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
        "core_gap": None if gap is None else gap_json(gap, players),
    }


def _names(players: Sequence[str], mask: int) -> tuple[str, ...]:
    return tuple(players[player] for player in members(mask))
