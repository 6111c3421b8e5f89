"""The least norm among optimal points against two programs: the optimum first, then the norm at that cost."""

from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from lempart.case import Battery
from lempart.conic import (
    Affine,
    Clarity,
    ConicProgram,
    ConicSolution,
    ProgramBuilder,
    SolverSession,
    clarity,
    least_norm,
    solve,
)
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.partition import Partition
from support.cases import case, line, prosumer

WEIGHT = 1e-7


def _solution(builder: ProgramBuilder) -> ConicSolution:
    return solve(builder.build()).require("a test")


def test_equal_offers_are_shared_equally() -> None:
    """``min x1 + x2 + x3 / 2`` with ``x1 + x2 + x3 = 3``, ``x3 <= 1``: the cheap one gives all, the others 1 each."""
    builder = ProgramBuilder()
    x = builder.variable("x", (3,))
    builder.minimize(x.scaled(np.array([1.0, 1.0, 0.5])))
    builder.prefer_small(x, WEIGHT)
    builder.equal_zero("sum", x.summed(np.zeros(3, dtype=int), 1) - Affine.of_constant(np.array([3.0])))
    builder.nonnegative("from below", x)
    builder.nonnegative("from above", Affine.of_constant(np.array([9.0, 9.0, 1.0])) - x)
    assert _solution(builder).x == pytest.approx([1.0, 1.0, 1.0], abs=1e-9)


def test_a_bound_met_on_the_way_is_kept() -> None:
    """Equal shares of 3 would be 1 each; the first may be no more than 0.2, and the other two share the rest."""
    builder = ProgramBuilder()
    x = builder.variable("x", (3,))
    builder.minimize(x)
    builder.prefer_small(x, WEIGHT)
    builder.equal_zero("sum", x.summed(np.zeros(3, dtype=int), 1) - Affine.of_constant(np.array([3.0])))
    builder.nonnegative("from above", Affine.of_constant(np.array([0.2, 9.0, 9.0])) - x)
    assert _solution(builder).x == pytest.approx([0.2, 1.4, 1.4], abs=1e-8)


def test_what_is_a_little_dearer_is_not_equally_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """``min x1 + (1 + 1.5e-6) x2`` with ``x1 + x2 = 3``: 3 and 0, though the norm's weight pulls nearly as hard.

    Equal shares cost 2.25e-6 more: by the duals alone a second step takes that for the norm's doing.
    """
    monkeypatch.setattr(clarity, "PRECISE", 0.0)  # so that there is a second step
    builder = ProgramBuilder()
    x = builder.variable("x", (2,))
    builder.minimize(x.scaled(np.array([1.0, 1.0 + 1.5e-6])))
    builder.prefer_small(x, WEIGHT)
    builder.equal_zero("sum", x.summed(np.zeros(2, dtype=int), 1) - Affine.of_constant(np.array([3.0])))
    builder.nonnegative("from below", x)
    found = _solution(builder)
    assert found.resolved
    assert found.x == pytest.approx([3.0, 0.0], abs=1e-8)


def test_how_clear_an_answer_is_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is clear at once is looked at once, by a session too."""
    asked = []

    def counted(program: ConicProgram, *parts: np.ndarray) -> Clarity:
        asked.append(program)
        return of(program, *parts)

    of = Clarity.of
    monkeypatch.setattr(Clarity, "of", counted)
    builder = ProgramBuilder()
    x = builder.variable("x", (2,))
    builder.minimize(x)
    builder.prefer_small(x, WEIGHT)
    builder.nonnegative("sum", x.summed(np.zeros(2, dtype=int), 1) - builder.parameter("least", np.array([3.0])))
    program = builder.build()
    for solved in (solve, SolverSession(program).solve):
        asked.clear()
        assert solved(program if solved is solve else program.parameters).require("a test").resolved
        assert len(asked) == 1


def _drawn(rng: np.random.Generator, *, cones: bool) -> tuple[ProgramBuilder, cp.Problem, cp.Variable, cp.Expression]:
    """Return a program with many optimal points, for both: few prices, alike for many, and taxed sums."""
    size, sums = 8, 3
    price = rng.choice([0.0, 1.0, 2.0], size)
    upper = rng.uniform(0.2, 1.0, size).round(2)
    mix = rng.choice([0.0, 1.0, -1.0], (sums, size))
    mix_im = rng.choice([0.0, 1.0], (sums, size)) if cones else np.zeros((sums, size))
    offset, square = rng.uniform(-2, 2, sums).round(2), rng.choice([0.0, 0.0, 3.0], size)
    builder = ProgramBuilder()
    x = builder.variable("x", (size,))
    t = builder.variable("t", (sums,))
    builder.minimize(x.scaled(price))
    builder.minimize(t.scaled(1.5))
    builder.minimize_squares(x, square)
    builder.prefer_small(x, WEIGHT)
    builder.nonnegative("from below", x)
    builder.nonnegative("from above", Affine.of_constant(upper) - x)
    re = x.mapped(sp.csr_array(mix)) + Affine.of_constant(offset)
    if cones:
        builder.modulus_at_most("tax", t, re, x.mapped(sp.csr_array(mix_im)))
    else:
        builder.nonnegative("tax on more", t - re)
        builder.nonnegative("tax on less", t + re)
    y = cp.Variable(size)
    parts = cp.vstack([mix @ y + offset, mix_im @ y])
    cost = price @ y + 1.5 * cp.sum(cp.norm(parts, axis=0)) + square @ cp.square(y)
    return builder, cp.Problem(cp.Minimize(cost), [y >= 0, y <= upper]), y, cost


@pytest.mark.parametrize("cones", [False, True])
def test_drawn_programs(cones: bool) -> None:
    """The point is cvxpy's, which minimises the norm at no more than the least cost, as far as that can tell."""
    moved = 0
    for seed in range(25):
        rng = np.random.default_rng([seed, cones])
        builder, problem, y, cost = _drawn(rng, cones=cones)
        problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
        within = [cost <= problem.value + 1e-9 * max(1.0, abs(problem.value))]
        second = cp.Problem(cp.Minimize(cp.sum_squares(y)), problem.constraints + within)
        second.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
        found = _solution(builder)
        assert found.resolved
        x = found.value("x")
        assert float(np.sum(x**2)) == pytest.approx(float(np.sum(y.value**2)), abs=2e-4)
        assert x == pytest.approx(y.value, abs=2e-3)  # cvxpy's cost row has no inside: that is how well it can tell
        moved += not np.allclose(x, _one_step(builder), atol=1e-6)
    assert cones or moved > 3  # the linear draws do ask for the second step


def _one_step(builder: ProgramBuilder) -> np.ndarray:
    """Return where the weight alone leads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clarity, "PRECISE", 1.0)
        patch.setattr(clarity, "RESOLVED", 1e9)
        return _solution(builder).value("x")


def test_work_grows_with_the_steps_of_a_battery(monkeypatch: pytest.MonkeyPatch) -> None:
    """A battery that serves loads at one price: twice the steps, twice the numbers in the factors, not four times."""
    sizes = {}

    def factors(matrix: sp.csc_array, **options: object) -> object:
        found = splu(matrix, **options)
        sizes[matrix.shape[0]] = found.L.nnz + found.U.nnz
        return found

    monkeypatch.setattr(least_norm, "splu", factors)
    for steps in (300, 600):
        load = -0.001 - np.arange(steps) % 24 * 1e-4, 0.002 - np.arange(steps) % 7 * 1e-4
        given = case(
            [line("root", "a"), line("root", "b")],
            [prosumer("a", "a", Battery(power_mw=0.001, energy_mwh=0.002)), prosumer("b", "b")],
            {"a": load[0].tolist(), "b": load[1].tolist()},
            tax_per_mwh=100.0,
            price_per_mwh=139.0,
        )
        CostsWithExternalities(PreparedCase.of(given)).partition(Partition.of([1, 2]))
        CostsWithExternalities(PreparedCase.of(given)).partition(Partition.of([3]))
    assert len(sizes) > 2
    assert all(filled < 10 * size for size, filled in sizes.items()), sizes
