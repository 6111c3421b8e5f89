"""Affine expressions against dense matrices: whatever is done to them, their values are those of numpy."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.conic import Affine, stacked

COLUMNS = 6


def _random(rng: np.random.Generator, size: int) -> tuple[Affine, np.ndarray, np.ndarray]:
    """Return an expression with repeated triplets, and its dense matrix and constant."""
    count = int(rng.integers(0, 3 * size + 1))
    rows, cols = rng.integers(0, max(size, 1), count), rng.integers(0, COLUMNS, count)
    values, constant = rng.normal(size=count), rng.normal(size=size)
    dense = np.zeros((size, COLUMNS))
    np.add.at(dense, (rows, cols), values)
    return Affine(rows, cols, values, constant), dense, constant


def _same(expression: Affine, dense: np.ndarray, constant: np.ndarray) -> None:
    made = np.zeros((expression.size, COLUMNS))
    np.add.at(made, (expression.rows, expression.cols), expression.values)
    np.testing.assert_allclose(made, dense, atol=1e-12)
    np.testing.assert_allclose(expression.constant, constant, atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_algebra(seed: int, size: int) -> None:
    """Sum, difference, negation, scaling (by one factor or one each), linear maps, selection, stacking, sums."""
    rng = np.random.default_rng(seed)
    (a, da, ca), (b, db, cb) = _random(rng, size), _random(rng, size)
    factors, matrix = rng.normal(size=size), rng.normal(size=(3, size)) * (rng.random((3, size)) < 0.6)
    chosen = rng.integers(0, size, 4)
    _same(a + b, da + db, ca + cb)
    _same(a - b, da - db, ca - cb)
    _same(-a, -da, -ca)
    _same(a.scaled(2.5), 2.5 * da, 2.5 * ca)
    _same(a.scaled(factors), factors[:, None] * da, factors * ca)
    _same(a.mapped(sp.csr_array(matrix)), matrix @ da, matrix @ ca)
    _same(a.take(chosen), da[chosen], ca[chosen])
    into = rng.integers(0, 3, size)
    gather = (np.arange(3)[:, None] == into).astype(float)
    _same(a.summed(into, 3), gather @ da, gather @ ca)
    _same(stacked([a, b, a]), np.vstack([da, db, da]), np.concatenate([ca, cb, ca]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 3))
def test_maps_of_groups(seed: int, groups: int, each: int) -> None:
    """A map of groups is the Kronecker product with a unit matrix, and what follows one another stays in order."""
    rng = np.random.default_rng(seed)
    a, dense, constant = _random(rng, groups * each)
    matrix = rng.normal(size=(3, groups)) * (rng.random((3, groups)) < 0.6)
    whole = np.kron(matrix, np.eye(each))
    _same(a.mapped(sp.csr_array(matrix), each), whole @ dense, whole @ constant)


def test_constants_and_columns() -> None:
    """Constants have no columns, columns no constant; both keep the flattened order."""
    _same(Affine.of_constant(np.array([[1.0, 2.0], [3.0, 4.0]])), np.zeros((4, COLUMNS)), np.array([1.0, 2, 3, 4]))
    _same(Affine.of_columns(np.array([[2, 0], [5, 1]])), np.eye(COLUMNS)[[2, 0, 5, 1]], np.zeros(4))
