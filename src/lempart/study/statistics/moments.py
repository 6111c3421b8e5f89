"""Means and standard errors of draws that come block by block."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lempart.display import Z_95
from lempart.typing import FloatArray


@dataclass(frozen=True, eq=False)
class Moments:
    """Count, mean and sum of squared deviations of each quantity; infinite draws make the mean infinite."""

    count: int
    mean: FloatArray
    squares: FloatArray

    @property
    def standard_error(self) -> FloatArray:
        """Return the standard error of the mean; NaN with fewer than two draws or where a draw is not finite."""
        if self.count < 2:
            return np.full(self.mean.shape, np.nan)
        error: FloatArray = np.sqrt(self.squares / (self.count - 1) / self.count)
        return error

    def merged(self, other: Moments) -> Moments:
        """Return the moments of both sets of draws."""
        count = self.count + other.count
        with np.errstate(invalid="ignore"):
            step = other.mean - self.mean
            mean = self.mean + step * (other.count / count)
            squares = self.squares + other.squares + step**2 * (self.count * other.count / count)
        infinite = np.isinf(self.mean) | np.isinf(other.mean)
        return Moments(count, np.where(infinite, np.inf, mean), np.where(infinite, np.nan, squares))


def moments_of(blocks: Iterable[NDArray[Any]]) -> Moments:
    """Return the moments over the second axis (draws) of blocks; only one block is held at a time."""
    total: Moments | None = None
    for block in blocks:
        with np.errstate(invalid="ignore"):
            mean = block.mean(axis=1)
            squares = ((block - mean[:, None]) ** 2).sum(axis=1)
        one = Moments(block.shape[1], mean, np.where(np.isinf(mean), np.nan, squares))
        total = one if total is None else total.merged(one)
    if total is None:
        raise ValueError("there are no draws")
    return total


def wilson(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a probability whose observed share is ``share`` of ``count`` draws (Wilson 1927)."""
    z = Z_95**2 / count
    middle, half = share + z / 2, math.sqrt(z * (share * (1 - share) + z / 4))
    return max(0.0, (middle - half) / (1 + z)), min(1.0, (middle + half) / (1 + z))
