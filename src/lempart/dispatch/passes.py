"""Passes of a dispatch with losses: its limits are shifted by what losses make of its flows, until that stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lempart.dispatch.losses import loss_shift
from lempart.dispatch.network import OUT_OF_PROPORTION
from lempart.dispatch.problem import DispatchProblem, LossShift
from lempart.dispatch.solution import Dispatch
from lempart.errors import InfeasibleError, SolverError
from lempart.grid import squared_voltage_deviations

MAX_PASSES = 8
"""Dispatches of one problem, each with limits shifted by the losses of the one before."""

STANDS = 1e-6
"""Shifts that move by no more than this, of a rating or in p.u., stand; a limit no farther off than this is reached."""


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
    try:
        solved = solve(problem)
    except InfeasibleError:
        if not (problem.grid.has_rating.any() or problem.grid.has_band.any()):
            raise
        # Losses may leave less of a flow than its rating: as they are where nothing is decided, for a beginning.
        shift = loss_shift(problem.grid, problem.forecast)
    else:
        shift = _shift_of(solved)
        if not _matters(solved, shift):
            return solved
    moved = np.inf
    for _ in range(MAX_PASSES - 1):
        solved = solve(replace(problem, losses=replace(problem.losses, shift=shift)))
        before, shift = shift, _shift_of(solved)
        moved = _moved(problem, before, shift)
        if moved <= STANDS:
            return solved
    raise SolverError(
        f"the dispatch doesn't settle: after {MAX_PASSES} passes losses still move its limits by {moved:.1e} of a "
        f"rating, or p.u. (more than {STANDS:.0e}). "
        'Set losses = "none" in [market], or limits = "elastic" in [dispatch].'
    )


def _shift_of(solved: Dispatch) -> LossShift:
    return loss_shift(solved.problem.grid, solved.problem.forecast + solved.flexible_mva)


def _matters(solved: Dispatch, shift: LossShift) -> bool:
    """Return whether a dispatch reaches a limit without losses, or exceeds one with them."""
    grid, flows = solved.problem.grid, solved.ex_ante_flows_mva
    deviations = squared_voltage_deviations(grid, flows)
    reached = np.abs(flows) >= grid.rating_mva[:, None] * (1.0 - STANDS)
    exceeded = (np.abs(flows - shift.lines) > grid.rating_mva[:, None]).any(axis=0)
    if (reached | exceeded)[grid.has_rating].any():
        return True
    with_losses = deviations - shift.voltages
    near = (deviations >= grid.dv_max[:, None] - STANDS) | (deviations <= grid.dv_min[:, None] + STANDS)
    outside = (with_losses > grid.dv_max[:, None]) | (with_losses < grid.dv_min[:, None])
    return bool((near | outside)[grid.has_band].any())


def _moved(problem: DispatchProblem, before: LossShift, after: LossShift) -> float:
    """Return by how much limits moved: of lines as a share of their ratings, of voltages in p.u."""
    grid, rated, banded = problem.grid, problem.grid.has_rating, problem.grid.has_band
    size = np.maximum(grid.rating_mva, OUT_OF_PROPORTION * problem.power_scale_mw)  # a rating may be zero
    lines = np.abs(after.lines - before.lines)[:, rated] / size[rated, None]
    voltages = np.abs(after.voltages - before.voltages)[banded]
    return max(float(lines.max(initial=0.0)), float(voltages.max(initial=0.0)))
