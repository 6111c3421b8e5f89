"""Solve an ex-ante problem and read back dispatch, costs and nodal prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from lempart.conic import ConicSolution, Outcome, SolverSettings, Verdict, solve
from lempart.dispatch.exante import ExAnteModel, build_ex_ante
from lempart.dispatch.infeasible import explain_devices, explain_infeasibility
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.storage import Burning, Storage
from lempart.errors import InfeasibleError, SolverError
from lempart.grid import RadialGrid, line_flows
from lempart.typing import ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Dispatch:
    """The ex-ante dispatch of one problem: ``u``, its cost, and the nodal prices.

    Attributes
    ----------
    flexible_mva
        ``u``, complex MVA, shape ``(prosumers, steps)``.
    flexibility_cost
        ``c_m(u_m)`` per prosumer over the horizon, in currency, shape ``(prosumers,)``.
    convex
        The dispatch in which batteries may charge and discharge at once, where this one forbids it and they would;
        None: it is this one.
    gap
        By how much a cheaper dispatch without that wasn't ruled out, in currency; 0 where this is the cheapest.
    """

    model: ExAnteModel
    solution: ConicSolution
    flexible_mva: ComplexArray
    flexibility_cost: FloatArray
    convex: Dispatch | None = None
    gap: float = 0.0

    @property
    def problem(self) -> DispatchProblem:
        """Return what was solved."""
        return self.model.problem

    @property
    def tie_open(self) -> bool:
        """Return whether the dispatch may be another than the one of least norm of several equally cheap ones."""
        return not self.solution.resolved

    @cached_property
    def ex_ante_flows_mva(self) -> ComplexArray:
        """Return ``S_n`` at the forecast, complex, shape ``(nodes, steps)``."""
        return line_flows(self.problem.grid, self.problem.forecast + self.flexible_mva)

    @cached_property
    def burning(self) -> tuple[Burning, ...]:
        """Return which batteries burn energy, and when."""
        found = []
        for own, burnt in self.burnt_mwh:
            at = np.flatnonzero(burnt.any(axis=1))
            found += [Burning(int(own.prosumer[d]), own.kind, tuple(burnt[d].tolist())) for d in at.tolist()]
        return tuple(found)

    def burning_of(self, prosumers: Sequence[int] | IntArray) -> tuple[Burning, ...]:
        """Return the same where the problem's prosumers have these numbers in the case."""
        return tuple(replace(one, prosumer=int(prosumers[one.prosumer])) for one in self.burning)

    @cached_property
    def burnt_mwh(self) -> tuple[tuple[Storage, FloatArray], ...]:
        """Return what every device burns per step, shape ``(devices, steps)``, kind by kind."""
        problem = self.problem
        storage = {own.kind: own for own in Storage.of(problem.prosumers, problem.steps, problem.step_hours)}
        blocks = [block for block in self.model.devices if block.kind in storage and storage[block.kind].lossy.any()]
        shape = (-1, problem.steps)
        return tuple(
            (own, own.burnt_mwh(self.solution.evaluate(block.active_mw).reshape(shape), self.solution.value(name)))
            for block in blocks
            for own, name in [(storage[block.kind], f"{block.kind} energy")]
        )

    @cached_property
    def price_map(self) -> PriceMap:
        """Return nodal prices as an affine function of the duals."""
        return PriceMap.of(self.model)

    @cached_property
    def nodal_prices(self) -> ComplexArray:
        """Return ``lambda_n`` per MWh and Mvarh, shape ``(nodes, steps)``: the solver's choice of duals."""
        return self.price_map.prices(self.solution.z)


@dataclass(frozen=True, eq=False)
class PriceMap:
    """Nodal prices from the duals: minus the derivative of the optimal cost by an injection, per hour.

    ``offset + matrix z`` are the active prices of all nodes and steps, then the reactive ones. Where reactive flows are
    given the latter are what a reactive flow on each node's own edge is worth, and prices are their sums over paths.
    ``sensitivity`` makes of the cost of parameters the offset.
    """

    grid: RadialGrid
    steps: int
    given_flows: bool
    matrix: sp.csr_array
    offset: FloatArray
    sensitivity: sp.csr_array

    @classmethod
    def of(cls, model: ExAnteModel) -> PriceMap:
        """Return the map of a built problem (envelope theorem on its parameters)."""
        problem, program = model.problem, model.program
        blocks, given = program.parameter_blocks, model.reactive_is_fixed
        active = _selection(blocks["active injection"], len(program.parameters))
        reactive = _selection(blocks["reactive flow" if given else "reactive injection"], len(program.parameters))
        if model.line_radius_slope.size:
            reactive = reactive + _radius_terms(model)
        sensitivity = sp.csr_array(-sp.vstack([active, reactive]) / problem.step_hours)
        matrix = (sensitivity @ program.parameter_matrix.T).tocsr()
        offset = np.asarray(sensitivity @ program.cost_of_parameters)
        return cls(problem.grid, problem.steps, given, matrix, offset, sensitivity)

    def at(self, cost_of_parameters: FloatArray) -> PriceMap:
        """Return the map of a model that differs from this one's in what parameters cost."""
        return replace(self, offset=np.asarray(self.sensitivity @ cost_of_parameters))

    def prices(self, z: FloatArray) -> ComplexArray:
        """Return complex prices, shape ``(nodes, steps)``, at the duals ``z``."""
        active, reactive = (self.offset + self.matrix @ z).reshape(2, -1, self.steps)
        if self.given_flows:
            # An injection moves the reactive flow of every edge on its path, and the PCC's (row 0).
            reactive = self.grid.over_paths(reactive) + reactive[0]
        prices: ComplexArray = active + 1j * reactive
        return prices

    def at_nodes(self, nodes: IntArray) -> tuple[sp.csr_array, FloatArray]:
        """Return ``matrix`` and ``offset`` of the prices of some nodes: active ones first, then reactive ones."""
        own, every = np.arange(len(nodes)), np.arange(self.steps)
        row, edge = own, np.asarray(nodes)
        if self.given_flows:
            paths = self.grid.paths(nodes).tocoo()
            row, edge = np.concatenate([own, paths.row]), np.concatenate([np.zeros_like(own), paths.col])
        rows = np.concatenate([own, row + len(nodes)])[:, None] * self.steps + every
        columns = np.concatenate([nodes, edge + self.grid.node_count])[:, None] * self.steps + every
        shape = 2 * len(nodes) * self.steps, len(self.offset)
        chosen = sp.csr_array((np.ones(rows.size), (rows.ravel(), columns.ravel())), shape=shape)
        return (chosen @ self.matrix).tocsr(), np.asarray(chosen @ self.offset)


def _selection(block: IntArray, parameters: int) -> sp.csr_array:
    index = block.ravel()
    return sp.csr_array((np.ones(len(index)), (np.arange(len(index)), index)), shape=(len(index), parameters))


def _radius_terms(model: ExAnteModel) -> sp.csr_array:
    """Return what a reactive flow does to the radius of its own line limit, per flow entry and parameter."""
    grid, steps = model.problem.grid, model.problem.steps
    rated = np.flatnonzero(grid.has_rating)
    rows = (rated[:, None] * steps + model.problem.limited_steps("line")).ravel()
    radius = model.program.parameter_blocks["line radius"].ravel()
    rows = np.tile(rows, len(radius) // len(rows))  # with losses either end of a line has a limit
    shape = (grid.node_count * steps, len(model.program.parameters))
    return sp.csr_array((model.line_radius_slope.ravel(), (rows, radius)), shape=shape)


def convex_dispatch(problem: DispatchProblem, solver: SolverSettings | None = None) -> Dispatch:
    """Solve the ex-ante problem (Eq 4, or Eq 9e under strict self-consumption), with batteries as they are decided.

    Raises
    ------
    InfeasibleError
        When a device can't do what it is asked for, or no dispatch meets the limits of the grid; the message names
        homes, edges, nodes, steps and amounts.
    SolverError
        When no solver meets the tolerances.
    """
    impossible = explain_devices(problem)
    if impossible is not None:
        raise InfeasibleError(impossible)
    model = build_ex_ante(problem)
    return read_outcome(model, solve(model.program, solver), solver)


def read_outcome(model: ExAnteModel, outcome: Outcome, solver: SolverSettings | None = None) -> Dispatch:
    """Return the dispatch that a solved model gives, or raise as :func:`convex_dispatch` does."""
    if outcome.solution is None:
        if outcome.verdict is Verdict.UNBOUNDED:
            raise SolverError(f"the dispatch has no cheapest answer: {outcome.detail}")
        explanation = explain_infeasibility(model.problem, outcome.verdict, solver)
        if explanation is not None:
            raise InfeasibleError(explanation)
        raise SolverError(f"the dispatch could not be solved: {outcome.detail}")
    return _read(model, outcome.solution)


def _read(model: ExAnteModel, solution: ConicSolution) -> Dispatch:
    shape = (len(model.problem.prosumers), model.problem.steps)
    active = solution.evaluate(model.active_mw).reshape(shape)
    reactive = solution.evaluate(model.reactive_mvar).reshape(shape)
    cost = np.zeros(shape[0])
    for block in model.devices:
        per_step = solution.evaluate(block.linear_cost)
        for expression, weight in block.squares:
            per_step = per_step + weight * solution.evaluate(expression) ** 2
        np.add.at(cost, block.prosumer, per_step.reshape(len(block.prosumer), -1).sum(axis=1))
    return Dispatch(model, solution, active + 1j * reactive, cost)
