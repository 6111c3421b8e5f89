"""Expressions of a program, read from many solutions at once; arrays have the draws last."""

from __future__ import annotations

from dataclasses import dataclass

import scipy.sparse as sp

from lempart.conic import Affine, ConicProgram
from lempart.dispatch.exante import GivenTax, unit
from lempart.typing import ComplexArray, FloatArray


@dataclass(frozen=True, eq=False)
class Reading:
    """Expressions of a program as an affine map of its solution and parameters."""

    of_point: sp.csr_array
    of_parameters: sp.csr_array
    constant: FloatArray

    @classmethod
    def of(cls, expression: Affine, program: ConicProgram) -> Reading:
        """Return the reading of expressions made with the program's builder."""
        where = program.column_of[expression.cols]
        parts = []
        for chosen, column, count in (
            (where >= 0, where, len(program.linear)),
            (where < 0, -1 - where, len(program.parameters)),
        ):
            cells = (expression.values[chosen], (expression.rows[chosen], column[chosen]))
            parts.append(sp.coo_array(cells, shape=(expression.size, count)).tocsr())
        return cls(parts[0], parts[1], expression.constant)

    def values(self, x: FloatArray | None, parameters: FloatArray) -> FloatArray:
        """Return the values at points and parameters, shape ``(size, draws)``; without points only what they add."""
        read: FloatArray = self.constant[:, None] + self.of_parameters @ parameters
        return read if x is None else read + self.of_point @ x


@dataclass(frozen=True, eq=False)
class GivenSlope:
    """The derivative of the tax on given exchanges by the parameters that give them."""

    rate: FloatArray
    active: Reading
    reactive: Reading

    @classmethod
    def of(cls, tax: GivenTax, program: ConicProgram) -> GivenSlope:
        """Return the slope of a model's tax."""
        return cls(tax.rate, Reading.of(tax.active, program), Reading.of(tax.reactive, program))

    def slope(self, parameters: FloatArray) -> FloatArray:
        """Return the derivative at parameters, shape ``(parameters, draws)``."""
        direction = self.rate[:, None] * self._directions(parameters)
        active: FloatArray = self.active.of_parameters.T @ direction.real
        reactive: FloatArray = self.reactive.of_parameters.T @ direction.imag
        return active + reactive

    def directions(self, parameters: FloatArray) -> sp.csr_array:
        """Return the derivative of each exchange's modulus, shape ``(parameters, exchanges)``; ``(parameters,)``."""
        direction = self._directions(parameters[:, None])[:, 0]
        parts = (self.active.of_parameters, direction.real), (self.reactive.of_parameters, direction.imag)
        one, other = (sp.csr_array(matrix.T @ sp.diags_array(along)) for matrix, along in parts)
        return sp.csr_array(one + other)

    def _directions(self, parameters: FloatArray) -> ComplexArray:
        exchanged: ComplexArray = self.active.values(None, parameters) + 1j * self.reactive.values(None, parameters)
        return unit(exchanged)
