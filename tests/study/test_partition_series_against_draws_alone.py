"""Studies with externalities in batches against the same draws costed one by one, and against themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lempart.case import Case
from lempart.cost.draws import partition_series
from lempart.study import open_results, read_study, run_study
from lempart.study.evaluate import coalitions as of_case
from lempart.study.evaluate.evaluator import Arrays, Notes, PointEvaluator
from lempart.study.spec.scenario_options import ScenarioOptions
from lempart.study.spec.spec import Axis, StudySpec
from study.small_study import contents, write_study
from support.feeders import random_feeder

DRAWS = 16
SPEC = StudySpec(
    "several boundaries",
    DRAWS,
    seed=5,
    readings=("curtailment", 500.0),
    scenarios=ScenarioOptions(forecast_noise=0.2, step_scaling=0.2),
)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few draws be worth a batch of the whole grid."""
    monkeypatch.setattr(partition_series, "WORTH_A_BATCH", 4)


def _case() -> Case:
    """Return four homes, many of whose markets carry each other's power, with limits that bind in some draws."""
    given = random_feeder(6, prosumers=4, children=2, tight=1.15, band=(0.93, 1.06), reactive=True)
    return replace(given, dispatch=replace(given.dispatch, tie_break_per_mw2h=0.1))


def _alone(spec: StudySpec, given: Case, monkeypatch: pytest.MonkeyPatch) -> tuple[Arrays, Notes]:
    with monkeypatch.context() as patched:
        patched.setattr(of_case, "FEW_DRAWS", 10**9)
        evaluator = PointEvaluator.of(spec, given, {})
        assert evaluator.coalitions.partitions is None
        return evaluator.evaluate(0, spec.draws)


@pytest.mark.usefixtures("small_batches")
def test_every_variable_is_that_of_draws_costed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs, parts, margins, verdicts and who blocks agree, and the whole grid is dispatched in batches too."""
    given = _case()
    evaluator = PointEvaluator.of(SPEC, given, {})
    found, notes = evaluator.evaluate(0, DRAWS)
    series = evaluator.coalitions.partitions
    assert series is not None
    assert any(series.whole_grid(partition) for partition in evaluator.plan.partitions)
    expected, told = _alone(SPEC, given, monkeypatch)
    assert notes == told
    size = np.abs(expected["total"]).max()
    assert np.isfinite(size)
    for name, values in expected.items():
        if values.dtype == bool:
            assert np.mean(found[name] == values) > 0.995, name  # a margin of nothing may round either way
        else:
            assert found[name] == pytest.approx(values, rel=1e-5, abs=1e-5 * size), name


def test_deviations_to_partitions_that_are_not_listed_are_costed() -> None:
    """A study of the grand coalition alone knows its margin, which takes all partitions that leaving makes."""
    given = _case()
    everyone = tuple(prosumer.name for prosumer in given.prosumers)
    every, one = SPEC, replace(SPEC, partitions=((everyone,),))
    found = [PointEvaluator.of(spec, given, {}).evaluate(0, 4)[0] for spec in (every, one)]
    assert found[1]["core_margin"].shape == (2, 4, 1)
    assert found[1]["core_margin"][:, :, 0] == pytest.approx(found[0]["core_margin"][:, :, -1], rel=1e-5)
    assert np.array_equal(found[1]["stable"][:, :, 0], found[0]["stable"][:, :, -1])


@pytest.mark.usefixtures("small_batches")
def test_a_draw_depends_on_itself_alone() -> None:
    """Draws of blocks of any size, computed by one evaluator or a new one, are the same to the last bit."""
    given = _case()
    whole, _ = PointEvaluator.of(SPEC, given, {}).evaluate(0, DRAWS)
    evaluator = PointEvaluator.of(SPEC, given, {})
    for start, stop in ((9, 16), (4, 9), (3, 4), (0, 3)):
        part, _ = evaluator.evaluate(start, stop)
        for name, values in whole.items():
            assert np.array_equal(part[name], values[:, start:stop], equal_nan=values.dtype.kind == "f"), name


def test_the_same_on_any_number_of_workers_and_after_a_crash(tmp_path: Path) -> None:
    """With externalities too every file has the same bytes, on one worker, on two, and resumed after a lost chunk."""
    spec, case = read_study(write_study(tmp_path, externalities=True, draws=8, block=4))
    run_study(spec, case, tmp_path / "one", workers=1)
    run_study(spec, case, tmp_path / "two", workers=2)
    before = contents(tmp_path / "one")
    assert contents(tmp_path / "two") == before
    (tmp_path / "two" / "finished" / "000001-000001").unlink()
    run_study(spec, case, tmp_path / "two", resume=True)
    assert contents(tmp_path / "two") == before
    assert np.isfinite(open_results(tmp_path / "one")["total"].values).all()


@pytest.mark.usefixtures("small_batches")
def test_a_draw_that_cannot_be_met_is_infinite_in_all_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its costs are infinite, nobody in it is stable, its reason is told as ever; the draws beside it are costed."""
    given = _case()
    spec = replace(SPEC, scenarios=ScenarioOptions(forecast_noise=0.4, load_factor=1.2))
    found, notes = PointEvaluator.of(spec, given, {}).evaluate(0, DRAWS)
    expected, told = _alone(spec, given, monkeypatch)
    lost = np.isinf(found["total"]).all(axis=(0, 2))
    assert 0 < lost.sum() < DRAWS
    assert np.array_equal(np.isinf(found["total"]), np.isinf(expected["total"]))
    assert np.isinf(found["coalition_cost"][:, lost]).all()
    assert not found["stable"][:, lost].any()
    assert np.isnan(found["parts"][:, lost]).all()
    assert notes == told
    assert notes["not_viable"][0]


def test_draws_are_costed_one_by_one_where_batches_do_not_pay() -> None:
    """Few draws, and blocks too small for cases that can't all be kept ready, have no series."""
    given = _case()

    def batched(spec: StudySpec) -> bool:
        return PointEvaluator.of(spec, given, spec.points[0]).coalitions.partitions is not None

    many = replace(SPEC, axes=(Axis("tax_per_mwh", tuple(range(60, 72))),))
    assert batched(SPEC)
    assert not batched(replace(SPEC, draws=15))
    assert batched(replace(many, block=16))
    assert not batched(replace(many, block=15))
    assert batched(replace(many, axes=(Axis("forecast_noise", (0.0, 0.1, 0.2)),), draws=6))
