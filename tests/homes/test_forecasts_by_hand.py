"""Forecasts and their errors on series short enough to check by eye; noise by its moments."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.errors import InputError
from lempart.prosumption import ForecastErrors, Given, Lag, Noise, homes, scaled_towards_actual
from lempart.prosumption.tables import synpro_households


def test_lag_repeats_what_was() -> None:
    """Steps 4 and 5 are forecast by steps 2 and 3; the first step of the year by the end of it."""
    series = np.array([[10.0, 11.0, 12.0, 13.0, 14.0, 15.0]])
    assert Lag(2).forecast(series, 4, 2).tolist() == [[12.0, 13.0]]
    assert Lag(2).forecast(series, 0, 2).tolist() == [[14.0, 15.0]]


def test_lag_never_looks_ahead() -> None:
    """A day can't be forecast from an hour before: the later hours would use what isn't known yet."""
    with pytest.raises(InputError, match="aren't known yet"):
        Lag(1).forecast(np.ones((1, 48)), 24, 24)


def test_given_is_taken_as_it_is() -> None:
    """The user's own column, cut to the window; another shape is refused."""
    series = np.zeros((1, 4))
    assert Given(np.array([[1.0, 2.0, 3.0, 4.0]])).forecast(series, 1, 2).tolist() == [[2.0, 3.0]]
    with pytest.raises(InputError, match="of shape"):
        Given(np.zeros((1, 3))).forecast(series, 1, 2)


def test_error_scale_goes_from_perfect_to_the_forecast() -> None:
    """0 is reality, 1 the forecast, 0.25 a quarter of its error."""
    forecast, actual = np.array([4.0]), np.array([2.0])
    assert [scaled_towards_actual(forecast, actual, s)[0] for s in (0.0, 0.25, 1.0)] == [2.0, 2.5, 4.0]


def test_error_statistics() -> None:
    """Errors +1 and -1 on a mean of 2: RMSE and MAE half of it, no bias; two opposite homes cancel when pooled."""
    actual = np.array([[2.0, 2.0], [2.0, 2.0]])
    errors = ForecastErrors.of(np.array([[3.0, 1.0], [1.0, 4.0]]), actual)
    assert errors.nrmse == pytest.approx([0.5, np.sqrt(2.5) / 2])
    assert errors.nmae == pytest.approx([0.5, 0.75])
    assert errors.bias == pytest.approx([0.0, 0.25])
    assert (errors.pooled_nrmse, errors.pooled_nmae, errors.pooled_bias) == pytest.approx(
        (0.125 * 2**0.5, 0.125, 0.125)
    )


def test_error_of_nothing_is_not_zero() -> None:
    """A home that uses nothing has no relative error."""
    assert np.isnan(ForecastErrors.of(np.ones((1, 2)), np.zeros((1, 2))).nrmse[0])


def _noise(**fields: float) -> np.ndarray:
    windows = [Noise(0.2, seed=3, **fields).forecast(np.ones((6, 24 * 300)), 24 * d, 24) - 1.0 for d in range(300)]
    return np.array(windows)


def test_noise_has_its_size_and_its_correlations() -> None:
    """300 days of 6 homes: standard deviation 0.2 from the first hour on, 0.5 between homes, 0.8 hour to hour."""
    errors = _noise(spatial_correlation=0.5, temporal_correlation=0.8)
    assert errors.std() == pytest.approx(0.2, rel=0.05)
    assert errors[:, :, 0].std() == pytest.approx(0.2, rel=0.1)
    pairs = np.corrcoef(errors.transpose(1, 0, 2).reshape(6, -1))[np.triu_indices(6, 1)]
    assert pairs.mean() == pytest.approx(0.5, abs=0.07)
    assert np.corrcoef(errors[:, :, :-1].ravel(), errors[:, :, 1:].ravel())[0, 1] == pytest.approx(0.8, abs=0.03)
    independent = _noise()
    assert abs(np.corrcoef(independent[:, 0].ravel(), independent[:, 1].ravel())[0, 1]) < 0.05


def test_noise_of_a_home_depends_on_seed_and_index_alone() -> None:
    """The third home's error is the same among 4 and among 40, another seed's is another."""
    few, many = np.ones((4, 48)), np.ones((40, 48))
    noise = Noise(0.2, 0.3, 0.5, seed=7)
    assert noise.forecast(few, 24, 24)[2].tolist() == noise.forecast(many, 24, 24)[2].tolist()
    assert not np.allclose(noise.forecast(few, 24, 24), Noise(0.2, 0.3, 0.5, seed=8).forecast(few, 24, 24))
    assert not np.allclose(noise.forecast(few, 0, 24), noise.forecast(few, 24, 24))


def test_day_lag_errors_of_the_households() -> None:
    """The four synPRO households: nRMSE 0.88 to 1.34, nMAE 0.54 to 0.61, no bias over a whole year."""
    load = np.array(list(synpro_households().values()))
    errors = ForecastErrors.of(np.roll(load, 24, axis=1), load)
    assert (errors.nrmse.min(), errors.nrmse.max()) == pytest.approx((0.878, 1.342), abs=1e-3)
    assert (errors.nmae.min(), errors.nmae.max()) == pytest.approx((0.544, 0.610), abs=1e-3)
    assert errors.bias == pytest.approx(np.zeros(4), abs=1e-9)


def test_rolled_weeks_let_errors_pool() -> None:
    """47 homes of four shapes: pooled nRMSE 0.26. In step, each shape's errors would add up: 0.5 and more."""
    load = np.array([home.load_kw for home in homes(0)])
    pooled = ForecastErrors.of(np.roll(load, 24, axis=1), load).pooled_nrmse
    shapes = np.array(list(synpro_households().values()))
    in_step = ForecastErrors.of(np.roll(shapes, 24, axis=1), shapes).pooled_nrmse
    assert pooled < 0.3 < 0.5 < in_step
