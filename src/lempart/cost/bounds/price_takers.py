"""What prosumers would pay if a price held for them, grid or no grid: programs built once, solved at any price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from lempart.conic import ConeCounts, ConicProgram, SolverSettings, solve
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import without_grid
from lempart.dispatch import DispatchProblem, build_ex_ante
from lempart.typing import ComplexArray, FloatArray, IntArray


class PriceTakers:
    """The prosumers of a case, each of whom trades any power at a given price.

    They don't meet, and prices are in the cost alone: the program of each is built when it is first needed, and those
    of the chosen are put side by side to be solved in one go.
    """

    def __init__(self, prepared: PreparedCase, solver: SolverSettings | None = None) -> None:
        self._setting, self._solver = prepared, solver
        self._takers: dict[int, _Taker] = {}

    def values(self, chosen: Sequence[int], price: ComplexArray) -> FloatArray:
        """Return ``min c_m(u_m) - <price, U_hat_m + u_m>`` of the ``chosen`` prosumers, in their order, in currency.

        Parameters
        ----------
        chosen
            The prosumers' numbers in the case.
        price
            Per MWh and Mvarh, complex, shape ``(steps,)``.

        Raises
        ------
        SolverError
            When no solver meets the tolerances.
        """
        if not len(chosen):
            return np.zeros(0)
        takers = [self._taker(m) for m in chosen]
        unit = float(np.abs(price).max()) * float(np.median([taker.energy_scale_mwh for taker in takers]))
        together = _side_by_side([taker.at(price) for taker in takers], unit)
        x = solve(together, self._solver).require("what prosumers would pay at a price").x
        ends = np.cumsum([len(taker.program.linear) for taker in takers])
        return np.array([taker.value(own, price) for taker, own in zip(takers, np.split(x, ends[:-1]), strict=True)])

    def _taker(self, prosumer: int) -> _Taker:
        if prosumer not in self._takers:
            self._takers[prosumer] = _Taker.of(self._setting, prosumer)
        return self._takers[prosumer]


@dataclass(frozen=True, eq=False)
class _Taker:
    """One prosumer: its program at no price, and where its injection is.

    Attributes
    ----------
    active, reactive
        The columns of ``U_hat + u``; ``reactive`` None where it is given.
    """

    problem: DispatchProblem
    program: ConicProgram
    active: IntArray
    reactive: IntArray | None

    @classmethod
    def of(cls, prepared: PreparedCase, prosumer: int) -> _Taker:
        alone, free = without_grid(prepared, [prosumer]), np.zeros(prepared.case.horizon.steps)
        tariffs = replace(alone.tariffs, price=free.astype(complex), tax=free)
        problem = replace(alone, tariffs=tariffs, exclusive=None)
        model = build_ex_ante(problem)
        blocks = model.program.variable_blocks
        reactive = None if model.reactive_is_fixed else blocks["reactive flow"][0]
        return cls(problem, model.program, blocks["active flow"][0], reactive)

    @property
    def energy_scale_mwh(self) -> float:
        return self.problem.power_scale_mw * self.problem.step_hours

    def at(self, price: ComplexArray) -> tuple[ConicProgram, FloatArray]:
        """Return the program, and its linear cost at a price."""
        linear, rate = self.program.linear.copy(), price * self.problem.step_hours
        linear[self.active] -= rate.real
        if self.reactive is not None:
            linear[self.reactive] -= rate.imag
        return self.program, linear

    def value(self, x: FloatArray, price: ComplexArray) -> float:
        """Return what a point of the program costs at a price, the tie-break not counted."""
        problem, forecast = self.problem, self.problem.forecast[0]
        injected = x[self.active] + 1j * (forecast.imag if self.reactive is None else x[self.reactive])
        norm = float((np.abs(injected - forecast) ** 2).sum())
        sold = float((price.conj() * injected).real.sum())
        return self.program.cost(x) - (problem.tie_break * norm + sold) * problem.step_hours


def _side_by_side(parts: Sequence[tuple[ConicProgram, FloatArray]], cost_scale: float) -> ConicProgram:
    """Return the program whose parts don't meet, each with its linear cost; 0 leaves ``cost_scale`` to the parts."""
    programs = [program for program, _ in parts]
    counts = np.array([(p.cones.zero, p.cones.nonnegative, 3 * p.cones.second_order) for p in programs])
    first = np.cumsum(counts.T.ravel()).reshape(3, -1) - counts.T  # of each cone's rows, per part
    rows = [
        np.concatenate([np.arange(start, start + count) for start, count in zip(first[:, k], counts[k], strict=True)])
        for k in range(len(parts))
    ]
    order = np.argsort(np.concatenate(rows))
    zero, nonnegative, triples = counts.sum(axis=0).tolist()
    size = zero + nonnegative + triples
    columns = np.cumsum([0, *(len(p.linear) for p in programs)])

    def by_row(name: str) -> FloatArray:
        values: FloatArray = np.concatenate([getattr(p, name) for p in programs])[order]
        return values

    own = np.split(np.arange(columns[-1]), columns[1:-1])
    return ConicProgram(
        quadratic=_diagonal([p.quadratic for p in programs], own, (columns[-1], columns[-1])),
        linear=np.concatenate([linear for _, linear in parts]),
        constant=sum(p.constant for p in programs),
        matrix=_diagonal([p.matrix for p in programs], rows, (size, columns[-1])),
        rhs=by_row("rhs"),
        cones=ConeCounts(zero, nonnegative, triples // 3),
        parameter_matrix=sp.csc_array((size, 0)),
        cost_of_parameters=np.zeros(0),
        parameters=np.zeros(0),
        column_scale=np.concatenate([p.column_scale for p in programs]),
        row_scale=by_row("row_scale"),
        cost_scale=cost_scale or max(p.cost_scale for p in programs),
        variable_blocks={},
        parameter_blocks={},
        row_blocks={},
        column_of=np.arange(columns[-1]),
    )


def _diagonal(blocks: Sequence[sp.csc_array], rows: Sequence[IntArray], shape: tuple[int, int]) -> sp.csc_array:
    """Return the matrix with these columns side by side, whose rows, ascending, go where ``rows`` says."""
    ends = np.cumsum([0, *(block.nnz for block in blocks)])
    indptr = [block.indptr[1:] + start for block, start in zip(blocks, ends[:-1], strict=True)]
    indices = [to[block.indices] for block, to in zip(blocks, rows, strict=True)]
    data = np.concatenate([block.data for block in blocks])
    return sp.csc_array((data, np.concatenate(indices), np.concatenate([[0], *indptr])), shape=shape)
