"""What the draws of a search study say: how often each partition wins, and what winners cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lempart.arguments import checks_arguments
from lempart.case import Case
from lempart.cost import PreparedCase
from lempart.partition import Partition
from lempart.study.draw.draws import case_of_point
from lempart.study.plan.search_plan import OUTCOMES, SearchPlan
from lempart.study.spec.axes import Point
from lempart.study.spec.spec import StudySpec
from lempart.study.statistics.moments import Moments, moments_of, wilson
from lempart.study.store.chunk import Chunk
from lempart.study.store.zarr_store import ZarrStore
from lempart.typing import FloatArray


@dataclass(frozen=True, slots=True)
class Winner:
    """A partition that won some draws; None: draws without any such partition.

    Attributes
    ----------
    share
        In what share of draws it was the answer; of partitions that cost the same the first one counts.
    interval
        The 95 % interval of its probability (Wilson).
    """

    partition: Partition | None
    share: float
    interval: tuple[float, float]


@dataclass(frozen=True, eq=False)
class SearchStatistics:
    """The draws of one point of a search study.

    Attributes
    ----------
    winners
        By penalty and outcome (optimal, optimal stable): most frequent first.
    totals
        Moments of what the winners cost, ``Phi`` in currency, shape ``(penalties, outcomes)``; infinite where some
        draw has none.
    parts
        Means of its parts, shape ``(penalties, outcomes, parts)``.
    stability
        Moments of what stability costs, ``Phi(optimal stable) - Phi(optimal)`` draw by draw, shape ``(penalties,)``.
    proven, tied
        Shares of draws whose answer is proven, shape ``(penalties,)``, and in which others cost the same, shape
        ``(penalties, outcomes)``.
    burning
        In how many draws batteries charge and discharge at once in a partition that was found.
    """

    point: Point
    draws: int
    winners: tuple[tuple[tuple[Winner, ...], ...], ...]
    totals: Moments
    parts: FloatArray
    stability: Moments
    proven: FloatArray
    tied: FloatArray
    not_viable: tuple[str, ...]
    burning: int


@checks_arguments
def search_statistics(spec: StudySpec, case: Case, folder: str | Path) -> tuple[SearchStatistics, ...]:
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
    return tuple(_at(spec, case, store, point, chunks) for point, chunks in store.by_point().items())


def _at(spec: StudySpec, case: Case, store: ZarrStore, point: int, chunks: list[Chunk]) -> SearchStatistics:
    plan = SearchPlan(spec, PreparedCase.of(case_of_point(spec, case, spec.points[point])))

    def blocks(name: str) -> Iterator[NDArray[Any]]:
        return (store.read(name, chunk) for chunk in chunks)

    totals = moments_of(blocks("total"))
    with np.errstate(invalid="ignore"):
        apart = moments_of(np.nan_to_num(b[..., 1] - b[..., 0], nan=np.inf) for b in blocks("total"))
    not_viable, burning = store.told(chunks)
    return SearchStatistics(
        point=spec.points[point],
        draws=totals.count,
        winners=_winners(plan, blocks("market"), totals.count),
        totals=totals,
        parts=moments_of(blocks("parts")).mean,
        stability=apart,
        proven=moments_of(b.astype(float) for b in blocks("proven")).mean,
        tied=moments_of((b > 0).astype(float) for b in blocks("ties")).mean,
        not_viable=not_viable,
        burning=burning,
    )


def _winners(
    plan: SearchPlan, blocks: Iterator[NDArray[Any]], draws: int
) -> tuple[tuple[tuple[Winner, ...], ...], ...]:
    counts = [[Counter[tuple[int, ...]]() for _ in OUTCOMES] for _ in plan.readings]
    for block in blocks:
        for r, per_outcome in enumerate(counts):
            for o, counter in enumerate(per_outcome):
                counter.update(tuple(row) for row in block[r, :, o].tolist())
    return tuple(
        tuple(
            tuple(
                Winner(plan.partition(markets), count / draws, wilson(count / draws, draws))
                for markets, count in sorted(counter.items(), key=lambda item: (-item[1], item[0]))
            )
            for counter in per_outcome
        )
        for per_outcome in counts
    )
