"""Passes with a secant against passes without: the same dispatch, found in fewer solves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.dispatch import Dispatch, DispatchProblem
from lempart.dispatch.losses import loss_shift
from lempart.dispatch.passes import MAX_PASSES, STANDS, in_passes
from lempart.dispatch.solution import convex_dispatch
from lempart.errors import SolverError
from support.feeders import random_feeder


def _problem(seed: int, **fields: object) -> DispatchProblem:
    """Return a problem whose limits bind, one market of all."""
    given = random_feeder(
        seed, prosumers=6, losses="priced", tie_break=0.3, **{"tight": 0.8, "band": (0.98, 1.02), **fields}
    )
    costs = CostsWithExternalities(PreparedCase.of(given))
    return costs.problem(costs.prepared.partition_of([[prosumer.name for prosumer in given.prosumers]]))


def _plain(problem: DispatchProblem) -> tuple[Dispatch, int]:
    """Return the dispatch, and how many solves it takes, where every shift is what losses made of the flows before."""
    solved, count = convex_dispatch(problem), 1
    assert problem.losses is not None
    while True:
        shift = loss_shift(problem.grid, problem.forecast + solved.flexible_mva)
        before = problem.losses if count == 1 else solved.problem.losses
        if count > 1 and before is not None and before.shift is not None:
            lines = np.abs(shift.lines - before.shift.lines)[:, problem.grid.has_rating]
            rating = problem.grid.rating_mva[problem.grid.has_rating, None]
            if max((lines / rating).max(), np.abs(shift.voltages - before.shift.voltages).max()) <= STANDS:
                return solved, count
        solved, count = convex_dispatch(replace(problem, losses=replace(problem.losses, shift=shift))), count + 1


def test_the_same_dispatch_in_fewer_solves() -> None:
    """To what shifts resolve, and never in more; the last shift is that of the flows it leads to."""
    most = fewer = 0
    for seed in range(6):
        problem, count = _problem(seed), 0

        def solve(one: DispatchProblem) -> Dispatch:
            nonlocal count
            count += 1
            return convex_dispatch(one)

        found = in_passes(problem, solve)
        plain, slow = _plain(problem)
        assert found.solution.cost == pytest.approx(plain.solution.cost, rel=1e-6)
        assert found.flexible_mva == pytest.approx(plain.flexible_mva, abs=2e-5)
        assert found.problem.losses is not None
        assert found.problem.losses.shift is not None
        came = loss_shift(problem.grid, problem.forecast + found.flexible_mva)
        assert np.abs(came.voltages - found.problem.losses.shift.voltages).max() <= 2 * STANDS
        assert count <= slow
        most, fewer = max(most, count), fewer + slow - count
    assert most <= 5
    assert fewer >= 2


def test_shifts_that_never_stand_are_no_dispatch() -> None:
    """After eight solves a dispatch whose shifts still move is an error that names two remedies."""
    problem, count = _problem(1), 0

    def solve(one: DispatchProblem) -> Dispatch:
        nonlocal count
        count += 1
        solved = convex_dispatch(one)
        return replace(solved, flexible_mva=solved.flexible_mva * (1.0 + 0.01 * (-1) ** count))

    with pytest.raises(SolverError, match=r"after 8 passes .* losses = .none.* limits = .elastic"):
        in_passes(problem, solve)
    assert count == MAX_PASSES
