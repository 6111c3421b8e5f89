"""Small networks drawn by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lempart.io.networks.network import Branch, Bus, ExternalGrid, Injection, Network


def branch(one: int, other: int, **changes: Any) -> Branch:
    """Return a branch of 1 + 0.5j ohm and 1 MVA at 10 kV."""
    fields = {"r_ohm": 1.0, "x_ohm": 0.5, "kv": 10.0, "rating_mva": 1.0, "name": f"L{one}{other}", **changes}
    return Branch(from_bus=one, to_bus=other, **fields)


def load(bus: int, power_mva: complex = 0.1 + 0.02j, name: str | None = None) -> Injection:
    """Return a load of one step."""
    values = np.array([-power_mva])
    return Injection(name or f"load {bus}", bus, True, values, values)


def plant(bus: int, power_mva: complex = 0.05, name: str | None = None) -> Injection:
    """Return a generator of one step."""
    values = np.array([power_mva])
    return Injection(name or f"plant {bus}", bus, False, values, values)


def network(
    buses: int | Sequence[Bus],
    branches: Sequence[Branch],
    injections: Sequence[Injection],
    sources: Sequence[int] = (0,),
    **fields: Any,
) -> Network:
    """Return a network; buses given as a count are B0, B1, ... at 10 kV with the band 0.9 to 1.1."""
    if isinstance(buses, int):
        buses = [Bus(f"B{place}", 10.0, (0.9, 1.1)) for place in range(buses)]
    feeds = tuple(ExternalGrid(f"grid {bus}", bus) for bus in sources)
    return Network("drawn", tuple(buses), tuple(branches), tuple(injections), feeds, **fields)
