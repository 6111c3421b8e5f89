"""What is asked whether to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

StopRule: TypeAlias = Callable[[], str]
"""Asked between two steps of the work; returns why to stop, or an empty string to go on."""


def never() -> str:
    """Never stop."""
    return ""
