"""Losses in the ex-ante dispatch: what they cost, and limits that are kept with them.

Losses are a convex quadratic cost of the flows, nothing is relaxed. Limits hold for what edges carry with losses: they
are the rows of flows without them, shifted by constants (:mod:`lempart.dispatch.passes`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch.network import FlowExpressions
from lempart.dispatch.problem import DispatchProblem, Losses, LossShift
from lempart.grid import RadialGrid, carried_flows, line_flows, squared_voltage_deviations
from lempart.typing import ComplexArray, FloatArray, IntArray


def objective_losses(builder: ProgramBuilder, problem: DispatchProblem, flows: FlowExpressions) -> None:
    """Add ``sum w |S|^2`` over all edges and steps to Eq 3; under strict self-consumption of active flows alone.

    With ``strict_reactive`` it is that of complex flows. Given reactive flows have their cost, and its slope.
    """
    if problem.losses is None:
        return
    weight = (problem.losses.weight * problem.step_hours).ravel()
    at = np.flatnonzero(weight > 0.0)
    if not len(at):
        return
    _squared(builder, "active", flows.active, at, weight[at], problem)
    if problem.balance == "active":
        return
    if flows.fixed_mvar is None:
        _squared(builder, "reactive", flows.reactive, at, weight[at], problem)
        return
    given = flows.fixed_mvar.ravel()[at]
    builder.minimize(flows.reactive.take(at).scaled(2.0 * weight[at] * given))
    builder.minimize(Affine.of_constant(-weight[at] * given**2))


def _squared(
    builder: ProgramBuilder, part: str, flow: Affine, at: IntArray, weight: FloatArray, problem: DispatchProblem
) -> None:
    """Add the squares of some flows; those at leaves, in which injections are parameters, by variables of their own."""
    leaf = np.isin(at // problem.steps, problem.grid.tree.leaf)
    if not leaf.all():
        builder.minimize_squares(flow.take(at[~leaf]), weight[~leaf])
    if leaf.any():
        own = builder.variable(f"{part} flow of leaves", (int(leaf.sum()),), scale=problem.power_scale_mw)
        builder.equal_zero(f"{part} flow of leaves", own - flow.take(at[leaf]), scale=problem.power_scale_mw)
        builder.minimize_squares(own, weight[leaf])


def given_losses(problem: DispatchProblem, reactive_mvar: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what the cost of given reactive flows is: its slope ``2 w Q``, and its constant ``-w Q^2`` beside that.

    Flows and answers have shape ``(nodes, steps, ...)``, in currency over the horizon. Both are 0 where reactive flows
    lose nothing: without losses, and where active power alone has to balance.
    """
    if problem.losses is None or problem.balance == "active":
        return np.zeros_like(reactive_mvar), np.zeros_like(reactive_mvar)
    weight = problem.losses.weight * problem.step_hours
    slope = 2.0 * weight.reshape(*weight.shape, *[1] * (reactive_mvar.ndim - 2)) * reactive_mvar
    return slope, -0.5 * slope * reactive_mvar


def with_any_shift(problem: DispatchProblem) -> DispatchProblem:
    """Return a problem whose limits are shifted by nothing: others are other parameters of the same program."""
    assert problem.losses is not None
    nodes, steps = problem.grid.node_count, problem.steps
    none = LossShift(np.zeros((2, nodes, steps), dtype=np.complex128), np.zeros((nodes, steps)))
    return replace(problem, losses=replace(problem.losses, shift=none))


def unpriced(losses: Losses | None) -> Losses | None:
    """Return losses that cost nothing and shift limits all the same."""
    return None if losses is None else replace(losses, weight=np.zeros_like(losses.weight))


def loss_shift(grid: RadialGrid, injection_mva: ComplexArray) -> LossShift:
    """Return by how much flows and voltages differ from those with losses.

    At injections in complex MVA, shape ``(..., prosumers, steps)``.
    """
    flows, carried = line_flows(grid, injection_mva), carried_flows(grid, injection_mva)
    lines = np.stack([flows - carried.sent_mva, flows - carried.received_mva], axis=-3)
    return LossShift(lines, squared_voltage_deviations(grid, flows) - carried.deviations)
