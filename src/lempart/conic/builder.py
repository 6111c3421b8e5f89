"""Assemble a :class:`ConicProgram` from named variables, parameters and constraints."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import numpy as np
import scipy.sparse as sp

from lempart.conic.affine import Affine, stacked, sums_at
from lempart.conic.program import ConeCounts, ConicProgram
from lempart.typing import BoolArray, FloatArray, IntArray

WIDE = 32
"""Sums of more columns than this get a variable of their own before they are squared."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Constraint rows: ``expression`` in a cone, and a scale for each."""

    name: str
    expression: Affine
    scale: FloatArray


@dataclass
class ProgramBuilder:
    """Collects columns and rows; :meth:`build` returns the program.

    Parameters
    ----------
    cost_scale
        A typical size of the cost, which solvers see as 1.
    """

    cost_scale: float = 1.0
    _count: int = 0
    _scales: list[FloatArray] = field(default_factory=list)
    _parameter_values: list[FloatArray] = field(default_factory=list)
    _is_parameter: list[bool] = field(default_factory=list)
    _blocks: dict[str, IntArray] = field(default_factory=dict)
    _parameter_names: set[str] = field(default_factory=set)
    _linear: list[Affine] = field(default_factory=list)
    _squares: list[tuple[Affine, FloatArray]] = field(default_factory=list)
    _preferred: list[Affine] = field(default_factory=list)
    _preference: float = 0.0
    _equal: list[_Rows] = field(default_factory=list)
    _nonnegative: list[_Rows] = field(default_factory=list)
    _cones: list[_Rows] = field(default_factory=list)

    def _columns(
        self, name: str, shape: tuple[int, ...], scale: FloatArray | float, values: FloatArray | None
    ) -> Affine:
        if name in self._blocks:
            raise ValueError(f"the name {name!r} is taken")
        size = int(np.prod(shape))
        block = np.arange(self._count, self._count + size).reshape(shape)
        self._count += size
        self._blocks[name] = block
        self._scales.append(np.broadcast_to(np.asarray(scale, dtype=float), shape).ravel())
        self._is_parameter.append(values is not None)
        if values is not None:
            self._parameter_names.add(name)
        self._parameter_values.append(np.zeros(size) if values is None else np.asarray(values, float).ravel())
        return Affine.of_columns(block)

    def copy(self) -> ProgramBuilder:
        """Return a builder to which more can be added without changing this one."""
        other = replace(self)
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, list | set | dict):
                setattr(other, item.name, value.copy())
        return other

    def variable(self, name: str, shape: tuple[int, ...], *, scale: FloatArray | float = 1.0) -> Affine:
        """Add free variables; ``scale`` is their typical size, one for all or broadcast to ``shape``."""
        return self._columns(name, shape, scale, None)

    def parameter(self, name: str, values: FloatArray) -> Affine:
        """Add parameters: data with respect to which the optimal cost can be differentiated."""
        return self._columns(name, values.shape, 1.0, values)

    @property
    def _variable(self) -> BoolArray:
        """Return which columns are variables."""
        return ~np.repeat(np.array(self._is_parameter, dtype=bool), [len(scale) for scale in self._scales])

    def varies(self, expression: Affine) -> BoolArray:
        """Return which expressions hold a variable; the others are given by data and parameters."""
        return np.bincount(expression.rows, self._variable[expression.cols], minlength=expression.size) > 0

    def present_value(self, expression: Affine) -> FloatArray:
        """Return the expressions at the parameters' values, with variables taken as zero."""
        values = np.concatenate([np.zeros(0), *self._parameter_values])
        products = expression.values * values[expression.cols]
        return expression.constant + sums_at(expression.rows, products, expression.size)

    def minimize(self, expression: Affine) -> None:
        """Add the sum of the expressions to the cost."""
        self._linear.append(expression)

    def minimize_squares(self, expression: Affine, weight: FloatArray | float) -> None:
        """Add ``sum(weight * expression**2)`` to the cost; the expression must not hold parameters."""
        weights = np.broadcast_to(np.asarray(weight, dtype=float), (expression.size,))
        self._squares.append((self._narrow(expression), weights))

    def prefer_small(self, expressions: Affine, weight: float) -> None:
        """Mean, of the cheapest points, the one at which the sum of all such ``expressions**2`` is least.

        Solvers are told by adding it to the cost with a small ``weight``, the same for all; 0 prefers nothing.
        """
        if weight:
            self._preferred.append(self._narrow(expressions))
            self._preference = weight

    def _narrow(self, expression: Affine) -> Affine:
        """Return the expression with a variable in the place of each sum of many columns: its square would be dense."""
        counts = np.bincount(expression.rows, minlength=expression.size)
        wide = np.flatnonzero(counts > WIDE)
        if not len(wide):
            return expression
        scale, sums, name = np.zeros(expression.size), expression.picked(wide), f"sum {self._count}"
        np.maximum.at(scale, expression.rows, np.concatenate(self._scales)[expression.cols])
        variable = self.variable(name, (len(wide),), scale=scale[wide])
        self.equal_zero(name, variable - sums, scale=scale[wide])
        rest = np.flatnonzero(counts <= WIDE)
        at = np.concatenate([rest, wide])
        return stacked([expression.picked(rest), variable]).summed(at, expression.size)

    def equal_zero(self, name: str, expression: Affine, *, scale: FloatArray | float = 1.0) -> None:
        """Require ``expression == 0``; ``scale`` is its typical size, one for all or one for each."""
        self._equal.append(_Rows(name, expression, _each(scale, expression.size)))

    def nonnegative(self, name: str, expression: Affine, *, scale: FloatArray | float = 1.0) -> None:
        """Require ``expression >= 0``; ``scale`` as in :meth:`equal_zero`."""
        self._nonnegative.append(_Rows(name, expression, _each(scale, expression.size)))

    def modulus_at_most(
        self, name: str, bound: Affine, re: Affine, im: Affine, *, scale: FloatArray | float = 1.0
    ) -> None:
        """Require ``|re + j im| <= bound``, elementwise (second-order cones); ``scale`` as in :meth:`equal_zero`."""
        size = bound.size
        into = np.arange(3 * size).reshape(size, 3).T.ravel()
        scales = np.repeat(_each(scale, size), 3)
        self._cones.append(_Rows(name, stacked([bound, re, im]).summed(into, 3 * size), scales))

    def build(self) -> ConicProgram:
        """Return the program: rows ordered by cone, parameters split from variables."""
        is_parameter = ~self._variable
        position = np.where(is_parameter, np.cumsum(is_parameter), np.cumsum(~is_parameter)) - 1
        scales, values = np.concatenate(self._scales), np.concatenate(self._parameter_values)
        groups = [self._equal, self._nonnegative, self._cones]
        rows = [block for group in groups for block in group]
        # A row "expression in K" is s = expression, hence A = -M over the variables and b = M theta + constant.
        full = -stacked([block.expression for block in rows])
        parameters, names = values[is_parameter], self._parameter_names
        variables = self._count - len(parameters)
        order = np.where(is_parameter, variables + position, position)
        matrix, parameter_matrix = _split_columns(
            _matrix(full.rows, order[full.cols], full.values, (full.size, self._count)), variables
        )
        linear, constant = self._linear_objective()
        counts = [sum(block.expression.size for block in group) for group in groups]
        return ConicProgram(
            quadratic=self._quadratic_objective(position, variables),
            linear=linear[~is_parameter],
            constant=constant + float(linear[is_parameter] @ parameters),
            matrix=matrix,
            rhs=-full.constant - parameter_matrix @ parameters,
            cones=ConeCounts(counts[0], counts[1], counts[2] // 3),
            parameter_matrix=parameter_matrix,
            cost_of_parameters=linear[is_parameter],
            parameters=parameters,
            column_scale=scales[~is_parameter],
            row_scale=np.concatenate([np.zeros(0), *(block.scale for block in rows)]),
            cost_scale=self.cost_scale,
            variable_blocks={n: position[b] for n, b in self._blocks.items() if n not in names},
            parameter_blocks={n: position[b] for n, b in self._blocks.items() if n in names},
            row_blocks=_row_blocks(rows, counts[0] + counts[1]),
            column_of=np.where(is_parameter, -1 - position, position),
            squares=_over([item.scaled(np.sqrt(weight)) for item, weight in self._squares], position),
            preferred=_over(self._preferred, position),
            preference_weight=self._preference,
        )

    def _linear_objective(self) -> tuple[FloatArray, float]:
        """Return what the cost has of first order, per column, and its constant."""
        terms = stacked(self._linear)
        linear = sums_at(terms.cols, terms.values, self._count)
        constant = float(terms.constant.sum())
        for expression, weight in self._all_squares:
            inner = 2.0 * (weight * expression.constant)[expression.rows] * expression.values
            linear = linear + sums_at(expression.cols, inner, self._count)
            constant += float(weight @ expression.constant**2)
        return linear, constant

    def _quadratic_objective(self, position: IntArray, variables: int) -> sp.csc_array:
        """Return ``2 M' W M`` of all squares ``M``: each entry of a row times each entry of the same row."""
        terms = self._all_squares
        squares = stacked([expression for expression, _ in terms])
        if not self._variable[squares.cols].all():
            raise ValueError("a squared cost holds a parameter; only variables can be squared")
        weight = np.concatenate([np.zeros(0), *(weight for _, weight in terms)])
        partner = squares.take(squares.rows)
        own = partner.rows
        values = 2.0 * weight[squares.rows[own]] * squares.values[own] * partner.values
        return _matrix(position[squares.cols[own]], position[partner.cols], values, (variables, variables))

    @property
    def _all_squares(self) -> list[tuple[Affine, FloatArray]]:
        """Return what is squared in the cost as solvers see it: the preference counts a little."""
        return [*self._squares, *((item, np.full(item.size, self._preference)) for item in self._preferred)]


def _each(scale: FloatArray | float, size: int) -> FloatArray:
    return np.broadcast_to(np.asarray(scale, dtype=float), (size,))


def _over(parts: list[Affine], position: IntArray) -> Affine:
    """Return all expressions over the program's own columns."""
    together = stacked(parts)
    return replace(together, cols=position[together.cols])


def _matrix(rows: IntArray, cols: IntArray, values: FloatArray, shape: tuple[int, int]) -> sp.csc_array:
    """Return the matrix of triplets; repeated entries add up."""
    return sp.coo_array((values, (rows, cols)), shape=shape).tocsc()


def _split_columns(matrix: sp.csc_array, first: int) -> tuple[sp.csc_array, sp.csc_array]:
    """Return the first columns of a matrix and the others."""
    (rows, columns), middle = matrix.shape, matrix.indptr[first]
    left = matrix.data[:middle], matrix.indices[:middle], matrix.indptr[: first + 1]
    right = matrix.data[middle:], matrix.indices[middle:], matrix.indptr[first:] - middle
    return sp.csc_array(left, shape=(rows, first)), sp.csc_array(right, shape=(rows, columns - first))


def _row_blocks(rows: list[_Rows], first_cone_row: int) -> dict[str, IntArray]:
    blocks: dict[str, IntArray] = {}
    start = 0
    for block in rows:
        index = np.arange(start, start + block.expression.size)
        blocks[block.name] = index.reshape(-1, 3) if start >= first_cone_row and index.size else index
        start += block.expression.size
    return blocks
