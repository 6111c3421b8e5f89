"""Statistics of a study against the same numbers worked out directly from its dataset."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, PreparedCase
from lempart.game import Inertia, NoExternalities, TableGame, partition_verdict
from lempart.study import StudyPlan, open_results, read_study, run_study, statistics_json, study_statistics
from lempart.study.draw.draws import draws_at
from lempart.study.spec.axes import case_at
from lempart.study.statistics.moments import moments_of, wilson
from study.small_study import write_study


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Return spec, case, folder and dataset of a finished study without externalities."""
    folder = tmp_path_factory.mktemp("study")
    spec, case = read_study(write_study(folder, draws=33, block=8))
    run_study(spec, case, folder / "out")
    return spec, case, folder / "out", open_results(folder / "out").load()


def test_moments_of_blocks_are_those_of_all_draws() -> None:
    """Block by block, with a short last block, mean and standard error are numpy's over all draws."""
    draws = np.random.default_rng(1).normal(1e6, 3.0, (2, 50, 4))
    found = moments_of([draws[:, 0:20], draws[:, 20:40], draws[:, 40:]])
    assert found.count == 50
    assert found.mean == pytest.approx(draws.mean(axis=1), rel=1e-14)
    assert found.standard_error == pytest.approx(draws.std(axis=1, ddof=1) / np.sqrt(50), rel=1e-9)


def test_an_infinite_draw_makes_the_mean_infinite() -> None:
    """A partition that isn't viable in one draw has no finite mean and no error, whatever block that draw is in."""
    draws = np.ones((1, 6, 2))
    draws[0, 4, 1] = np.inf
    found = moments_of([draws[:, :3], draws[:, 3:]])
    assert found.mean.tolist() == [[1.0, np.inf]]
    assert found.standard_error[0, 0] == 0.0
    assert np.isnan(found.standard_error[0, 1])


@pytest.mark.parametrize(
    ("share", "count", "low", "high"), [(0.5, 100, 0.404, 0.596), (0.0, 10, 0.0, 0.278), (1.0, 10, 0.722, 1.0)]
)
def test_wilson_against_published_values(share: float, count: int, low: float, high: float) -> None:
    """Intervals of 50/100, 0/10 and 10/10 as printed by Newcombe (1998) and Brown et al. (2001)."""
    assert wilson(share, count) == pytest.approx((low, high), abs=1e-3)


def test_means_and_paired_differences(done) -> None:
    """Means are xarray's; the paired error of a difference is that of the differences, not of two means."""
    spec, case, folder, data = done
    for at, noise in zip(study_statistics(spec, case, folder), (0.0, 0.3), strict=True):
        total = data["total"].sel(forecast_noise=noise)
        assert at.totals.mean == pytest.approx(total.mean("draw").values)
        best = total.mean("draw").argmin("partition")
        assert at.best.tolist() == best.values.tolist()
        apart = total - total.isel(partition=best)
        assert at.difference.mean == pytest.approx(apart.mean("draw").values, abs=1e-9)
        expected = apart.std("draw", ddof=1).values / np.sqrt(33)
        assert at.difference.standard_error == pytest.approx(expected, abs=1e-9)
    assert at.difference.standard_error.max() < 0.9 * np.sqrt(2) * at.totals.standard_error.max()


def test_shares_of_draws(done) -> None:
    """In what share of draws a partition is cheapest, stable, and the cheapest stable one, counted draw by draw."""
    spec, case, folder, data = done
    at = study_statistics(spec, case, folder)[1]
    noisy = data.sel(forecast_noise=0.3)
    for r in range(2):
        total, held = noisy["total"].values[r], noisy["stable"].values[r]
        optimal = total <= total.min(axis=1, keepdims=True) + 1e-6 * np.maximum(1.0, total.min(axis=1, keepdims=True))
        assert at.optimal[r] == pytest.approx(optimal.mean(axis=0))
        assert at.stable[r] == pytest.approx(held.mean(axis=0))
        best_held = [np.where(h, t, np.inf).argmin() for t, h in zip(total, held, strict=True)]
        assert (at.optimal_stable[r] >= np.bincount(best_held, minlength=5) / 33 - 1e-12).all()
    assert at.viable.min() == 1.0


def test_stability_of_draws_against_the_core_program(done) -> None:
    """Stored margins, stability and blocking are those of ``partition_verdict`` on the stored costs of each draw."""
    spec, case, _, data = done
    plan = StudyPlan.of(spec, case)
    family, seen = plan.prepared.family, set()
    for draw in range(12):
        chosen = data.isel(forecast_noise=1, penalty=0, draw=draw)
        costs = {e.mask: float(c) for e, c in zip(plan.entries, chosen["coalition_cost"].values, strict=True)}
        margins = {e.mask: float(m) for e, m in zip(plan.entries, chosen["core_margin"].values, strict=True)}
        for p, partition in enumerate(plan.partitions):
            verdict = partition_verdict(partition, family, NoExternalities(TableGame(costs)))
            assert verdict.stable == bool(chosen["stable"].values[p])
            for one in verdict.coalitions:
                assert one.shortfall == pytest.approx(max(0.0, -margins[one.coalition]), abs=1e-6)
                entry = plan.entry_of[one.coalition, None]
                assert bool(chosen["blocking"].values[entry].any()) == (not one.stable)
            seen.add(verdict.stable)
    assert seen == {True, False}


def test_the_expected_game(done) -> None:
    """Stable in expectation means a core of mean coalition costs, not a core in most draws."""
    spec, case, folder, data = done
    plan = StudyPlan.of(spec, case)
    for i, at in enumerate(study_statistics(spec, case, folder)):
        for r in range(2):
            mean = data["coalition_cost"].isel(forecast_noise=i, penalty=r).mean("draw").values
            game = TableGame({e.mask: float(c) for e, c in zip(plan.entries, mean, strict=True)})
            held = [partition_verdict(p, plan.prepared.family, NoExternalities(game)).stable for p in plan.partitions]
            assert at.expected_stable is not None
            assert at.expected_stable[r].tolist() == held
            chosen = at.expected_optimal_stable(r)
            assert chosen == np.where(held, at.totals.mean[r], np.inf).argmin()


def test_mean_costs_of_coalitions(done) -> None:
    """Each coalition's mean and error, in the file too, are those of its draws."""
    spec, case, folder, data = done
    found = study_statistics(spec, case, folder)
    told = statistics_json(spec, case, found)
    labels = [str(label) for label in data["coalition"].values]
    for i, at in enumerate(found):
        draws = data["coalition_cost"].isel(forecast_noise=i)
        assert at.coalitions is not None
        assert at.coalitions.mean == pytest.approx(draws.mean("draw").values)
        for r in range(2):
            kept = told["points"][i]["penalties"][r]["coalitions"]
            assert [entry["coalition"] for entry in kept] == labels
            assert [entry["mean"] for entry in kept] == pytest.approx(draws[r].mean("draw").values)
            errors = draws[r].std("draw", ddof=1).values / np.sqrt(33)
            assert [entry["standard_error"] for entry in kept] == pytest.approx(errors, abs=1e-9)


def test_a_draw_is_the_case_of_its_scenario(done) -> None:
    """The stored total of a draw is what the case costs with that draw's forecast and realisation."""
    spec, case, _, data = done
    plan = StudyPlan.of(spec, case)
    drawn = draws_at(spec, case, spec.points[1]).case(20).scenario
    forecast, actual = drawn.forecast, drawn.realization
    here = case_at(case, spec.points[1])
    one = CostsWithoutExternalities(PreparedCase.of(_with(here, forecast, actual)))
    for p, partition in enumerate(plan.partitions):
        stored = float(data["total"].isel(forecast_noise=1, penalty=0, draw=20, partition=p))
        assert stored == pytest.approx(one.partition(partition).total, rel=1e-5)


def test_with_externalities(tmp_path) -> None:
    """Costs, stability and the expected game of a market with externalities are those of ``CostsWithExternalities``."""
    spec, case = read_study(write_study(tmp_path, draws=3, block=2, externalities=True))
    run_study(spec, case, tmp_path / "out", workers=1)
    data = open_results(tmp_path / "out")
    plan = StudyPlan.of(spec, case)
    drawn = draws_at(spec, case, spec.points[1]).case(2).scenario
    forecast, actual = drawn.forecast, drawn.realization
    costs = CostsWithExternalities(PreparedCase.of(_with(case, forecast, actual)))
    chosen = data.isel(forecast_noise=1, penalty=0, draw=2)
    for p, partition in enumerate(plan.partitions):
        found = costs.partition(partition)
        assert float(chosen["total"][p]) == pytest.approx(found.total, rel=1e-4)
        assert found.parts is not None
        parts = list(found.parts.as_dict().values())
        assert chosen["parts"][p].values == pytest.approx(parts, abs=1e-4 * found.total)
        verdict = partition_verdict(partition, plan.prepared.family, Inertia(costs, plan.prepared.family))
        assert bool(chosen["stable"][p]) == verdict.stable
    at = study_statistics(spec, case, tmp_path / "out")[1]
    assert at.expected_stable is not None
    assert at.expected_stable[:, 0].all()  # everyone alone always holds
    told = statistics_json(spec, case, (at,))
    assert told["points"][0]["draws"] == 3


def _with(case, forecast, actual):
    from dataclasses import replace

    from lempart.case import Scenario

    tie_break = PreparedCase.of(case).tie_break
    market = replace(case.market, voltage_penalty=0.0)
    options = replace(case.dispatch, tie_break_per_mw2h=tie_break)
    return replace(case, market=market, dispatch=options, scenario=Scenario(forecast, actual))
