"""Which devices contradict themselves, whatever the grid allows and others do."""

from __future__ import annotations

from dataclasses import replace

from lempart.case import Prosumer
from lempart.conic import ProgramBuilder, SolverSettings, Verdict, solve
from lempart.dispatch.devices import DeviceContext, device_blocks
from lempart.dispatch.excess import MAX_NAMED
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.reach import in_own_scale
from lempart.text import some_of


def explain_contradiction(problem: DispatchProblem, solver: SolverSettings | None = None) -> str | None:
    """Return which devices can't keep their own limits, powers and energies, and whose they are; None: no device.

    One at a time: devices that bear on each other, inverters on what is behind them, can all do nothing.
    """
    found = [
        f"{one.name}: its flexibility {number} ({device.kind})"
        for one in problem.prosumers
        for number, device in enumerate(one.flexibility, 1)
        if _impossible(replace(one, flexibility=(device,)), problem.device_context, solver)
    ]
    if not found:
        return None
    remedy = "Look at its powers, energies, rows and limits: no operation meets them all, whatever the grid allows."
    return "some flexibility contradicts itself: " + some_of(found, MAX_NAMED, by="; ") + ". " + remedy


def _impossible(owner: Prosumer, context: DeviceContext, solver: SolverSettings | None) -> bool:
    """Return whether it is proven that a home's devices can't be operated at all."""
    builder = ProgramBuilder()
    device_blocks(builder, [owner], in_own_scale(owner, context))
    return solve(builder.build(), solver).verdict is Verdict.INFEASIBLE
