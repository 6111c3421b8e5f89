"""How a report writes numbers and partitions, told apart from the code that does it."""

from __future__ import annotations

from collections.abc import Sequence


def number(value: float | None) -> str:
    """``1234.5`` is ``1,234.50``, ``-0.001`` is ``0.00``, nothing is a dash."""
    if value is None:
        return "\u2013"
    digits = f"{abs(value):.2f}"
    whole, fraction = digits.split(".")
    groups = []
    while len(whole) > 3:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    sign = "-" if value < 0 and float(digits) else ""
    return sign + ",".join([whole, *groups]) + "." + fraction


def money(value: float | None, currency: str = "CHF") -> str:
    """Return a number with its currency, which stays on the same line."""
    return number(value) if value is None else f"{number(value)}\u00a0{currency}"


def signed(value: float) -> str:
    """Return a difference."""
    return ("+" if value > 0 and round(value, 2) else "") + number(value)


def percent(share: float) -> str:
    """Return a share with one decimal."""
    return f"{100 * share:.1f}\u00a0%"


def named(blocks: Sequence[Sequence[str]]) -> str:
    """Return ``{A, B} {C}``."""
    return " ".join("{" + ", ".join(block) + "}" for block in blocks)
