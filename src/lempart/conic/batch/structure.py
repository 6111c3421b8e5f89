"""What all programs of a batch have in common, prepared once: scaled matrices, and the pattern of their systems."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from lempart.conic.batch.cones import WEIGHTS, Heads
from lempart.conic.batch.linear import Factors, Sparse, sparse
from lempart.conic.batch.symbolic import elimination_order, factor_pattern
from lempart.conic.program import ConeCounts
from lempart.typing import FloatArray, IntArray

REGULARIZATION = 1e-8
"""What is added to the diagonal of the scaled system, and taken back by refinement."""

_PAIR = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])
"""Where an entry of ``W^-2`` stands among the weights of its cone."""

_TAIL_PAIR = np.array([[-1, -1, -1], [-1, 6, 7], [-1, 7, 8]])
"""Where an entry stands that is left of ``W^-2`` without the head."""


class Structure(NamedTuple):
    """A scaled program ``min x'Px/2 + q'x``, ``E x = e``, ``A x + s = b`` without its ``q``, ``e`` and ``b``.

    The system for a direction is ``[P + A'W^-2 A, E'; E, 0]``; its upper triangle is ``fixed`` plus
    ``contributions`` times the cones' weights: one per nonnegative row, nine per second-order cone. Variables that are
    the head of a cone and nothing else are left out of it; ``tail`` has the tails of their cones as rows.
    """

    nonnegative: int
    quadratic: Sparse
    equality: Sparse
    equality_transposed: Sparse
    cone: Sparse
    cone_transposed: Sparse
    fixed: FloatArray
    contributions: Sparse
    factors: Factors
    heads: Heads
    tail: Sparse
    tail_transposed: Sparse

    @property
    def columns(self) -> int:
        """Return the number of variables."""
        return len(self.quadratic.start) - 1

    @property
    def fill(self) -> int:
        """Return the number of entries of ``L``."""
        return len(self.factors.factor_index)

    @property
    def weights(self) -> int:
        """Return the number of the cones' weights."""
        return self.nonnegative + WEIGHTS * ((len(self.cone.start) - 1 - self.nonnegative) // 3)


def structure_of(quadratic: sp.csr_array, equality: sp.csr_array, cone: sp.csr_array, cones: ConeCounts) -> Structure:
    """Return the structure of a scaled program; ``cones`` counts the rows of ``cone``."""
    heads = _heads(quadratic, equality, cone, cones)
    fixed, contributions, factors = _system(quadratic, equality, cone, cones, heads)
    first = cones.nonnegative + 3 * heads.cone
    tail = cone[np.column_stack([first + 1, first + 2]).ravel()]
    return Structure(
        nonnegative=cones.nonnegative,
        quadratic=sparse(quadratic),
        equality=sparse(equality),
        equality_transposed=sparse(equality.T),
        cone=sparse(cone),
        cone_transposed=sparse(cone.T),
        fixed=fixed,
        contributions=contributions,
        factors=factors,
        heads=heads,
        tail=sparse(tail),
        tail_transposed=sparse(tail.T),
    )


def _heads(quadratic: sp.csr_array, equality: sp.csr_array, cone: sp.csr_array, cones: ConeCounts) -> Heads:
    """Return the cones whose head is a variable of its own."""
    uses = [np.diff(matrix.tocsc().indptr) for matrix in (quadratic, equality, cone)]
    alone = (uses[0] + uses[1] == 0) & (uses[2] == 1)
    rows = cones.nonnegative + 3 * np.arange(cones.second_order)
    single = np.flatnonzero(np.diff(cone.indptr)[rows] == 1)
    place = cone.indptr[rows[single]]
    kept = alone[cone.indices[place]]
    column, value = cone.indices[place][kept], cone.data[place][kept]
    return Heads(single[kept].astype(np.int64), column.astype(np.int64), np.ascontiguousarray(value, dtype=float))


def _system(
    quadratic: sp.csr_array, equality: sp.csr_array, cone: sp.csr_array, cones: ConeCounts, heads: Heads
) -> tuple[FloatArray, Sparse, Factors]:
    """Return the fixed entries, the cones' contributions and the pattern, entries in order of elimination."""
    columns, rows = quadratic.shape[0], equality.shape[0]
    size = columns + rows
    unknowns = np.setdiff1d(np.arange(size), heads.column)
    corner = sp.block_array([[sp.triu(quadratic), None], [equality, sp.csr_array((rows, rows))]]).tocoo()
    diagonal = np.where(unknowns < columns, REGULARIZATION, -REGULARIZATION)
    low, high = np.minimum(corner.row, corner.col), np.maximum(corner.row, corner.col)
    first, second, weight, value = _products(cone, cones, heads)
    # One key per entry of the upper triangle: fixed ones, the diagonal, and what cones reach.
    fixed_keys = np.concatenate([low.astype(np.int64) * size + high, unknowns * (size + 1)])
    reached = first * size + second
    keys, place = np.unique(np.concatenate([fixed_keys, reached]), return_inverse=True)
    number = np.full(size, -1)
    number[unknowns] = np.arange(len(unknowns))
    one, other = number[keys // size], number[keys % size]
    order = _order(one, other, len(unknowns))
    position = np.argsort(order)
    upper_row = np.minimum(position[one], position[other])
    upper_column = np.maximum(position[one], position[other])
    sequence = np.lexsort((upper_row, upper_column))
    rank = np.argsort(sequence)[place]
    fixed: FloatArray = np.zeros(len(keys))
    np.add.at(fixed, rank[: len(fixed_keys)], np.concatenate([corner.data, diagonal]))
    cells = (value, (rank[len(fixed_keys) :], weight))
    weights = cones.nonnegative + WEIGHTS * cones.second_order
    contributions = sparse(sp.coo_array(cells, shape=(len(keys), weights)).tocsr())
    start = np.concatenate([[0], np.cumsum(np.bincount(upper_column, minlength=len(unknowns)))])
    upper = sp.csc_array((np.ones(len(keys)), upper_row[sequence], start), shape=(len(unknowns), len(unknowns)))
    ordered = unknowns[order]
    return fixed, contributions, factor_pattern(upper, ordered, np.where(ordered < columns, 1.0, -1.0))


def _order(one: IntArray, other: IntArray, size: int) -> IntArray:
    upper = sp.coo_array((np.ones(len(one)), (one, other)), shape=(size, size))
    return elimination_order(sp.csc_array(upper + upper.T))


def _products(cone: sp.csr_array, cones: ConeCounts, heads: Heads) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Return the terms of ``A'W^-2 A`` in its upper triangle: row, column, weight, factor of the weight.

    A nonnegative row is a group of one, a second-order cone a group of three; any two entries of a group make a term.
    """
    entries, plain = sp.csr_array(cone).tocoo(), cones.nonnegative
    kept = ~np.isin(entries.col, heads.column)
    row, column, value = entries.row[kept].astype(np.int64), entries.col[kept].astype(np.int64), entries.data[kept]
    group = np.where(row < plain, row, plain + (row - plain) // 3)
    within = np.where(row < plain, 0, (row - plain) % 3)
    base = np.where(row < plain, row, plain + WEIGHTS * ((row - plain) // 3))
    count = np.bincount(group, minlength=plain + cones.second_order)
    begin = np.cumsum(count) - count
    partners = count[group]
    one = np.repeat(np.arange(len(row)), partners)
    other = np.arange(len(one)) - np.repeat(np.cumsum(partners) - partners, partners) + begin[group[one]]
    upper = column[one] <= column[other]
    one, other = one[upper], other[upper]
    pair = np.where(
        np.isin(group[one] - plain, heads.cone),
        _TAIL_PAIR[within[one], within[other]],
        _PAIR[within[one], within[other]],
    )
    weight = base[one] + np.where(row[one] < plain, 0, pair)
    return column[one], column[other], weight, value[one] * value[other]
