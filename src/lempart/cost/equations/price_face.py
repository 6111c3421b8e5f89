"""All nodal prices that are optimal for one dispatch.

Prices follow from taxes and limits: where an exchange is exactly zero the direction of its tax is free (a kink), and
limits that bind may leave a choice of what each of them costs. The dispatch's program has no variable for what nobody
decides: the reactive part of a direction where no device decides reactive power, and the direction of an exchange that
the forecast gives. They are added here, as discs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp

from lempart.conic import POSITIVE, ConicSolution, Discs, DualFace, SolverSettings, closest_dual
from lempart.cost.equations.losses import loss_prices
from lempart.dispatch import Dispatch, DispatchProblem
from lempart.dispatch.exante import ExAnteModel, tax_rates, unit
from lempart.dispatch.network import LIMIT_ROWS
from lempart.dispatch.taxed_flows import TaxedFlows
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

_NONE: IntArray = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class PriceFace:
    """Nodal prices ``offset + matrix z`` at the optimal duals ``z`` of a dispatch.

    Attributes
    ----------
    matrix, offset
        Active prices of all nodes and steps, then reactive ones; shapes ``(quantities, duals)`` and ``(quantities,)``.
    duals
        The optimal duals; of them ``duals.point`` is the solver's, with zero exchanges taxed in no direction that
        nobody decides.
    of_losses
        What losses make of nodal prices, ``-2 l_n`` at the planned flows, shape ``(nodes, steps)``; None without them.
    """

    problem: DispatchProblem
    duals: DualFace
    matrix: sp.csr_array
    offset: FloatArray
    of_losses: ComplexArray | None = None

    @classmethod
    def of(cls, solved: Dispatch, at_kink: BoolArray) -> Self:
        """Return the prices of a dispatch some of whose ex-ante exchanges, ``(exchanges, steps)``, are at a kink."""
        problem, model, taxed = solved.problem, solved.model, solved.model.taxed
        assert taxed is not None
        rates = tax_rates(problem, taxed)
        zero = np.flatnonzero(_of_flows(at_kink, taxed).ravel() & (rates > 0.0))
        rate = rates[zero]
        given = _position(zero, _NONE if model.given_tax is None else model.given_tax.entries)
        straight = _position(zero, model.straight_tax)
        hidden = (given >= 0) | (straight >= 0)
        link = _first_parts(model, straight[hidden])
        effect = _effect(problem, taxed, zero[hidden], np.flatnonzero(given[hidden] >= 0))
        offset = solved.price_map.offset
        taken_out = np.zeros((int(hidden.sum()), 3))
        # A flow that the forecast gives as good as zero is taxed in the direction of what little there is of it.
        little = np.asarray(taxed.matrix @ solved.ex_ante_flows_mva).ravel()[zero]
        direction = np.where(given >= 0, unit(little), 0.0)[hidden] * rate[hidden]
        taken_out[:, 1], taken_out[:, 2] = direction.real, direction.imag
        return cls(
            problem,
            DualFace.of(solved.solution, Discs(rate[hidden], link)),
            sp.hstack([solved.price_map.matrix, effect]).tocsr(),
            offset - effect @ taken_out.ravel(),
            _of_losses(solved),
        )

    @property
    def scale(self) -> float:
        """Return the size of a typical price."""
        tariffs = self.problem.tariffs
        return max(float(np.abs(tariffs.price).max(initial=0.0)), float(tariffs.tax.max(initial=0.0))) or 1.0

    def rows_of(self, nodes: IntArray) -> IntArray:
        """Return the rows of the given nodes: active, then reactive."""
        steps = self.problem.steps
        active = (np.asarray(nodes)[:, None] * steps + np.arange(steps)).ravel()
        return np.concatenate([active, active + len(self.offset) // 2])

    def closest(self, nodes: IntArray, solver: SolverSettings | None = None) -> tuple[ComplexArray, float]:
        """Return the prices, shape ``(nodes, steps)``, that are closest to ``lambda_0`` at the given nodes.

        What losses make of prices is no choice, and left out of the distance.
        With them how far off they may be there, as a Euclidean distance: 0 where they are known to full accuracy.
        """
        rows, price = self.rows_of(nodes), self.problem.tariffs.price
        target = np.concatenate([np.tile(price.real, len(nodes)), np.tile(price.imag, len(nodes))])
        if self.of_losses is not None:
            target = target + np.concatenate([self.of_losses[nodes].real.ravel(), self.of_losses[nodes].imag.ravel()])
        aim = target - self.offset[rows]
        found = closest_dual(self.duals, self.matrix[rows], aim, scale=self.scale, settings=solver)
        parts = (self.offset + self.matrix @ found.point).reshape(2, -1, self.problem.steps)
        return parts[0] + 1j * parts[1], found.error


def limits_bind(solution: ConicSolution) -> bool:
    """Return whether some limit of the grid has a price."""
    program = solution.program
    blocks = [program.row_blocks[name] for name in LIMIT_ROWS if name in program.row_blocks]
    at = np.concatenate([_NONE, *(rows[:, 0] if rows.ndim == 2 else rows for rows in blocks)])
    return bool(np.any(solution.z[at] * program.row_scale[at] > POSITIVE * program.cost_scale))


def _of_losses(solved: Dispatch) -> ComplexArray | None:
    losses, grid = solved.problem.losses, solved.problem.grid
    return None if losses is None else -2.0 * loss_prices(grid, losses.weight, solved.ex_ante_flows_mva)


def _position(entries: IntArray, among: IntArray) -> IntArray:
    """Return where entries stand among others, both ascending; -1 where they don't."""
    at = np.searchsorted(among, entries)
    found = np.append(among, -1)[at] == entries
    return np.where(found, at, -1)


def _first_parts(model: ExAnteModel, straight: IntArray) -> sp.csr_array:
    """Return the direction's active part, times the tax, from the duals of the two rows that make a linear tax."""
    program, discs = model.program, np.flatnonzero(straight >= 0)
    rows = [program.row_blocks[f"tax on {side}"][straight[discs]] for side in ("export", "import") if len(discs)]
    at = np.concatenate([_NONE, *rows])
    values = np.repeat([1.0, -1.0], len(discs))
    return sp.csr_array((values, (np.tile(discs, 2), at)), shape=(len(straight), len(program.rhs)))


def _of_flows(at_kink: BoolArray, taxed: TaxedFlows) -> BoolArray:
    """Return which taxed flows are at a kink, shape ``(flows, steps)``, from which exchanges are."""
    found = np.zeros((len(taxed.times), at_kink.shape[1]), dtype=bool)
    np.logical_or.at(found, taxed.of_exchange, at_kink)
    return found


def _effect(problem: DispatchProblem, taxed: TaxedFlows, entries: IntArray, given: IntArray) -> sp.csr_array:
    """Return what the parts of discs, which stand for these entries of taxed flows, do to nodal prices.

    The first part of one that isn't ``given`` follows from duals, which have their own effect.
    """
    steps, size = problem.steps, problem.grid.node_count * problem.steps
    bearing = (problem.grid.path_matrix @ taxed.matrix[entries // steps].T).tocoo()
    active = np.isin(bearing.col, given)
    at = bearing.row * steps + entries[bearing.col] % steps
    row = np.concatenate([at[active], at + size])
    column = np.concatenate([3 * bearing.col[active] + 1, 3 * bearing.col + 2])
    values = -np.concatenate([bearing.data[active], bearing.data]) / problem.step_hours
    return sp.csr_array((values, (row, column)), shape=(2 * size, 3 * len(entries)))
