"""The stages of a nucleolus: gains are lowered, groups fixed, payments settled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import nnls

from lempart.conic import LinearProgram, Verdict, solve_linear
from lempart.game.core.linear_program import CoreRows
from lempart.typing import BoolArray, FloatArray, IntArray

_WEIGHT = 1e-8  # a dual above it is no rounding: weights sum to 1 over at most players + 1 groups
_IN_SPAN = 1e-8  # squared distance from a span, relative to the row's own square


@dataclass(eq=False)
class Stages:
    """The state between stages, in units of ``rows.unit``; local to one call of :func:`nucleolus`.

    Attributes
    ----------
    matrix, costs
        All groups' rows; the coalition's own is the last.
    open
        Which groups' gains are not fixed yet, shape ``(groups,)``.
    off_span
        Squared distance of each row from the span of the fixed ones, shape ``(groups + 1,)``.
    basis
        Orthonormal rows that span the fixed ones.
    pinned
        Fixed rows that enlarged the span: (row, level).
    fixed
        All fixed rows that enlarged the span or carried weight: (row, stage).
    """

    matrix: sp.csr_array
    costs: FloatArray
    open: BoolArray
    off_span: FloatArray
    basis: list[FloatArray]
    pinned: list[tuple[int, float]]
    fixed: list[tuple[int, int]]
    stage: int = 0

    @classmethod
    def start(cls, rows: CoreRows) -> Stages:
        """Return the state in which only the sum of payments is fixed."""
        sizes = np.asarray(rows.matrix.sum(axis=1), dtype=float)
        is_open = np.ones(len(rows.masks) - 1, dtype=bool)
        stages = cls(rows.matrix, rows.costs / rows.unit, is_open, sizes, [], [], [])
        stages._pin(len(rows.masks) - 1, 0.0)
        return stages

    @property
    def rank(self) -> int:
        """Return how many independent sums of payments are fixed."""
        return len(self.basis)

    def lower_largest_gain(self) -> bool:
        """Lower the largest open gain as far as it goes and fix the groups that hold it; False if there is no least."""
        rows = np.flatnonzero(self.open)
        outcome = solve_linear(self._program(rows))
        if outcome.verdict is Verdict.UNBOUNDED:
            return False
        solution = outcome.require("the nucleolus")
        level, weights = float(solution.x[-1]), -solution.row_dual[: len(rows)]
        # Weights sum to 1, so that one is always fixed and the stages end.
        for row in rows[weights >= min(_WEIGHT, float(weights.max()))]:
            self.fixed.append((int(row), self.stage))
            self._pin(int(row), level)
        self.open &= self.off_span[:-1] > _IN_SPAN * self._sizes[:-1]
        self.stage += 1
        return True

    @property
    def _sizes(self) -> FloatArray:
        return np.diff(self.matrix.indptr).astype(float)

    def _program(self, rows: IntArray) -> LinearProgram:
        """Return the stage's program: the least ``ε``, with open gains at most ``ε`` and pinned ones as they are."""
        players = self.matrix.shape[1]
        pinned = [row for row, _ in self.pinned]
        paid = np.array([self.costs[row] + level for row, level in self.pinned])
        slack = sp.csr_array(np.array([[-1.0]] * len(rows) + [[0.0]] * len(pinned)))
        chosen = self.matrix[np.concatenate([rows, np.array(pinned, dtype=np.int64)])]
        free = np.full(players + 1, math.inf)
        return LinearProgram(
            cost=np.append(np.zeros(players), 1.0),
            matrix=sp.csr_array(sp.hstack([chosen, slack], format="csr")),
            row_lower=np.concatenate([np.full(len(rows), -math.inf), paid]),
            row_upper=np.concatenate([self.costs[rows], paid]),
            lower=-free,
            upper=free,
        )

    def _pin(self, row: int, level: float) -> None:
        """Add a row to the fixed ones unless they span it already."""
        start, end = self.matrix.indptr[row], self.matrix.indptr[row + 1]
        if self.off_span[row] <= _IN_SPAN * (end - start):
            return
        vector = np.zeros(self.matrix.shape[1])
        vector[self.matrix.indices[start:end]] = 1.0
        for _ in range(2):  # twice is enough (Gram-Schmidt with one reorthogonalisation)
            for known in self.basis:
                vector -= (known @ vector) * known
        vector /= np.linalg.norm(vector)
        self.basis.append(vector)
        self.pinned.append((row, level))
        self.off_span = self.off_span - (self.matrix @ vector) ** 2

    def settle(self) -> tuple[FloatArray, tuple[float, ...]]:
        """Return payments and levels from the equations of the fixed groups alone, free of the programs' tolerance.

        The weights of a stage say that its level follows from those before it. So the equations ``y(S) - level = cost``
        determine all levels, and payments as far as the groups do; of these, least squares from equal payments.
        """
        players, whole = self.matrix.shape[1], len(self.costs) - 1
        levels = sp.csr_array(
            (
                -np.ones(len(self.fixed)),
                (np.arange(len(self.fixed)), [stage for _, stage in self.fixed]),
            ),
            shape=(len(self.fixed) + 1, self.stage),
        )
        order = np.array([*(row for row, _ in self.fixed), whole], dtype=np.int64)
        equal = np.full(players, self.costs[whole] / players)
        system = np.hstack([self.matrix[order].toarray(), levels.toarray()])
        right = self.costs[order] - self.matrix[order] @ equal
        found = np.linalg.lstsq(system, right, rcond=1e-10)[0]
        return equal + found[:players], tuple(found[players:].tolist())

    def nearest_below(self, payments: FloatArray, ceiling: float) -> FloatArray:
        """Return the allocation nearest to ``payments`` with every open gain at most ``ceiling``.

        A least-distance problem within the null space of what is fixed (Lawson and Hanson 1974, chapter 23).
        """
        rows = np.flatnonzero(self.open)
        room = ceiling - (self.matrix[rows] @ payments - self.costs[rows])
        if np.all(room >= 0.0):
            return payments
        span = np.array(self.basis)
        free = np.linalg.svd(span)[2][len(span) :].T
        against = -(self.matrix[rows] @ free)
        stacked = np.vstack([against.T, -room])
        weights, _ = nnls(stacked, np.append(np.zeros(free.shape[1]), 1.0))
        residual = stacked @ weights
        residual[-1] -= 1.0
        moved: FloatArray = payments - free @ residual[:-1] / residual[-1]
        return moved
