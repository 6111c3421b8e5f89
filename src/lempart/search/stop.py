"""When to stop a search before it is finished."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

StopRule: TypeAlias = Callable[[], str]
"""Asked between two evaluations; returns why to stop, or an empty string to go on."""


def never() -> str:
    """Never stop."""
    return ""


def after_seconds(seconds: float) -> StopRule:
    """Return a rule that stops once ``seconds`` of wall-clock time have passed since this call."""
    deadline = time.monotonic() + seconds
    return lambda: f"the {seconds:g} s allowed have passed" if time.monotonic() >= deadline else ""
