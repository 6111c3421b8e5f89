"""Say which limits can't be met, where, when, and by how much."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lempart.case import HeatPump
from lempart.conic import ConicSolution, SolverSettings, Verdict, solve
from lempart.dispatch.devices import unmet_by_devices
from lempart.dispatch.exante import ExAnteModel, build_ex_ante
from lempart.dispatch.problem import DispatchProblem, Tariffs
from lempart.dispatch.unbalanced import beyond_flexibility, dearest_flexibility, explain_unbalanced, when
from lempart.typing import FloatArray

_SHOWN = 8
_NARROWEST = 0.01
"""The least width of a band, p.u., that a price of leaving it is chosen by: one that is narrower may have none."""


def explain_infeasibility(
    problem: DispatchProblem, verdict: Verdict, solver: SolverSettings | None = None
) -> str | None:
    """Return what makes a problem infeasible, or None when nothing proves that it is.

    Solvers often fail on problems without an answer, so it is decided by problems that have one. The least exchange
    tells whether the zero exchange of Eq 9f can be met at all. An elastic solve that minimises the excess alone (in
    MVA, and in p.u. scaled to be comparable) tells the least that the limits miss. When even those are infeasible,
    the devices can't do what they are asked for. A solver that merely failed, here or before (``verdict``), proves
    nothing.
    """
    if (unbalanced := explain_unbalanced(problem, solver)) is not None:
        return unbalanced
    if problem.limits == "hard":
        model = build_ex_ante(_least_excess(problem))
        outcome = solve(model.program, solver)
        if outcome.solution is not None:
            return _unmet(model, outcome.solution)
        verdict = outcome.verdict
    if verdict is not Verdict.INFEASIBLE:
        return None
    return explain_devices(problem) or _cold_homes(problem, solver) or _beyond_limits(problem)


def _unmet(model: ExAnteModel, solution: ConicSolution) -> str | None:
    found = _excesses(model, solution)
    if not found:
        return None
    found.sort(key=lambda item: -item[0])
    lines = [text for _, text in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"and {len(found) - _SHOWN} more")
    remedy = 'Raise the limits, add flexibility, or set limits = "elastic" in [dispatch] to price the excess.'
    less = ", less the margins of [dispatch]," if model.problem.margins else ""
    return f"no dispatch meets the limits{less} at the forecast: " + "; ".join(lines) + ". " + remedy


def explain_devices(problem: DispatchProblem) -> str | None:
    """Return which devices ask for what they can't do even alone, or None; no solve is needed to know."""
    found = unmet_by_devices(problem.prosumers, problem.device_context)
    if not found:
        return None
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    remedy = 'Give them more power or time, ask for less, or set limits = "elastic" in [dispatch] to price comfort.'
    return "some devices can't do what they are asked for: " + "; ".join([*found[:_SHOWN], *more]) + ". " + remedy


def _least_excess(problem: DispatchProblem) -> DispatchProblem:
    """Return the elastic problem in which excess outweighs every other cost."""
    tariffs = problem.tariffs
    others = (float(np.abs(tariffs.price).max(initial=0.0)), float(tariffs.tax.max(initial=0.0)))
    dear = 1e3 * (max(*others, dearest_flexibility(problem)) or 1.0)
    nodes = problem.grid.node_count
    width = np.where(problem.grid.has_band, problem.grid.dv_max - problem.grid.dv_min, 1.0)
    per_voltage = dear * problem.power_scale_mw / np.where(np.isfinite(width), np.maximum(width, _NARROWEST), 1.0)
    rates = replace(tariffs, line_penalty=np.full(nodes, dear), voltage_penalty=per_voltage)
    return replace(problem, limits="elastic", comfort="hard", tariffs=rates)


def _cold_homes(problem: DispatchProblem, solver: SolverSettings | None) -> str | None:
    """Return which homes stay too cold even without limits of the grid, or None where it isn't for comfort."""
    model = build_ex_ante(_least_cold(problem))
    solution = solve(model.program, solver).solution
    if solution is None:
        return None
    found = []
    for block in model.devices:
        kelvin_hours = solution.evaluate(block.linear_cost).reshape(len(block.prosumer), -1)
        for owner, row in zip(block.prosumer, kelvin_hours, strict=True):
            if block.kind == "heat_pump" and row.max() > 1e-4:
                found.append(f"{problem.prosumers[owner].name} ({when(row)})")
    if not found:
        return None
    return f"comfort bands can't be met from start to end, whatever the grid allows: {', '.join(found)}"


def _least_cold(problem: DispatchProblem) -> DispatchProblem:
    """Return the problem in which a missing kelvin hour costs 1 and the grid hardly anything, energy nothing."""
    slight = np.full(problem.grid.node_count, 1e-3)
    # Without exchanges no tax is due: it only tells the solver the size of prices.
    tariffs = Tariffs(np.zeros(problem.steps, complex), np.ones(problem.steps), slight, slight)
    prosumers = tuple(
        replace(
            prosumer,
            flexibility=tuple(
                replace(item, comfort_penalty_per_kh=1.0) if isinstance(item, HeatPump) else item
                for item in prosumer.flexibility
            ),
        )
        for prosumer in problem.prosumers
    )
    return replace(
        problem,
        prosumers=prosumers,
        tariffs=tariffs,
        exchanges=None,
        balance="market",
        limits="elastic",
        comfort="elastic",
    )


def _excesses(model: ExAnteModel, solution: ConicSolution) -> list[tuple[float, str]]:
    """Return (relative size, sentence) of every edge and node that exceeds a limit."""
    grid = model.problem.grid
    found: list[tuple[float, str]] = []
    if grid.has_rating.any():
        rated = np.flatnonzero(grid.has_rating)
        for edge, row in zip(rated, solution.value("line excess"), strict=True):
            if _matters(row, max(grid.rating_mva[edge], model.problem.power_scale_mw)):
                end, over = grid.names[grid.tree.parent[edge]], row.max()
                text = f"line {end}-{grid.names[edge]} by {over:.4g} MVA ({when(row)})"
                found.append((over / max(grid.rating_mva[edge], 1e-9), text))
    for side, limit in (("upper", grid.dv_max), ("lower", grid.dv_min)):
        at = np.flatnonzero(grid.has_band & np.isfinite(limit))
        if not len(at):
            continue
        for node, row in zip(at, solution.value(f"voltage {side} excess"), strict=True):
            if _matters(row, 0.01):
                limit_pu = np.sqrt(1.0 + limit[node])
                reached = 1.0 + limit[node] + (row.max() if side == "upper" else -row.max())
                missed = f"{abs(np.sqrt(max(reached, 0.0)) - limit_pu):.2g} p.u. ({when(row)})"
                text = f"voltage at {grid.names[node]} {side} limit {limit_pu:.4g} p.u. by {missed}"
                found.append((row.max() / 0.1, text))
    return found


def _matters(row: FloatArray, size: float) -> bool:
    return bool(row.max() > 1e-5 * size)


def _beyond_limits(problem: DispatchProblem) -> str:
    if problem.balance == "market":
        return "the flexibility constraints contradict each other, whatever the grid allows"
    return beyond_flexibility(problem)
