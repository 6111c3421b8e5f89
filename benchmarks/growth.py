"""How time grows with size: the slope of a straight line through the logarithms."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def log_log_slope(sizes: Sequence[float], seconds: Sequence[float]) -> tuple[float, float]:
    """Return the exponent ``k`` of ``seconds ~ size ** k`` by least squares, and its standard error.

    The error is that of the fit, by how far the points lie from the line; NaN with two points.
    """
    x, y = np.log(np.asarray(sizes, dtype=float)), np.log(np.asarray(seconds, dtype=float))
    spread = float(((x - x.mean()) ** 2).sum())
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / spread)
    if len(x) < 3:
        return slope, math.nan
    residuals = y - y.mean() - slope * (x - x.mean())
    return slope, math.sqrt(float((residuals**2).sum()) / (len(x) - 2) / spread)
