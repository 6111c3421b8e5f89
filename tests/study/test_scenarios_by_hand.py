"""Scenarios: draws that depend on seed and index alone, and the distributions they are said to have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.cases import shipped_case_path
from lempart.errors import InputError
from lempart.io import read_case
from lempart.study.draw import branches
from lempart.study.draw.scenarios import BranchProfiles, CaseProfiles, ScenarioSource
from lempart.study.spec.scenario_options import ScenarioOptions

PAPER = ScenarioOptions(forecast_noise=0.1, step_scaling=0.25, shift_hours=1.0)


@pytest.fixture(scope="module")
def profiles() -> BranchProfiles:
    return BranchProfiles.of(read_case(shipped_case_path("ieee33-branches")))


def test_a_draw_depends_on_seed_and_index_alone(profiles: BranchProfiles) -> None:
    """Draws in any order and any block are the same to the last bit; another seed or index gives another draw."""
    scenarios = ScenarioSource(profiles, PAPER, seed=7)
    forecasts, actual = scenarios.block(0, 5)
    late = scenarios.block(3, 5)
    assert np.array_equal(forecasts[3:], late[0])
    assert np.array_equal(actual[3:], late[1])
    assert np.array_equal(scenarios.draw(1)[0], forecasts[1])
    assert not np.array_equal(forecasts[0], forecasts[1])
    assert not np.array_equal(ScenarioSource(profiles, PAPER, seed=8).draw(0)[0], forecasts[0])


def test_noise_levels_share_their_random_numbers(profiles: BranchProfiles) -> None:
    """Realisations don't depend on the noise, and twice the noise is twice the same error."""
    errors = []
    for noise in (0.0, 0.1, 0.2):
        forecast, actual = ScenarioSource(profiles, replace(PAPER, forecast_noise=noise), 7).draw(2)
        errors.append(forecast - actual)
    assert not errors[0].any()
    assert np.allclose(2 * errors[1], errors[2], atol=1e-12)
    assert np.abs(errors[1]).max() > 0.01


def test_peaks_are_those_of_the_published_feeder(profiles: BranchProfiles) -> None:
    """Peaks read back from the case are the published loads, 1.8 and 1.2 times them in branches 1 and 2 (rounded)."""
    peak = dict(zip(profiles.branch_of, profiles.peak_mw, strict=True))
    assert peak["branch 1"] == pytest.approx(0.060 * 1.8, abs=1e-5)  # node 33
    assert peak["branch 3"] == pytest.approx(0.060, abs=1e-5)
    of_branch_2 = [mw for name, mw in zip(profiles.branch_of, profiles.peak_mw, strict=True) if name == "branch 2"]
    assert sum(of_branch_2) == pytest.approx(1.290, rel=0.06)


def test_without_variation_the_draw_is_the_case() -> None:
    """With no scaling, no shift and no noise, homes and offices are the shipped case's realisation."""
    case = read_case(shipped_case_path("ieee33-branches"))
    forecast, actual = ScenarioSource(BranchProfiles.of(case), ScenarioOptions(), 1).draw(0)
    calm = [m for m, name in enumerate(BranchProfiles.of(case).branch_of) if name != "branch 1"]
    assert np.abs(actual - case.scenario.realization)[calm].max() < 2e-6
    assert np.array_equal(forecast, actual)


def test_variants_keep_to_their_bounds(profiles: BranchProfiles) -> None:
    """Steps are scaled by up to 25 % either way, the shift is within an hour, the plant is constant, energy kept."""
    scenarios = [profiles.draw(np.random.default_rng(i), replace(PAPER, shift_hours=0.0)) for i in range(200)]
    home = profiles.branch_of.index("branch 2")
    office, club = profiles.branch_of.index("branch 3"), profiles.branch_of.index("branch 1")
    ratio = np.array([s.load[home].real for s in scenarios]) / (branches.load("branch 2") * profiles.peak_mw[home])
    assert ratio.min() == pytest.approx(0.75, abs=0.01)
    assert ratio.max() == pytest.approx(1.25, abs=0.01)
    assert ratio.mean() == pytest.approx(1.0, abs=0.01)
    assert np.ptp([s.generation[office] for s in scenarios]) == 0.0
    energy = [s.generation[club].real.sum() / profiles.peak_mw[club] for s in scenarios]
    assert energy == pytest.approx(np.full(200, 24 * branches.load("branch 1").mean()))
    wind = np.array([s.generation[club].real for s in scenarios])
    assert 0.4 < (wind / wind.mean(axis=0)).std() < 0.6  # Rayleigh of mean 1: 0.523


def test_a_shift_moves_a_profile_in_time(profiles: BranchProfiles) -> None:
    """The hour of the evening peak of homes spreads over two hours when profiles are shifted by up to one."""
    hours = np.linspace(0, 24, 2401)
    assert hours[branches.load("branch 2", hours).argmax()] == pytest.approx(20.5, abs=0.1)
    assert branches.load("branch 2", hours - 1.0).argmax() - branches.load("branch 2", hours).argmax() == 100
    assert profiles.draw(np.random.default_rng(0), PAPER).load.shape == (21, 24)


def test_forecast_noise_has_its_size_and_its_correlation() -> None:
    """Errors are normal, 20 % of load and of generation; with correlation 0.6 neighbours share 60 % of the variance."""
    profile = CaseProfiles(np.array([[-2.0, -2.0], [-2.0, 4.0]], dtype=complex), 1.0)
    options = ScenarioOptions(forecast_noise=0.2, correlation=0.6)
    forecasts, actual = ScenarioSource(profile, options, 3).block(0, 4000)
    relative = ((forecasts - actual) / np.abs(actual)).real
    assert relative.std(axis=0) == pytest.approx(np.full((2, 2), 0.2), rel=0.05)
    assert np.corrcoef(relative[:, 0, 0], relative[:, 1, 0])[0, 1] == pytest.approx(0.6, abs=0.05)
    assert abs(np.corrcoef(relative[:, 0, 0], relative[:, 0, 1])[0, 1]) < 0.06
    assert abs(np.corrcoef(relative[:, 0, 1], relative[:, 1, 1])[0, 1]) < 0.06  # load and generation: apart


def test_noise_on_net_is_smaller_where_load_meets_generation(profiles: BranchProfiles) -> None:
    """Misjudging load and generation apart leaves more imbalance than misjudging their difference."""
    sizes = {}
    for kind in ("net", "load-and-generation"):
        options = replace(PAPER, noise_on=kind)
        forecasts, actual = ScenarioSource(profiles, options, 3).block(0, 100)
        sizes[kind] = np.abs(forecasts - actual).mean()
    assert sizes["load-and-generation"] > 1.5 * sizes["net"]


def test_a_case_is_shifted_on_its_circle() -> None:
    """Half a step later is the mean of two steps; the last step wraps to the first; energy is kept."""
    profile = CaseProfiles(np.array([[1.0, 3.0, 5.0, -7.0]], dtype=complex), 0.5)
    shifted = profile._shifted(np.array([0.5]))
    assert shifted == pytest.approx(np.array([[-3.0, 2.0, 4.0, -1.0]]))
    assert profile._shifted(np.array([0.0])) == pytest.approx(profile.realization)
    assert profile._shifted(np.array([4.0])) == pytest.approx(profile.realization)


def test_another_case_has_no_branch_profiles() -> None:
    """Asking for the paper's profiles on another case is an error that says what to use instead."""
    with pytest.raises(InputError, match='profiles = "case"'):
        BranchProfiles.of(read_case(shipped_case_path("example-1")))
