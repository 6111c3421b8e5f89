"""Where along an axis of a study one partition becomes cheaper than another, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from lempart.arguments import Count, checks_arguments
from lempart.errors import UsageError
from lempart.study.phase.diagram import paired_moments, require_replicates
from lempart.study.phase.resample import REPLICATES, resampled_means
from lempart.study.phase.sign_changes import Crossing, crossings_with_intervals, sign_changes
from lempart.study.phase.source import StudyTotals
from lempart.study.spec.axes import Point
from lempart.study.statistics.statistics import TIE
from lempart.typing import FloatArray

Outcome: TypeAlias = Literal["crossings", "first pays", "second pays", "equal", "unknown"]


@dataclass(frozen=True, eq=False)
class Crossings:
    """The comparison of two partitions along an axis.

    Attributes
    ----------
    outcome
        ``"crossings"``; or without one, which partition is cheaper along the whole axis, that they cost the same, or
        that it is unknown (no value at which both are viable in all draws).
    first, second
        Labels of the partitions.
    values
        Where both are viable in every draw, ascending.
    difference, standard_error
        Paired mean ``Phi(first) - Phi(second)`` there, in currency, and its error.
    left_out
        Values without draws, or where one of them isn't viable in some draw.
    crossings
        Ascending; empty unless the outcome says there are some.
    none_found
        In what share of the replicates the difference doesn't change its sign along the axis; NaN with fewer than two
        draws at a value.
    """

    outcome: Outcome
    first: str
    second: str
    axis: str
    at: Point
    penalty: str
    values: FloatArray
    difference: FloatArray
    standard_error: FloatArray
    left_out: tuple[float, ...]
    crossings: tuple[Crossing, ...]
    none_found: float


@checks_arguments
def crossings(
    results: StudyTotals,
    first: str,
    second: str,
    axis: str,
    at: Point | None = None,
    *,
    penalty: str | None = None,
    seed: Count = 0,
    replicates: int = REPLICATES,
) -> Crossings:
    """Return where the mean costs of two partitions cross along an axis.

    Draws are common random numbers, correlated along the axis: they are resampled at all points together.

    Parameters
    ----------
    results
        The totals of a study, from :func:`read_totals`.
    first, second
        Labels of partitions, such as ``"{A, B} {C}"``; spaces don't matter.
    axis
        The name of the axis along which they cross.
    at
        A value for every other axis that has several.
    penalty
        The label of a voltage penalty; needed where the study has several.
    seed
        Of the resamples, >= 0.
    replicates
        How many resamples the interval is made of, >= 100.

    Raises
    ------
    InputError
        When the study doesn't have the partitions, axis, values or penalty, or an axis is left open.
    UsageError
        When a partition is compared with itself.
    """
    require_replicates(replicates)
    points, fixed = results.points_along((axis,), at or {})
    reading = results.penalty_index(penalty)
    pair = (results.partition_index(first), results.partition_index(second))
    if pair[0] == pair[1]:
        raise UsageError(f"{first} can't be compared with itself")
    given = sorted(zip(results.axis(axis).values, points, strict=True))
    known = [(value, point) for value, point in given if _viable(results, point, reading, pair)]
    values, kept = np.array([value for value, _ in known]), [point for _, point in known]
    apart = [paired_moments(results, point, reading, np.array(pair[:1]), pair[1]) for point in kept]
    means = np.array([moments.mean[0] for moments in apart])
    zero = np.array([TIE * _size(results, point, reading, pair[1]) for point in kept])
    drawn = resampled_means(
        results,
        kept,
        reading,
        lambda _, totals: totals[:, [pair[0]]] - totals[:, [pair[1]]],
        seed=seed,
        replicates=replicates,
    )
    together = np.concatenate(drawn, axis=1) if drawn else np.full((replicates, 0), np.nan)
    found = tuple(crossings_with_intervals(values, means, together, zero))
    return Crossings(
        outcome="crossings" if found else _without_crossing(means, zero),
        first=results.partitions[pair[0]],
        second=results.partitions[pair[1]],
        axis=axis,
        at=fixed,
        penalty=results.penalties[reading],
        values=_frozen(values),
        difference=_frozen(means),
        standard_error=_frozen(np.array([moments.standard_error[0] for moments in apart])),
        left_out=tuple(value for value, point in given if point not in kept),
        crossings=found,
        none_found=_share_without(values, together, zero),
    )


def _share_without(values: FloatArray, drawn: FloatArray, zero: FloatArray) -> float:
    if not len(values) or np.isnan(drawn).any():
        return float("nan")
    return float(np.isnan(sign_changes(values, drawn, zero)[0]).all(axis=1).mean())


def _without_crossing(means: FloatArray, zero: FloatArray) -> Outcome:
    if not len(means):
        return "unknown"
    apart = means[np.abs(means) > zero]
    if not len(apart):
        return "equal"
    return "first pays" if apart[0] < 0 else "second pays"


def _viable(results: StudyTotals, point: int, penalty: int, pair: tuple[int, int]) -> bool:
    """Return whether a point has draws, and both partitions are viable in all of them."""
    blocks = results.blocks.get(point, ())
    return bool(blocks) and all(
        np.isfinite(results.totals(point, block, penalty)[:, list(pair)]).all() for block in blocks
    )


def _size(results: StudyTotals, point: int, penalty: int, partition: int) -> float:
    """Return how large costs are at a point: what a negligible difference is relative to."""
    block = results.totals(point, results.blocks[point][0], penalty)
    return float(np.abs(block[:, partition].mean()))


def _frozen(array: FloatArray) -> FloatArray:
    array.flags.writeable = False
    return array
