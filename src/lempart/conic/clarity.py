"""How well an answer tells the preferred one of the optimal points from the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.conic.program import ConicProgram, ConicSolution
from lempart.typing import BoolArray, FloatArray

RESOLVED, PRECISE = 2.5e-7, 1e-13
"""A residual up to this share of the preference's pull, and up to so much, needs no second step: it would move the
point by about 1e-7 of its scale (measured on 1,100 dispatches: at most 1.1e-7)."""

VAGUE, HOPELESS = 1e-11, 1e-8
"""Answers with a larger residual tell poorly which rows are tight at all optimal points: a more precise answer is asked
for. Beyond the second they don't tell it at all."""

MERE = 1e-4
"""A preference that pulls harder, as a share of the cost's scale, is a cost like others: it isn't done without."""


@dataclass(frozen=True, eq=False, slots=True)
class Clarity:
    """How well answers tell the preferred one of the optimal points, shape ``(answers,)`` each.

    Attributes
    ----------
    residual
        The largest residual of stationarity, and product of a slack and its dual, but at most the slack, in the scaled
        program; 0 where nothing is preferred.
    pull
        The largest component of the preference's gradient, in the scaled program; 0 where nothing is preferred.
    """

    residual: FloatArray
    pull: FloatArray

    @classmethod
    def of(
        cls, program: ConicProgram, x: FloatArray, z: FloatArray, s: FloatArray, linear: FloatArray | None = None
    ) -> Clarity:
        """Return how clear answers are: points, duals and slacks in columns, in the program's units.

        ``linear`` holds linear costs in columns, where they aren't the program's own.
        """
        preferred = program.preferred
        if preferred is None or not preferred.size:  # nothing to tell, and nothing to compute
            return cls(np.zeros(x.shape[1]), np.zeros(x.shape[1]))
        unit, first, columns = program.cost_scale, program.cones.first_cone_row, program.column_scale[:, None]
        gradient = (
            program.quadratic @ x + (program.linear[:, None] if linear is None else linear) + program.matrix.T @ z
        )
        # A row with a large dual is as tight as its slack is small, whatever a unit of it costs.
        large = np.maximum(1.0, np.abs(z) * program.row_scale[:, None] / unit)
        plain = slice(program.cones.zero, first)
        products = s * z / unit
        cones = products[first:].reshape(-1, 3, x.shape[1]).sum(axis=1) / large[first::3]
        parts = (gradient * columns / unit, products[plain] / large[plain], cones)
        residual = np.max([np.abs(part).max(axis=0, initial=0.0) for part in parts], axis=0)
        forms = program.preferred_forms
        norm = np.asarray(forms.T @ (np.asarray(forms @ x) + preferred.constant[:, None]))
        pull = 2.0 * program.preference_weight * np.abs(norm * columns / unit).max(axis=0, initial=0.0)
        return cls(residual, pull)

    @property
    def resolved(self) -> BoolArray:
        """Return whose point is the preferred one as it is."""
        enough = RESOLVED * self.pull
        resolved: BoolArray = self.residual <= np.where(self.pull > MERE, enough, np.minimum(enough, PRECISE))
        return np.asarray(resolved | (self.pull == 0.0))

    @property
    def nearly_resolved(self) -> BoolArray:
        """Return whose point is the preferred one, where residuals are those of a batch: even, none of them large."""
        nearly: BoolArray = self.residual <= RESOLVED * self.pull
        return np.asarray(self.resolved | nearly)

    @property
    def vague(self) -> BoolArray:
        """Return whose duals tell poorly which points are optimal."""
        vague: BoolArray = ~self.resolved & ((self.residual > VAGUE) | (self.pull > MERE))
        return vague


def clarity(solution: ConicSolution) -> Clarity:
    """Return how clear one solution is."""
    return Clarity.of(solution.program, *(part[:, None] for part in (solution.x, solution.z, solution.s)))
