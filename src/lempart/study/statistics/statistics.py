"""What the draws of a study say: means with their error, stability and optimality as frequencies, the expected game."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lempart.arguments import checks_arguments
from lempart.case import Case
from lempart.game.core import DEFAULT_TOLERANCE
from lempart.game.core.balanced import stable
from lempart.study.draw.draws import case_of_point
from lempart.study.plan.study_plan import StudyPlan
from lempart.study.spec.axes import Point
from lempart.study.spec.spec import StudySpec
from lempart.study.statistics.moments import Moments, moments_of
from lempart.study.store.chunk import Chunk
from lempart.study.store.zarr_store import ZarrStore
from lempart.typing import BoolArray, FloatArray

TIE = 1e-6
"""A share of what the players turn over: partitions this close to the cheapest are optimal with it."""


@dataclass(frozen=True, eq=False)
class PointStatistics:
    """The draws of one point; arrays have penalties first, then partitions (or coalitions).

    Attributes
    ----------
    totals
        Moments of ``Phi``; infinite where a partition was not viable in some draw.
    parts
        Means of its parts, shape ``(penalties, partitions, parts)``; None where the study doesn't keep them.
    optimal, stable, optimal_stable
        In what share of draws a partition is the cheapest, stable, the cheapest stable one; ties count for each.
    viable
        In what share of draws a partition can be dispatched at all.
    difference
        Moments of ``Phi(P) - Phi(best)``, draw by draw, with the partition of least mean cost: common random numbers
        make its error much smaller than that of the means.
    best
        That partition, shape ``(penalties,)``; any where none is viable in every draw.
    coalitions
        Moments of what each coalition (in each partition) costs, ``phi``: the game of expected costs. None where the
        study doesn't keep them.
    expected_stable
        Whether a partition is stable in the game of expected costs: a commitment for all draws. None where the study
        doesn't keep coalition costs, or doesn't cost partitions that deviations lead to.
    blocking
        In what share of draws each sub-coalition blocks each coalition; None where the study doesn't keep it.
    burning
        In how many draws batteries charge and discharge at once in some partition.
    """

    point: Point
    draws: int
    totals: Moments
    parts: FloatArray | None
    optimal: FloatArray
    stable: FloatArray
    optimal_stable: FloatArray
    viable: FloatArray
    difference: Moments
    best: NDArray[np.int64]
    coalitions: Moments | None
    expected_stable: BoolArray | None
    blocking: FloatArray | None
    not_viable: tuple[str, ...]
    burning: int

    def optimal_in_expectation(self, penalty: int) -> int | None:
        """Return the partition of least mean cost; None where none is viable in every draw."""
        best = int(self.best[penalty])
        return best if np.isfinite(self.totals.mean[penalty, best]) else None

    def expected_optimal_stable(self, penalty: int) -> int | None:
        """Return the partition of least mean cost among those stable in the expected game; None without any."""
        if self.expected_stable is None:
            return None
        means = np.where(self.expected_stable[penalty], self.totals.mean[penalty], np.inf)
        return int(means.argmin()) if np.isfinite(means.min()) else None


@checks_arguments
def study_statistics(spec: StudySpec, case: Case, folder: str | Path) -> tuple[PointStatistics, ...]:
    """Return the statistics of every point that has draws; one chunk is held in memory at a time.

    Parameters
    ----------
    spec
        What is studied.
    case
        The case it is a study of.
    folder
        Where :func:`run_study` wrote it.
    """
    folder = Path(folder)
    store = ZarrStore(folder, spec)
    return tuple(
        _Point(store, StudyPlan.of(spec, case_of_point(spec, case, spec.points[point])), chunks).statistics()
        for point, chunks in store.by_point().items()
    )


@dataclass(frozen=True, eq=False)
class _Point:
    store: ZarrStore
    plan: StudyPlan
    chunks: list[Chunk]

    def statistics(self) -> PointStatistics:
        totals = moments_of(self._blocks("total"))
        best = totals.mean.argmin(axis=1)
        shares = moments_of(self._verdicts()).mean
        rows = np.arange(len(best))
        with np.errstate(invalid="ignore"):
            difference = moments_of(
                np.nan_to_num(block - block[rows, :, best][:, :, None], nan=np.inf) for block in self._blocks("total")
            )
        spec = self.store.spec
        coalitions = moments_of(self._blocks("coalition_cost")) if "coalitions" in spec.outputs else None
        not_viable, burning = self.store.told(self.chunks)
        return PointStatistics(
            point=spec.points[self.chunks[0].point],
            draws=totals.count,
            totals=totals,
            parts=moments_of(self._blocks("parts")).mean if "parts" in spec.outputs else None,
            optimal=shares[:, 0],
            stable=shares[:, 1],
            optimal_stable=shares[:, 2],
            viable=shares[:, 3],
            difference=difference,
            best=best.astype(np.int64),
            coalitions=coalitions,
            expected_stable=None if coalitions is None else self._expected_stable(coalitions.mean),
            blocking=moments_of(b.astype(float) for b in self._blocks("blocking")).mean
            if "blocking" in self.plan.variables
            else None,
            not_viable=not_viable,
            burning=burning,
        )

    def _blocks(self, variable: str) -> Iterator[NDArray[Any]]:
        for chunk in self.chunks:
            yield self.store.read(variable, chunk)

    def _verdicts(self) -> Iterator[NDArray[Any]]:
        """Yield whether each partition is optimal, stable, optimal stable, viable, block by block, as 0 and 1."""
        for total, held in zip(self._blocks("total"), self._blocks("stable"), strict=True):
            among = np.where(held, total, np.inf)
            viable = np.isfinite(total)
            slack = TIE * self.plan.turnover
            best, best_held = _cheapest(total, slack), _cheapest(among, slack)
            yield np.stack([best, held & viable, best_held, viable], axis=2).astype(float)

    def _expected_stable(self, costs: FloatArray) -> BoolArray | None:
        """Return which partitions are stable in the game of expected costs."""
        plan = self.plan
        margins = np.full(costs.shape, np.nan)
        for index, entry in enumerate(plan.entries):
            where = plan.threats[index]
            if any(place is None for place in where):
                return None
            extended = np.concatenate([costs, np.full((len(costs), 1), np.inf)], axis=1)
            threats = extended[:, [-1 if place is None else place for place in where]]
            margins[:, index] = plan.collections[entry.mask].margins(costs[:, index], threats)[0]
        return np.stack(
            [
                stable([margins[:, c] for c in own], [plan.turnovers[c] for c in own], DEFAULT_TOLERANCE)
                for own in plan.coalitions_in
            ],
            axis=-1,
        )


def _cheapest(total: FloatArray, slack: float) -> BoolArray:
    """Return which partitions are the cheapest of their draw, those that cost at most ``slack`` more included."""
    close: BoolArray = total <= total.min(axis=-1, keepdims=True) + slack
    return close & np.isfinite(total)
