"""Eq 5: what violations of limits cost, and who answers for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lempart.grid.sums import over_places, summed
from lempart.typing import FloatArray, IntArray


def violation_cost(rate: FloatArray, excess: FloatArray, step_hours: float) -> FloatArray:
    """Return ``alpha (|S_e| - rating)+`` or ``alpha (|dv_n| - band)+`` of every place and step (Eq 5a), in currency.

    Parameters
    ----------
    rate
        ``alpha_e^dS`` per MVAh or ``alpha_n^dv`` per p.u. and hour, shape ``(places,)``.
    excess
        What is beyond the limits, shape ``(..., places, steps)``.
    """
    cost: FloatArray = rate[:, None] * excess * step_hours
    return cost


def total_violations(rate: FloatArray, excess: FloatArray, step_hours: float) -> FloatArray:
    """Return what violations cost altogether over the horizon, shape ``(...)``; arguments as for `violation_cost`."""
    if not excess.any():  # as it mostly is
        return np.zeros(excess.shape[:-2])
    return summed(summed(violation_cost(rate, excess, step_hours)))


@dataclass(frozen=True, eq=False, slots=True)
class ViolationCosts:
    """What violations of one kind, of lines or of voltages, cost, in currency.

    Attributes
    ----------
    total
        All of them over the horizon, shape ``(...)``.
    own
        Each coalition's: at places it answers for (Eq 5b), shape ``(..., coalitions)``.
    common
        Those at places that nobody answers for, per step (Eq 5c), shape ``(..., steps)``.
    """

    total: FloatArray
    own: FloatArray
    common: FloatArray


def violations(
    rate: FloatArray, excess: FloatArray, step_hours: float, answers_for: Sequence[Sequence[int] | IntArray]
) -> ViolationCosts:
    """Return what violations cost, divided among those who answer for them (Eqs 5a-5c).

    Parameters
    ----------
    rate, excess, step_hours
        As for :func:`violation_cost`.
    answers_for
        The places that each coalition answers for, as positions in ``excess``.
    """
    *leading, places, steps = excess.shape
    if not excess.any():  # as it mostly is
        own = np.zeros((*leading, len(answers_for)))
        return ViolationCosts(np.zeros(leading), own, np.zeros((*leading, steps)))
    cost = violation_cost(rate, excess, step_hours)
    per_place = summed(cost)
    nobodys = np.ones(places, dtype=bool)
    for at in answers_for:
        nobodys[at] = False
    own = np.stack([summed(per_place[..., at]) for at in answers_for], axis=-1)
    return ViolationCosts(summed(per_place), own, over_places(cost[..., nobodys, :]))
