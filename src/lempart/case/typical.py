"""What is typical of a case: the power that scales and tie-breaks are chosen by."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lempart.case.records import Prosumer
from lempart.typing import FloatArray

NEGLIGIBLE_POWER = 1e-7
"""Of the largest power: a forecast below that is the rounding of some sum, and typical of nobody."""
NEGLIGIBLE_MW = 1e-12
"""Less than a microwatt is typical of nothing, whatever the largest is."""

_OTHERS = ("available_mw", "minimum_mw", "maximum_mw", "apparent_power_mva")


def typical_power(peaks: FloatArray, prosumers: Iterable[Prosumer]) -> float:
    """Return the typical power of one prosumer in MW: that of its forecast, or else of its devices, or else 1.

    Parameters
    ----------
    peaks
        Largest modulus of each prosumer's forecast, in MVA, shape ``(prosumers,)``.
    """
    owned = [item for one in prosumers for item in one.flexibility]
    limits = np.array([_limit(item, "power_mw") for item in owned])
    others = np.array([_limit(item, name) for item in owned for name in _OTHERS])
    largest = max(float(powers.max(initial=0.0)) for powers in (peaks, limits, others))
    for powers in (peaks, limits, others):
        present = powers[powers > max(NEGLIGIBLE_POWER * largest, NEGLIGIBLE_MW)]
        if len(present):
            return float(np.median(present))
    return 1.0


def _limit(device: object, name: str) -> float:
    value = getattr(device, name, None)
    return 0.0 if value is None else float(np.abs(value).max(initial=0.0))
