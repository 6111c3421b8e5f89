"""What flexibility can inject at the least and at the most, step by step, whatever it costs and the grid allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lempart.case import Prosumer
from lempart.case.typical import typical_power
from lempart.conic import Affine, ProgramBuilder, SolverSettings, solve
from lempart.dispatch.devices import DeviceContext, device_blocks, scattered
from lempart.errors import SolverError
from lempart.grid import RadialGrid
from lempart.typing import ComplexArray, IntArray


def reach(
    prosumers: Sequence[Prosumer],
    context: DeviceContext,
    solver: SolverSettings | None = None,
    *,
    steps: Sequence[int] | IntArray | None = None,
) -> tuple[ComplexArray, ComplexArray]:
    """Return the least and the most that every prosumer's flexibility can inject at each step.

    Parameters
    ----------
    prosumers, context
        Whose flexibility, and what it knows of the problem.
    solver
        Tolerances and choice of the solver; None: the defaults.
    steps
        The steps that are asked for; None: all of them.

    Returns
    -------
    tuple of arrays
        Complex MVA, shape ``(prosumers, steps asked for)`` each: active and reactive power bounded one by one. 0 for
        who has no flexibility.

    Raises
    ------
    SolverError
        When a bound isn't found: somebody's devices contradict each other, or no solver meets the tolerances.
    """
    asked = np.arange(context.steps) if steps is None else np.asarray(steps)
    least, most = (np.zeros((len(prosumers), len(asked)), dtype=np.complex128) for _ in range(2))
    owners = [m for m, owner in enumerate(prosumers) if owner.flexibility]
    if not owners:
        return least, most
    builder = ProgramBuilder()
    blocks = device_blocks(builder, [prosumers[m] for m in owners], context)
    for unit, name in ((1.0, "active_mw"), (1.0j, "reactive_mvar")):
        parts = [(getattr(block, name), block.prosumer) for block in blocks if getattr(block, name) is not None]
        total = Affine.of_constant(np.zeros(len(owners) * context.steps))
        for part, prosumer in parts:
            total = total + scattered(part, prosumer, len(owners), context.steps)
        for place, step in enumerate(asked.tolist() if parts else []):
            # One prosumer's flexibility doesn't bear on another's: their sum is extreme where each is.
            at = np.arange(len(owners)) * context.steps + step
            for side, sign in ((least, 1.0), (most, -1.0)):
                program = builder.copy()
                program.minimize(total.take(at).scaled(sign / context.power_scale_mw))
                found = solve(program.build(), solver).require("bounding what devices can inject")
                side[owners, place] += unit * found.evaluate(total)[at]
    return least, most


def reach_of_each(
    prosumers: Sequence[Prosumer],
    context: DeviceContext,
    solver: SolverSettings | None = None,
    *,
    steps: Sequence[int] | IntArray | None = None,
) -> tuple[ComplexArray, ComplexArray] | None:
    """Return the same, each prosumer's found in its own scale, whatever others' powers are; None where one isn't."""
    try:
        each = [reach([one], in_own_scale(one, context), solver, steps=steps) for one in prosumers]
    except SolverError:
        return None
    least, most = (np.concatenate(side) for side in zip(*each, strict=True))
    return least, most


def in_own_scale(prosumer: Prosumer, context: DeviceContext) -> DeviceContext:
    """Return what one prosumer's devices know of a problem of which nothing but themselves matters."""
    return replace(context, power_scale_mw=typical_power(np.zeros(1), [prosumer]), directions=None)


def lowest_and_highest(
    grid: RadialGrid, least_mva: ComplexArray, most_mva: ComplexArray
) -> tuple[ComplexArray, ComplexArray]:
    """Return the flows between these two that lower and raise all voltages most, shape ``(nodes, steps)`` each.

    What an edge adds to the voltage grows with its flow, or falls where its impedance is negative.
    """
    active, reactive = (grid.r_pu < 0.0)[:, None], (grid.x_pu < 0.0)[:, None]
    lowest, highest = (
        np.where(active, b.real, a.real) + 1j * np.where(reactive, b.imag, a.imag)
        for a, b in ((least_mva, most_mva), (most_mva, least_mva))
    )
    return lowest, highest
