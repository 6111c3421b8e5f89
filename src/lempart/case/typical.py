"""What is typical of a case: the power that scales and tie-breaks are chosen by."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lempart.case.records import Prosumer
from lempart.typing import FloatArray

NEXT_TO_NOTHING = 1e-7
"""Of the largest power: a forecast below that is the rounding of some sum, and typical of nobody."""

_OTHERS = ("available_mw", "minimum_mw", "maximum_mw")


def typical_power(peaks: FloatArray, prosumers: Iterable[Prosumer]) -> float:
    """Return the typical power of one prosumer in MW: that of its forecast, or else of its devices, or else 1.

    Parameters
    ----------
    peaks
        Largest modulus of each prosumer's forecast, in MVA, shape ``(prosumers,)``.
    """
    owned = [item for one in prosumers for item in one.flexibility]
    limits = np.array([getattr(item, "power_mw", 0.0) for item in owned])
    others = np.array([np.abs(getattr(item, name, 0.0)).max(initial=0.0) for item in owned for name in _OTHERS])
    largest = max(float(powers.max(initial=0.0)) for powers in (peaks, limits, others))
    for powers in (peaks, limits, others):
        present = powers[powers > NEXT_TO_NOTHING * largest]
        if len(present):
            return float(np.median(present))
    return 1.0
