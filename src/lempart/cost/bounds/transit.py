"""What it costs at least to carry other people's power."""

from __future__ import annotations

import numpy as np

from lempart.typing import ComplexArray, FloatArray


def least_carried(low: ComplexArray, high: ComplexArray, direction: ComplexArray) -> FloatArray:
    """Return the minimum of ``|S| + Re(conj(s) S)`` over a box of complex powers, per step.

    For given ``s`` it is convex in the active power, and least at ``|Q| * -s_p / sqrt(1 - s_p^2)`` or at the end of the
    range that is nearest. Where the reactive power can vary, it is taken at its best.
    """
    p, q = direction.real, direction.imag
    given = (high - low).imag == 0.0
    reactive = np.where(given, low.imag, 0.0)
    rest = np.sqrt(np.maximum(1.0 - p**2, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        best = np.where(p == 0.0, 0.0, -p * np.abs(reactive) / rest)
    active = np.clip(np.nan_to_num(best, nan=0.0), low.real, high.real)
    fixed = np.hypot(active, reactive) + p * active + q * reactive
    ends = [np.sqrt(np.maximum(1.0 - q**2, 0.0)) * np.abs(end) + p * end for end in (low.real, high.real)]
    inside = (low.real <= 0.0) & (high.real >= 0.0)
    varying = np.where(inside, np.minimum(0.0, np.minimum(*ends)), np.minimum(*ends))
    least: FloatArray = np.maximum(np.where(given, fixed, varying), 0.0)
    return least
