"""Means over draws resampled jointly at many points: the Bayesian bootstrap, block by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lempart.study.phase.source import StudyTotals
from lempart.typing import FloatArray

REPLICATES = 1000


def resampled_means(
    results: StudyTotals,
    points: Sequence[int],
    penalty: int,
    quantity: Callable[[int, FloatArray], FloatArray],
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> list[FloatArray]:
    """Return means as they might have been with other draws, at all points together.

    Every replicate gives each draw an independent weight with an exponential distribution (the Bayesian bootstrap:
    Rubin, 1981), the same at every point: the draws are common random numbers, and so are the errors of the means.
    Weighted means are spread by ``sqrt((n + 1) / (n - 1))`` about the plain mean, which makes their variance that of a
    mean of ``n`` draws, ``s^2 / n``. A weight depends on the seed and the draw alone; one block is held at a time.

    Parameters
    ----------
    quantity
        Takes the position in ``points`` and ``Phi``, shape ``(draws, partitions)``; returns finite values whose means
        are sought, shape ``(draws, quantities)``.

    Returns
    -------
    list
        For each point, shape ``(replicates, quantities)``; NaN with fewer than two draws.
    """
    sums: list[FloatArray | float] = [0.0] * len(points)
    plain: list[FloatArray | float] = [0.0] * len(points)
    weights = [np.zeros(replicates) for _ in points]
    counts = [0] * len(points)
    for block in sorted({block for point in points for block in results.blocks.get(point, ())}):
        drawn = np.zeros((0, replicates))
        for k, point in enumerate(points):
            if block not in results.blocks.get(point, ()):
                continue
            values = quantity(k, results.totals(point, block, penalty))
            if len(drawn) == 0:
                rng = np.random.default_rng([seed, block])
                drawn = rng.standard_exponential((len(values), replicates))
            sums[k] = sums[k] + drawn.T @ values
            plain[k] = plain[k] + values.sum(axis=0)
            weights[k] += drawn.sum(axis=0)
            counts[k] += len(values)
    found = []
    for total, once, weight, count in zip(sums, plain, weights, counts, strict=True):
        if count < 2:
            found.append(np.full((replicates, np.size(once)), np.nan))
            continue
        mean = np.asarray(once) / count
        spread = np.sqrt((count + 1) / (count - 1))
        found.append(mean + (total / weight[:, None] - mean) * spread)
    return found
