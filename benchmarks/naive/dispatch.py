"""Eq 4 and Eq 9e in cvxpy: matrices over nodes and steps, no loops over either, sparse as the tree is.

What comes from lempart is data: the grid's arrays, the records of devices, the exchanges of a partition and the
coefficients of a building's heat balance. Forms were chosen for speed where it matters: flows and voltages are
variables along the tree, since eliminating them makes interior-point solvers several times slower.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cvxpy as cp
import numpy as np
import scipy.sparse as sp

from lempart.case import Battery, Curtailment, HeatPump
from lempart.dispatch import DispatchProblem
from lempart.dispatch.devices.building import Buildings, ComfortBand


@dataclass(frozen=True)
class Answer:
    """The optimum: ``u``, its cost by prosumer, and nodal prices; shapes as in ``lempart.dispatch.Dispatch``."""

    flexible_mva: np.ndarray
    flexibility_cost: np.ndarray
    nodal_prices: np.ndarray


@dataclass
class _Devices:
    active: Any
    reactive: Any
    costs: list[tuple[list[int], Any]] = field(default_factory=list)
    constraints: list[Any] = field(default_factory=list)


class NaiveDispatch:
    """One problem in cvxpy.

    With ``reusable`` its forecast is a parameter, so that it is compiled once and solved at many forecasts. That makes
    the one compilation several times slower: who rebuilds for each solve is better off with constants.
    """

    def __init__(self, problem: DispatchProblem, *, reusable: bool = False) -> None:
        assert problem.limits == "hard"
        self.problem = problem
        shape = (len(problem.prosumers), problem.steps)
        given = problem.forecast.real, problem.forecast.imag
        self.active, self.reactive = (cp.Parameter(shape) if reusable else cp.Constant(part) for part in given)
        self.devices = _devices(problem)
        self.has_reactive = bool(np.any(problem.forecast.imag)) or not isinstance(self.devices.reactive, float)
        objective, constraints = self._network()
        cost = sum(cp.sum(cost) for _, cost in self.devices.costs)
        squares = [self.devices.active] + ([] if isinstance(self.devices.reactive, float) else [self.devices.reactive])
        tie_break = problem.tie_break * problem.step_hours * sum(cp.sum_squares(part) for part in squares)
        self.model = cp.Problem(cp.Minimize(cost + tie_break + objective), self.devices.constraints + constraints)

    def solve(self, forecast: np.ndarray | None = None) -> Answer:
        """Return the optimum, of a reusable one at a forecast, complex MVA, shape ``(prosumers, steps)``."""
        if forecast is not None:
            self.active.value, self.reactive.value = forecast.real, forecast.imag
        self.model.solve(solver=cp.CLARABEL)
        assert self.model.status == cp.OPTIMAL, self.model.status
        u = self.devices.active.value + 0j
        if not isinstance(self.devices.reactive, float):
            u = u + 1j * self.devices.reactive.value
        paid = np.zeros(len(self.problem.prosumers))
        for owners, cost in self.devices.costs:
            np.add.at(paid, owners, cost.value.sum(axis=1))
        prices = self.balance[0].dual_value + 1j * (self.balance[1].dual_value if self.has_reactive else 0.0)
        return Answer(u, paid, prices / self.problem.step_hours)

    def _network(self) -> tuple[Any, list[Any]]:
        """Return import and tax, and Eqs 1b to 1e."""
        problem = self.problem
        grid, steps = problem.grid, problem.steps
        nodes, parent = grid.node_count, np.array(grid.tree.parent)
        edges = np.arange(1, nodes)
        kept = sp.eye_array(nodes) - sp.csr_array((np.ones(nodes - 1), (parent[edges], edges)), shape=(nodes, nodes))
        leaf = np.array(grid.tree.leaf)
        at_leaf = sp.csr_array((np.ones(len(leaf)), (leaf, np.arange(len(leaf)))), shape=(nodes, len(leaf)))
        p = cp.Variable((nodes, steps))
        constraints = [kept @ p == at_leaf @ (self.active + self.devices.active)]
        q = 0.0
        if self.has_reactive:
            q = cp.Variable((nodes, steps))
            constraints.append(kept @ q == at_leaf @ (self.reactive + self.devices.reactive))
        self.balance = list(constraints)
        rated, banded = np.flatnonzero(grid.has_rating), np.flatnonzero(grid.has_band)
        if len(rated):
            constraints.append(_modulus(p, q, rated) <= np.tile(grid.rating_mva[rated, None], steps))
        if len(banded):
            rise = cp.Variable((nodes, steps))
            step_up = sp.eye_array(nodes) - sp.csr_array(
                (np.ones(nodes - 1), (edges, parent[edges])), shape=(nodes, nodes)
            )
            drop = 2 * sp.diags_array(grid.r_pu) @ p
            if self.has_reactive:
                drop = drop + 2 * sp.diags_array(grid.x_pu) @ q
            lower, upper = grid.dv_min[banded], grid.dv_max[banded]
            constraints += [step_up @ rise == drop, rise[banded] <= np.tile(upper[:, None], steps)]
            constraints += [rise[banded] >= np.tile(lower[:, None], steps)]
        if problem.balance != "market":
            return 0.0, [*constraints, p[0] == 0]
        price = problem.tariffs.price
        objective = -price.real @ p[0] - (price.imag @ q[0] if self.has_reactive and np.any(price.imag) else 0.0)
        if problem.exchanges is not None:
            matrix = problem.exchanges.matrix
            exchanged = _modulus(matrix @ p, matrix @ q if self.has_reactive else 0.0, slice(None))
            objective = objective + cp.sum(exchanged @ problem.tariffs.tax)
        return objective * problem.step_hours, constraints


def _modulus(p: Any, q: Any, rows: Any) -> Any:
    """Return ``|P + jQ|`` of some rows."""
    if isinstance(q, float):
        return cp.abs(p[rows])
    shape = p[rows].shape
    both = cp.vstack([cp.vec(p[rows], order="F"), cp.vec(q[rows], order="F")])
    return cp.reshape(cp.norm(both, 2, axis=0), shape, order="F")


def _devices(problem: DispatchProblem) -> _Devices:
    """Return everyone's ``u``, its costs and Eq 1f, kind by kind."""
    owned = [(m, item) for m, prosumer in enumerate(problem.prosumers) for item in prosumer.flexibility]
    found = _Devices(cp.Constant(np.zeros((len(problem.prosumers), problem.steps))), 0.0)
    for kind, add in ((Battery, _batteries), (Curtailment, _curtailment), (HeatPump, _heat_pumps)):
        own = [(m, item) for m, item in owned if isinstance(item, kind)]
        if own:
            add(problem, [m for m, _ in own], [item for _, item in own], found)
    assert all(isinstance(item, Battery | Curtailment | HeatPump) for _, item in owned)
    return found


def _owners(problem: DispatchProblem, owners: list[int]) -> sp.csr_array:
    return sp.csr_array(
        (np.ones(len(owners)), (owners, range(len(owners)))), shape=(len(problem.prosumers), len(owners))
    )


def _column(records: list[Any], name: str) -> np.ndarray:
    return np.array([[getattr(record, name)] for record in records], dtype=float)


def _batteries(problem: DispatchProblem, owners: list[int], records: list[Battery], found: _Devices) -> None:
    shape, h = (len(records), problem.steps), problem.step_hours
    charge, discharge, energy = cp.Variable(shape, nonneg=True), cp.Variable(shape, nonneg=True), cp.Variable(shape)
    most, capacity = np.tile(_column(records, "power_mw"), shape[1]), np.tile(_column(records, "energy_mwh"), shape[1])
    start = _column(records, "energy_mwh") * _column(records, "initial_soc")
    before = cp.hstack([start, energy[:, :-1]])
    gained = cp.multiply(_column(records, "charge_efficiency"), charge) - cp.multiply(
        1 / _column(records, "discharge_efficiency"), discharge
    )
    found.constraints += [
        charge <= most,
        discharge <= most,
        energy >= 0,
        energy <= capacity,
        energy == before + h * gained,
    ]
    cyclic = np.flatnonzero([record.cyclic for record in records])
    if len(cyclic):
        found.constraints.append(energy[cyclic, -1] == start[cyclic, 0])
    cost = cp.multiply(_column(records, "cost_per_mwh"), charge + discharge)
    quadratic = _column(records, "quadratic_cost_per_mw2h")
    if np.any(quadratic):
        cost = cost + cp.multiply(quadratic, cp.square(discharge - charge))
    found.costs.append((owners, h * cost))
    found.active = found.active + _owners(problem, owners) @ (discharge - charge)


def _curtailment(problem: DispatchProblem, owners: list[int], records: list[Curtailment], found: _Devices) -> None:
    off = cp.Variable((len(records), problem.steps), nonneg=True)
    found.constraints.append(off <= np.array([record.available_mw for record in records]))
    found.costs.append((owners, problem.step_hours * cp.multiply(_column(records, "cost_per_mwh"), off)))
    found.active = found.active - _owners(problem, owners) @ off


def _heat_pumps(problem: DispatchProblem, owners: list[int], records: list[HeatPump], found: _Devices) -> None:
    buildings = Buildings.of(records, problem.step_hours)
    band = ComfortBand.of(records, buildings)
    assert buildings.share.shape[1] == 1, "one thermal mass"
    shape = (len(records), problem.steps)
    power, warm = cp.Variable(shape, nonneg=True), cp.Variable(shape)
    before = cp.hstack([buildings.start_c, warm[:, :-1]])
    heat = cp.multiply(buildings.heat * buildings.heat_kw_per_mw, power)
    found.constraints += [
        power <= np.where(band.off, 0.0, buildings.limit_mw[:, None]),
        warm == cp.multiply(buildings.keep[:, :, 0], before) + buildings.drift_c[:, :, 0] + heat,
        warm >= band.lower_c,
        warm <= band.upper_c,
    ]
    ends = np.flatnonzero(np.isfinite(buildings.end_c))
    if len(ends):
        found.constraints.append(warm[ends, -1] >= buildings.end_c[ends])
    own = _owners(problem, owners)
    found.active = found.active - own @ power
    lagging = np.tan(np.arccos(_column(records, "power_factor")))
    if np.any(lagging):
        found.reactive = found.reactive - own @ cp.multiply(lagging, power)
