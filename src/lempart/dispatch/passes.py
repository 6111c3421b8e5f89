"""Passes of a dispatch with losses: its limits are shifted by what losses make of its flows, until that stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lempart.dispatch.losses import loss_shift
from lempart.dispatch.network import OUT_OF_PROPORTION
from lempart.dispatch.problem import DispatchProblem, LossShift
from lempart.dispatch.solution import Dispatch
from lempart.errors import InfeasibleError, SolverError
from lempart.grid import RadialGrid, squared_voltage_deviations
from lempart.typing import BoolArray, ComplexArray

MAX_PASSES = 8
"""Dispatches of one problem, each with limits shifted by the losses of the one before."""

STANDS = 1e-6
"""Shifts that move by no more than this, of a rating or in p.u., stand; a limit no farther off than this is reached."""

MOST_BACK, MOST_ON = 0.5, 1.0
"""How far shifts are taken back, or on, at most, as a share of how they changed in the last pass."""


def in_passes(problem: DispatchProblem, solve: Callable[[DispatchProblem], Dispatch]) -> Dispatch:
    """Return the dispatch of a problem whose limits hold with losses; without losses that is one ``solve``.

    The first pass has limits of flows without losses. Where it reaches none, and exceeds none with losses, it is the
    answer. Else limits are shifted by what losses made of the flows, until the shifts stand.

    Raises
    ------
    InfeasibleError
        No dispatch meets the limits.
    SolverError
        The shifts don't stand after `MAX_PASSES`, or no solver meets the tolerances.
    """
    if problem.losses is None:
        return solve(problem)
    grid = problem.grid
    try:
        solved = solve(problem)
    except InfeasibleError:
        if not (grid.has_rating.any() or grid.has_band.any()):
            raise
        # Losses may leave less of a flow than its rating: as they are where nothing is decided, for a beginning.
        settling = Settling(problem, loss_shift(grid, problem.forecast))
    else:
        shift = shift_of(solved)
        if not matters(grid, solved.ex_ante_flows_mva, shift):
            return solved
        settling = Settling.after_first(problem, shift)
    for _ in range(MAX_PASSES - 1):
        solved = solve(settling.shifted)
        if settling.stands(shift_of(solved)):
            return solved
    raise SolverError(
        f"the dispatch doesn't settle: after {MAX_PASSES} passes losses still move its limits by {settling.moved:.1e} "
        f"of a rating, or p.u. (more than {STANDS:.0e}). "
        'Set losses = "none" in [market], or limits = "elastic" in [dispatch].'
    )


@dataclass
class Settling:
    """How limits are shifted from pass to pass: by what came of the last one, and a secant through the last two.

    Attributes
    ----------
    shift
        That of the pass to come.
    came, residual
        What losses made of the last dispatch, and how far it is from what its limits were shifted by; None before.
    moved
        The largest of that: of lines as a share of their ratings, of voltages in p.u.
    """

    problem: DispatchProblem
    shift: LossShift
    came: LossShift | None = None
    residual: ComplexArray | None = None
    moved: float = np.inf

    @classmethod
    def after_first(cls, problem: DispatchProblem, came: LossShift) -> Settling:
        """Return how it goes on after a pass without any shift."""
        none = LossShift(np.zeros_like(came.lines), np.zeros_like(came.voltages))
        return cls(problem, came, came, _residual(problem, none, came))

    @property
    def shifted(self) -> DispatchProblem:
        """Return the problem of the pass to come."""
        assert self.problem.losses is not None
        return replace(self.problem, losses=replace(self.problem.losses, shift=self.shift))

    def stands(self, came: LossShift) -> bool:
        """Return whether the pass's shift is what losses made of its dispatch; else get ready for the next pass."""
        residual = _residual(self.problem, self.shift, came)
        self.moved = float(np.abs(residual).max(initial=0.0))
        if self.moved <= STANDS:
            return True
        self.shift = came
        if self.came is not None and self.residual is not None:
            change = residual - self.residual
            size = float(np.vdot(change, change).real)
            on = -float(np.vdot(change, residual).real) / size if size else 0.0
            on = min(max(on, -MOST_BACK), MOST_ON)
            lines, voltages = came.lines - self.came.lines, came.voltages - self.came.voltages
            self.shift = LossShift(came.lines + on * lines, came.voltages + on * voltages)
        self.came, self.residual = came, residual
        return False


def shift_of(solved: Dispatch) -> LossShift:
    """Return what losses make of a dispatch's flows and voltages."""
    return loss_shift(solved.problem.grid, solved.problem.forecast + solved.flexible_mva)


def matters(grid: RadialGrid, flows_mva: ComplexArray, shift: LossShift) -> BoolArray:
    """Return which dispatches reach a limit without losses, or exceed one with them, shape ``(...)``.

    Parameters
    ----------
    flows_mva
        Those without losses, complex, shape ``(..., nodes, steps)``.
    shift
        What losses make of them.
    """
    deviations = squared_voltage_deviations(grid, flows_mva)
    reached = np.abs(flows_mva) >= grid.rating_mva[:, None] * (1.0 - STANDS)
    exceeded = (np.abs(flows_mva[..., None, :, :] - shift.lines) > grid.rating_mva[:, None]).any(axis=-3)
    with_losses = deviations - shift.voltages
    near = (deviations >= grid.dv_max[:, None] - STANDS) | (deviations <= grid.dv_min[:, None] + STANDS)
    outside = (with_losses > grid.dv_max[:, None]) | (with_losses < grid.dv_min[:, None])
    line = (reached | exceeded)[..., grid.has_rating, :].any(axis=(-2, -1))
    return np.asarray(line | (near | outside)[..., grid.has_band, :].any(axis=(-2, -1)))


def _residual(problem: DispatchProblem, before: LossShift, after: LossShift) -> ComplexArray:
    """Return by how much limits moved, flat: of lines as a share of their ratings, of voltages in p.u."""
    grid, rated, banded = problem.grid, problem.grid.has_rating, problem.grid.has_band
    size = np.maximum(grid.rating_mva, OUT_OF_PROPORTION * problem.power_scale_mw)  # a rating may be zero
    lines = (after.lines - before.lines)[:, rated] / size[rated, None]
    voltages = (after.voltages - before.voltages)[banded]
    return np.concatenate([lines.ravel(), voltages.ravel()])
