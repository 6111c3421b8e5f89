"""Say which limits can't be met, where, when, and by how much."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lempart.case import HeatPump
from lempart.conic import SolverSettings, Verdict, solve
from lempart.dispatch.contradiction import explain_contradiction
from lempart.dispatch.devices import unmet_by_devices
from lempart.dispatch.exante import build_ex_ante
from lempart.dispatch.excess import MAX_NAMED, Excess
from lempart.dispatch.losses import unpriced
from lempart.dispatch.problem import DispatchProblem, Tariffs
from lempart.dispatch.reach import reach_of_each
from lempart.dispatch.unbalanced import (
    MATTERS,
    beyond_flexibility,
    dearest_flexibility,
    distance_from_zero,
    explain_unbalanced,
    left_over,
    when,
)
from lempart.grid import line_flows
from lempart.text import some_of
from lempart.typing import IntArray

_NARROWEST = 0.01
"""The least width of a band, p.u., that a price of leaving it is chosen by: one that is narrower may have none."""
_STEPS = 6
"""Steps at which the reach of devices is found, four programs a home each."""
_ROUNDING = 1e-9
"""Of all powers: what sums of them may be wrong by, and more."""


def explain_infeasibility(
    problem: DispatchProblem, verdict: Verdict, solver: SolverSettings | None = None
) -> str | None:
    """Return what makes a problem infeasible, or None when nothing proves that it is.

    Solvers often fail on problems without an answer, so it is decided by problems that have one. The least exchange
    tells whether the zero exchange of Eq 9f can be met at all. An elastic solve that minimises the excess alone (in
    MVA, and in p.u. scaled to be comparable) tells the least that the limits miss. When even those are infeasible,
    the devices can't do what they are asked for. A solver that merely failed, here or before (``verdict``), proves
    nothing; what each home's devices can't do by themselves, and what is out of their reach, still does.
    """
    if (unbalanced := explain_unbalanced(problem, solver)) is not None:
        return unbalanced
    if problem.limits == "hard":
        model = build_ex_ante(_least_excess(problem))
        outcome = solve(model.program, solver)
        if outcome.solution is None:
            verdict = outcome.verdict
        elif (unmet := _unmet(problem, Excess.of_elastic(model, outcome.solution))) is not None:
            return unmet
        else:
            verdict = Verdict.FAILED
    proven = verdict is Verdict.INFEASIBLE
    return (
        explain_devices(problem)
        or (_cold_homes(problem, solver) if proven else None)
        or explain_contradiction(problem)
        or _out_of_reach(problem, solver)
        or (_beyond_limits(problem) if proven else None)
    )


def _unmet(problem: DispatchProblem, excess: Excess, least: str = "") -> str | None:
    found = excess.sentences(problem.grid, least)
    if not found:
        return None
    remedy = 'Raise the limits, add flexibility, or set limits = "elastic" in [dispatch] to price the excess.'
    less = ", less the margins of [dispatch]," if problem.margins else ""
    return f"no dispatch meets the limits{less} at the forecast: " + "; ".join(found) + ". " + remedy


def _out_of_reach(problem: DispatchProblem, solver: SolverSettings | None) -> str | None:
    """Return which limits no use of the devices meets, each limit by itself, at the worst steps; or None.

    No program holds a large forecast beside a small limit here: each home's reach is found in its own scale. That
    decides what solvers can't, 1e5 MVA behind a line of 0.1, at which everything else is rounding.
    """
    if problem.losses is not None:  # what is out of reach of all flows may be in reach of what losses leave of them
        return None
    at = _worst_steps(problem)
    reached = reach_of_each(problem.prosumers, problem.device_context, solver, steps=at)
    if reached is None:
        return None
    least, most = (line_flows(problem.grid, problem.forecast[:, at] + end) for end in reached)
    if problem.balance != "market":
        rounding = MATTERS * float(np.abs(most[0] - least[0]).max()) + _ROUNDING * float(np.abs(problem.forecast).sum())
        parts = [(least[0].real, most[0].real), (least[0].imag, most[0].imag)]
        exchanged = [np.zeros(problem.steps) for _ in parts[: 1 + (problem.balance == "complex")]]
        for row, (low, high) in zip(exchanged, parts, strict=False):
            row[at] = np.sign(low) * distance_from_zero(low, high)
        if (unbalanced := left_over(problem, exchanged, rounding)) is not None:
            return unbalanced
    if problem.limits != "hard":
        return None
    return _unmet(problem, Excess.between(problem.grid, least, most).at(at, problem.steps), "at least ")


def _worst_steps(problem: DispatchProblem) -> IntArray:
    """Return a few steps at which the forecast is farthest from what is asked, ascending."""
    flows = line_flows(problem.grid, problem.forecast)
    scores = [Excess.between(problem.grid, flows, flows).worst]
    if problem.balance != "market":
        scores.append(np.abs(flows[0]))
    return np.unique(np.concatenate([np.argsort(-score, kind="stable")[:_STEPS] for score in scores]))


def explain_devices(problem: DispatchProblem) -> str | None:
    """Return which devices ask for what they can't do even alone, or None; no solve is needed to know."""
    found = unmet_by_devices(problem.prosumers, problem.device_context)
    if not found:
        return None
    remedy = 'Give them more power or time, ask for less, or set limits = "elastic" in [dispatch] to price comfort.'
    return "some devices can't do what they are asked for: " + some_of(found, MAX_NAMED, by="; ") + ". " + remedy


def _least_excess(problem: DispatchProblem) -> DispatchProblem:
    """Return the elastic problem in which excess outweighs every other cost."""
    tariffs = problem.tariffs
    others = (float(np.abs(tariffs.price).max(initial=0.0)), float(tariffs.tax.max(initial=0.0)))
    dear = 1e3 * (max(*others, dearest_flexibility(problem)) or 1.0)
    nodes = problem.grid.node_count
    width = np.where(problem.grid.has_band, problem.grid.dv_max - problem.grid.dv_min, 1.0)
    per_voltage = dear * problem.power_scale_mw / np.where(np.isfinite(width), np.maximum(width, _NARROWEST), 1.0)
    rates = replace(tariffs, line_penalty=np.full(nodes, dear), voltage_penalty=per_voltage)
    return replace(problem, limits="elastic", comfort="hard", tariffs=rates, losses=unpriced(problem.losses))


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
        losses=unpriced(problem.losses),
    )


def _beyond_limits(problem: DispatchProblem) -> str:
    if problem.balance == "market":
        return "the flexibility constraints contradict each other, whatever the grid allows"
    return beyond_flexibility(problem)
