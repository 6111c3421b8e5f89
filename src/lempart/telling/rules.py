"""What rules on markets say, where they come from, and what they exclude."""

from __future__ import annotations

from collections.abc import Mapping

from lempart.case import MarketRules
from lempart.display import count_of, listed
from lempart.text import json_string


def preset_lines(rules: MarketRules) -> tuple[str, ...]:
    """Return a preset as the keys it stands for, with its source; nothing without one."""
    preset = rules.from_preset
    if preset is None:
        return ()
    title = f"Preset {rules.preset}: {preset.title}, as we read it on {preset.read}; the law decides."
    keys = (f"  {name} = {_written(value)}" for name, value in rules.given.items())
    return (title, *keys, f"Read: {preset.source}.", f"Not said by these keys: {preset.beyond}")


def exclusion_sentence(coalitions: int, allowed: int, excluded: Mapping[str, int]) -> str:
    """Return how many coalitions rules leave, and how many each of them excludes; as ``Exclusions`` has them."""
    each = [f"{name} excludes {count:,}" for name, count in excluded.items()]
    several = count_of(coalitions, "coalition")
    return f"Rules leave {allowed:,} of {several} of two or more: {listed(each)}."


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(json_string(item) for item in value)}]"
    return f"{value:g}" if isinstance(value, int | float) else json_string(str(value))
