"""Programs against the dense sums they stand for: cost and rows are those of the expressions, at any point."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.conic import Affine, ProgramBuilder


def _mixed(rng: np.random.Generator, parts: list[Affine], size: int) -> Affine:
    """Return ``size`` expressions that add up random entries of the given ones, some more than once."""
    total = Affine.of_constant(rng.normal(size=size))
    for part in parts:
        for _ in range(2):
            total = total + part.take(rng.integers(0, part.size, size)).scaled(rng.normal(size=size))
    return total


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_cost_and_rows(seed: int) -> None:
    """Parameters between variables, repeated columns, squares with constants and cones: each as numpy adds it up."""
    rng = np.random.default_rng(seed)
    builder = ProgramBuilder()
    x = builder.variable("x", (2, 3))
    theta = builder.parameter("theta", rng.normal(size=(4,)))
    y = builder.variable("y", (5,))
    columns = rng.normal(size=15)
    columns[6:10] = builder.present_value(theta)

    def at_point(expression: Affine) -> np.ndarray:
        value = expression.constant.copy()
        np.add.at(value, expression.rows, expression.values * columns[expression.cols])
        return value

    linear = [_mixed(rng, [x, theta, y], 3), _mixed(rng, [y], 2)]
    squares = [(_mixed(rng, [x, y], 4), rng.uniform(0.1, 1.0, 4)), (x, 0.7)]
    rows = [_mixed(rng, [x, theta, y], size) for size in (2, 3, 1, 2, 2, 2)]
    for expression in linear:
        builder.minimize(expression)
    for expression, weight in squares:
        builder.minimize_squares(expression, weight)
    # The order of the program is that of the cones, whatever came first.
    builder.modulus_at_most("disc", *rows[3:])
    builder.nonnegative("more", rows[1])
    builder.equal_zero("equal", rows[0])
    builder.nonnegative("one", rows[2])
    program = builder.build()

    point = np.concatenate([columns[:6], columns[10:]])
    cost = sum(at_point(e).sum() for e in linear) + sum((w * at_point(e) ** 2).sum() for e, w in squares)
    assert program.cost(point) == pytest.approx(cost)
    slack = program.rhs - program.matrix @ point
    expected = [at_point(rows[0]), at_point(rows[1]), at_point(rows[2])]
    disc = np.column_stack([at_point(row) for row in rows[3:]])
    np.testing.assert_allclose(slack, np.concatenate([*expected, disc.ravel()]), atol=1e-12)
    np.testing.assert_allclose(slack[program.row_blocks["disc"]], disc, atol=1e-12)
    assert program.matrix.has_canonical_format
    assert program.quadratic.has_canonical_format

    moved = program.parameters + rng.normal(size=4)
    columns[6:10] = moved
    again = program.with_parameters(moved)
    np.testing.assert_allclose((again.rhs - again.matrix @ point)[:2], at_point(rows[0]), atol=1e-12)
    cost = sum(at_point(e).sum() for e in linear) + sum((w * at_point(e) ** 2).sum() for e, w in squares)
    assert again.cost(point) == pytest.approx(cost)


def test_a_squared_parameter_is_refused() -> None:
    """Only variables can be squared: a parameter would need another quadratic matrix at each value."""
    builder = ProgramBuilder()
    x, theta = builder.variable("x", (1,)), builder.parameter("theta", np.ones(1))
    builder.minimize_squares(x - theta, 1.0)
    with pytest.raises(ValueError, match="squared cost holds a parameter"):
        builder.build()
