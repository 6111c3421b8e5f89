"""What every search can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """What every search can be told.

    Attributes
    ----------
    all_cores
        Check the cores of every partition that the result lists, not only until the answer is known.
    players
        Whom a core allocates to: prosumers, or edges as Def V.1 reads literally.
    tolerance
        Relative to ``max(1, |phi|)``: how far a core's value may lie below the cost and still count as equal.
    tie_tolerance
        Relative to ``max(1, |Phi|)``: partitions this close to the best are reported with it.
    """

    all_cores: bool = False
    players: Literal["prosumers", "edges"] = "prosumers"
    tolerance: float = 1e-6
    tie_tolerance: float = 1e-6
