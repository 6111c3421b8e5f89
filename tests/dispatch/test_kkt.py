"""Optimality conditions of every dispatch, computed here from the program's data alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from lempart.case import Case
from lempart.conic import ConicSolution, SolverSettings, Verdict, kkt_residuals, solve
from lempart.cost import CostsWithExternalities, costs_of
from lempart.dispatch import DispatchProblem, build_ex_ante, dispatch
from lempart.errors import InfeasibleError, SolverError
from lempart.partition import Partition
from support.feeders import random_feeder
from support.reference import reference_case

ACCEPTED = 1e-6


def _problems(case: Case, most: int) -> Iterator[DispatchProblem]:
    costs = costs_of(case)
    family = costs.prepared.family
    if isinstance(costs, CostsWithExternalities):
        for _, partition in zip(range(most), family.enumerate(), strict=False):
            yield costs.problem(partition)
    else:
        for _, mask in zip(range(most), family.subcoalitions(family.everyone), strict=False):
            yield costs.coalition_problem(family.subgraph(mask))


@dataclass
class _Conditions:
    """Violations in the scaled program: each row, column and the cost measured in its own unit."""

    feasibility: float
    stationarity: float
    sign: float
    complementarity: float

    @classmethod
    def of(cls, solution: ConicSolution) -> _Conditions:
        program = solution.program
        row, column, unit = program.row_scale, program.column_scale, program.cost_scale
        a, p = program.matrix.toarray(), program.quadratic.toarray()
        slack = (program.rhs - a @ solution.x) / row
        dual = solution.z * row / unit
        gradient = (p @ solution.x + program.linear + a.T @ solution.z) * column / unit
        terms = np.abs(program.linear) + np.abs(a.T) @ np.abs(solution.z)
        zero, first = program.cones.zero, program.cones.first_cone_row
        cone_slack, cone_dual = slack[first:].reshape(-1, 3), dual[first:].reshape(-1, 3)
        outside = [0.0, *(-slack[zero:first]), *(np.hypot(*cone_slack[:, 1:].T) - cone_slack[:, 0])]
        wrong = [0.0, *(-dual[zero:first]), *(np.hypot(*cone_dual[:, 1:].T) - cone_dual[:, 0])]
        products = np.concatenate([[0.0], slack[zero:first] * dual[zero:first], (cone_slack * cone_dual).sum(axis=1)])
        size = 1.0 + np.abs(program.linear) @ np.abs(solution.x) / unit
        return cls(
            feasibility=max(float(np.abs(slack[:zero]).max(initial=0.0)), *outside),
            stationarity=float(np.max(np.abs(gradient) / (1.0 + terms * column / unit), initial=0.0)),
            sign=max(wrong),
            complementarity=float(np.abs([0.0, *products]).sum() / size),
        )

    @property
    def worst(self) -> float:
        return max(self.feasibility, self.stationarity, self.sign, self.complementarity)


CASES: dict[str, Any] = {
    "ext1-101": lambda: reference_case("ext1-101"),
    "ext-103": lambda: reference_case("ext-103"),
    "pq1-103": lambda: reference_case("pq1-103"),
    "pq-102": lambda: reference_case("pq-102"),
    "self-103": lambda: reference_case("self-103"),
    "star-246": lambda: reference_case("star-246"),
    "every device": lambda: random_feeder(3, devices="every kind", reactive=True, tight=0.8, band=(0.98, 1.02)),
    "elastic": lambda: random_feeder(2, reactive=True, tight=0.3, band=(0.993, 1.005), limits="elastic"),
    "linear costs": lambda: random_feeder(5, quadratic=False, tight=0.9),
    "kilowatts": lambda: random_feeder(4, devices="every kind", reactive=True, scale=1e-3),
}


@pytest.mark.parametrize("name", CASES)
def test_every_dispatch_meets_the_optimality_conditions(name: str, record_property: Any) -> None:
    """Feasibility, stationarity, signs, complementarity to 1e-6: we price with the duals, so they must be right."""
    worst = own = 0.0
    solved = 0
    for problem in _problems(CASES[name](), 15):
        try:
            solution = dispatch(problem).solution
        except InfeasibleError:
            continue
        solved += 1
        worst = max(worst, _Conditions.of(solution).worst)
        own = max(own, kkt_residuals(solution).worst)
    record_property("worst", float(worst))
    print(f"{name}: {solved} dispatches, worst condition {worst:.1e}, by kkt_residuals {own:.1e}")
    assert solved >= 3
    assert worst <= ACCEPTED
    assert own <= ACCEPTED


@pytest.mark.parametrize("what", ["primal", "dual", "a dual of the wrong sign", "cost"])
def test_a_corrupted_solution_is_seen(what: str) -> None:
    """``kkt_residuals`` is not blind: a change of 1e-3 in any of the answer's parts shows."""
    problem = next(iter(_problems(reference_case("pq1-103"), 1)))
    solution = dispatch(problem).solution
    program = solution.program
    x, z, s = solution.x.copy(), solution.z.copy(), solution.s.copy()
    if what == "primal":
        x[len(x) // 2] += 1e-3 * program.column_scale[len(x) // 2]
    elif what == "dual":
        z[: program.cones.zero] += 1e-3 * program.cost_scale / program.row_scale[: program.cones.zero]
    elif what == "a dual of the wrong sign":
        z[program.cones.zero] = -1e-3 * program.cost_scale / program.row_scale[program.cones.zero]
    else:
        s[program.cones.zero] += 1e-3 * program.row_scale[program.cones.zero]
        x = solution.x * 1.001
    corrupted = replace(solution, x=x, z=z, s=s)
    assert kkt_residuals(solution).worst <= ACCEPTED
    assert kkt_residuals(corrupted).worst > 100 * ACCEPTED


@pytest.mark.parametrize("solver", ["clarabel", "piqp"])
@pytest.mark.parametrize("limits", ["hard", "elastic"])
def test_a_solver_that_fails_gives_no_number(solver: str, limits: str) -> None:
    """Stopped after two iterations there is a verdict but no solution, and a dispatch raises instead of answering.

    Nor is it called infeasible: a coalition would silently become "not viable".
    """
    settings = SolverSettings(solver=solver, iterations=2)  # type: ignore[arg-type]
    case = random_feeder(1, limits=limits)
    problem = next(iter(_problems(case, 1)))
    outcome = solve(build_ex_ante(problem).program, settings)
    assert outcome.verdict is Verdict.FAILED
    assert outcome.solution is None
    with pytest.raises(SolverError, match="could not be solved"):
        dispatch(problem, settings)


def test_a_failed_solver_makes_no_coalition_unviable() -> None:
    """Under strict self-consumption a failed solve is an error of the run, not a verdict on the coalition."""
    costs = costs_of(random_feeder(1, externalities=False), SolverSettings(iterations=2))
    with pytest.raises(SolverError):
        costs.partition(Partition.of([costs.prepared.family.everyone]))
