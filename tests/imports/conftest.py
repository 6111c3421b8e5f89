"""Fixtures that take seconds to make."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest


@pytest.fixture(scope="session")
def simbench_net() -> Callable[[str], Any]:
    """Return a function that gives a SimBench net, read once."""
    simbench = pytest.importorskip("simbench")
    return cache(simbench.get_simbench_net)
