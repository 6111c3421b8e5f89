"""Phase diagrams: which partition is the cheapest, and the cheapest stable one, over two axes of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lempart.arguments import Count, checks_arguments
from lempart.display import Z_95
from lempart.errors import UsageError
from lempart.study.phase.resample import REPLICATES, resampled_means
from lempart.study.phase.source import StudyTotals
from lempart.study.spec.axes import Point
from lempart.study.spec.spec import Axis
from lempart.study.statistics.moments import Moments, moments_of
from lempart.study.statistics.statistics import TIE
from lempart.typing import BoolArray, FloatArray, IntArray

CONTENDER_ERRORS = 6.0
"""A partition dearer than the cheapest by more standard errors of the paired difference isn't resampled."""


@dataclass(frozen=True, eq=False)
class Winners:
    """The partition of least mean cost in every cell, and how sure that is; arrays have y first, then x.

    Attributes
    ----------
    partition
        Its index; -1 where no partition qualifies.
    mean
        Its mean ``Phi``, in currency; NaN without one.
    probability
        How likely it is the one of least expected cost among those that qualify, given the draws: its share among
        jointly resampled means (:func:`resampled_means`). NaN with fewer than two draws.
    runner_up
        The index of the next in mean cost; -1 without one.
    lead, lead_error
        By how much the runner-up's mean is dearer, and the standard error of that paired difference.
    tied
        Partitions other than the winner that are within error of it: the 95 % interval of the paired difference
        contains zero, or both cost the same in all draws. All of them with fewer than two draws. Last axis:
        partitions.
    """

    partition: IntArray
    mean: FloatArray
    probability: FloatArray
    runner_up: IntArray
    lead: FloatArray
    lead_error: FloatArray
    tied: BoolArray

    @property
    def uncertain(self) -> BoolArray:
        """Return where some other partition is within error of the winner."""
        return np.asarray(self.tied.any(axis=-1))

    @property
    def transposed(self) -> Winners:
        """Return the same with the axes swapped."""
        return Winners(*(_frozen(getattr(self, field.name).swapaxes(0, 1)) for field in fields(self)))


@dataclass(frozen=True, eq=False)
class PhaseDiagram:
    """Which partition wins over two axes.

    Attributes
    ----------
    x, y
        The axes, values in the study's order; ``y`` is None for a diagram along a single axis: one row.
    at
        Where the other axes of the study are fixed.
    penalty
        The label of the voltage penalty.
    partitions
        Labels of the partitions.
    draws
        How many draws each cell has.
    optimal
        Winners among all partitions that are viable in every draw.
    optimal_stable
        Winners among those that are also stable in the game of expected costs. That set is taken as the study's
        statistics have it: the error of the core itself isn't part of the probability.
    stability_known
        Where the statistics say which partitions are stable.
    """

    x: Axis
    y: Axis | None
    at: Point
    penalty: str
    partitions: tuple[str, ...]
    currency: str
    draws: IntArray
    optimal: Winners
    optimal_stable: Winners
    stability_known: BoolArray


@checks_arguments
def phase_diagram(
    results: StudyTotals,
    x_axis: str,
    y_axis: str | None = None,
    at: Point | None = None,
    *,
    penalty: str | None = None,
    seed: Count = 0,
    replicates: int = REPLICATES,
) -> PhaseDiagram:
    """Return the phase diagram of a study over two of its axes, or along one.

    Parameters
    ----------
    results
        The totals of a study, from :func:`read_totals`.
    x_axis
        The name of the axis to the right.
    y_axis
        The name of the axis upwards; None: there is one axis.
    at
        A value for every other axis that has several.
    penalty
        The label of a voltage penalty; needed where the study has several.
    seed, replicates
        Of the resampling behind the probabilities.

    Raises
    ------
    InputError
        When the study doesn't have the axes, values or penalty, or an axis is left open.
    """
    require_replicates(replicates)
    names = (x_axis,) if y_axis is None else (y_axis, x_axis)
    points, fixed = results.points_along(names, at or {})
    reading = results.penalty_index(penalty)
    cells = [_Cell.of(results, point, reading) for point in points]
    everything = np.ones(len(results.partitions), dtype=bool)
    held = [results.expected_stable.get(point) for point in points]
    stable = [np.zeros_like(everything) if one is None else one[reading] for one in held]
    shape = (1 if y_axis is None else len(results.axis(y_axis).values), len(results.axis(x_axis).values))

    def winners(among: Sequence[BoolArray]) -> Winners:
        return _winners(results, cells, among, shape, reading, seed, replicates)

    return PhaseDiagram(
        x=results.axis(x_axis),
        y=None if y_axis is None else results.axis(y_axis),
        at=fixed,
        penalty=results.penalties[reading],
        partitions=results.partitions,
        currency=results.currency,
        draws=_frozen(np.array([cell.draws for cell in cells]).reshape(shape)),
        optimal=winners([everything] * len(cells)),
        optimal_stable=winners(stable),
        stability_known=_frozen(np.array([one is not None for one in held]).reshape(shape)),
    )


def require_replicates(replicates: int) -> None:
    """Raise UsageError where too few replicates are asked for to tell an interval."""
    if replicates < 100:
        raise UsageError(f"{replicates} replicates are too few: at least 100 are needed for an interval")


@dataclass(frozen=True, eq=False)
class _Cell:
    """One point of the diagram: its means; infinite for partitions that aren't viable in every draw."""

    point: int
    draws: int
    mean: FloatArray

    @classmethod
    def of(cls, results: StudyTotals, point: int, penalty: int) -> _Cell:
        blocks = results.blocks.get(point, ())
        if not blocks:
            return cls(point, 0, np.full(len(results.partitions), np.inf))
        moments = moments_of(results.totals(point, block, penalty)[None] for block in blocks)
        return cls(point, moments.count, moments.mean[0])


@dataclass(frozen=True, eq=False)
class _Race:
    """The winner of one cell, the partitions it is compared with, and the paired differences to it."""

    first: int
    mean: float
    others: IntArray
    lead: FloatArray
    error: FloatArray

    @property
    def tied(self) -> BoolArray:
        """Return which of the others are within error of the winner."""
        margin = np.where(np.isnan(self.error), np.inf, Z_95 * self.error)
        close: BoolArray = self.lead <= np.maximum(margin, TIE * abs(self.mean))
        return close

    @property
    def contenders(self) -> IntArray:
        """Return the winner and those of the others that other draws could have put first."""
        near = self.tied | (self.lead <= CONTENDER_ERRORS * np.nan_to_num(self.error, nan=np.inf))
        return np.concatenate([[self.first], self.others[near]]).astype(np.int64)


def _race(results: StudyTotals, cell: _Cell, among: BoolArray, penalty: int) -> _Race | None:
    ranks = np.argsort(cell.mean, kind="stable")
    ranks = ranks[np.isfinite(cell.mean[ranks]) & among[ranks]]
    if not len(ranks):
        return None
    first, others = int(ranks[0]), ranks[1:]
    apart = paired_moments(results, cell.point, penalty, others, first)
    return _Race(first, float(cell.mean[first]), others, apart.mean, apart.standard_error)


def paired_moments(results: StudyTotals, point: int, penalty: int, several: IntArray, reference: int) -> Moments:
    """Return the moments of ``Phi(P) - Phi(reference)``, draw by draw, of several partitions at a point."""
    blocks = (results.totals(point, block, penalty) for block in results.blocks[point])
    found = moments_of((block[:, several] - block[:, [reference]])[None] for block in blocks)
    return Moments(found.count, found.mean[0], found.squares[0])


def _winners(
    results: StudyTotals,
    cells: Sequence[_Cell],
    among: Sequence[BoolArray],
    shape: tuple[int, int],
    penalty: int,
    seed: int,
    replicates: int,
) -> Winners:
    races = [_race(results, cell, ok, penalty) for cell, ok in zip(cells, among, strict=True)]
    run = [(race, cell.point) for race, cell in zip(races, cells, strict=True) if race is not None]
    resampled = iter(
        resampled_means(
            results,
            [point for _, point in run],
            penalty,
            lambda k, totals: totals[:, run[k][0].contenders] - totals[:, [run[k][0].first]],
            seed=seed,
            replicates=replicates,
        )
    )
    tied = np.zeros((len(cells), len(results.partitions)), dtype=bool)
    rows: list[tuple[int, float, float, int, float, float]] = []
    for k, race in enumerate(races):
        if race is None:
            rows.append((-1, np.nan, np.nan, -1, np.nan, np.nan))
            continue
        tied[k, race.others[race.tied]] = True
        second = (int(race.others[0]), race.lead[0], race.error[0]) if len(race.others) else (-1, np.nan, np.nan)
        rows.append((race.first, race.mean, _probability(next(resampled)), *second))
    partition, mean, probability, runner_up, lead, error = (np.array(c).reshape(shape) for c in zip(*rows, strict=True))
    arrays = (partition, mean, probability, runner_up, lead, error, tied.reshape(*shape, -1))
    return Winners(*map(_frozen, arrays))


def _probability(leads: FloatArray) -> float:
    """Return in what share of replicates the first contender is the cheapest; exact ties share the replicate."""
    if np.isnan(leads).any():
        return float("nan")
    cheapest = leads <= leads.min(axis=1, keepdims=True)
    return float((cheapest[:, 0] / cheapest.sum(axis=1)).mean())


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
