"""Eqs 6, 8e and 9c: what wrong forecasts cost, and who pays for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lempart.grid.sums import over_places, summed
from lempart.typing import ComplexArray, FloatArray, IntArray

NO_IMBALANCE = 1e-12
"""Nobody is charged at a step at which all imbalances together are less than this share of the largest forecast."""


def imbalance_mva(mismatch_mva: ComplexArray, members: Sequence[int] | IntArray | slice = slice(None)) -> FloatArray:
    """Return ``|sum of U - U_hat|`` of a coalition, or of everyone, MVA, shape ``(..., steps)``.

    Parameters
    ----------
    mismatch_mva
        ``U - U_hat``, complex MVA, shape ``(..., prosumers, steps)``.
    members
        The coalition's prosumers, ascending.
    """
    size: FloatArray = np.abs(over_places(mismatch_mva[..., members, :]))
    return size


def balancing_cost(rate_per_mwh: FloatArray, imbalance: FloatArray, step_hours: float) -> FloatArray:
    """Return ``alpha |sum of U - U_hat|`` per step, in currency: of everyone ``Gamma_b`` (Eq 6), of a coalition Eq 9c.

    Parameters
    ----------
    rate_per_mwh
        ``alpha_0^dE`` or ``alpha_F^dE``, shape ``(steps,)``.
    imbalance
        As :func:`imbalance_mva` has it, shape ``(..., steps)``.
    """
    cost: FloatArray = rate_per_mwh * imbalance * step_hours
    return cost


@dataclass(frozen=True, eq=False, slots=True)
class SharedByImbalance:
    """Who pays for what is common to all (Eq 8e).

    Attributes
    ----------
    rate
        ``alpha_t^dE``, in currency per MVA of imbalance, 0 where nobody is charged; shape ``(..., steps)``.
    paid
        Each coalition's share over the horizon, in currency, shape ``(..., coalitions)``.
    unrecovered
        What can't be charged to anybody, shape ``(...)``.
    """

    rate: FloatArray
    paid: FloatArray
    unrecovered: FloatArray


def shared_by_imbalance(
    cost: FloatArray, imbalances: FloatArray, largest_forecast_mva: FloatArray | float
) -> SharedByImbalance:
    """Share balancing and common violations in proportion to imbalances (Eq 8e).

    Parameters
    ----------
    cost
        In currency per step, shape ``(..., steps)``.
    imbalances
        Of every coalition, MVA, shape ``(..., coalitions, steps)``.
    largest_forecast_mva
        What tells an imbalance from rounding, shape ``(...)``.
    """
    total = over_places(imbalances)
    charged = total > NO_IMBALANCE * np.asarray(largest_forecast_mva)[..., None]
    rate: FloatArray = np.divide(cost, total, out=np.zeros_like(cost), where=charged)
    return SharedByImbalance(rate, summed(imbalances * rate[..., None, :]), summed(np.where(charged, 0.0, cost)))
