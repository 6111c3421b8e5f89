"""Random convex programs of one structure, with a strictly feasible point at every right-hand side."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from lempart.conic import ConicProgram, ProgramBuilder
from lempart.typing import FloatArray


def _sparse(rng: np.random.Generator, size: int, density: float) -> sp.csr_array:
    """Return a square matrix with uniform entries; SciPy's own function changed its arguments between versions."""
    return sp.csr_array(np.where(rng.random((size, size)) < density, rng.random((size, size)), 0.0))


def random_program(seed: int, *, columns: int = 12, cones: int = 0, quadratic: float = 1.0) -> ConicProgram:
    """Return a program with equalities, rows in both directions, and cones of which half have a free head.

    ``quadratic`` scales the squares: 0 leaves a linear cost on a bounded set.
    """
    rng = np.random.default_rng(seed)
    builder = ProgramBuilder(cost_scale=float(rng.uniform(1, 50)))
    x = builder.variable("x", (columns,), scale=rng.uniform(0.1, 3.0, columns))
    total = builder.parameter("total", np.zeros(2))
    room = builder.parameter("room", np.full(2 * columns, 2.0))
    if quadratic:
        mixing = _sparse(rng, columns, 0.2) + sp.eye_array(columns)
        builder.minimize_squares(x.mapped(sp.csr_array(mixing)), quadratic * rng.uniform(0.5, 2.0, columns))
    builder.minimize(x.scaled(rng.normal(size=columns)))
    builder.equal_zero("sums", x.mapped(sp.csr_array(rng.normal(size=(2, columns)))) - total)
    mixed = x.mapped(_sparse(rng, columns, 0.3) + sp.eye_array(columns))
    builder.nonnegative("from above", room.take(np.arange(columns)) - mixed, scale=2.0)
    builder.nonnegative("from below", room.take(np.arange(columns, 2 * columns)) + mixed)
    # A variable that one row gives: it is put into the others before anything is solved.
    given = builder.variable("given", (1,))
    builder.equal_zero("definition", given - x.take(np.array([0])) - x.take(np.array([1])).scaled(2.0))
    builder.minimize(given.scaled(0.3))
    if cones:
        parts = [x.mapped(sp.csr_array(rng.normal(size=(cones, columns)))) for _ in range(2)]
        head = builder.variable("modulus", (cones,))
        builder.minimize(head.scaled(rng.uniform(0.2, 1.0, cones)))
        builder.modulus_at_most("tax", head, *parts)
        bound = room.take(np.zeros(cones, dtype=int)).scaled(0.25)
        builder.modulus_at_most("disc", bound, *(part.scaled(0.5) for part in parts))
    return builder.build()


def some_parameters(program: ConicProgram, seed: int, count: int) -> FloatArray:
    """Return parameters, one row each, at which zero stays strictly feasible but for the sums."""
    rng = np.random.default_rng([seed, 1])
    change = rng.uniform(-0.3, 0.3, (count, len(program.parameters)))
    return np.asarray(program.parameters + change)


def right_hand_sides(program: ConicProgram, parameters: FloatArray) -> FloatArray:
    """Return the right-hand sides at parameters, in columns."""
    return np.array([program.with_parameters(each).rhs for each in parameters]).T
