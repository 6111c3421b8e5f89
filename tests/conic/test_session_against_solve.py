"""A program kept for many parameters against one solved anew; solves without refinement against those with."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from lempart import read_case, shipped_case_path
from lempart.conic import (
    Affine,
    ConicProgram,
    ConicSolution,
    ProgramBuilder,
    SolverSession,
    SolverSettings,
    Verdict,
    kkt_residuals,
    solve,
)
from lempart.conic.clarity import clarity
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.dispatch.exante import build_ex_ante
from lempart.typing import FloatArray

COUNT, ROWS = 6, 4


def _program(seed: int, *, cone: bool = False) -> ConicProgram:
    """Return a random strictly convex program with a feasible point; parameters move a sum, rows and a cone."""
    rng = np.random.default_rng(seed)
    builder = ProgramBuilder(cost_scale=float(rng.uniform(1, 50)))
    x = builder.variable("x", (COUNT,), scale=float(rng.uniform(0.1, 3)))
    total = builder.parameter("total", np.array([1.0]))
    room = builder.parameter("room", np.full(ROWS, 0.3))
    builder.minimize_squares(x, rng.uniform(0.5, 2.0, COUNT))
    builder.minimize(x.scaled(rng.normal(size=COUNT)))
    builder.minimize(total.scaled(2.0))
    builder.equal_zero("sum", x.mapped(sp.csr_array(np.ones((1, COUNT)))) - total)
    mixed = x.mapped(sp.csr_array(rng.normal(size=(ROWS, COUNT))))
    builder.nonnegative("rows from above", room - mixed, scale=2.0)
    builder.nonnegative("rows from below", room.scaled(4.0) + mixed)
    if cone:
        two = np.array([0, 1])
        builder.modulus_at_most("disc", room.take(two) + Affine.of_constant(np.ones(2)), x.take(two), x.take(two + 2))
    return builder.build()


def _parameters(program: ConicProgram, seed: int, count: int = 4) -> list[FloatArray]:
    rng = np.random.default_rng([seed, 1])
    return [program.parameters + rng.uniform(-0.25, 0.25, len(program.parameters)) for _ in range(count)]


def _solved(session: SolverSession, parameters: FloatArray) -> ConicSolution:
    return session.solve(parameters).require("the example")


@pytest.mark.parametrize("cone", [False, True])
@pytest.mark.parametrize("solver", ["auto", "clarabel"])
def test_each_answer_is_that_of_a_solve(cone: bool, solver: Any) -> None:
    """Point, duals and cost; the solution belongs to the program at its own parameters and meets its conditions."""
    settings = SolverSettings(tolerance=1e-10, solver=solver)
    for seed in range(5):
        program = _program(seed, cone=cone)
        session = SolverSession(program, settings)
        costs = set()
        for parameters in _parameters(program, seed):
            found = _solved(session, parameters)
            alone = solve(program.with_parameters(parameters), settings).require("the example")
            assert np.array_equal(found.program.parameters, parameters)
            assert found.x == pytest.approx(alone.x, abs=1e-6)
            assert found.z == pytest.approx(alone.z, abs=1e-4)
            assert found.cost == pytest.approx(alone.cost, abs=1e-7)
            assert kkt_residuals(found).worst < 1e-6
            costs.add(round(found.cost, 6))
        assert len(costs) == 4, "the parameters change nothing: nothing was tested"


@pytest.mark.parametrize("cone", [False, True])
def test_an_answer_does_not_depend_on_what_was_solved_before(cone: bool) -> None:
    """Bit for bit: in either order, repeated, in a fresh session, and after a program without a feasible point."""
    program = _program(3, cone=cone)
    every = _parameters(program, 3, 5)
    impossible = program.parameters.copy()
    impossible[program.parameter_blocks["room"]] = -1e3
    forwards, backwards = SolverSession(program), SolverSession(program)
    first = [_solved(forwards, parameters) for parameters in every]
    assert forwards.solve(impossible).verdict is Verdict.INFEASIBLE
    again = [_solved(forwards, parameters) for parameters in every]
    second = [_solved(backwards, parameters) for parameters in reversed(every)][::-1]
    fresh = [_solved(SolverSession(program), parameters) for parameters in every]
    for solutions in zip(first, again, second, fresh, strict=True):
        for other in solutions[1:]:
            assert np.array_equal(solutions[0].x, other.x)
            assert np.array_equal(solutions[0].z, other.z)
            assert solutions[0].cost == other.cost


def test_verdicts_are_those_of_a_solve() -> None:
    """Infeasible at some parameters, solved at the next; a solver that is stopped gives no solution."""
    program = _program(1)
    session = SolverSession(program)
    impossible = program.parameters.copy()
    impossible[program.parameter_blocks["room"]] = -1e3
    outcome = session.solve(impossible)
    assert (outcome.verdict, outcome.solution) == (Verdict.INFEASIBLE, None)
    assert session.solve(program.parameters).verdict is Verdict.SOLVED
    stopped = SolverSession(program, SolverSettings(iterations=1)).solve(program.parameters)
    assert (stopped.verdict, stopped.solution) == (Verdict.FAILED, None)


def test_a_quadratic_program_is_set_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's own solver takes each parameter: it doesn't fall back on a solve from scratch."""
    program = _program(4)
    session = SolverSession(program)

    def never(*_: object) -> Any:
        raise AssertionError("solved from scratch")

    monkeypatch.setattr(importlib.import_module("lempart.conic.session"), "solve", never)
    solutions = [_solved(session, parameters) for parameters in _parameters(program, 4)]
    assert {solution.solver for solution in solutions} == {"PIQP"}


class _Solves:
    """Notes how Clarabel is asked, and forces what the quick solves are accepted at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, accepted: float | None = None) -> None:
        module = importlib.import_module("lempart.conic.solve")
        self.cares: list[str] = []
        self.thresholds: list[float] = []
        clarabel = module._clarabel

        def counted(program: ConicProgram, settings: SolverSettings, *, care: Any) -> Any:
            self.cares.append(care.name)
            self.thresholds.append(settings.accepted)
            return clarabel(program, settings, care=care)

        monkeypatch.setattr(module, "_clarabel", counted)
        if accepted is not None:
            monkeypatch.setattr(module, "WITHOUT_REFINEMENT", accepted)


def _cones() -> Iterator[ConicProgram]:
    yield from (_program(seed, cone=True) for seed in range(5))


def test_a_quick_answer_is_accepted_when_it_is_accurate(monkeypatch: pytest.MonkeyPatch) -> None:
    """One solve without refinement each, with residuals below 1e-8."""
    solves = _Solves(monkeypatch)
    for program in _cones():
        assert kkt_residuals(solve(program).require("the example")).worst <= 1e-8
    assert solves.cares == ["QUICK"] * 5
    assert solves.thresholds == [1e-8] * 5


def test_an_inaccurate_quick_answer_is_solved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a threshold that no answer meets, refinement follows, accepted as always, and gives the same answer."""
    quick = [solve(program).require("the example") for program in _cones()]
    solves = _Solves(monkeypatch, accepted=0.0)
    refined = [solve(program).require("the example") for program in _cones()]
    assert solves.cares == ["QUICK", "REFINED"] * 5
    assert solves.thresholds == [0.0, 1e-6] * 5
    for one, other in zip(quick, refined, strict=True):
        assert one.x == pytest.approx(other.x, abs=1e-6)
        assert one.z == pytest.approx(other.z, abs=1e-5)
        assert one.cost == pytest.approx(other.cost, abs=1e-8)


def test_stricter_settings_hold_for_the_quick_solve_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who accepts less than 1e-8 gets no worse from any solve; below what a solver reaches there is no answer."""
    solves = _Solves(monkeypatch)
    outcome = solve(next(_cones()), SolverSettings(accepted=1e-30))
    assert (outcome.verdict, outcome.solution) == (Verdict.FAILED, None)
    assert solves.thresholds == [1e-30, 1e-30, 1e-30]


def test_infeasible_is_told_by_the_refined_solve(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick solve alone condemns nothing."""
    program = next(_cones())
    impossible = program.parameters.copy()
    impossible[program.parameter_blocks["room"]] = -1e3
    solves = _Solves(monkeypatch)
    assert solve(program.with_parameters(impossible)).verdict is Verdict.INFEASIBLE
    assert solves.cares == ["QUICK", "REFINED"]


def test_a_vague_answer_is_asked_for_again_in_shorter_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is refined for an accurate answer whose duals are vague; some are clear then, by the measure itself."""
    solves = _Solves(monkeypatch)
    setting = PreparedCase.of(read_case(shipped_case_path("rural-feeder-5")))
    costs = CostsWithExternalities(setting, join=False)
    programs = [build_ex_ante(costs.problem(each)).program for each in islice(setting.family.enumerate(), 12)]
    vague = sum(bool(clarity(solve(program).require("a partition")).vague[0]) for program in programs)
    assert set(solves.cares) == {"QUICK", "SHORT_STEPS"}
    assert vague < solves.cares.count("SHORT_STEPS")


def test_a_session_is_independent_of_the_program_s_own_parameters() -> None:
    """Set up at other parameters, the answers agree to the solver's accuracy."""
    program = _program(2)
    far = program.with_parameters(program.parameters + 0.2)
    settings = SolverSettings(tolerance=1e-11)
    for parameters in _parameters(program, 2):
        one, other = (_solved(SolverSession(start, settings), parameters) for start in (program, far))
        assert one.x == pytest.approx(other.x, abs=1e-7)
        assert one.cost == pytest.approx(other.cost, abs=1e-8)
