"""The network constraints of the ex-ante problem (Eqs 1a-1e), one function per equation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.arguments import checks_arguments
from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch.devices import scattered
from lempart.dispatch.problem import DispatchProblem
from lempart.grid import RadialGrid, line_flows
from lempart.typing import ComplexArray, FloatArray, IntArray

LIMIT_ROWS = (
    "line limit",
    "line limit from above",
    "line limit from below",
    "voltage upper limit",
    "voltage lower limit",
)
"""The names of the rows of Eqs 1d and 1e: where they aren't met, the problem without them has the same answer."""

OUT_OF_PROPORTION = 1e-3
"""Ratings below this share of a typical power measure their own limit: a tolerance of that power would exceed them."""


@dataclass(frozen=True, eq=False)
class FlowExpressions:
    """Active and reactive flow of every edge and step, row 0 the PCC's; ``fixed_mvar`` None where decided."""

    active: Affine
    reactive: Affine
    fixed_mvar: FloatArray | None


def constraint_power_balance(
    builder: ProgramBuilder, problem: DispatchProblem, active: Affine, reactive: Affine | None
) -> FlowExpressions:
    """Add Eq 1b: ``S_n`` is the sum of the children's flows, plus ``U_hat + u`` at a leaf.

    Injections at all nodes are parameters, so that prices can be read at all nodes; where no reactive power is
    decided, the reactive flows themselves are.
    """
    p = _balance(builder, problem, "active", nodal_injections(problem).real, active)
    if reactive is not None:
        q = _balance(builder, problem, "reactive", nodal_injections(problem).imag, reactive)
        return FlowExpressions(p, q, None)
    fixed = line_flows(problem.grid, problem.forecast).imag
    return FlowExpressions(p, builder.parameter("reactive flow", fixed), fixed)


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
    at_leaf = injection.take(step_entries(grid.tree.leaf, steps)) + decided
    through = builder.variable(f"{part} flow", (len(inner), steps), scale=power)
    flow = scattered(through, inner, nodes, steps) + scattered(at_leaf, grid.tree.leaf, nodes, steps)
    into = step_entries(np.searchsorted(inner, grid.tree.parent[1:]), steps)
    from_children = flow.take(np.arange(steps, flow.size)).summed(into, through.size)
    here = injection.take(step_entries(inner, steps))
    builder.equal_zero(f"{part} balance", through - from_children - here, scale=power)
    return flow


def step_entries(nodes: IntArray, steps: int) -> IntArray:
    """Return the flat indices of all steps of the given nodes, node by node."""
    entries: IntArray = (np.asarray(nodes)[:, None] * steps + np.arange(steps)).ravel()
    return entries


def constraint_line_limits(
    builder: ProgramBuilder, problem: DispatchProblem, flows: FlowExpressions, stage: str = ""
) -> FloatArray:
    """Add Eq 1d, ``|S_n| <= rating``; return the slope of the radius where the limit is linear in the active flow.

    ``stage`` begins the names of rows and variables, where a program has flows of both stages.

    With reactive flows given and hard limits this is ``|P| <= sqrt(rating^2 - Q^2)``. A reactive flow beyond the
    rating leaves a negative radius, which no dispatch meets.
    """
    grid, power = problem.grid, problem.power_scale_mw
    rated, limited = np.flatnonzero(grid.has_rating), problem.limited_steps("line")
    if not len(rated) or not len(limited):
        return np.zeros(0)
    hard = problem.limits == "hard"
    scale = np.repeat(_line_scale(grid.rating_mva[rated], power), len(limited)) if hard else power
    entries = (rated[:, None] * problem.steps + limited).ravel()
    active, reactive = flows.active.take(entries), flows.reactive.take(entries)
    if (shift := line_shift(problem)) is not None:  # the limits hold at either end of a line
        both = np.tile(np.arange(len(entries)), 2)
        active = active.take(both) - builder.parameter(f"{stage}active line shift", shift.real)
        if flows.fixed_mvar is None or not hard:
            reactive = reactive.take(both) - builder.parameter(f"{stage}reactive line shift", shift.imag)
        scale = np.tile(scale, 2) if np.ndim(scale) else scale
    ends = active.size // len(entries)
    if flows.fixed_mvar is not None and hard:
        radius, slope = line_radii(problem, flows.fixed_mvar)
        bound = builder.parameter(f"{stage}line radius", radius)
        builder.nonnegative(f"{stage}line limit from above", bound - active, scale=scale)
        builder.nonnegative(f"{stage}line limit from below", bound + active, scale=scale)
        return slope
    bound = Affine.of_constant(np.repeat(grid.rating_mva[rated], len(limited)))
    if problem.limits == "elastic":
        rates = problem.tariffs.line_penalty[rated]
        bound = bound + _excess(builder, f"{stage}line excess", (len(rated), len(limited)), rates, problem, power)
    bound = bound if ends == 1 else bound.take(np.tile(np.arange(bound.size), ends))
    builder.modulus_at_most(f"{stage}line limit", bound, active, reactive, scale=scale)
    return np.zeros(0)


def line_shift(problem: DispatchProblem) -> ComplexArray | None:
    """Return by how much flows exceed what losses leave of them, sent and received, shape ``(2, edges, steps)``.

    Of rated edges at limited steps; None where nothing shifts them.
    """
    shift = None if problem.losses is None else problem.losses.shift
    rated, limited = np.flatnonzero(problem.grid.has_rating), problem.limited_steps("line")
    return None if shift is None else shift.lines[:, rated][:, :, limited]


def voltage_shift(problem: DispatchProblem) -> FloatArray | None:
    """Return by how much voltages exceed those with losses, of nodes with a band at limited steps; None as above."""
    shift = None if problem.losses is None else problem.losses.shift
    banded, limited = np.flatnonzero(problem.grid.has_band), problem.limited_steps("voltage")
    return None if shift is None else shift.voltages[np.ix_(banded, limited)]


def line_radii(problem: DispatchProblem, reactive_mvar: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what :func:`line_radius` does; with losses for both ends of every line, along a new first axis."""
    shift = None if problem.losses is None else problem.losses.shift
    if shift is None:
        return line_radius(problem, reactive_mvar)
    radii, slopes = zip(*(line_radius(problem, reactive_mvar - end.imag) for end in shift.lines), strict=True)
    return np.array(radii), np.array(slopes)


def _line_scale(rating_mva: FloatArray, power_mw: float) -> FloatArray:
    """Return what a limit is measured by: a typical power, or a rating that is out of all proportion to that."""
    least = OUT_OF_PROPORTION**4 * power_mw  # below which a rating is zero
    small = (rating_mva > least) & (rating_mva < OUT_OF_PROPORTION * power_mw)
    scale: FloatArray = np.where(small, rating_mva, power_mw)
    return scale


def line_radius(problem: DispatchProblem, reactive_mvar: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what given reactive flows leave for active ones, per rated edge and limited step, and its slope.

    ``reactive_mvar`` has shape ``(nodes, steps)``, or more dimensions behind, which are kept.
    """
    rated = np.flatnonzero(problem.grid.has_rating)
    limited = problem.limited_steps("line")
    q = reactive_mvar[np.ix_(rated, limited)]
    rating = problem.grid.rating_mva[rated].reshape(-1, *[1] * (q.ndim - 1))
    square = rating**2 - q**2
    radius = np.sign(square) * np.sqrt(np.abs(square))
    return radius, -q / np.maximum(np.abs(radius), 1e-9 * rating)


def constraint_voltage_limits(
    builder: ProgramBuilder, problem: DispatchProblem, flows: FlowExpressions, stage: str = ""
) -> None:
    """Add Eqs 1a, 1c and 1e: ``dv_n = dv_parent + 2 Re(conj(z_n) S_n)`` within its band; ``stage`` as for lines."""
    grid, limited = problem.grid, problem.limited_steps("voltage")
    banded, steps = np.flatnonzero(grid.has_band), len(limited)
    if not len(banded) or not steps:
        return
    nodes = voltage_nodes(grid)
    position = np.full(grid.node_count, -1)
    position[nodes] = np.arange(len(nodes))
    scale = float(np.clip(np.min(grid.dv_max[banded] - grid.dv_min[banded]), 1e-3, 0.1))
    deviation = builder.variable(f"{stage}voltage deviation", (len(nodes), steps), scale=scale)
    below = np.flatnonzero(grid.tree.parent[nodes] > 0)
    above = deviation.take(step_entries(position[grid.tree.parent[nodes[below]]], steps))
    difference = deviation - above.summed(step_entries(below, steps), deviation.size)
    entries = (nodes[:, None] * problem.steps + limited).ravel()
    rise = flows.active.take(entries).scaled(2.0 * np.repeat(grid.r_pu[nodes], steps))
    rise = rise + flows.reactive.take(entries).scaled(2.0 * np.repeat(grid.x_pu[nodes], steps))
    builder.equal_zero(f"{stage}voltage drop", difference - rise, scale=scale)
    shift = voltage_shift(problem)
    shifted = None if shift is None else builder.parameter(f"{stage}voltage shift", shift)
    for side, limit, sign in (("upper", grid.dv_max, 1.0), ("lower", grid.dv_min, -1.0)):
        at = banded[np.isfinite(limit[banded])]
        held = deviation.take(step_entries(position[at], steps))
        slack = Affine.of_constant(np.repeat(limit[at] * sign, steps)) - held.scaled(sign)
        if shifted is not None:
            slack = slack + shifted.take(step_entries(np.searchsorted(banded, at), steps)).scaled(sign)
        if problem.limits == "elastic":
            rates = problem.tariffs.voltage_penalty[at]
            slack = slack + _excess(builder, f"{stage}voltage {side} excess", (len(at), steps), rates, problem, scale)
        builder.nonnegative(f"{stage}voltage {side} limit", slack, scale=scale)


@checks_arguments
def voltage_nodes(grid: RadialGrid) -> IntArray:
    """Return the nodes whose voltage the problem needs: those with a banded node at or below them, ascending."""
    needed, parent = grid.has_band.copy(), grid.tree.parent.tolist()
    for node in range(grid.node_count - 1, 0, -1):
        needed[parent[node]] |= needed[node]
    needed[0] = False
    return np.flatnonzero(needed)


def _excess(
    builder: ProgramBuilder,
    name: str,
    shape: tuple[int, int],
    rate: FloatArray,
    problem: DispatchProblem,
    scale: float,
) -> Affine:
    """Add what exceeds a limit, priced at its ex-post penalty rate (elastic limits)."""
    # Rates span orders of magnitude over a feeder; an excess is scaled so that none costs the solver more than 1.
    cost = rate[:, None] * problem.step_hours * scale / builder.cost_scale
    excess = builder.variable(name, shape, scale=scale / np.maximum(cost, 1.0))
    builder.nonnegative(f"{name} at least zero", excess, scale=scale)
    builder.minimize(excess.scaled(np.repeat(rate, shape[1]) * problem.step_hours))
    return excess
