"""Expressions of a program, read from many solutions at once; arrays have the draws last."""

from __future__ import annotations

from dataclasses import dataclass

import scipy.sparse as sp

from lempart.conic import Affine, ConicProgram
from lempart.dispatch.exante import GivenTax, unit
from lempart.typing import FloatArray


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
        exchanged = self.active.values(None, parameters) + 1j * self.reactive.values(None, parameters)
        direction = self.rate[:, None] * unit(exchanged)
        active: FloatArray = self.active.of_parameters.T @ direction.real
        reactive: FloatArray = self.reactive.of_parameters.T @ direction.imag
        return active + reactive
