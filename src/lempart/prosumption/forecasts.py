"""Forecasts of what prosumers will inject, from what they injected before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from lempart.arguments import Amount, checks_arguments
from lempart.errors import InputError
from lempart.typing import FloatArray

_OWN, _SHARED = 0, 1
"""Which family of random streams a draw is from."""


class Forecaster(Protocol):
    """Anything that forecasts a window of hours."""

    def forecast(self, series: FloatArray, first: int, steps: int) -> FloatArray:
        """Return the forecast of ``series[:, first : first + steps]``, shape ``(homes, steps)``.

        Parameters
        ----------
        series
            Shape ``(homes, all steps)``; what really happens, before, during and after the window.
        """


@dataclass(frozen=True)
class Lag:
    """Persistence: tomorrow is as it was ``steps`` before.

    One day is the paper's forecast, one week the seasonal-naive one. The year's first steps look back at its end.
    """

    lag_steps: int

    def forecast(self, series: FloatArray, first: int, steps: int) -> FloatArray:
        """Return the values ``lag_steps`` earlier."""
        if steps > self.lag_steps:
            text = f"{steps} steps can't be forecast from {self.lag_steps} steps before: some aren't known yet"
            raise InputError.of("forecast", text, "Forecast fewer steps, or take a longer lag.")
        return np.take(series, np.arange(first, first + steps) - self.lag_steps, axis=1, mode="wrap")


@dataclass(frozen=True)
class Noise:
    """Reality times ``1 + share * eps``, ``eps`` standard normal, correlated in space and time.

    Attributes
    ----------
    share
        Standard deviation of the error as a share of the value.
    spatial_correlation
        Between any two homes at a step, 0 to 1.
    temporal_correlation
        Between a step and the next, 0 to 1 (a first-order autoregression).
    seed
        A home's error depends on the seed and its own index alone, not on how many homes there are.
    """

    share: float
    spatial_correlation: float = 0.0
    temporal_correlation: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0.0 <= self.spatial_correlation <= 1.0 and 0.0 <= self.temporal_correlation <= 1.0):
            raise InputError.of("forecast", "a correlation is outside 0 to 1", "Give a number from 0 to 1.")

    def forecast(self, series: FloatArray, first: int, steps: int) -> FloatArray:
        """Return reality with an error; the same window always has the same error."""
        shared = self._errors(stream(self.seed, _SHARED, first), steps)
        own = [self._errors(stream(self.seed, _OWN, first, home), steps) for home in range(len(series))]
        mixed = np.sqrt(self.spatial_correlation) * shared + np.sqrt(1.0 - self.spatial_correlation) * np.array(own)
        values: FloatArray = series[:, first : first + steps] * (1.0 + self.share * mixed)
        return values

    def _errors(self, random: Generator, steps: int) -> FloatArray:
        errors = random.standard_normal(steps)
        fresh = np.sqrt(1.0 - self.temporal_correlation**2)
        for step in range(1, steps):
            errors[step] = self.temporal_correlation * errors[step - 1] + fresh * errors[step]
        return errors


@dataclass(frozen=True, eq=False)
class Given:
    """A forecast of the user's own, of the same shape as the series."""

    values: FloatArray

    def forecast(self, series: FloatArray, first: int, steps: int) -> FloatArray:
        """Return the user's values."""
        if np.shape(self.values) != series.shape:
            text = f"of shape {np.shape(self.values)} for a series of shape {series.shape}"
            raise InputError.of("forecast", text, "Give one value per home and step of the whole series.")
        return np.asarray(self.values, dtype=float)[:, first : first + steps]


def stream(seed: int, *place: int) -> Generator:
    """Return the random numbers of one place: they depend on the seed and the place alone, not on any order."""
    return default_rng(SeedSequence(seed, spawn_key=place))


@checks_arguments
def scaled_towards_actual(forecast: FloatArray, actual: FloatArray, scale: Amount) -> FloatArray:
    """Return ``actual + scale (forecast - actual)``: 1 keeps the forecast, 0 makes it perfect.

    Parameters
    ----------
    forecast
        Any unit, any shape.
    actual
        The same unit and shape.
    scale
        How much of the error is kept, >= 0.
    """
    return actual + scale * (forecast - actual)


@dataclass(frozen=True, eq=False)
class ForecastErrors:
    """How wrong a forecast was, per home and for all of them together; all as shares of the mean modulus.

    Attributes
    ----------
    nrmse, nmae, bias
        Shape ``(homes,)``: root mean square, mean modulus and mean of ``forecast - actual``.
    pooled_nrmse, pooled_nmae, pooled_bias
        Of the sum over homes: errors that aren't shared cancel.
    """

    nrmse: FloatArray
    nmae: FloatArray
    bias: FloatArray
    pooled_nrmse: float
    pooled_nmae: float
    pooled_bias: float

    @classmethod
    def of(cls, forecast: FloatArray, actual: FloatArray) -> ForecastErrors:
        """Return the errors of a forecast, shape ``(homes, steps)`` like ``actual``; nan where all is zero."""
        each = _statistics(forecast, actual)
        pooled = _statistics(forecast.sum(axis=0, keepdims=True), actual.sum(axis=0, keepdims=True))
        return cls(*each, *(float(value[0]) for value in pooled))


def _statistics(forecast: FloatArray, actual: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    error, size = forecast - actual, np.abs(actual).mean(axis=1)
    size = np.where(size > 0, size, np.nan)
    return (
        np.sqrt((error**2).mean(axis=1)) / size,
        np.abs(error).mean(axis=1) / size,
        error.mean(axis=1) / size,
    )
