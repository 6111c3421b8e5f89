"""The ex-ante optimal power flow (Eqs 1, 3 and 4), one function per equation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.conic import Affine, ConicProgram, ProgramBuilder
from lempart.dispatch.devices import DeviceBlock, device_blocks, scattered
from lempart.dispatch.problem import DispatchProblem
from lempart.grid import RadialGrid, line_flows
from lempart.typing import ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class ExAnteModel:
    """A built ex-ante problem: the program, and the expressions that are read back from its solution.

    Attributes
    ----------
    active_mw, reactive_mvar
        Flexible injections ``u`` per prosumer and step.
    line_radius_slope
        ``d radius / d Q`` of each row of the parameter ``line radius``; empty where lines are cones.
    """

    problem: DispatchProblem
    program: ConicProgram
    devices: tuple[DeviceBlock, ...]
    active_mw: Affine
    reactive_mvar: Affine
    reactive_is_fixed: bool
    line_radius_slope: FloatArray


@dataclass(frozen=True, eq=False)
class _Flows:
    """Active and reactive flow of every edge and step, row 0 the PCC's; ``fixed_mvar`` None where decided."""

    active: Affine
    reactive: Affine
    fixed_mvar: FloatArray | None


@dataclass(frozen=True, eq=False)
class ExAnteDraft:
    """All of an ex-ante problem but what depends on its exchanges, for :func:`finished` to complete."""

    problem: DispatchProblem
    builder: ProgramBuilder
    devices: tuple[DeviceBlock, ...]
    active_mw: Affine
    reactive_mvar: Affine
    flows: _Flows
    line_radius_slope: FloatArray


def build_ex_ante(problem: DispatchProblem) -> ExAnteModel:
    """Return the ex-ante problem as a conic program."""
    return finished(draft_ex_ante(problem), problem)


def draft_ex_ante(problem: DispatchProblem) -> ExAnteDraft:
    """Return what problems that differ in their exchanges alone have in common."""
    steps, prosumers = problem.steps, len(problem.prosumers)
    context = problem.device_context
    builder = ProgramBuilder(cost_scale=_price_scale(problem) * problem.power_scale_mw * problem.step_hours)

    devices = device_blocks(builder, problem.prosumers, context)
    active = _total([block.active_mw for block in devices], devices, prosumers, steps)
    reactive_parts = [(b.reactive_mvar, b) for b in devices if b.reactive_mvar is not None]
    reactive = _total([p for p, _ in reactive_parts], [b for _, b in reactive_parts], prosumers, steps)
    objective_flexibility(builder, devices)
    objective_tie_break(builder, problem, active, reactive)

    flows = constraint_power_balance(builder, problem, active, reactive if reactive_parts else None)
    slope = constraint_line_limits(builder, problem, flows)
    constraint_voltage_limits(builder, problem, flows)
    return ExAnteDraft(problem, builder, devices, active, reactive, flows, slope)


def finished(draft: ExAnteDraft, problem: DispatchProblem) -> ExAnteModel:
    """Return the model of ``problem``, which differs from the draft's in its exchanges at most."""
    builder, flows = draft.builder.copy(), draft.flows
    if problem.balance == "market":
        objective_import(builder, problem, flows)
        objective_tax(builder, problem, flows)
    else:
        constraint_self_consumption(builder, problem, flows)
    return ExAnteModel(
        problem=problem,
        program=builder.build(),
        devices=draft.devices,
        active_mw=draft.active_mw,
        reactive_mvar=draft.reactive_mvar,
        reactive_is_fixed=flows.fixed_mvar is not None,
        line_radius_slope=draft.line_radius_slope,
    )


def objective_flexibility(builder: ProgramBuilder, devices: tuple[DeviceBlock, ...]) -> None:
    """Add ``sum c_m(u_m)``, the first term of Eq 3."""
    for block in devices:
        builder.minimize(block.linear_cost)
        for expression, weight in block.squares:
            builder.minimize_squares(expression, weight)


def objective_tie_break(
    builder: ProgramBuilder, problem: DispatchProblem, active: Affine, reactive: Affine
) -> None:
    """Add ``rho |u|^2``: of the cheapest dispatches, the one of minimum norm. Never part of a reported cost."""
    for part in (active, reactive):
        if len(part.cols):
            builder.minimize_squares(part, problem.tie_break * problem.step_hours)


def constraint_power_balance(
    builder: ProgramBuilder, problem: DispatchProblem, active: Affine, reactive: Affine | None
) -> _Flows:
    """Add Eq 1b: ``S_n`` is the sum of the children's flows, plus ``U_hat + u`` at a leaf.

    Injections at all nodes are parameters, so that prices can be read at all nodes; where no reactive power is
    decided, the reactive flows themselves are.
    """
    p = _balance(builder, problem, "active", nodal_injections(problem).real, active)
    if reactive is not None:
        q = _balance(builder, problem, "reactive", nodal_injections(problem).imag, reactive)
        return _Flows(p, q, None)
    fixed = line_flows(problem.grid, problem.forecast).imag
    return _Flows(p, builder.parameter("reactive flow", fixed), fixed)


def nodal_injections(problem: DispatchProblem) -> ComplexArray:
    """Return ``U_hat`` at every node, complex MVA, shape ``(nodes, steps)``."""
    injections = np.zeros((problem.grid.node_count, problem.steps), dtype=np.complex128)
    injections[problem.grid.tree.leaf] = problem.forecast
    return injections


def _balance(
    builder: ProgramBuilder, problem: DispatchProblem, part: str, injected: FloatArray, decided: Affine
) -> Affine:
    """Return all flows: at leaves the injection itself, elsewhere variables with a balance each."""
    grid, steps, power = problem.grid, problem.steps, problem.power_scale_mw
    nodes = grid.node_count
    inner = np.setdiff1d(np.arange(nodes), grid.tree.leaf)
    injection = builder.parameter(f"{part} injection", injected)
    at_leaf = injection.take(_entries(grid.tree.leaf, steps)) + decided
    through = builder.variable(f"{part} flow", (len(inner), steps), scale=power)
    flow = scattered(through, inner, nodes, steps) + scattered(at_leaf, grid.tree.leaf, nodes, steps)
    child = sp.csr_array((np.ones(nodes - 1), (grid.tree.parent[1:], np.arange(1, nodes))), shape=(nodes, nodes))
    from_children = flow.mapped(sp.kron(child[inner], sp.eye_array(steps)).tocsr())
    here = injection.take(_entries(inner, steps))
    builder.equal_zero(f"{part} balance", through - from_children - here, scale=power)
    return flow


def _entries(nodes: IntArray, steps: int) -> IntArray:
    """Return the flat indices of all steps of the given nodes, node by node."""
    entries: IntArray = (np.asarray(nodes)[:, None] * steps + np.arange(steps)).ravel()
    return entries


def constraint_line_limits(builder: ProgramBuilder, problem: DispatchProblem, flows: _Flows) -> FloatArray:
    """Add Eq 1d, ``|S_n| <= rating``; return the slope of the radius where the limit is linear in the active flow.

    With reactive flows given and hard limits this is ``|P| <= sqrt(rating^2 - Q^2)``. A reactive flow beyond the
    rating leaves a negative radius, which no dispatch meets.
    """
    grid, power = problem.grid, problem.power_scale_mw
    rated, limited = np.flatnonzero(grid.has_rating), problem.limited_steps("line")
    if not len(rated) or not len(limited):
        return np.zeros(0)
    entries = (rated[:, None] * problem.steps + limited).ravel()
    active = flows.active.take(entries)
    if flows.fixed_mvar is not None and problem.limits == "hard":
        radius, slope = line_radius(problem, flows.fixed_mvar)
        bound = builder.parameter("line radius", radius)
        builder.nonnegative("line limit from above", bound - active, scale=power)
        builder.nonnegative("line limit from below", bound + active, scale=power)
        return slope
    bound = Affine.of_constant(np.repeat(grid.rating_mva[rated], len(limited)))
    if problem.limits == "elastic":
        rates = problem.tariffs.line_penalty[rated]
        bound = bound + _excess(builder, "line excess", (len(rated), len(limited)), rates, problem, power)
    builder.modulus_at_most("line limit", bound, active, flows.reactive.take(entries), scale=power)
    return np.zeros(0)


def line_radius(problem: DispatchProblem, reactive_mvar: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what given reactive flows leave for active ones, per rated edge and limited step, and its slope."""
    rated = np.flatnonzero(problem.grid.has_rating)
    limited = problem.limited_steps("line")
    q, rating = reactive_mvar[np.ix_(rated, limited)], problem.grid.rating_mva[rated][:, None]
    square = rating**2 - q**2
    radius = np.sign(square) * np.sqrt(np.abs(square))
    return radius, -q / np.maximum(np.abs(radius), 1e-9 * rating)


def constraint_voltage_limits(builder: ProgramBuilder, problem: DispatchProblem, flows: _Flows) -> None:
    """Add Eqs 1a, 1c and 1e: ``dv_n = dv_parent + 2 Re(conj(z_n) S_n)`` within its band."""
    grid, limited = problem.grid, problem.limited_steps("voltage")
    banded, steps = np.flatnonzero(grid.has_band), len(limited)
    if not len(banded) or not steps:
        return
    nodes = voltage_nodes(grid)
    position = np.full(grid.node_count, -1)
    position[nodes] = np.arange(len(nodes))
    scale = float(np.clip(np.min(grid.dv_max[banded] - grid.dv_min[banded]), 1e-3, 0.1))
    deviation = builder.variable("voltage deviation", (len(nodes), steps), scale=scale)
    below = np.flatnonzero(grid.tree.parent[nodes] > 0)
    above = sp.csr_array(
        (np.ones(len(below)), (below, position[grid.tree.parent[nodes[below]]])), shape=(len(nodes), len(nodes))
    )
    difference = sp.kron(sp.eye_array(len(nodes)) - above, sp.eye_array(steps)).tocsr()
    entries = (nodes[:, None] * problem.steps + limited).ravel()
    rise = flows.active.take(entries).scaled(2.0 * np.repeat(grid.r_pu[nodes], steps))
    rise = rise + flows.reactive.take(entries).scaled(2.0 * np.repeat(grid.x_pu[nodes], steps))
    builder.equal_zero("voltage drop", deviation.mapped(difference) - rise, scale=scale)
    for side, limit, sign in (("upper", grid.dv_max, 1.0), ("lower", grid.dv_min, -1.0)):
        at = banded[np.isfinite(limit[banded])]
        held = deviation.take(_entries(position[at], steps))
        slack = Affine.of_constant(np.repeat(limit[at] * sign, steps)) - held.scaled(sign)
        if problem.limits == "elastic":
            rates = problem.tariffs.voltage_penalty[at]
            slack = slack + _excess(builder, f"voltage {side} excess", (len(at), steps), rates, problem, scale)
        builder.nonnegative(f"voltage {side} limit", slack, scale=scale)


def voltage_nodes(grid: RadialGrid) -> IntArray:
    """Return the nodes whose voltage the problem needs: those with a banded node at or below them, ascending."""
    paths = grid.path_matrix[np.flatnonzero(grid.has_band)]
    return np.flatnonzero(np.bincount(paths.indices, minlength=grid.node_count))


def _excess(
    builder: ProgramBuilder,
    name: str,
    shape: tuple[int, int],
    rate: FloatArray,
    problem: DispatchProblem,
    scale: float,
) -> Affine:
    """Add what exceeds a limit, priced at its ex-post penalty rate (elastic limits)."""
    excess = builder.variable(name, shape, scale=scale)
    builder.nonnegative(f"{name} at least zero", excess, scale=scale)
    builder.minimize(excess.scaled(np.repeat(rate, shape[1]) * problem.step_hours))
    return excess


def objective_import(builder: ProgramBuilder, problem: DispatchProblem, flows: _Flows) -> None:
    """Add ``-<lambda_0, S_PCC>``, booked on the flow at the PCC so that the dual of Eq 1b there is ``lambda_0``."""
    at_pcc = np.arange(problem.steps)
    price = problem.tariffs.price * problem.step_hours
    builder.minimize(flows.active.take(at_pcc).scaled(-price.real))
    builder.minimize(flows.reactive.take(at_pcc).scaled(-price.imag))


def objective_tax(builder: ProgramBuilder, problem: DispatchProblem, flows: _Flows) -> None:
    """Add ``sum kappa |S_nb|`` over all boundary exchanges (Eqs 2 and 3)."""
    exchanges, steps, power = problem.exchanges, problem.steps, problem.power_scale_mw
    if exchanges is None or not np.any(problem.tariffs.tax):
        return
    summed = sp.kron(exchanges.matrix, sp.eye_array(steps)).tocsr()
    active, reactive = flows.active.mapped(summed), flows.reactive.mapped(summed)
    rate = np.tile(problem.tariffs.tax * problem.step_hours, len(exchanges.node))
    given = ~(builder.varies(active) | builder.varies(reactive))
    straight = ~given & ~builder.varies(reactive) & (np.abs(builder.present_value(reactive)) <= 1e-12 * power)
    for kind, entries in (("", ~given & ~straight), (" of active power", straight)):
        at = np.flatnonzero(entries)
        modulus = builder.variable(f"exchange modulus{kind}", (len(at),), scale=power)
        builder.minimize(modulus.scaled(rate[at]))
        if kind:
            builder.nonnegative("tax on export", modulus - active.take(at), scale=power)
            builder.nonnegative("tax on import", modulus + active.take(at), scale=power)
        else:
            builder.modulus_at_most("tax on exchange", modulus, active.take(at), reactive.take(at), scale=power)
    _tax_on_given(builder, rate, active, reactive, np.flatnonzero(given))


def _tax_on_given(
    builder: ProgramBuilder, rate: FloatArray, active: Affine, reactive: Affine, at: IntArray
) -> None:
    """Add the tax on exchanges that nothing decides, as ``kappa Re(conj(S0 / |S0|) S)`` with ``S0`` their value.

    That is the tax itself, and has its derivative by an injection, which the nodal price behind the exchange needs.
    """
    value = builder.present_value(active)[at] + 1j * builder.present_value(reactive)[at]
    direction = np.divide(value, np.abs(value), out=np.zeros_like(value), where=np.abs(value) > 0)
    builder.minimize(active.take(at).scaled(rate[at] * direction.real))
    builder.minimize(reactive.take(at).scaled(rate[at] * direction.imag))


def constraint_self_consumption(builder: ProgramBuilder, problem: DispatchProblem, flows: _Flows) -> None:
    """Add Eq 9f: nothing is exchanged at the coalition's PCC (active power; with ``"complex"`` reactive too)."""
    at_pcc, power = np.arange(problem.steps), problem.power_scale_mw
    builder.equal_zero("no active exchange", flows.active.take(at_pcc), scale=power)
    if problem.balance == "complex":
        builder.equal_zero("no reactive exchange", flows.reactive.take(at_pcc), scale=power)


def _total(
    parts: list[Affine], blocks: list[DeviceBlock] | tuple[DeviceBlock, ...], prosumers: int, steps: int
) -> Affine:
    total = Affine.of_constant(np.zeros(prosumers * steps))
    for part, block in zip(parts, blocks, strict=True):
        total = total + scattered(part, block.prosumer, prosumers, steps)
    return total


def _price_scale(problem: DispatchProblem) -> float:
    """Return a typical price, so that the solver sees costs of order one."""
    tariffs = problem.tariffs
    prices = [np.abs(tariffs.price).max(initial=0.0), tariffs.tax.max(initial=0.0)]
    if problem.balance != "market" or max(prices) == 0.0:
        prices = [
            getattr(item, name, 0.0)
            for prosumer in problem.prosumers
            for item in prosumer.flexibility
            for name in ("cost_per_mwh", "quadratic_cost_per_mw2h")
            if np.ndim(getattr(item, name, 0.0)) == 0
        ]
    return max(float(max(prices, default=0.0)), 1e-3)
