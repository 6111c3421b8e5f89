"""By how much limits of the grid are missed, edge by edge and node by node, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lempart.conic import ConicSolution
from lempart.dispatch.exante import ExAnteModel
from lempart.dispatch.reach import lowest_and_highest
from lempart.dispatch.unbalanced import MATTERS, distance_from_zero, when
from lempart.grid import RadialGrid, squared_voltage_deviations
from lempart.text import first_of
from lempart.typing import ComplexArray, FloatArray, IntArray

MAX_NAMED = 8
"""Limits that a message names."""
_BAND = 0.01
"""A width of a band, p.u., of which a millionth or so is a tolerance."""


@dataclass(frozen=True, eq=False)
class Excess:
    """What exceeds limits, shape ``(nodes, steps)`` each, at most 0 where nothing does.

    Attributes
    ----------
    line, line_size
        Above ratings, MVA; and of what size powers are there, shape ``(nodes,)``, a millionth of which doesn't matter.
    above, below, voltage_size
        Beyond the bands of squared voltages, p.u.
    """

    line: FloatArray
    line_size: FloatArray
    above: FloatArray
    below: FloatArray
    voltage_size: FloatArray

    @classmethod
    def of_elastic(cls, model: ExAnteModel, solution: ConicSolution) -> Excess:
        """Return what the answer of a problem with elastic limits exceeds."""
        grid, shape = model.problem.grid, (model.problem.grid.node_count, model.problem.steps)
        line, above, below = (np.zeros(shape) for _ in range(3))
        rated = np.flatnonzero(grid.has_rating)
        if len(rated):
            line[rated] = solution.value("line excess")
        for side, limit, found in (("upper", grid.dv_max, above), ("lower", grid.dv_min, below)):
            at = np.flatnonzero(grid.has_band & np.isfinite(limit))
            if len(at):
                found[at] = solution.value(f"voltage {side} excess")
        size = np.maximum(grid.rating_mva, model.problem.power_scale_mw)
        return cls(line, size, above, below, np.full(shape[0], _BAND))

    @classmethod
    def between(cls, grid: RadialGrid, least_mva: ComplexArray, most_mva: ComplexArray) -> Excess:
        """Return what all flows between these two exceed at least, shape ``(nodes, steps)`` each."""
        modulus = np.hypot(
            distance_from_zero(least_mva.real, most_mva.real), distance_from_zero(least_mva.imag, most_mva.imag)
        )
        lowest, highest = (
            squared_voltage_deviations(grid, flows) for flows in lowest_and_highest(grid, least_mva, most_mva)
        )
        return cls(
            line=np.where(grid.has_rating[:, None], modulus - grid.rating_mva[:, None], 0.0),
            line_size=np.maximum(grid.rating_mva, np.abs(most_mva - least_mva).max(axis=1)),
            above=np.where(grid.has_band[:, None], lowest - grid.dv_max[:, None], 0.0),
            below=np.where(grid.has_band[:, None], grid.dv_min[:, None] - highest, 0.0),
            voltage_size=np.maximum(_BAND, (highest - lowest).max(axis=1)),
        )

    @property
    def worst(self) -> FloatArray:
        """Return the largest excess of each step, of lines as a share of their ratings, shape ``(steps,)``."""
        share = self.line / np.maximum(np.where(self.line > 0.0, self.line_size[:, None], 1.0), 1e-9)
        worst: FloatArray = np.max([share, self.above, self.below], axis=(0, 1))
        return worst

    def at(self, steps: IntArray, count: int) -> Excess:
        """Return the same where these are some of ``count`` steps, at the others of which nothing is known."""
        line, above, below = np.zeros((3, len(self.line), count))
        line[:, steps], above[:, steps], below[:, steps] = self.line, self.above, self.below
        return replace(self, line=line, above=above, below=below)

    def sentences(self, grid: RadialGrid, least: str = "") -> list[str]:
        """Return which limits are exceeded, when, and by how much, the worst first; ``least`` comes before amounts."""
        found: list[tuple[float, str]] = []
        for edge in np.flatnonzero(self.line.max(axis=1) > MATTERS * self.line_size):
            row = self.line[edge]
            end, over = grid.names[grid.tree.parent[edge]], row.max()
            text = f"line {end}-{grid.names[edge]} by {least}{over:.4g} MVA ({when(row)})"
            found.append((over / max(grid.rating_mva[edge], 1e-9), text))
        for side, limit, sign, excess in (
            ("upper", grid.dv_max, 1.0, self.above),
            ("lower", grid.dv_min, -1.0, self.below),
        ):
            for node in np.flatnonzero(excess.max(axis=1) > MATTERS * self.voltage_size):
                row = excess[node]
                limit_pu = np.sqrt(1.0 + limit[node])
                reached = np.sqrt(max(1.0 + limit[node] + sign * row.max(), 0.0))
                missed = f"{least}{abs(reached - limit_pu):.2g} p.u. ({when(row)})"
                text = f"voltage at {grid.names[node]} {side} limit {limit_pu:.4g} p.u. by {missed}"
                found.append((row.max() / 0.1, text))
        found.sort(key=lambda item: -item[0])
        return first_of([text for _, text in found], MAX_NAMED)
