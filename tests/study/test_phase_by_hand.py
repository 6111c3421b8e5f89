"""Phase diagrams of made-up studies whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.errors import InputError, UsageError
from lempart.study import Axis, StudyTotals, phase_diagram

NOISE, TAX = Axis("forecast_noise", (0.0, 0.1, 0.2, 0.3)), Axis("tax_per_mwh", (50.0, 100.0, 200.0))
LABELS = ("{1, 2, 3}", "{1, 3} {2}", "{1} {2} {3}")


def linear_study(draws: int = 400, scatter: float = 20.0) -> StudyTotals:
    """Return a study of known means: the large market gains with the tax and loses with the noise.

    Day-to-day scatter is common to all partitions and 50 times that of their differences.
    """
    rng = np.random.default_rng(7)
    noise, tax = np.meshgrid(NOISE.values, TAX.values, indexing="ij")
    means = np.stack([1000 + 0 * noise, 1000 - 205 * noise + 0.2 * tax, 1000 - 210 * noise + 0.5 * tax], axis=-1)
    common = 50 * scatter * rng.standard_normal((draws, 1))
    own = scatter * rng.standard_normal((draws, 3))
    stable = np.ones((4, 3, 3), dtype=bool)
    stable[2:, :, 0] = False
    return StudyTotals.of_arrays((NOISE, TAX), LABELS, means[:, :, None, :] + common + own, stable, block=64)


def test_the_least_mean_wins_and_ties_are_those_within_error() -> None:
    """Winners, leads, their errors and ties are numpy's over all draws, with rows over y and columns over x."""
    results = linear_study()
    found = phase_diagram(results, "forecast_noise", "tax_per_mwh")
    assert found.draws.tolist() == [[400] * 4] * 3
    for j in range(3):
        for i in range(4):
            point = i * 3 + j
            totals = np.concatenate([results.read(point, block)[0] for block in results.blocks[point]])
            order = np.argsort(totals.mean(axis=0))
            apart = totals - totals[:, [order[0]]]
            error = apart.std(axis=0, ddof=1) / 20
            assert found.optimal.partition[j, i] == order[0]
            assert found.optimal.runner_up[j, i] == order[1]
            assert found.optimal.lead[j, i] == pytest.approx(apart.mean(axis=0)[order[1]])
            assert found.optimal.lead_error[j, i] == pytest.approx(error[order[1]])
            expected = (apart.mean(axis=0) <= 1.959964 * error) & (np.arange(3) != order[0])
            assert found.optimal.tied[j, i].tolist() == expected.tolist()
    assert found.optimal.partition[0].tolist() == [0, 1, 1, 1]
    assert found.optimal.partition[2].tolist() == [0, 0, 1, 1] or found.optimal.uncertain[2].any()
    assert found.optimal.uncertain.any()
    assert not found.optimal.uncertain.all()


def test_the_optimal_stable_partition_is_chosen_among_the_stable() -> None:
    """Where the cheapest isn't stable the next stable one wins; elsewhere both diagrams agree."""
    results = linear_study()
    found = phase_diagram(results, "forecast_noise", "tax_per_mwh")
    assert (found.optimal_stable.partition[:, 2:] != 0).all()
    assert (found.optimal_stable.partition[:, :2] == found.optimal.partition[:, :2]).all()
    assert not found.optimal_stable.tied[:, 2:, 0].any()
    assert found.stability_known.all()
    unknown = phase_diagram(replace(results, expected_stable={}), "forecast_noise", "tax_per_mwh")
    assert not unknown.stability_known.any()
    assert (unknown.optimal_stable.partition == -1).all()


def test_swapped_axes_give_the_transposed_diagram() -> None:
    """Everything but the order of axes is the same, probabilities to the last bit."""
    one = phase_diagram(linear_study(), "forecast_noise", "tax_per_mwh")
    other = phase_diagram(linear_study(), "tax_per_mwh", "forecast_noise")
    assert (one.draws == other.draws.T).all()
    for mine, theirs in (
        (one.optimal, other.optimal.transposed),
        (one.optimal_stable, other.optimal_stable.transposed),
    ):
        for name in ("partition", "mean", "probability", "runner_up", "lead", "lead_error", "tied"):
            assert np.array_equal(getattr(mine, name), getattr(theirs, name), equal_nan=name != "tied")


@pytest.mark.parametrize("gap", [0.0, 0.5, 1.0, 2.0])
def test_the_probability_is_that_of_a_normal_mean(gap: float) -> None:
    """Of two partitions whose paired difference is ``gap`` standard errors, the cheaper is the best with Phi(gap)."""
    draws = np.random.default_rng(3).standard_normal(500)
    apart = (draws - draws.mean()) / draws.std(ddof=1) * np.sqrt(500) + gap
    common = 1e4 * np.random.default_rng(4).standard_normal(500)
    totals = np.stack([common, common + apart], axis=-1)[None]
    axis = Axis("tax_per_mwh", (1.0,))
    found = phase_diagram(StudyTotals.of_arrays((axis,), LABELS[:2], totals), "tax_per_mwh", replicates=20_000)
    normal = {0.0: 0.5, 0.5: 0.6915, 1.0: 0.8413, 2.0: 0.9772}[gap]
    winner_is_first = found.optimal.partition[0, 0] == 0
    assert (
        found.optimal.probability[0, 0] if winner_is_first else 1 - found.optimal.probability[0, 0]
    ) == pytest.approx(normal, abs=0.012)
    assert found.optimal.uncertain[0, 0] == (gap < 1.96)


def test_the_winner_is_the_best_as_often_as_is_said() -> None:
    """Over many studies of three nearly equal partitions the mean probability is the share of true winners.

    True means are drawn from a distribution wider than the error: all places are nearly as likely beforehand, which is
    what the bootstrap supposes.
    """
    rng = np.random.default_rng(11)
    said, true = [], []
    for seed in range(300):
        means = 3.0 * rng.standard_normal(3)
        totals = means + 6.0 * rng.standard_normal((40, 3))
        one = StudyTotals.of_arrays((Axis("tax_per_mwh", (1.0,)),), LABELS, totals[None])
        found = phase_diagram(one, "tax_per_mwh", seed=seed, replicates=400).optimal
        said.append(found.probability[0, 0])
        true.append(found.partition[0, 0] == means.argmin())
    assert np.mean(said) == pytest.approx(np.mean(true), abs=0.05)
    unsure = np.array(said) < 0.8
    assert np.mean(np.array(said)[unsure]) == pytest.approx(np.mean(np.array(true)[unsure]), abs=0.13)


def test_equal_partitions_tie_though_nothing_scatters() -> None:
    """Partitions that cost the same in every draw are tied, and share the probability."""
    totals = np.tile([5.0, 5.0, 6.0], (1, 30, 1))
    found = phase_diagram(StudyTotals.of_arrays((Axis("tax_per_mwh", (1.0,)),), LABELS, totals), "tax_per_mwh").optimal
    assert found.tied[0, 0].tolist() == [False, True, False]
    assert found.probability[0, 0] == 0.5


def test_one_draw_says_nothing_of_error() -> None:
    """With one draw everything is within error and no probability is told."""
    totals = np.array([[[5.0, 50.0, 500.0]]])
    found = phase_diagram(StudyTotals.of_arrays((Axis("tax_per_mwh", (1.0,)),), LABELS, totals), "tax_per_mwh").optimal
    assert found.partition[0, 0] == 0
    assert found.tied[0, 0].tolist() == [False, True, True]
    assert np.isnan(found.probability[0, 0])


def test_what_is_not_viable_does_not_win() -> None:
    """A partition that fails in one draw is out; where all fail nobody wins, and a point without draws has none."""
    totals = np.tile([1.0, 2.0, 3.0], (3, 30, 1)) + np.random.default_rng(1).normal(0, 0.1, (1, 30, 3))
    totals[0, 29, 0] = np.inf
    totals[1, 3, :] = np.inf
    results = StudyTotals.of_arrays((Axis("tax_per_mwh", (1.0, 2.0, 3.0)),), LABELS, totals, block=8)
    results = replace(results, blocks={0: results.blocks[0], 1: results.blocks[1]})
    found = phase_diagram(results, "tax_per_mwh")
    assert found.optimal.partition.tolist() == [[1, -1, -1]]
    assert found.optimal.runner_up.tolist() == [[2, -1, -1]]
    assert found.draws.tolist() == [[30, 30, 0]]
    assert found.optimal.probability[0, 0] == 1.0
    assert np.isnan(found.optimal.probability[0, 1:]).all()


def test_further_axes_are_fixed() -> None:
    """A third axis must be fixed at one of its values; then its slice is shown."""
    rng = np.random.default_rng(2)
    totals = rng.normal(0, 1, (2, 3, 2, 30, 3)) + 10 * rng.permuted(np.tile(np.arange(3), (2, 3, 2, 1, 1)), axis=-1)
    axes = (Axis("forecast_noise", (0.0, 0.1)), TAX, Axis("battery_factor", (0.5, 1.0)))
    results = StudyTotals.of_arrays(axes, LABELS, totals)
    for k, factor in enumerate((0.5, 1.0)):
        found = phase_diagram(results, "tax_per_mwh", "forecast_noise", {"battery_factor": factor})
        assert found.at == {"battery_factor": factor}
        assert (found.optimal.partition == totals[:, :, k].mean(axis=-2).argmin(axis=-1)).all()


@pytest.mark.parametrize(
    ("x", "y", "at", "told"),
    [
        ("noise", "tax_per_mwh", {}, r"axis noise: the study doesn't have it\. It has: forecast_noise, tax_per_mwh"),
        ("tax_per_mwh", "tax_per_mwh", {"forecast_noise": 0.1}, "axis tax_per_mwh: it is both x and y"),
        ("tax_per_mwh", None, {}, r"axis forecast_noise: it isn't fixed\. Fix it at one of: 0, 0\.1, 0\.2, 0\.3"),
        ("tax_per_mwh", None, {"forecast_noise": 0.15}, r"axis forecast_noise: it doesn't have the value 0\.15"),
        ("tax_per_mwh", None, {"forecast_noise": 0.1, "tax_per_mwh": 50}, "both varied and fixed"),
        ("tax_per_mwh", "forecast_noise", {"days": 1}, "axis days: the study doesn't have it"),
    ],
)
def test_axes_that_do_not_fit_are_told(x: str, y: str | None, at: dict[str, float], told: str) -> None:
    """Each fault names the axis, what was found and what the study has."""
    with pytest.raises(InputError, match=told):
        phase_diagram(linear_study(4), x, y, at)


def test_penalties_and_replicates_that_do_not_fit_are_told() -> None:
    """Of several voltage penalties one must be named; a handful of replicates makes no interval."""
    several = replace(linear_study(4), penalties=("low", "high"))
    for penalty in (None, "middle"):
        with pytest.raises(InputError, match="It has: low, high"):
            phase_diagram(several, "forecast_noise", "tax_per_mwh", penalty=penalty)
    with pytest.raises(UsageError, match="at least 100"):
        phase_diagram(linear_study(4), "forecast_noise", "tax_per_mwh", replicates=10)
