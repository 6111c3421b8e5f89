"""Core margins of many games at once, by the balanced collections of a coalition (Bondareva and Shapley)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from lempart.conic import LinearProgram, solve_linear
from lempart.partition import Family, members
from lempart.typing import BoolArray, FloatArray

MAX_CANDIDATES = 200_000
"""Bases looked at when collections are listed; larger games are solved as linear programs, draw by draw."""


@dataclass(frozen=True, eq=False)
class BalancedCollections:
    """How the proper sub-coalitions of a coalition can block it.

    The core of ``F`` is empty iff for some weights ``w >= 0`` that sum to 1 over each player's sub-coalitions
    ``sum w phi(F') < phi(F)``. The worst weights are at a vertex of their polytope, a minimal balanced collection, and
    vertices depend on who is in which sub-coalition, not on costs: listed once, they settle every draw.

    Attributes
    ----------
    coalition
        ``F`` as a mask of players.
    masks
        Its proper sub-coalitions.
    """

    coalition: int
    masks: tuple[int, ...]

    @classmethod
    def of(cls, family: Family, coalition: int) -> BalancedCollections:
        """Return those of a coalition, a mask of the family's players."""
        return cls(coalition, tuple(m for m in family.subcoalitions(coalition) if m != coalition))

    @property
    def players(self) -> tuple[int, ...]:
        """Return the coalition's players."""
        return members(self.coalition)

    @cached_property
    def incidence(self) -> FloatArray:
        """Return 1 where a player is in a sub-coalition, shape ``(players, masks)``."""
        rows = [[float(mask >> player & 1) for mask in self.masks] for player in self.players]
        return np.array(rows).reshape(len(self.players), len(self.masks))

    @cached_property
    def weights(self) -> FloatArray | None:
        """Return the minimal balanced collections, shape ``(collections, masks)``; None where there are too many."""
        players, count = self.incidence.shape
        if count < players or math.comb(count, players) > MAX_CANDIDATES:
            return None if count >= players else np.zeros((0, count))
        bases = np.array(list(itertools.combinations(range(count), players)))
        matrices = self.incidence[:, bases].transpose(1, 0, 2)
        regular = np.abs(np.linalg.det(matrices)) > 0.5  # determinants of 0/1 matrices are whole numbers
        bases, matrices = bases[regular], matrices[regular]
        solved = np.linalg.solve(matrices, np.ones((len(bases), players, 1)))[..., 0]
        inside = (solved > -1e-9).all(axis=1)
        rows = np.zeros((int(inside.sum()), count))
        np.put_along_axis(rows, bases[inside], np.maximum(solved[inside], 0.0), axis=1)
        rows[rows < 1e-9] = 0.0
        found: FloatArray = np.unique(np.round(rows, 12), axis=0)
        return found

    def margins(self, cost: FloatArray, threats: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return by how much no collection of sub-coalitions undercuts the coalition, and which one comes closest.

        Parameters
        ----------
        cost
            ``phi(F)`` in every draw, shape ``(draws,)``; infinite where the coalition is not viable.
        threats
            What each proper sub-coalition expects to pay on its own, shape ``(draws, masks)``; infinite where leaving
            is no threat.

        Returns
        -------
        margins
            ``min sum w phi(F') - phi(F)``, shape ``(draws,)``: negative where the core is empty, by the shortfall;
            infinite where nobody can leave; minus infinity where the coalition is not viable.
        closest
            The sub-coalitions of the collection that attains the minimum, shape ``(draws, masks)``.
        """
        least = np.full(len(cost), np.inf)
        closest = np.zeros(threats.shape, dtype=bool)
        if self.masks:
            least, closest = self._cheapest(threats)
        with np.errstate(invalid="ignore"):
            margins = np.where(np.isinf(cost), -np.inf, least - np.where(np.isinf(cost), 0.0, cost))
        return margins, closest & np.isfinite(margins)[:, None]

    def _cheapest(self, threats: FloatArray) -> tuple[FloatArray, BoolArray]:
        weights = self.weights
        if weights is None:
            solved = [self._cheapest_by_program(row) for row in threats]
            return np.array([value for value, _ in solved]), np.array([used for _, used in solved])
        if not len(weights):
            return np.full(len(threats), np.inf), np.zeros(threats.shape, dtype=bool)
        values = np.zeros((len(threats), len(weights)))
        for index in range(len(self.masks)):  # term by term, so that a draw's sum doesn't depend on its neighbours
            used = weights[:, index] > 0
            values[:, used] += weights[used, index] * threats[:, index, None]
        best = values.argmin(axis=1)
        return values[np.arange(len(best)), best], weights[best] > 0

    def _cheapest_by_program(self, threats: FloatArray) -> tuple[float, BoolArray]:
        """Return the least balanced sum of one draw and the sub-coalitions it weighs, by linear programming."""
        used = np.zeros(len(self.masks), dtype=bool)
        finite = np.isfinite(threats)
        if np.any(self.incidence[:, finite].sum(axis=1) == 0):
            return math.inf, used
        unit = float(np.abs(threats[finite]).max()) or 1.0
        players = len(self.players)
        solution = solve_linear(
            LinearProgram(
                cost=threats[finite] / unit,
                matrix=sp.csr_array(self.incidence[:, finite]),
                row_lower=np.ones(players),
                row_upper=np.ones(players),
                lower=np.zeros(int(finite.sum())),
                upper=np.full(int(finite.sum()), math.inf),
            )
        ).require("the least balanced sum")
        used[np.flatnonzero(finite)[solution.x > 1e-9]] = True
        return solution.value * unit, used


def stable(margins: Sequence[FloatArray], turnovers: Sequence[float], tolerance: float) -> BoolArray:
    """Return in which draws a partition is stable: no coalition of it is undercut.

    Parameters
    ----------
    margins
        Of each coalition, in currency, shape ``(draws,)``.
    turnovers
        What the players of each coalition turn over, in currency.
    tolerance
        How far a coalition may be undercut, as a share of that.
    """
    held = [margin >= -tolerance * turnover for margin, turnover in zip(margins, turnovers, strict=True)]
    every: BoolArray = np.all(held, axis=0)
    return every
