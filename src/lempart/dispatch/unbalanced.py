"""Whether a coalition can do without exchange (Eq 9f), decided by a problem that always has an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from lempart.case import HeatPump, Prosumer
from lempart.conic import SolverSettings, solve
from lempart.dispatch.exante import draft_ex_ante
from lempart.dispatch.problem import DispatchProblem
from lempart.typing import FloatArray

MATTERS = 1e-5
"""Of a typical power: less than this is a solver's tolerance, and proves nothing."""
_OUTWEIGHS = 1e3
"""The price of exchange over the largest cost of any device: whatever a device costs, it is used before that."""
_SLIGHT = 1e-4
"""Price of a kelvin hour: a MWh is worth some thousands of them."""


def explain_unbalanced(problem: DispatchProblem, solver: SolverSettings | None = None) -> str | None:
    """Return what is left over and missing at best where a coalition can't reach zero exchange, or None.

    Exchange is allowed, at a price that outweighs every other cost, and the grid's limits are left out. The least
    exchange is found wherever the devices can do what they are asked for; more than a tolerance of it proves that the
    coalition is not viable, whatever the grid allows. None, too, where exchange is allowed or nothing is proven.
    """
    if problem.balance == "market":
        return None
    free = _free(problem)
    exchanged = _least_exchange(free, solver)
    return None if exchanged is None else left_over(problem, exchanged, MATTERS * free.power_scale_mw)


def _free(problem: DispatchProblem) -> DispatchProblem:
    """Return the problem without limits of the grid, and without reactive power where that may be exchanged."""
    forecast = problem.forecast if problem.balance == "complex" else problem.forecast.real.astype(complex)
    prosumers = _for_next_to_nothing(problem)
    return replace(problem, line_steps=(), voltage_steps=(), forecast=forecast, prosumers=prosumers, losses=None)


def left_over(problem: DispatchProblem, exchanged: Sequence[FloatArray], least: float) -> str | None:
    """Return that a coalition isn't viable where more than ``least`` is exchanged at best, MW and Mvar per step."""
    amounts = [
        f"{(sign * row).max():.4g} {unit} too {word} ({when(np.maximum(sign * row, 0.0))})"
        for unit, row in zip(("MW", "Mvar"), exchanged, strict=False)
        for word, sign in (("much", 1.0), ("little", -1.0))
        if (sign * row).max() > least
    ]
    return f"{beyond_flexibility(problem)}; at best there is up to {', and '.join(amounts)}" if amounts else None


def distance_from_zero(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the least modulus between two values, elementwise: 0 where 0 lies between them."""
    distance: FloatArray = np.maximum(np.maximum(low, -high), 0.0)
    return distance


def beyond_flexibility(problem: DispatchProblem) -> str:
    """Return that a coalition can't reach zero exchange, and what its forecast leaves."""
    net = problem.forecast.real.sum(axis=0) * problem.step_hours
    names = ", ".join(prosumer.name for prosumer in problem.prosumers)
    return (
        f"{names} can't balance without the grid: the forecast leaves {net.sum():+.4g} MWh over the horizon "
        f"and between {net.min():+.4g} and {net.max():+.4g} MWh in a step, more than their flexibility can absorb"
    )


def _least_exchange(problem: DispatchProblem, solver: SolverSettings | None) -> list[FloatArray] | None:
    """Return what is injected at best at the PCC, per step: MW and, where it has to be zero, Mvar; None: not solved."""
    draft = draft_ex_ante(problem)
    builder, at_pcc, power = draft.builder, np.arange(problem.steps), problem.power_scale_mw
    rate = np.full(problem.steps, _OUTWEIGHS * (dearest_flexibility(problem) or 1.0) * problem.step_hours)
    exchanges = [draft.flows.active.take(at_pcc)]
    if problem.balance == "complex":
        exchanges.append(draft.flows.reactive.take(at_pcc))
    for name, exchange in zip(("active", "reactive"), exchanges, strict=False):
        modulus = builder.variable(f"modulus of the {name} exchange", (problem.steps,), scale=power)
        builder.minimize(modulus.scaled(rate))
        builder.nonnegative(f"{name} export", modulus - exchange, scale=power)
        builder.nonnegative(f"{name} import", modulus + exchange, scale=power)
    solution = solve(builder.build(), solver).solution
    return None if solution is None else [solution.evaluate(exchange) for exchange in exchanges]


def _for_next_to_nothing(problem: DispatchProblem) -> tuple[Prosumer, ...]:
    """Return the prosumers with comfort that hardly costs anything, where it has a price: no reason to exchange."""
    return tuple(
        replace(
            prosumer,
            flexibility=tuple(
                replace(item, comfort_penalty_per_kh=_SLIGHT) if isinstance(item, HeatPump) else item
                for item in prosumer.flexibility
            ),
        )
        for prosumer in problem.prosumers
    )


def dearest_flexibility(problem: DispatchProblem) -> float:
    """Return the largest cost rate of any device: whatever it costs, it is used before a limit is exceeded."""
    rates = [
        float(np.max(np.abs(getattr(item, field.name)), initial=0.0))
        for prosumer in problem.prosumers
        for item in prosumer.flexibility
        for field in fields(item)
        if "cost" in field.name
    ]
    return max(rates, default=0.0)


def when(row: FloatArray) -> str:
    """Return at which steps, counted from 1, an amount is more than next to nothing."""
    at = np.flatnonzero(row > 1e-3 * row.max()) + 1
    if len(at) == len(row):
        return "every step"
    shown = ", ".join(str(step) for step in at[:6])
    return f"step{'s' if len(at) > 1 else ''} {shown}" + (" and more" if len(at) > 6 else "")
