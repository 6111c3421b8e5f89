"""Crossings of made-up studies whose place, and whose scatter, is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.cli.phase import sentence
from lempart.errors import InputError, UsageError
from lempart.study import Axis, StudyTotals, crossings
from lempart.study.phase.resample import resampled_means
from lempart.study.phase.sign_changes import crossings_with_intervals, sign_changes

LARGE, SMALL = "{1, 2, 3}", "{1, 3} {2}"
GRID = (0.0, 0.05, 0.1, 0.2)


def study_of(differences: np.ndarray, grid: tuple[float, ...] = GRID, block: int = 16) -> StudyTotals:
    """Return a study whose difference large - small is as given, shape (points, draws), under common scatter."""
    common = np.random.default_rng(99).normal(2000.0, 500.0, differences.shape[1])
    totals = np.stack([common + differences, np.broadcast_to(common, differences.shape)], axis=-1)
    return StudyTotals.of_arrays((Axis("forecast_noise", grid),), (LARGE, SMALL), totals, block=block)


def noisy_line(rng: np.random.Generator, draws: int, crossing: float, slope: float = 1000.0) -> np.ndarray:
    """Return differences of mean ``slope (x - crossing)``; a draw's deviations at all points are correlated 0.9."""
    means = slope * (np.array(GRID) - crossing)
    shared, own = rng.standard_normal((1, draws)), rng.standard_normal((len(GRID), draws))
    return means[:, None] + 40.0 * (np.sqrt(0.9) * shared + np.sqrt(0.1) * own)


def test_a_known_crossing_is_interpolated() -> None:
    """Without scatter the crossing is exact and its interval a point."""
    found = crossings(study_of(np.tile([[-10.0], [-5.0], [0.0 - 2.0], [6.0]], 20)), LARGE, SMALL, "forecast_noise")
    assert found.outcome == "crossings"
    (one,) = found.crossings
    assert one.value == pytest.approx(0.1 + 0.1 * 2 / 8)
    assert (one.low, one.high) == pytest.approx((one.value, one.value))
    assert one.between == (0.1, 0.2)
    assert one.cheaper_below
    assert found.none_found == 0.0
    assert found.difference == pytest.approx([-10, -5, -2, 6])


def test_the_interval_covers_the_true_crossing_as_often_as_it_says() -> None:
    """Of 400 studies of 60 draws each, about 95 % have the true crossing in their 95 % interval.

    Resampling each point apart would be wrong: deviations are common along the axis. Its standard deviation is that of
    the mean over the slope, 40 / sqrt(60) / 1000 = 0.0052 where points move together.
    """
    rng = np.random.default_rng(5)
    inside, places, widths = [], [], []
    for seed in range(400):
        results = study_of(noisy_line(rng, 60, 0.137))
        found = crossings(results, LARGE, SMALL, "forecast_noise", seed=seed, replicates=400)
        (one,) = found.crossings
        inside.append(one.low <= 0.137 <= one.high)
        places.append(one.value)
        widths.append(one.high - one.low)
    assert 0.925 <= np.mean(inside) <= 0.975
    assert np.mean(places) == pytest.approx(0.137, abs=1e-3)
    assert np.mean(widths) / 3.92 == pytest.approx(np.std(places), rel=0.08)


def test_draws_are_resampled_at_all_points_together() -> None:
    """A deviation that all points share moves the crossing as the mean does: not less, as independent points would."""
    rng = np.random.default_rng(8)
    shared = rng.standard_normal((1, 100))
    shared = (shared - shared.mean()) / shared.std(ddof=1)
    means = 1000.0 * (np.array(GRID) - 0.15)
    found = crossings(study_of(means[:, None] + 40.0 * shared), LARGE, SMALL, "forecast_noise", replicates=4000)
    (one,) = found.crossings
    assert one.value == pytest.approx(0.15)
    assert one.high - one.low == pytest.approx(2 * 1.96 * 40 / 10 / 1000, rel=0.06)


def test_a_constant_difference_has_no_crossing() -> None:
    """'No crossing' is an outcome that says who pays all along, and how sure that is."""
    scatter = np.random.default_rng(2).normal(0, 5.0, (1, 50))
    dear = crossings(study_of(np.full((4, 1), 30.0) + scatter), LARGE, SMALL, "forecast_noise")
    assert (dear.outcome, dear.crossings, dear.none_found) == ("second pays", (), 1.0)
    assert (
        sentence(dear)
        == f"{SMALL} pays over the whole axis forecast_noise against {LARGE}: no crossing within the axis."
    )
    cheap = crossings(study_of(np.full((4, 1), -30.0) + scatter), LARGE, SMALL, "forecast_noise")
    assert cheap.outcome == "first pays"
    equal = crossings(study_of(np.zeros((4, 50))), LARGE, SMALL, "forecast_noise")
    assert (equal.outcome, equal.none_found) == ("equal", 1.0)


def test_no_crossing_that_is_unsure_says_so() -> None:
    """A difference that nearly vanishes at the end of the axis may well cross: the share of replicates tells."""
    scatter = np.random.default_rng(2).normal(0, 20.0, (4, 50))
    scatter -= scatter.mean(axis=1, keepdims=True)
    found = crossings(study_of(np.array([[-60.0], [-40.0], [-20.0], [-1.0]]) + scatter), LARGE, SMALL, "forecast_noise")
    assert found.outcome == "first pays"
    assert 0.5 < found.none_found < 0.8
    assert "no crossing within the axis, which holds in 6" in sentence(found)


def test_two_crossings_are_both_told() -> None:
    """A difference that is positive in the middle only crosses up and down, each with its own interval."""
    rng = np.random.default_rng(3)
    grid = (0.0, 0.1, 0.2, 0.3, 0.4)
    means = np.array([-30.0, 10.0, 30.0, 10.0, -50.0])
    scatter = rng.normal(0, 10.0, (5, 200))
    scatter -= scatter.mean(axis=1, keepdims=True)
    found = crossings(study_of(means[:, None] + scatter, grid), LARGE, SMALL, "forecast_noise")
    assert [one.value for one in found.crossings] == pytest.approx([0.075, 0.3 + 0.1 / 6])
    assert [one.cheaper_below for one in found.crossings] == [True, False]
    for one in found.crossings:
        assert one.low < one.value < one.high
        assert one.high - one.low < 0.02
        assert one.found == 1.0
    told = sentence(found)
    assert told.startswith(f"{LARGE} pays below forecast_noise = 0.075")
    assert "and above 0.3167 ±" in told
    other = crossings(study_of(means[:, None] + scatter, grid), SMALL, LARGE, "forecast_noise")
    assert sentence(other).startswith(f"{SMALL} pays between forecast_noise = 0.075")


def test_a_crossing_near_the_end_has_an_open_interval() -> None:
    """Where the crossing may lie beyond the axis its interval is open on that side, and that is said."""
    rng = np.random.default_rng(4)
    line = noisy_line(rng, 60, 0.197)
    line += (1000 * (np.array(GRID) - 0.197) - line.mean(axis=1))[:, None]
    found = crossings(study_of(line), LARGE, SMALL, "forecast_noise")
    (one,) = found.crossings
    assert one.value == pytest.approx(0.197)
    assert one.high == np.inf
    assert 0.18 < one.low < 0.195
    assert 0.5 < one.found < 0.9
    assert "to beyond the axis" in sentence(found)
    assert "Not surely within the axis" in sentence(found)
    swapped = crossings(study_of(-line), LARGE, SMALL, "forecast_noise")
    assert swapped.crossings[0].high == np.inf


def test_the_sentence_has_as_many_digits_as_are_known() -> None:
    """Value and half-width end at the same digit."""
    line = noisy_line(np.random.default_rng(6), 400, 0.137)
    line += (1000 * (np.array(GRID) - 0.137) - line.mean(axis=1))[:, None]
    told = sentence(crossings(study_of(line), LARGE, SMALL, "forecast_noise"))
    assert told in {
        f"{LARGE} pays below forecast_noise = 0.1370 ± 0.00{k} (95 %) against {SMALL}." for k in range(35, 46)
    }


def test_the_order_of_values_and_of_blocks_does_not_matter() -> None:
    """An axis listed in another order, and draws kept in one block, give the same crossing."""
    line = noisy_line(np.random.default_rng(6), 48, 0.137)
    one = crossings(study_of(line), LARGE, SMALL, "forecast_noise")
    order = [2, 0, 3, 1]
    turned = crossings(study_of(line[order], tuple(GRID[k] for k in order)), LARGE, SMALL, "forecast_noise")
    assert turned.crossings[0].value == pytest.approx(one.crossings[0].value, rel=1e-12)
    assert turned.crossings[0].low == pytest.approx(one.crossings[0].low, rel=1e-9)
    whole = crossings(study_of(line, block=48), LARGE, SMALL, "forecast_noise")
    assert whole.crossings[0].value == pytest.approx(one.crossings[0].value, rel=1e-12)


def test_points_with_different_numbers_of_draws() -> None:
    """A point that stopped early shares the draws that it has with the others."""
    line = noisy_line(np.random.default_rng(6), 96, 0.137)
    results = study_of(line)
    fewer = replace(results, blocks={**results.blocks, 2: (0, 1, 2)})
    (one,) = crossings(fewer, LARGE, SMALL, "forecast_noise").crossings
    a, b = line[2, :48].mean(), line[3].mean()
    assert one.value == pytest.approx(0.1 + 0.1 * a / (a - b))
    assert one.low < one.value < one.high


def test_values_without_both_partitions_are_left_out() -> None:
    """Where one isn't viable in some draw, or nothing was drawn, the value is named and left out."""
    line = np.tile([[-10.0], [-5.0], [-2.0], [6.0]], 20)
    line[1, 3] = np.inf
    results = study_of(line)
    found = crossings(
        replace(results, blocks={k: results.blocks[k] for k in (1, 2, 3)}), LARGE, SMALL, "forecast_noise"
    )
    assert found.left_out == (0.0, 0.05)
    assert found.values.tolist() == [0.1, 0.2]
    nothing = crossings(replace(results, blocks={}), LARGE, SMALL, "forecast_noise")
    assert (nothing.outcome, nothing.left_out) == ("unknown", GRID)
    assert "nowhere both viable" in sentence(nothing)


def test_one_draw_gives_no_interval() -> None:
    """The crossing of a single draw is told without an interval."""
    found = crossings(study_of(np.array([[-10.0], [-5.0], [-2.0], [6.0]])), LARGE, SMALL, "forecast_noise")
    (one,) = found.crossings
    assert one.value == pytest.approx(0.125)
    assert np.isnan([one.low, one.high, one.found, found.none_found]).all()
    assert "no interval from one draw" in sentence(found)


@pytest.mark.parametrize(
    ("means", "places"),
    [
        ([-1, 0, 0, 1], [1.5]),
        ([-1, 0, 1, 2], [1.0]),
        ([-1, 0, 0, 3], [1.5]),
        ([-1, 0, -1, 2], [2 + 1 / 3]),
        ([0, 0, 1, 1], []),
        ([1, -1, 1, -1], [0.5, 1.5, 2.5]),
        ([0, 0, 0, 0], []),
        ([1, 0, 0, 0], []),
    ],
)
def test_sign_changes_over_zeros(means: list[float], places: list[float]) -> None:
    """Touching zero is no crossing, crossing over zeros lies in their middle, starting from zero is none."""
    found, _ = sign_changes(np.arange(4.0), np.array([means, means], dtype=float), np.full(4, 1e-9))
    for row in found:
        assert row[~np.isnan(row)].tolist() == pytest.approx(places)


def test_partitions_and_axes_that_are_not_there() -> None:
    """An unknown partition or axis, and a partition against itself, are refused with what there is."""
    results = study_of(np.zeros((4, 4)))
    with pytest.raises(InputError, match=r"doesn't have '\{1\} \{2, 3\}'"):
        crossings(results, LARGE, "{1} {2, 3}", "forecast_noise")
    with pytest.raises(InputError, match="axis tax_per_mwh"):
        crossings(results, LARGE, SMALL, "tax_per_mwh")
    with pytest.raises(UsageError, match="itself"):
        crossings(results, LARGE, "{1,2,3}", "forecast_noise")
    assert crossings(results, "{1,2,3}", "{1,3},{2}", "forecast_noise").second == SMALL


def test_a_crossing_of_the_other_direction_is_another_one() -> None:
    """Replicates in which only the way down is left don't have the way up, though they cross near it."""
    grid, zero = np.array(GRID), np.full(4, 1e-9)
    drawn = np.tile([-1.0, 1.0, 1.0, -1.0], (100, 1))
    drawn[:30, 0] = 0.5
    up, down = crossings_with_intervals(grid, np.array([-1.0, 1.0, 1.0, -1.0]), drawn, zero)
    assert (up.found, down.found) == (0.7, 1.0)
    assert (up.value, up.low, up.high) == (0.025, 0.025, 0.025)


def test_resampled_means_scatter_as_means_do() -> None:
    """Few draws or many, the variance of resampled means is s^2 / n, and a draw's weight is the same at all points."""
    for draws in (4, 40):
        apart = np.random.default_rng(draws).normal(0, 3.0, (1, draws))
        results = study_of(np.concatenate([apart, 2 * apart, apart + 7, -apart]), block=3)
        found = resampled_means(results, (0, 1, 2, 3), 0, lambda _, t: t[:, [0]] - t[:, [1]], seed=1, replicates=20_000)
        assert found[0].std() == pytest.approx(apart.std(ddof=1) / np.sqrt(draws), rel=0.02)
        assert found[1] == pytest.approx(2 * found[0], abs=1e-9)
        assert found[2] == pytest.approx(found[0] + 7, abs=1e-9)
        assert found[3] == pytest.approx(-found[0], abs=1e-9)
