"""Batches of programs against programs solved one by one by the libraries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from conic.batch_programs import random_program, right_hand_sides, some_parameters
from lempart.conic import ConicSolution, SolverSettings, Verdict, kkt_residuals, solve
from lempart.conic.batch import LIMITS, BatchAnswers, BatchSession
from lempart.conic.batch.residuals import ResidualCheck

COUNT = 11


def _same(a: BatchAnswers, b: BatchAnswers, of_a: slice | np.ndarray, of_b: slice | np.ndarray) -> bool:
    return all(
        np.array_equal(getattr(a, name)[..., of_a], getattr(b, name)[..., of_b])
        for name in ("x", "z", "s", "iterations")
    )


@pytest.mark.parametrize(("cones", "quadratic"), [(0, 1.0), (0, 1e-6), (0, 0.0), (4, 1.0), (4, 1e-6), (4, 0.0)])
def test_every_answer_is_that_of_a_solve(cones: int, quadratic: float) -> None:
    """Costs agree to 1e-7, points and duals where squares make them unique; no more than rounding is left over."""
    for seed in range(6):
        program = random_program(seed, cones=cones, quadratic=quadratic)
        parameters = some_parameters(program, seed, COUNT)
        found = BatchSession(program).solve(right_hand_sides(program, parameters))
        assert found.residual.max() < 1e-8
        for place, each in enumerate(parameters):
            here = program.with_parameters(each)
            alone = solve(here, SolverSettings(tolerance=1e-11)).require("the example")
            cost = here.cost(found.x[:, place])
            assert cost == pytest.approx(alone.cost, abs=1e-7 * max(1.0, abs(alone.cost)))
            if quadratic == 1.0:
                assert found.x[:, place] == pytest.approx(alone.x, abs=1e-4)
                assert found.z[:, place] == pytest.approx(alone.z, abs=1e-3)


@pytest.mark.parametrize("cones", [0, 4])
def test_residuals_are_those_of_one_solution(cones: int) -> None:
    """The residuals of many answers are the worst KKT residual of each, also where points or duals are spoilt."""
    program = random_program(2, cones=cones)
    parameters = some_parameters(program, 2, 6)
    rhs = right_hand_sides(program, parameters)
    found = BatchSession(program).solve(rhs)
    spoilt = np.array([0.0, 1e-3, 1.0])
    x = found.x + np.concatenate([spoilt, np.zeros(3)]) * program.column_scale[:, None]
    z = found.z - np.concatenate([np.zeros(3), spoilt]) * (program.cost_scale / program.row_scale)[:, None]
    columns, row, unit = sp.diags_array(program.column_scale), program.row_scale[:, None], program.cost_scale
    check = ResidualCheck.of(
        sp.csr_array(columns @ program.quadratic @ columns / unit),
        sp.csr_array(sp.diags_array(1.0 / program.row_scale) @ program.matrix @ columns),
        program.cones,
    )
    costs = np.repeat((program.linear * program.column_scale / unit)[:, None], 6, axis=1)
    slack, worst = check.slacks(costs, rhs / row, x / program.column_scale[:, None], z * row / unit)
    for place in range(6):
        here = program.with_parameters(parameters[place])
        one = ConicSolution(here, x[:, place], z[:, place], slack[:, place] * row[:, 0], here.cost(x[:, place]), "", 0)
        assert worst[place] == pytest.approx(kkt_residuals(one).worst, rel=1e-6, abs=1e-14)
    assert worst[0] < 1e-8 < worst[1] < worst[2]
    assert worst[3] < 1e-8 < worst[4] < worst[5]
    assert worst[[0, 3]] == pytest.approx(found.residual[[0, 3]], abs=1e-13)


@pytest.mark.parametrize("cones", [0, 4])
def test_an_answer_does_not_depend_on_its_neighbours(cones: int) -> None:
    """Bit for bit: alone, in another lane, in another order, beside one without a feasible point."""
    program = random_program(3, cones=cones)
    parameters = some_parameters(program, 3, COUNT)
    impossible = parameters.copy()
    impossible[::3, program.parameter_blocks["room"]] = -1e3
    rhs = right_hand_sides(program, parameters)
    session = BatchSession(program)
    together = session.solve(rhs)
    assert _same(together, session.solve(rhs[:, ::-1]), slice(None, None, -1), slice(None))
    assert _same(together, BatchSession(program).solve(rhs[:, 4:5]), slice(4, 5), slice(None))
    assert _same(together, session.solve(rhs[:, 3:]), slice(3, None), slice(None))
    beside = session.solve(right_hand_sides(program, impossible))
    feasible = np.flatnonzero(np.arange(COUNT) % 3 != 0)
    assert _same(together, beside, feasible, feasible)
    assert len({cost.tobytes() for cost in together.x.T}) == COUNT


@pytest.mark.parametrize("cones", [0, 4])
def test_an_infeasible_program_is_never_an_answer(cones: int) -> None:
    """Its residual is large (or no number), where the library says infeasible."""
    program = random_program(4, cones=cones)
    parameters = some_parameters(program, 4, 3)
    parameters[1, program.parameter_blocks["room"]] = -1e3
    found = BatchSession(program).solve(right_hand_sides(program, parameters))
    assert not found.residual[1] <= 1e-3
    assert found.residual[[0, 2]].max() < 1e-8
    assert solve(program.with_parameters(parameters[1])).verdict is Verdict.INFEASIBLE


@pytest.mark.parametrize("cones", [0, 4])
def test_rows_left_out_are_looked_at(cones: int) -> None:
    """Where left-out rows are met the answer is that with them and their duals are zero; else the residual tells."""
    met = violated = 0
    for seed in range(8):
        program = random_program(seed, cones=cones)
        rhs = right_hand_sides(program, some_parameters(program, seed, COUNT))
        left_out = program.row_blocks["disc"].ravel() if cones else program.row_blocks["from above"][::2]
        without, whole = BatchSession(program, left_out).solve(rhs), BatchSession(program).solve(rhs)
        assert np.all(without.z[left_out] == 0.0)
        binding = np.abs(whole.z[left_out]).max(axis=0) > 1e-5
        kept = without.residual < 1e-8
        assert np.array_equal(kept, ~binding)
        assert without.x[:, kept] == pytest.approx(whole.x[:, kept], abs=1e-4)
        met, violated = met + int(kept.sum()), violated + int(binding.sum())
    assert met > 5
    assert violated > 5


def test_degenerate_programs() -> None:
    """Twice the same row, a slack and a dual both zero, a program without inequalities that bind: all are solved."""
    program = random_program(5, quadratic=1.0)
    at = np.zeros((3, len(program.parameters)))
    at[:] = program.parameters
    at[1, program.parameter_blocks["room"]] = 1e3
    # At the optimum without any row, rooms that are just met: neither slack nor dual is positive.
    free = BatchSession(program).solve(right_hand_sides(program, at[1:2]))
    rooms = program.parameter_blocks["room"]
    rows = np.concatenate([program.row_blocks["from above"], program.row_blocks["from below"]])
    at[2, rooms] = 1e3 - free.s[rows, 0]
    found = BatchSession(program).solve(right_hand_sides(program, at))
    assert found.residual.max() < 1e-8
    assert found.x[:, 2] == pytest.approx(found.x[:, 1], abs=1e-3)


def test_a_session_stopped_early_has_a_large_residual() -> None:
    """One step, and one more from scratch, isn't enough, and says so: a caller that asks for 1e-8 falls back."""
    program = random_program(6, cones=4)
    rhs = right_hand_sides(program, some_parameters(program, 6, 3))
    found = BatchSession(program, limits=LIMITS._replace(iterations=1)).solve(rhs)
    assert found.residual.min() > 1e-6
    assert found.iterations.max() == 2


@pytest.mark.parametrize("cones", [0, 4])
def test_programs_may_differ_in_their_linear_costs(cones: int) -> None:
    """As one by one, at other costs and other right-hand sides; the program's own costs give its own bits."""
    program = random_program(7, cones=cones)
    rhs = right_hand_sides(program, some_parameters(program, 7, COUNT))
    rng = np.random.default_rng(7)
    linear = program.linear[:, None] * rng.uniform(0.8, 1.2, (1, COUNT))
    session = BatchSession(program)
    found = session.solve(rhs, linear)
    for place in range(COUNT):
        here = replace(program, rhs=rhs[:, place], linear=linear[:, place])
        alone = solve(here).require("one of them")
        assert here.cost(found.x[:, place]) == pytest.approx(alone.cost, rel=1e-7, abs=1e-9 * program.cost_scale)
        assert found.residual[place] < 1e-8
    own = np.repeat(program.linear[:, None], COUNT, axis=1)
    assert _same(session.solve(rhs, own), session.solve(rhs), slice(None), slice(None))
