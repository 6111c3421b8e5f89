"""The linear programs behind a core: its value, and the least core."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.arguments import checks_arguments
from lempart.conic import LinearOutcome, LinearProgram, Verdict, solve_many_rows
from lempart.typing import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CoreRows:
    """One row per sub-coalition that can leave: ``Σ_{i in F'} γ_i ≤ φ̂(F')``.

    Attributes
    ----------
    payers
        Who shares the cost, ascending: players, or edges.
    masks
        The sub-coalitions; the coalition itself, which all payers belong to, comes last.
    matrix
        Shape ``(len(masks), len(payers))``, 1 where the payer belongs to the sub-coalition.
    costs
        ``φ̂``, shape ``(len(masks),)``, finite.
    turnover
        What tolerances are a share of, in currency; None: see :attr:`unit`.
    """

    payers: tuple[int, ...]
    masks: tuple[int, ...]
    matrix: sp.csr_array
    costs: FloatArray
    turnover: float | None = None

    @classmethod
    def of(
        cls,
        costs: Mapping[int, float],
        payers_of: Callable[[int], tuple[int, ...]],
        turnover: float | None = None,
    ) -> CoreRows:
        """Return the rows of some sub-coalitions.

        Parameters
        ----------
        costs
            ``φ̂`` of each, in currency, finite, by mask; the coalition's own cost comes last.
        payers_of
            Who shares the cost of a mask.
        turnover
            What tolerances are a share of, in currency; None where that isn't known.
        """
        masks = tuple(costs)
        payers = payers_of(masks[-1])
        column = {payer: place for place, payer in enumerate(payers)}
        members = [[column[payer] for payer in payers_of(mask)] for mask in masks]
        starts = np.cumsum([0, *(len(row) for row in members)])
        indices = np.array([place for row in members for place in row], dtype=np.int32)
        matrix = sp.csr_array(
            (np.ones(len(indices)), indices, starts.astype(np.int32)), shape=(len(masks), len(payers))
        )
        return cls(payers, masks, matrix, np.array([costs[mask] for mask in masks]), turnover)

    @property
    def cost(self) -> float:
        """Return ``φ(F; P)``."""
        return float(self.costs[-1])

    @property
    def unit(self) -> float:
        """Return the amount by which the programs are scaled: the tolerances are shares of it."""
        return unit_of(self.cost, self.turnover)

    def largest_first(self, gains: FloatArray) -> list[int]:
        """Return the places of sub-coalitions by their gains, in currency; of equal ones the smaller mask is first.

        Gains are equal that differ by rounding, so that rounding doesn't choose.
        """
        ranks = [(-round(float(gain) / self.unit, 9), mask) for gain, mask in zip(gains, self.masks, strict=False)]
        return sorted(range(len(ranks)), key=ranks.__getitem__)


def unit_of(cost: float, turnover: float | None) -> float:
    """Return what a tolerance is a share of, in currency.

    Parameters
    ----------
    cost
        ``φ``, in currency.
    turnover
        What the players turn over, which it is; None: ``max(1, |φ|)``.
    """
    return max(1.0, abs(cost)) if turnover is None else turnover


@dataclass(frozen=True, slots=True, eq=False)
class CoreOptimum:
    """The most that can be collected: ``Y = max Σγ`` subject to the rows.

    Attributes
    ----------
    value
        ``Y``, in currency; at most ``φ(F; P)``.
    weights
        The balancing weight of every row: the duals, non-negative, summing to 1 over each payer's rows, with
        ``Σ weight · φ̂ = Y`` (Bondareva-Shapley).
    allocation
        A ``γ`` that collects it, shape ``(len(payers),)``.
    """

    value: float
    weights: FloatArray
    allocation: FloatArray


def core_optimum(rows: CoreRows) -> CoreOptimum:
    """Return ``Y = max Σγ`` subject to the rows, with weights and an allocation that prove it."""
    payers = len(rows.payers)
    if len(rows.masks) == 1:  # nobody can leave
        return CoreOptimum(rows.cost, np.ones(1), np.full(payers, rows.cost / payers))
    free = np.full(payers, math.inf)
    program = LinearProgram(
        cost=np.full(payers, -1.0),
        matrix=rows.matrix,
        row_lower=np.full(len(rows.masks), -math.inf),
        row_upper=rows.costs / rows.unit,
        lower=-free,
        upper=free,
    )
    solution = solve_many_rows(program).require("the core's value")
    value = min(-solution.value * rows.unit, rows.cost)  # the last row says so up to rounding
    return CoreOptimum(value, -solution.row_dual, solution.x * rows.unit)


@checks_arguments
def least_core(rows: CoreRows) -> tuple[float, FloatArray]:
    """Return the least ``ε`` and an allocation with ``Σγ = φ`` and ``Σ_{F'} γ ≤ φ̂(F') + ε`` for all others.

    Where ``ε`` has no least value (some payer is in no set that can leave, for example) it is ``-inf``,
    and the allocation leaves every row a slack of at least ``max(1, |φ|)``; if nobody can leave, all pay
    alike.
    """
    proper, payers = len(rows.masks) - 1, len(rows.payers)
    if proper == 0:
        return -math.inf, np.full(payers, rows.cost / payers)
    slack = sp.csr_array(np.array([[-1.0]] * proper + [[0.0]]))
    free = np.full(payers + 1, math.inf)
    cost = rows.cost / rows.unit

    def solve(lowest_epsilon: float) -> LinearOutcome:
        return solve_many_rows(
            LinearProgram(
                cost=np.array([0.0] * payers + [1.0]),
                matrix=sp.csr_array(sp.hstack([rows.matrix, slack], format="csr")),
                row_lower=np.array([-math.inf] * proper + [cost]),
                row_upper=rows.costs / rows.unit,
                lower=np.append(-free[:-1], lowest_epsilon),
                upper=free,
            )
        )

    outcome, bounded = solve(-math.inf), True
    if outcome.verdict is Verdict.UNBOUNDED:
        outcome, bounded = solve(-1.0), False
    x = outcome.require("the least core").x * rows.unit
    return (float(x[-1]) if bounded else -math.inf), x[:-1]


def nearest_within(rows: CoreRows, wanted: FloatArray, level: float) -> FloatArray:
    """Return the allocation nearest to ``wanted`` that collects ``φ`` and asks no other row more than ``φ̂ + level``.

    Parameters
    ----------
    rows
        What each group would pay, the coalition itself last.
    wanted
        In currency, by payer, shape ``(len(payers),)``, like the answer. Near is meant in the sum of absolute
        differences.
    level
        In currency, no less than the least ``ε``.
    """
    payers, proper = len(rows.payers), len(rows.masks) - 1
    eye, limits = sp.eye_array(payers), rows.costs / rows.unit
    limits[:-1] += level / rows.unit
    zero = sp.csr_array((len(rows.masks), payers))
    matrix = sp.block_array([[rows.matrix, zero], [eye, eye], [eye, -eye]], format="csr")  # columns: γ, |γ − wanted|
    target, free = wanted / rows.unit, np.full(payers, math.inf)
    program = LinearProgram(
        cost=np.append(np.zeros(payers), np.ones(payers)),
        matrix=sp.csr_array(matrix),
        row_lower=np.concatenate([np.full(proper, -math.inf), limits[-1:], target, -free]),
        row_upper=np.concatenate([limits, free, target]),
        lower=np.append(-free, np.zeros(payers)),
        upper=np.append(free, free),
    )
    found: FloatArray = solve_many_rows(program).require("the nearest allocation").x[:payers] * rows.unit
    return found
