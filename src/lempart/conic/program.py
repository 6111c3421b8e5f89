"""Convex programs in one canonical form, with named blocks and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import numpy as np
import scipy.sparse as sp

from lempart.conic.affine import Affine, sums_at
from lempart.typing import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class ConeCounts:
    """The cone ``K``, in row order: zeros, then nonnegatives, then three-dimensional second-order cones."""

    zero: int
    nonnegative: int
    second_order: int

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return self.zero + self.nonnegative + 3 * self.second_order

    @property
    def first_cone_row(self) -> int:
        """Return the row at which the second-order cones begin."""
        return self.zero + self.nonnegative


@dataclass(frozen=True, eq=False)
class ConicProgram:
    """Minimise ``x'Px/2 + q'x + constant`` subject to ``A x + s = b``, ``s`` in ``K``.

    ``b = b0 - B theta``, ``q'x + ...`` has no parameter but ``cost_of_parameters'theta`` is part of the constant:
    every parameter enters the right-hand side and the constant linearly, so that the derivative of the optimal
    cost with respect to ``theta`` is ``cost_of_parameters + B'z`` (envelope theorem). Matrices have sorted indices,
    none twice.

    Attributes
    ----------
    quadratic
        ``P``, shape ``(columns, columns)``, symmetric, both triangles.
    linear
        ``q``, shape ``(columns,)``.
    matrix, rhs
        ``A`` of shape ``(rows, columns)`` and ``b`` of shape ``(rows,)``.
    parameter_matrix, cost_of_parameters, parameters
        ``B`` of shape ``(rows, parameters)``, and two vectors of shape ``(parameters,)``.
    column_scale, row_scale, cost_scale
        Typical sizes of variables, rows and the cost; solvers see the scaled program.
    variable_blocks, parameter_blocks
        Name to index array, of the shape it was asked for.
    row_blocks
        Name to the rows of its constraint, in the order of the expressions; cones as shape ``(size, 3)``.
    column_of
        Where each column of the builder went: into ``x`` at ``i``, or into the parameters at ``-1 - i``.
    squares
        Expressions over ``x`` whose squares add up to the convex part of the cost, without the preference; None where
        that is not known.
    preferred, preference_weight
        Of the optimal points the one is meant at which the squares of these add up to least. ``quadratic`` and
        ``linear`` hold those squares with a small weight; where that isn't enough, a second step decides.
    """

    quadratic: sp.csc_array
    linear: FloatArray
    constant: float
    matrix: sp.csc_array
    rhs: FloatArray
    cones: ConeCounts
    parameter_matrix: sp.csc_array
    cost_of_parameters: FloatArray
    parameters: FloatArray
    column_scale: FloatArray
    row_scale: FloatArray
    cost_scale: float
    variable_blocks: Mapping[str, IntArray]
    parameter_blocks: Mapping[str, IntArray]
    row_blocks: Mapping[str, IntArray]
    column_of: IntArray
    squares: Affine | None = None
    preferred: Affine | None = None
    preference_weight: float = 0.0

    def __post_init__(self) -> None:
        for name in ("variable_blocks", "parameter_blocks", "row_blocks"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def with_parameters(self, parameters: FloatArray) -> ConicProgram:
        """Return the program at other parameters: another right-hand side, everything else as it is."""
        change = parameters - self.parameters
        return replace(
            self,
            rhs=self.rhs - self.parameter_matrix @ change,
            constant=self.constant + float(self.cost_of_parameters @ change),
            parameters=parameters,
        )

    @cached_property
    def preferred_forms(self) -> sp.csr_array:
        """Return the linear part of ``preferred`` as a matrix, shape ``(expressions, columns)``."""
        own = self.preferred
        if own is None:
            return sp.csr_array((0, len(self.linear)))
        return sp.csr_array((own.values, (own.rows, own.cols)), shape=(own.size, len(self.linear)))

    def cost(self, x: FloatArray) -> float:
        """Return the objective at ``x``."""
        return float(0.5 * x @ (self.quadratic @ x) + self.linear @ x + self.constant)


@dataclass(frozen=True, eq=False)
class ConicSolution:
    """A solved program: only made when the solver met its tolerances.

    Attributes
    ----------
    x, z, s
        Primal, dual and slack, in the program's own (unscaled) units; ``P x + q + A'z = 0``, ``z`` in ``K*``.
    cost
        Objective value, the constant included.
    solver, iterations
        Who solved it, and in how many iterations.
    resolved
        Whether ``x`` is the preferred one of the optimal points; else it is one of them.
    """

    program: ConicProgram
    x: FloatArray
    z: FloatArray
    s: FloatArray
    cost: float
    solver: str
    iterations: int
    resolved: bool = True

    def value(self, variable: str) -> FloatArray:
        """Return the value of a variable block, in its own shape."""
        value: FloatArray = self.x[self.program.variable_blocks[variable]]
        return value

    def evaluate(self, expression: Affine) -> FloatArray:
        """Return the values of expressions made with the program's builder, shape ``(size,)``."""
        where = self.program.column_of[expression.cols]
        columns = np.where(where >= 0, self.x[np.maximum(where, 0)], 0.0)
        if len(self.program.parameters):
            columns = np.where(where >= 0, columns, self.program.parameters[np.maximum(-1 - where, 0)])
        products = expression.values * columns
        return expression.constant + sums_at(expression.rows, products, expression.size)

    def sensitivity(self, parameter: str, z: FloatArray | None = None) -> FloatArray:
        """Return the derivative of the optimal cost with respect to a parameter block, in its own shape."""
        dual = self.z if z is None else z
        program = self.program
        total = program.cost_of_parameters + program.parameter_matrix.T @ dual
        block: FloatArray = total[program.parameter_blocks[parameter]]
        return block
