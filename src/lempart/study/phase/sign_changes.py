"""Where a difference known at points of an axis changes its sign, with intervals from resampled differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lempart.typing import FloatArray


@dataclass(frozen=True, slots=True)
class Crossing:
    """One point at which the mean difference of two partitions changes sign.

    Attributes
    ----------
    value
        On the axis, interpolated linearly between neighbouring grid points.
    low, high
        Its 95 % interval: percentiles over jointly resampled draws. Infinite where the crossing may lie beyond the
        axis, NaN where a point has fewer than two draws. Sampling error only: between grid points the difference is
        taken to be linear.
    between
        The grid points on either side.
    cheaper_below
        Whether the first partition is the cheaper one below it (the second above), rather than above it.
    found
        In what share of the replicates there is such a crossing on the axis; NaN where there are none.
    """

    value: float
    low: float
    high: float
    between: tuple[float, float]
    cheaper_below: bool
    found: float


def sign_changes(values: FloatArray, means: FloatArray, zero: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where rows of means change sign along the axis, and to which sign.

    A difference within ``zero`` has no sign: a change of sign over such points lies in their middle, and touching zero
    is no change.

    Parameters
    ----------
    values
        On the axis, ascending, shape ``(points,)``.
    means
        Shape ``(rows, points)``.
    zero
        Half-width of what counts as zero, shape ``(points,)``.

    Returns
    -------
    places, signs
        Shape ``(rows, points)``: where the sign changed on the way to each point from the one before that had a sign
        (NaN if it didn't), and the sign at each point.
    """
    rows, count = means.shape
    signs = np.where(np.abs(means) <= zero, 0.0, np.sign(means))
    places = np.full((rows, count), np.nan)
    last = np.full(rows, -1)
    every = np.arange(rows)
    for k in range(count):
        changed = (last >= 0) & (signs[every, last] * signs[:, k] < 0)
        if changed.any():
            before, here = last[changed], means[changed, k]
            there = means[changed, before]
            linear = values[before] + (values[k] - values[before]) * (there / (there - here))
            middle = (values[before + 1] + values[k - 1]) / 2
            places[changed, k] = np.where(before == k - 1, linear, middle)
        last = np.where(signs[:, k] != 0, k, last)
    return places, signs


def crossings_with_intervals(
    values: FloatArray, means: FloatArray, drawn: FloatArray, zero: FloatArray
) -> Iterator[Crossing]:
    """Yield the crossings of the means, ascending, each with what the replicates say of it.

    A replicate's crossing belongs to the nearest one of the same direction. Where the means cross once and a replicate
    has one sign along the whole axis, its crossing lies beyond the axis, at the end that the sign tells.

    Parameters
    ----------
    means
        Shape ``(points,)``.
    drawn
        Resampled means, shape ``(replicates, points)``.
    """
    (places,), (signs,) = sign_changes(values, means[None], zero)
    others, turned = sign_changes(values, drawn, zero)
    known = not np.isnan(drawn).any()
    at = np.flatnonzero(~np.isnan(places))
    for k in at:
        alike = places[at][signs[at] == signs[k]]
        near = _nearest(np.where(turned == signs[k], others, np.nan), alike, float(places[k]))
        found = float((~np.isnan(near)).mean()) if known else float("nan")
        if len(at) == 1:
            near = np.where(np.isnan(near), _beyond(turned, signs[k]), near)
        low, high = _percentiles(np.sort(near[~np.isnan(near)])) if known else (float("nan"), float("nan"))
        before = int(np.flatnonzero(signs[:k])[-1])
        yield Crossing(
            float(places[k]), low, high, (float(values[before]), float(values[k])), bool(signs[k] > 0), found
        )


def _nearest(places: FloatArray, alike: FloatArray, value: float) -> FloatArray:
    """Return, of each replicate, the crossing nearest to this one, unless it is nearer to another like it."""
    closest = alike[np.abs(places[:, :, None] - alike).argmin(axis=2)]
    mine = np.where(closest == value, places, np.nan)
    away = np.where(np.isnan(mine), np.inf, np.abs(mine - value))
    found: FloatArray = mine[np.arange(len(mine)), away.argmin(axis=1)]
    return found


def _beyond(signs: FloatArray, sign: float) -> FloatArray:
    """Return at which end of the axis a crossing to ``sign`` has left it: infinite; NaN where it is just not there."""
    always, never = (signs != -sign).all(axis=1), (signs != sign).all(axis=1)
    return np.where(always & ~never, -np.inf, np.where(never & ~always, np.inf, np.nan))


def _percentiles(ordered: FloatArray) -> tuple[float, float]:
    """Return the 2.5 and 97.5 percentiles, outwards to the next value: infinite ones can't be interpolated."""
    if not len(ordered):
        return float("nan"), float("nan")
    last = len(ordered) - 1
    return float(ordered[int(np.floor(0.025 * last))]), float(ordered[int(np.ceil(0.975 * last))])
