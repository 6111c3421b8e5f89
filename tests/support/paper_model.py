"""The ex-ante problem written straight from the paper's equations, in cvxpy: the slow twin of ``lempart.dispatch``.

Nothing here comes from ``lempart`` but the records of a case: the tree, the canonical subgraphs and the constraints
are made again, prosumer by prosumer and edge by edge, with complex power as two real arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import cvxpy as cp
import numpy as np

from lempart.case import Battery, Case, Convex, Curtailment, ElectricVehicle, Inverter

Expression = cp.Expression


@dataclass
class PlainGrid:
    """Buses with their parent and line; every prosumer is at a leaf."""

    parent: dict[str, str]
    z_pu: dict[str, complex]
    rating: dict[str, float | None]
    band: dict[str, tuple[float, float] | None]
    root: str
    below: dict[str, set[int]]

    @classmethod
    def of(cls, case: Case) -> PlainGrid:
        """Return the grid of a case, rooted at its PCC."""
        parent: dict[str, str] = {}
        z: dict[str, complex] = {}
        rating: dict[str, float | None] = {}
        band: dict[str, tuple[float, float] | None] = {}
        reached, waiting = {case.grid.pcc}, list(case.grid.lines)
        while waiting:
            for item in list(waiting):
                ends = {item.from_node, item.to_node}
                if len(ends & reached) != 1:
                    continue
                (up,), (bus,) = ends & reached, ends - reached
                parent[bus] = up
                z[bus] = (item.r_ohm + 1j * item.x_ohm) / case.grid.base_kv**2
                rating[bus] = item.rating_mva
                band[bus] = item.voltage_band_pu or case.grid.voltage_band_pu
                reached.add(bus)
                waiting.remove(item)
        below: dict[str, set[int]] = {bus: set() for bus in parent}
        for m, prosumer in enumerate(case.prosumers):
            at = prosumer.node
            while at in parent:
                below[at].add(m)
                at = parent[at]
        return cls(parent, z, rating, band, case.grid.pcc, below)

    def subgraph(self, members: set[int]) -> set[str]:
        """Return the edges of the canonical subgraph: those with some, but not all, of the members below."""
        if len(members) == 1:
            return {bus for bus, down in self.below.items() if members <= down and bus not in self.parent.values()}
        return {bus for bus, down in self.below.items() if down & members and not members <= down}

    def boundary(self, edges: set[str]) -> set[str]:
        """Return the nodes of a subgraph with an edge outside it; the PCC always is one."""
        nodes = edges | {self.parent[edge] for edge in edges}
        live = {bus for bus, down in self.below.items() if down}
        touching = {node: {e for e in live if node in (e, self.parent[e])} for node in nodes}
        return {node for node in nodes if node == self.root or touching[node] - edges}


@dataclass
class Answer:
    """The optimum: cost with the tie-break, and ``u`` (prosumers, steps)."""

    cost: float
    flexible: np.ndarray
    status: str


@dataclass
class Shift:
    """By how much losses lower flows, sent and received, and voltages, per bus; complex MVA and p.u., ``(steps,)``."""

    sent: dict[str, np.ndarray]
    received: dict[str, np.ndarray]
    voltage: dict[str, np.ndarray]


@dataclass
class _People:
    active: dict[int, Expression]
    reactive: dict[int, Expression]
    cost: list[Expression]
    constraints: list[cp.Constraint]
    switches: list[tuple[cp.Parameter, cp.Parameter]] = field(default_factory=list)


@dataclass
class ExAnte:
    """Eq 4, written out once; ``probes`` are extra injections at buses, belonging to no one, zero until set."""

    case: Case
    people: _People
    problem: cp.Problem
    probes: dict[str, tuple[cp.Parameter, cp.Parameter]]

    def solve(self, bus: str | None = None, power: np.ndarray | None = None) -> Answer:
        """Return the optimum, with ``power`` (complex, one value per step) injected at ``bus``."""
        for name, (active, reactive) in self.probes.items():
            here = power if name == bus and power is not None else np.zeros(self.case.horizon.steps, dtype=complex)
            active.value, reactive.value = here.real, here.imag
        return _solve(self.case, self.people, self.problem)

    def solve_exclusive(self, bus: str | None = None, power: np.ndarray | None = None) -> list[Answer]:
        """Return the optima of all directions that storage with losses may take, step by step; cheapest first."""
        answers, steps = [], self.case.horizon.steps
        for ways in product((0.0, 1.0), repeat=steps * len(self.people.switches)):
            chosen = np.array(ways).reshape(-1, steps)
            for (charging, discharging), own in zip(self.people.switches, chosen, strict=True):
                charging.value, discharging.value = own, 1.0 - own
            answers.append(self.solve(bus, power))
        for switch in self.people.switches:
            for parameter in switch:
                parameter.value = np.ones(steps)
        return sorted(answers, key=lambda answer: answer.cost)


def ex_ante(
    case: Case,
    coalitions: Sequence[Sequence[int]],
    tie_break: float,
    probed: Sequence[str] = (),
    shift: Shift | None = None,
) -> ExAnte:
    """Return Eq 4 for a partition given as lists of prosumers; power can be injected at the ``probed`` buses."""
    grid = PlainGrid.of(case)
    everyone, steps = range(len(case.prosumers)), case.horizon.steps
    people = _people(case, everyone, tie_break)
    p, q = _flows(case, grid, set(grid.parent), people)
    probes = {bus: (cp.Parameter(steps), cp.Parameter(steps)) for bus in probed}
    for bus, (active, reactive) in probes.items():
        at = bus
        while at in grid.parent:
            p[at], q[at] = p[at] + active, q[at] + reactive
            at = grid.parent[at]
    constraints = [*people.constraints, *_network(case, grid, grid.root, p, q, people.cost, shift)]
    people.cost.append(_losses(case, grid, p, q))
    market, hours = case.market, case.horizon.step_hours
    net_p = sum(case.scenario.forecast[m].real + people.active[m] for m in everyone)
    net_q = sum(case.scenario.forecast[m].imag + people.reactive[m] for m in everyone)
    net_p, net_q = net_p + sum(a for a, _ in probes.values()), net_q + sum(b for _, b in probes.values())
    revenue = market.price_per_mwh @ net_p + market.reactive_price_per_mvarh @ net_q
    tax = []
    for members in coalitions:
        edges = grid.subgraph(set(members))
        for node in grid.boundary(edges):
            into = [(p[e], q[e], 1.0) for e in edges if grid.parent[e] == node]
            into += [(p[e], q[e], -1.0) for e in edges if e == node]
            parts = [sum(sign * a for a, _, sign in into), sum(sign * b for _, b, sign in into)]
            exchanged = cp.vstack(parts if market.tax_on == "apparent" else parts[:1])
            tax.append(market.tax_per_mwh @ cp.norm(exchanged, 2, axis=0))
    objective = sum(people.cost) + hours * (sum(tax) - revenue)
    return ExAnte(case, people, cp.Problem(cp.Minimize(objective), constraints), probes)


def ex_ante_alone(case: Case, members: Sequence[int], tie_break: float) -> Answer:
    """Solve Eq 9e-9f for one coalition with a single boundary node, which is its PCC."""
    return alone(case, members, tie_break).solve()


def alone(case: Case, members: Sequence[int], tie_break: float, shift: Shift | None = None) -> ExAnte:
    """Return Eq 9e-9f for one coalition with a single boundary node, which is its PCC."""
    grid = PlainGrid.of(case)
    edges = grid.subgraph(set(members))
    (root,) = grid.boundary(edges)
    people = _people(case, members, tie_break)
    p, q = _flows(case, grid, edges, people)
    constraints = [*people.constraints, *_network(case, grid, root, p, q, people.cost, shift)]
    people.cost.append(_losses(case, grid, p, q if case.market.strict_reactive else {}))
    constraints.append(sum(case.scenario.forecast[m].real + people.active[m] for m in members) == 0)
    if case.market.strict_reactive:
        constraints.append(sum(case.scenario.forecast[m].imag + people.reactive[m] for m in members) == 0)
    return ExAnte(case, people, cp.Problem(cp.Minimize(sum(people.cost)), constraints), {})


def _flows(
    case: Case, grid: PlainGrid, edges: set[str], people: _People
) -> tuple[dict[str, Expression], dict[str, Expression]]:
    """Return ``S_n`` by Eq 1b: what is injected below."""
    given = case.scenario.forecast
    p = {e: sum(given[m].real + people.active[m] for m in grid.below[e]) for e in edges if grid.below[e]}
    q = {e: sum(given[m].imag + people.reactive[m] for m in grid.below[e]) for e in edges if grid.below[e]}
    return p, q


def _losses(case: Case, grid: PlainGrid, p: dict[str, Expression], q: dict[str, Expression]) -> Expression:
    """Return what losses cost: ``h sum_t sum_e w |S|^2``, without reactive flows where there are none given."""
    market, cost = case.market, cp.Constant(0.0)
    if market.losses == "none":
        return cost
    for edge, active in p.items():
        z = grid.z_pu[edge]
        weight = np.maximum(market.price_per_mwh * z.real + market.reactive_price_per_mvarh * z.imag, 0.0)
        for flow in (active, *([q[edge]] if q else [])):
            cost = cost + case.horizon.step_hours * (weight @ cp.square(flow))
    return cost


def _network(
    case: Case,
    grid: PlainGrid,
    root: str,
    p: dict[str, Expression],
    q: dict[str, Expression],
    cost: list[Expression],
    shift: Shift | None = None,
) -> list[cp.Constraint]:
    """Return Eqs 1a, 1c-1e; with elastic limits what exceeds them is added to the cost at the penalty rates."""
    steps, hours, market = case.horizon.steps, case.horizon.step_hours, case.market
    elastic = case.dispatch.limits == "elastic"
    constraints: list[cp.Constraint] = []
    for edge, active in p.items():
        rating = grid.rating[edge]
        if rating is not None:
            over = cp.Variable(steps, nonneg=True) if elastic else 0.0
            for by in [np.zeros(steps)] if shift is None else [shift.sent[edge], shift.received[edge]]:
                carried = cp.vstack([active - by.real, q[edge] - by.imag])
                constraints.append(cp.norm(carried, 2, axis=0) <= rating + over)
            if elastic:
                cost.append(hours * market.line_penalty_per_mvah * cp.sum(over))
        band = grid.band[edge]
        if band is None:
            continue
        path, at = [], edge
        while at != root:
            path.append(at)
            at = grid.parent[at]
        deviation = sum(2 * (grid.z_pu[e].real * p[e] + grid.z_pu[e].imag * q[e]) for e in path)
        deviation = deviation if shift is None else deviation - shift.voltage[edge]
        resistance = sum(grid.z_pu[e].real for e in path)
        up = cp.Variable(steps, nonneg=True) if elastic else 0.0
        down = cp.Variable(steps, nonneg=True) if elastic else 0.0
        constraints += [deviation <= band[1] ** 2 - 1 + up, deviation >= band[0] ** 2 - 1 - down]
        if elastic:
            assert market.voltage_penalty == "curtailment"
            rate = float(np.mean(market.imbalance_penalty_per_mwh)) / (2 * resistance)
            cost.append(hours * rate * cp.sum(up + down))
    return constraints


def _people(case: Case, members: Sequence[int], tie_break: float) -> _People:
    """Return everyone's ``u``, its cost and Eq 1f."""
    steps, h = case.horizon.steps, case.horizon.step_hours
    found = _People({}, {}, [], [])
    for m in members:
        active: Expression = cp.Constant(np.zeros(steps))
        reactive: Expression = cp.Constant(np.zeros(steps))
        curtailed: Expression = cp.Constant(np.zeros(steps))
        stored: Expression = cp.Constant(np.zeros(steps))
        for item in case.prosumers[m].flexibility:
            if isinstance(item, Battery):
                u = _battery(item, steps, h, found)
                active, stored = active + u, stored + u
            elif isinstance(item, ElectricVehicle):
                active = active + _vehicle(item, steps, h, found)
            elif isinstance(item, Curtailment):
                u = cp.Variable(steps)
                found.constraints += [u <= 0, u >= -item.available_mw]
                found.cost.append(h * item.cost_per_mwh * cp.sum(-u))
                active, curtailed = active + u, curtailed + u
            elif isinstance(item, Convex):
                u, v = _convex(item, steps, h, found)
                active, reactive = active + u, reactive + v
        for item in case.prosumers[m].flexibility:
            if isinstance(item, Inverter):
                v = cp.Variable(steps)
                through = item.generation_mw + curtailed + (stored if item.hybrid else 0.0)
                found.constraints.append(cp.norm(cp.vstack([through, v]), 2, axis=0) <= item.apparent_power_mva)
                found.cost.append(h * item.cost_per_mvarh * cp.norm1(v))
                reactive = reactive + v
        found.cost.append(tie_break * h * (cp.sum_squares(active) + cp.sum_squares(reactive)))
        found.active[m], found.reactive[m] = active, reactive
    return found


def _storage_powers(
    item: Battery | ElectricVehicle, most: np.ndarray, feeding: np.ndarray, found: _People
) -> tuple[Expression, Expression]:
    """Return charge and discharge; where both would lose energy each can be switched off step by step."""
    steps = len(most)
    charge, discharge = cp.Variable(steps, nonneg=True), cp.Variable(steps, nonneg=True)
    switch = cp.Parameter(steps, value=np.ones(steps)), cp.Parameter(steps, value=np.ones(steps))
    found.constraints += [charge <= cp.multiply(most, switch[0]), discharge <= cp.multiply(feeding, switch[1])]
    if item.charge_efficiency * item.discharge_efficiency < 1.0 and feeding.any():
        found.switches.append(switch)
    return charge, discharge


def _vehicle(item: ElectricVehicle, steps: int, h: float, found: _People) -> Expression:
    here = item.plugged_in * item.power_mw
    charge, discharge = _storage_powers(item, here, here * item.vehicle_to_grid, found)
    energy = item.energy_mwh * item.initial_soc + cp.cumsum(
        h * (item.charge_efficiency * charge - discharge / item.discharge_efficiency) - item.driven_mwh
    )
    found.constraints += [energy >= 0, energy <= item.energy_mwh]
    if item.end_soc is not None:
        found.constraints.append(energy[steps - 1] >= item.end_soc * item.energy_mwh)
    found.cost.append(h * item.discharge_cost_per_mwh * cp.sum(discharge))
    return discharge - charge


def _battery(item: Battery, steps: int, h: float, found: _People) -> Expression:
    most = np.full(steps, item.power_mw)
    charge, discharge = _storage_powers(item, most, most, found)
    energy = item.energy_mwh * item.initial_soc + h * cp.cumsum(
        item.charge_efficiency * charge - discharge / item.discharge_efficiency
    )
    found.constraints += [energy >= 0, energy <= item.energy_mwh]
    if item.cyclic:
        found.constraints.append(energy[steps - 1] == item.energy_mwh * item.initial_soc)
    found.cost.append(h * item.cost_per_mwh * cp.sum(charge + discharge))
    found.cost.append(h * item.quadratic_cost_per_mw2h * cp.sum_squares(discharge - charge))
    return discharge - charge


def _convex(item: Convex, steps: int, h: float, found: _People) -> tuple[Expression, Expression]:
    u = cp.Variable(steps)
    v: Expression = cp.Constant(np.zeros(steps))
    found.constraints += [u >= item.minimum_mw, u <= item.maximum_mw]
    if item.apparent_power_mva is not None:
        v = cp.Variable(steps)
        found.constraints.append(cp.norm(cp.vstack([u, v]), 2, axis=0) <= item.apparent_power_mva)
    if len(item.upper):
        found.constraints.append(item.rows_mw @ u + item.rows_mvar @ v <= item.upper)
    found.cost.append(h * item.cost_per_mwh @ u)
    found.cost.append(h * (item.absolute_cost_per_mwh * cp.norm1(u) + item.quadratic_cost_per_mw2h * cp.sum_squares(u)))
    return u, v


def _solve(case: Case, people: _People, problem: cp.Problem) -> Answer:
    problem.solve(
        solver=cp.CLARABEL,
        tol_gap_abs=1e-10,
        tol_gap_rel=1e-10,
        tol_feas=1e-10,
        max_threads=1,
        presolve_enable=False,
    )
    shape = (len(case.prosumers), case.horizon.steps)
    if problem.status not in {"optimal", "optimal_inaccurate"}:
        return Answer(np.inf, np.full(shape, np.nan), problem.status)
    u = np.zeros(shape, dtype=complex)
    for m, active in people.active.items():
        u[m] = active.value + 1j * people.reactive[m].value
    return Answer(float(problem.value), u, problem.status)
