"""A study with externalities: all partitions of a feeder's five players, and their cores, in every draw.

Beside it draws one by one: the clusters of each are dispatched apart and shared by its partitions, as a single solve
does. The batch engine shares them over the draws too; what it takes to get ready is in its time. With the feeder's own
ratings no limit binds; with an eighth of them one does in most draws, which are dispatched on the whole grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.registry import Benchmark, Job, Side
from lempart import Case, read_case, shipped_case_path
from lempart.study.evaluate.coalitions import FEW_DRAWS
from lempart.study.evaluate.evaluator import PointEvaluator
from lempart.study.spec.scenario_options import ScenarioOptions
from lempart.study.spec.spec import Axis, StudySpec

ONE_BY_ONE = "draws one by one"
SAMPLE = 12
VARIED = ScenarioOptions(forecast_noise=0.1, step_scaling=0.25, shift_hours=1.0)


def study(*axes: Axis) -> Callable[[int], Job]:
    """Return what prepares a study of so many draws at its only point."""
    case = read_case(shipped_case_path("rural-feeder-5"))

    def prepare(draws: int) -> Job:
        assert SAMPLE < FEW_DRAWS, "so many draws would be batched"
        spec = StudySpec("rural-feeder-5", draws, seed=1, axes=axes, scenarios=VARIED)
        few = replace(spec, draws=min(draws, SAMPLE))
        counts = {"partitions": 34.0}

        def ours() -> np.ndarray:
            return _totals(spec, case)

        def one_by_one() -> np.ndarray:
            return _totals(few, case)

        beside = Side(ONE_BY_ONE, one_by_one, few.draws / draws)
        return Job(Side("lempart.study, one process", ours, count=lambda: counts), (beside,), difference)

    return prepare


def _totals(spec: StudySpec, case: Case) -> np.ndarray:
    found, _ = PointEvaluator.of(spec, case, spec.points[0]).evaluate(0, spec.draws)
    return np.asarray(found["total"])


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest relative difference of a partition's cost in a draw that both computed."""
    both = ours[:, : theirs.shape[1]]
    assert np.array_equal(np.isinf(both), np.isinf(theirs))
    kept = np.isfinite(theirs)
    return float(np.max(np.abs(both[kept] - theirs[kept]) / np.maximum(1.0, np.abs(theirs[kept])), initial=0.0))


BENCHMARKS = (
    Benchmark(
        name="study-externalities",
        phase="study",
        case="rural-feeder-5, 47 prosumers, 34 partitions with their cores in every draw, no limit binds, T = 24",
        unit="draws",
        sizes=(100, 400),
        prepare=study(),
        tolerance=1e-6,
        repeats=1,
        smallest=16,
    ),
    Benchmark(
        name="study-externalities-limits",
        phase="study",
        case="rural-feeder-5 with an eighth of its ratings: every partition on the whole grid, T = 24",
        unit="draws",
        sizes=(200,),
        prepare=study(Axis("rating_factor", (0.125,))),
        tolerance=1e-5,
        repeats=1,
    ),
)
