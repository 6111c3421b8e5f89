"""Programs with known optima and duals; verdicts; both solvers; duals chosen on a face."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.conic import (
    Affine,
    ConicSolution,
    DualFace,
    ProgramBuilder,
    SolverSettings,
    Verdict,
    closest_dual,
    kkt_residuals,
    solve,
)
from lempart.errors import SolverError


def _constant(*values: float) -> Affine:
    return Affine.of_constant(np.array(values, dtype=float))


def _solved(builder: ProgramBuilder, solver: str = "auto") -> ConicSolution:
    return solve(builder.build(), SolverSettings(solver=solver)).require("the example")  # type: ignore[arg-type]


def _textbook(scale: float = 1.0, cost_scale: float = 1.0) -> ProgramBuilder:
    """Minimise x1^2 + x2^2 + 3 with x1 + x2 = a (parameter, 1) and x1 >= 0.8: x = (0.8, 0.2), cost 3.68."""
    builder = ProgramBuilder(cost_scale=cost_scale)
    x = builder.variable("x", (2,), scale=scale)
    a = builder.parameter("a", np.array([1.0]))
    builder.minimize_squares(x, 1.0)
    builder.minimize(_constant(3.0))
    total = x.mapped(sp.csr_array(np.ones((1, 2))))
    builder.equal_zero("sum", total - a, scale=scale)
    builder.nonnegative("floor", x.take(np.array([0])) - _constant(0.8), scale=scale)
    return builder


@pytest.mark.parametrize("solver", ["clarabel", "piqp", "auto"])
@pytest.mark.parametrize(("scale", "cost_scale"), [(1.0, 1.0), (1e-3, 50.0), (1e3, 1e-2)])
def test_a_quadratic_program(solver: str, scale: float, cost_scale: float) -> None:
    """Optimum, duals and the derivative by a parameter, whatever scales the solver is shown.

    Stationarity: 2 x2 = 0.4 is the price of the sum, 2 x1 - 0.4 = 1.2 that of the floor; dcost/da = 0.4.
    """
    solution = _solved(_textbook(scale, cost_scale), solver)
    assert solution.value("x") == pytest.approx([0.8, 0.2], abs=1e-7)
    assert solution.cost == pytest.approx(3.68, abs=1e-7)
    assert solution.z[solution.program.row_blocks["floor"]] == pytest.approx([1.2], abs=1e-6)
    assert solution.sensitivity("a") == pytest.approx([0.4], abs=1e-6)
    assert kkt_residuals(solution).worst < 1e-6


def test_the_sensitivity_is_the_derivative() -> None:
    """The same program with a = 1.001 and 0.999: central difference of the cost against the dual."""
    costs = []
    for a in (1.001, 0.999):
        builder = ProgramBuilder()
        x = builder.variable("x", (2,))
        builder.minimize_squares(x, np.array([1.0, 3.0]))
        builder.minimize(x.scaled(np.array([0.3, -0.2])))
        builder.equal_zero("sum", x.mapped(sp.csr_array(np.ones((1, 2)))) - builder.parameter("a", np.array([a])))
        costs.append(_solved(builder).cost)
    builder = ProgramBuilder()
    x = builder.variable("x", (2,))
    builder.minimize_squares(x, np.array([1.0, 3.0]))
    builder.minimize(x.scaled(np.array([0.3, -0.2])))
    builder.equal_zero("sum", x.mapped(sp.csr_array(np.ones((1, 2)))) - builder.parameter("a", np.array([1.0])))
    assert _solved(builder).sensitivity("a")[0] == pytest.approx((costs[0] - costs[1]) / 0.002, abs=1e-6)


def test_a_parameter_with_a_cost_of_its_own() -> None:
    """A parameter in the cost counts in the cost and in its own derivative: 5 a + x with x >= a gives 6 a."""
    builder = ProgramBuilder()
    a = builder.parameter("a", np.array([2.0]))
    x = builder.variable("x", (1,))
    builder.minimize(a.scaled(5.0) + x)
    builder.nonnegative("x above a", x - a)
    solution = _solved(builder)
    assert solution.cost == pytest.approx(12.0, abs=1e-6)
    assert solution.sensitivity("a") == pytest.approx([6.0], abs=1e-6)


def test_a_second_order_cone_program() -> None:
    """Minimise r with |3 + 4j - 0| <= r shifted by x: the distance of (3, 4) from the line through (1, 0) is 4."""
    builder = ProgramBuilder()
    r, x = builder.variable("r", (1,)), builder.variable("x", (1,))
    builder.minimize(r)
    builder.modulus_at_most("distance", r, _constant(3.0) - x, _constant(4.0))
    solution = _solved(builder)
    assert solution.cost == pytest.approx(4.0, abs=1e-6)
    assert solution.value("x") == pytest.approx([3.0], abs=1e-3)
    cone = solution.z[solution.program.row_blocks["distance"]]
    assert cone.shape == (1, 3)
    assert cone[0] == pytest.approx([1.0, 0.0, -1.0], abs=1e-4)


def test_values_of_expressions() -> None:
    """``evaluate`` puts variables, parameters and constants together."""
    builder = _textbook()
    program = builder.build()
    x, a = Affine.of_columns(np.array([0, 1])), Affine.of_columns(np.array([2, 2]))
    solution = solve(program).require("the example")
    assert solution.evaluate(x.scaled(10.0) + a + _constant(0.5, 0.25)) == pytest.approx([9.5, 3.25], abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_the_solvers_agree(seed: int) -> None:
    """Random strictly convex programs: PIQP and Clarabel give the same point, duals and cost."""
    rng = np.random.default_rng(seed)
    n, m = 6, 4
    found = []
    matrix, point, weight = rng.normal(size=(m, n)), rng.normal(size=n), rng.uniform(0.5, 2.0, n)
    gap = rng.uniform(0.0, 0.5, m) * (rng.random(m) < 0.5)
    for solver in ("piqp", "clarabel"):
        builder = ProgramBuilder()
        x = builder.variable("x", (n,))
        builder.minimize_squares(x - Affine.of_constant(2.0 * point), weight)
        builder.nonnegative("rows", Affine.of_constant(matrix @ point + gap) - x.mapped(sp.csr_array(matrix)))
        builder.equal_zero("sum", x.mapped(sp.csr_array(np.ones((1, n)))) - _constant(float(point.sum())))
        found.append(_solved(builder, solver))
    assert found[0].x == pytest.approx(found[1].x, abs=2e-5)
    assert found[0].z == pytest.approx(found[1].z, abs=2e-4)
    assert found[0].cost == pytest.approx(found[1].cost, abs=1e-6)


@pytest.mark.parametrize("cone", [False, True])
def test_no_point_meets_the_constraints(cone: bool) -> None:
    """X >= 1 and x <= 0, or |1j| <= x <= 0.5: infeasible is told as such, and ``require`` raises with the name."""
    builder = ProgramBuilder()
    x = builder.variable("x", (1,))
    builder.minimize(x)
    if cone:
        builder.modulus_at_most("disc", x, _constant(0.0), _constant(1.0))
    else:
        builder.nonnegative("above one", x - _constant(1.0))
    builder.nonnegative("below a half", _constant(0.5) - x)
    outcome = solve(builder.build())
    assert outcome.verdict is Verdict.INFEASIBLE
    assert outcome.solution is None
    with pytest.raises(SolverError, match="my program: no point meets the constraints"):
        outcome.require("my program")


@pytest.mark.parametrize("cone", [False, True])
def test_a_cost_without_lower_bound(cone: bool) -> None:
    """Minimise -x with x >= 0 (or |1j| <= x): unbounded, not solved and not infeasible."""
    builder = ProgramBuilder()
    x = builder.variable("x", (1,))
    builder.minimize(-x)
    if cone:
        builder.modulus_at_most("disc", x, _constant(0.0), _constant(1.0))
    else:
        builder.nonnegative("above zero", x)
    outcome = solve(builder.build())
    assert outcome.verdict is Verdict.UNBOUNDED
    assert outcome.solution is None


def test_piqp_asked_for_cones_gives_no_wrong_answer() -> None:
    """PIQP knows no cones; asked for it by name there is no solution rather than one of another program."""
    builder = ProgramBuilder()
    x = builder.variable("x", (1,))
    builder.minimize(x)
    builder.modulus_at_most("disc", x, _constant(3.0), _constant(4.0))
    assert solve(builder.build(), SolverSettings(solver="piqp")).verdict is Verdict.FAILED
    assert _solved(builder).cost == pytest.approx(5.0, abs=1e-6)


def test_a_name_can_be_taken_once() -> None:
    """Blocks are read back by name, so a second one of that name is refused."""
    builder = ProgramBuilder()
    builder.variable("x", (1,))
    with pytest.raises(ValueError, match="taken"):
        builder.parameter("x", np.zeros(1))


@pytest.mark.parametrize(("target", "price"), [(0.3, 0.3), (5.0, 2.0), (-5.0, -1.0)])
def test_the_closest_dual_in_an_interval(target: float, price: float) -> None:
    """Minimise max(2 x, -x) at x = a = 0: any price of a in [-1, 2] is optimal, the nearest one taken."""
    builder = ProgramBuilder()
    a = builder.parameter("a", np.array([0.0]))
    x, top = builder.variable("x", (1,)), builder.variable("top", (1,))
    builder.minimize(top)
    builder.nonnegative("right", top - x.scaled(2.0))
    builder.nonnegative("left", top + x)
    builder.equal_zero("fixed", x - a)
    solution = _solved(builder)
    row = sp.csr_array(solution.program.parameter_matrix.T)
    chosen = closest_dual(DualFace.of(solution), row, np.array([target]), scale=1.0).point
    assert (row @ chosen)[0] == pytest.approx(price, abs=1e-5)
    assert kkt_residuals(ConicSolution(solution.program, solution.x, chosen, solution.s, 0.0, "", 0)).worst < 1e-5


@pytest.mark.parametrize(("target", "price"), [(0.3 + 0.4j, 0.3 + 0.4j), (3.0 + 4.0j, 0.6 + 0.8j)])
def test_the_closest_dual_in_a_disc(target: complex, price: complex) -> None:
    """Minimise |x| at x = 0 in the plane: the duals fill the unit disc, targets outside go to its rim."""
    builder = ProgramBuilder()
    a = builder.parameter("a", np.zeros(2))
    x, top = builder.variable("x", (2,)), builder.variable("top", (1,))
    builder.minimize(top)
    builder.modulus_at_most("modulus", top, x.take(np.array([0])), x.take(np.array([1])))
    builder.equal_zero("fixed", x - a)
    solution = _solved(builder)
    rows = sp.csr_array(solution.program.parameter_matrix.T)
    found = rows @ closest_dual(DualFace.of(solution), rows, np.array([target.real, target.imag]), scale=1.0).point
    assert found == pytest.approx([price.real, price.imag], abs=1e-4)


def test_a_unique_dual_stays_where_it_is() -> None:
    """Off the kink there is nothing to choose, however far the target."""
    solution = _solved(_textbook())
    rows = sp.csr_array(solution.program.parameter_matrix.T)
    chosen = closest_dual(DualFace.of(solution), rows, np.array([100.0]), scale=1.0).point
    assert (rows @ chosen)[0] == pytest.approx(0.4, abs=1e-5)
