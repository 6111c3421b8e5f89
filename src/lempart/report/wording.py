"""Amounts and partitions in words; the page's scripts format numbers the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lempart.report.rows import Blocks

MINUS = "\N{MINUS SIGN}"
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"

_MOST_MEMBERS, _MEMBERS = 20, 4  # members of a market: all of so many are named, of more the first
_MOST_MARKETS, _MARKETS = 20, 8  # markets of a partition; of more the largest
_READABLE, _LARGEST = 10**12, 10**300  # beyond the first nobody reads digits, beyond the second no float holds them


def number(value: float, digits: int = 2) -> str:
    """Return a number with thousands apart and a real minus sign, never ``-0.00``."""
    text = f"{round(value, digits) + 0.0:,.{digits}f}".replace(",", NARROW_SPACE)
    return text.replace("-", MINUS)


def money(value: float, currency: str) -> str:
    """Return an amount with its currency."""
    return f"{number(value)}\N{NO-BREAK SPACE}{currency}"


def gain(value: float, currency: str) -> str:
    """Return what somebody gains, as :func:`money` but never ``0.00``: who gains nothing isn't said to gain."""
    if abs(value) >= 5e-3:
        return money(value, currency)
    return f"{value:.1g}".replace("-", MINUS) + f"\N{NO-BREAK SPACE}{currency}"


def percent(share: float) -> str:
    """Return a share of one in per cent."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def market(members: Sequence[int], players: Sequence[str]) -> str:
    """Return a market as people write it: ``{A, B}``; of a large one the first members and how many more."""
    shown = members if len(members) <= _MOST_MEMBERS else members[:_MEMBERS]
    more = [f"… {number(len(members) - len(shown), 0)} more"] * (len(shown) < len(members))
    return "{" + ", ".join([players[player] for player in shown] + more) + "}"


def partition(blocks: Blocks, players: Sequence[str]) -> str:
    """Return a partition as people write it: ``{A, B} {C}``; of many markets the largest and how many more."""
    shown = blocks if len(blocks) <= _MOST_MARKETS else sorted(blocks, key=len, reverse=True)[:_MARKETS]
    text = " ".join(market(block, players) for block in shown)
    return text + (f" and {number(len(blocks) - len(shown), 0)} more" if len(shown) < len(blocks) else "")


def listed(items: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def count_of(count: int, noun: str) -> str:
    """Return a number with its noun: ``1 partition``, ``34 partitions``."""
    return f"{large(count)} {noun}" + ("" if count == 1 else "s")


def large(count: int) -> str:
    """Return a whole number of any size: ``1 234``, or ``2.2 × 10^96`` where nobody would read the digits."""
    if count < _READABLE:
        return f"{count:,}".replace(",", NARROW_SPACE)
    if count >= _LARGEST:
        return f"10^{int(math.log10(count))}"
    mantissa, exponent = f"{count:.1e}".split("e+")
    return f"{mantissa} × 10^{exponent}"


_SHARES = {"forecast_noise", "step_scaling"}
_UNITS = {"_per_mwh": "per MWh", "_per_mvah": "per MVAh", "_hours": "hours"}


def axis_value(name: str, value: float) -> str:
    """Return a value of a study's axis: noise and scaling in per cent, all else as it is."""
    return f"{100 * value:g}\N{NO-BREAK SPACE}%" if name in _SHARES else f"{value:g}".replace("-", MINUS)


def axis_name(name: str, currency: str) -> str:
    """Return a study's axis in words: ``tax_per_mwh`` is ``Tax, CHF per MWh``."""
    for ending, unit in _UNITS.items():
        if name.endswith(ending):
            told = f"{currency} {unit}" if unit.startswith("per") else unit
            return f"{name.removesuffix(ending).replace('_', ' ').capitalize()}, {told}"
    return name.replace("_", " ").capitalize()
