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
class _HiddenDirections:
    """Discs that stand for directions of taxed flows, three parts each: a radius, an active and a reactive part.

    Attributes
    ----------
    entries
        Which taxed flow and step each stands for, ascending.
    given
        Whose active part is free as well: the forecast gives the flow. Else it follows from other duals. Where active
        power alone is taxed, no reactive part bears on a price.
    without
        The tax, with its direction, that the problem's own prices have for it.
    """

    problem: DispatchProblem
    taxed: TaxedFlows
    entries: IntArray
    given: BoolArray
    without: ComplexArray

    def effect(self, nodes: IntArray) -> tuple[sp.csr_array, FloatArray]:
        """Return what discs do to the prices of nodes: a matrix, and a constant; active prices, then reactive ones."""
        steps, half = self.problem.steps, len(nodes) * self.problem.steps
        paths = self.problem.grid.paths(nodes)
        bearing = (paths @ self.taxed.matrix[self.entries // steps].T).tocoo()
        active = self.given[bearing.col]
        turning = np.full(len(active), self._turns)
        at = bearing.row * steps + self.entries[bearing.col] % steps
        row = np.concatenate([at[active], at[turning] + half])
        column = np.concatenate([3 * bearing.col[active] + 1, 3 * bearing.col[turning] + 2])
        values = -np.concatenate([bearing.data[active], bearing.data[turning]]) / self.problem.step_hours
        matrix = sp.csr_array((values, (row, column)), shape=(2 * half, 3 * len(self.entries)))
        without = np.zeros((len(self.entries), 3))
        without[:, 1], without[:, 2] = self.without.real, self.without.imag
        return matrix, -np.asarray(matrix @ without.ravel())

    def on_prices(self, parts: FloatArray) -> ComplexArray:
        """Return what discs do to the prices of all nodes, shape ``(nodes, steps)``."""
        _, active, reactive = parts.reshape(-1, 3).T
        direction = np.where(self.given, active, 0.0) + 1j * reactive * self._turns - self.without
        flow, step = np.divmod(self.entries, self.problem.steps)
        shape = len(self.entries), self.problem.steps
        at_steps = sp.csr_array((direction, (np.arange(len(flow)), step)), shape=shape)
        per_edge = (self.taxed.matrix[flow].T @ at_steps).toarray()
        prices: ComplexArray = self.problem.grid.over_paths(per_edge).astype(np.complex128)
        return -prices / self.problem.step_hours

    @property
    def _turns(self) -> bool:
        """Return whether reactive power is taxed, so that a direction has a reactive part."""
        return self.problem.tariffs.tax_on == "apparent"


@dataclass(frozen=True, eq=False)
class PriceFace:
    """Prices ``offset + matrix z`` of the nodes at which a dispatch exchanges power, at its optimal duals ``z``.

    Attributes
    ----------
    nodes
        Those nodes, ascending.
    matrix, offset
        Their active prices at all steps, then their reactive ones; shapes ``(quantities, duals)``, ``(quantities,)``.
    duals
        The optimal duals; of them ``duals.point`` is the solver's, with zero exchanges taxed in no direction that
        nobody decides.
    discs
        What discs are added to the duals for.
    of_losses
        What losses make of nodal prices, ``-2 l_n`` at the planned flows, shape ``(nodes, steps)``; None without them.
    """

    solved: Dispatch
    nodes: IntArray
    duals: DualFace
    matrix: sp.csr_array
    offset: FloatArray
    discs: _HiddenDirections
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
        # A tax on active power alone has the one part that rows of the program tell.
        hidden = (given >= 0) | (straight >= 0) & (problem.tariffs.tax_on == "apparent")
        link = _first_parts(model, straight[hidden])
        # A flow that the forecast gives as good as zero is taxed in the direction of what little there is of it.
        little = problem.tariffs.taxable(np.asarray(taxed.matrix @ solved.ex_ante_flows_mva)).ravel()[zero]
        direction = (rate * np.where(given >= 0, unit(little), 0.0)).astype(np.complex128)[hidden]
        discs = _HiddenDirections(problem, taxed, zero[hidden], given[hidden] >= 0, direction)
        assert problem.exchanges is not None
        nodes = np.unique(problem.exchanges.node)
        matrix, offset = solved.price_map.at_nodes(nodes)
        effect, without = discs.effect(nodes)
        duals = DualFace.of(solved.solution, Discs(rate[hidden], link))
        matrix = sp.hstack([matrix, effect]).tocsr()
        return cls(solved, nodes, duals, matrix, offset + without, discs, _of_losses(solved))

    @property
    def scale(self) -> float:
        """Return the size of a typical price."""
        tariffs = self.solved.problem.tariffs
        return max(float(np.abs(tariffs.price).max(initial=0.0)), float(tariffs.tax.max(initial=0.0))) or 1.0

    def closest(self, solver: SolverSettings | None = None) -> tuple[ComplexArray, float]:
        """Return the prices of all nodes, shape ``(nodes, steps)``, that are closest to ``lambda_0`` at ``nodes``.

        What losses make of prices is no choice, and left out of the distance.
        With them how far off they may be there, as a Euclidean distance: 0 where they are known to full accuracy.
        """
        price, count = self.solved.problem.tariffs.price, len(self.nodes)
        target = np.concatenate([np.tile(price.real, count), np.tile(price.imag, count)])
        if self.of_losses is not None:
            there = self.of_losses[self.nodes]
            target = target + np.concatenate([there.real.ravel(), there.imag.ravel()])
        found = closest_dual(self.duals, self.matrix, target - self.offset, scale=self.scale, settings=solver)
        z, parts = np.split(found.point, [len(self.solved.solution.z)])
        return self.solved.price_map.prices(z) + self.discs.on_prices(parts), found.error


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
