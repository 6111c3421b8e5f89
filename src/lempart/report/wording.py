"""How a report calls markets, partitions, a study's axes and its case; the page's scripts call them the same."""

from __future__ import annotations

from collections.abc import Sequence

from lempart.cost import PreparedCase
from lempart.display import short_braces
from lempart.report.rows import Blocks


def market(members: Sequence[int], players: Sequence[str]) -> str:
    """Return a market as people write it."""
    return partition([members], players)


def partition(blocks: Blocks | Sequence[Sequence[int]], players: Sequence[str]) -> str:
    """Return a partition as people write it."""
    return short_braces([[players[player] for player in block] for block in blocks])


def case_facts(prepared: PreparedCase) -> tuple[tuple[str, str], ...]:
    """Return what a case is like: label and value."""
    case, regular = prepared.case, len(prepared.family.regular)
    return (
        ("Prosumers", f"{len(case.prosumers)}, of them {regular} regular customers"),
        ("Time", f"{case.horizon.steps} steps of {case.horizon.step_hours:g} h"),
        ("Model", "with externalities (Eq 8)" if case.market.externalities else "strict self-consumption (Eq 9)"),
    )


_SHARES = {"forecast_noise", "step_scaling"}
_UNITS = {"_per_mwh": "per MWh", "_per_mvah": "per MVAh", "_hours": "hours"}


def axis_value(name: str, value: float) -> str:
    """Return a value of a study's axis: noise and scaling in per cent, all else as it is."""
    return f"{100 * value:g} %" if name in _SHARES else f"{value:g}"


def axis_name(name: str, currency: str) -> str:
    """Return a study's axis in words: ``tax_per_mwh`` is ``Tax, CHF per MWh``."""
    for ending, unit in _UNITS.items():
        if name.endswith(ending):
            told = f"{currency} {unit}" if unit.startswith("per") else unit
            return f"{name.removesuffix(ending).replace('_', ' ').capitalize()}, {told}"
    return name.replace("_", " ").capitalize()
