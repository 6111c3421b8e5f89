"""Hill climbing for a union of branches that may gain much; it doesn't prove that there is no better one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lempart.typing import FloatArray

STARTING_POINTS = 24
MAX_MOVES = 60


def hill_climb(
    gain: FloatArray, floors: Sequence[FloatArray], priced: Sequence[FloatArray]
) -> tuple[float, FloatArray]:
    """Return how much a union of branches may gain, and which branches are in it, shape ``(branches,)``.

    From each of some unions one branch is taken in or left out, whichever helps most, until nothing does. Of all that
    were looked at it is the best that isn't priced; ``-inf`` where all were.

    Parameters
    ----------
    gain
        What each branch is asked for, shape ``(branches,)``.
    floors
        Per part of the cost its lower bounds, shape ``(bounds, branches)`` each.
    priced
        Unions to pass over, shape ``(branches,)`` each.
    """
    count, passed = len(gain), {inside.astype(bool).tobytes() for inside in priced}
    rng = np.random.default_rng(len(priced))
    at = rng.random((STARTING_POINTS, count)) < rng.random((STARTING_POINTS, 1))
    at[0] = True
    best, chosen = -np.inf, np.zeros(count)
    for _ in range(MAX_MOVES):
        values = _with_one_more_or_less(at, gain, floors)
        order = np.argsort(values, axis=None)[::-1]
        for place in order[: len(passed) + 1].tolist():
            start, flipped = divmod(place, count)
            if values[start, flipped] <= best:
                break
            union = at[start].copy()
            union[flipped] ^= True
            if union.any() and union.tobytes() not in passed:
                best, chosen = float(values[start, flipped]), union.astype(float)
                break
        step = values.argmax(axis=1)
        better = values.max(axis=1) > _values(at, gain, floors) + 1e-12 * (1.0 + np.abs(gain).sum())
        if not better.any():
            break
        rows = np.flatnonzero(better)
        at[rows, step[rows]] ^= True
        at = at[rows]
    return best, chosen


def _values(at: np.ndarray, gain: FloatArray, floors: Sequence[FloatArray]) -> FloatArray:
    """Return what each of the unions may gain, shape ``(starts,)``."""
    values: FloatArray = at @ gain
    for bounds in floors:
        values = values - (at @ bounds.T).max(axis=1)
    return values


def _with_one_more_or_less(at: np.ndarray, gain: FloatArray, floors: Sequence[FloatArray]) -> FloatArray:
    """Return the same once a branch is taken in, or out, shape ``(starts, branches)``."""
    sign = 1.0 - 2.0 * at
    values: FloatArray = (at @ gain)[:, None] + sign * gain
    for bounds in floors:
        now = at @ bounds.T
        values = values - np.array(
            [(row[:, None] + bounds * turn).max(axis=0) for row, turn in zip(now, sign, strict=True)]
        )
    return values
