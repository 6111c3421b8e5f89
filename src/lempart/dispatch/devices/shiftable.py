"""Shiftable loads: an energy within a window (Eq 1f)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lempart.case import Shiftable
from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch.devices.block import DeviceBlock, DeviceContext, column, lagging, per_step
from lempart.typing import BoolArray, IntArray

_ROUNDING = 1e-9


def shiftables(
    builder: ProgramBuilder, prosumer: IntArray, records: Sequence[Shiftable], context: DeviceContext
) -> DeviceBlock:
    """Add all shiftable loads: ``h sum(P) = energy``, ``0 <= P <= limit`` within the window, 0 outside."""
    k, steps, scale = len(records), context.steps, context.power_scale_mw
    within = np.flatnonzero(np.concatenate([window(record, steps) for record in records]))
    running = builder.variable("shiftable power", (len(within),), scale=scale)
    limit = Affine.of_constant(per_step(column(records, "power_mw"), steps)[within])
    builder.nonnegative("shiftable power at least zero", running, scale=scale)
    builder.nonnegative("shiftable power limit", limit - running, scale=scale)
    power = running.summed(within, k * steps)
    total = power.summed(np.repeat(np.arange(k), steps), k).scaled(context.step_hours)
    needed = Affine.of_constant(column(records, "energy_mwh"))
    builder.equal_zero("shiftable energy", total - needed, scale=context.energy_scale_mwh)
    cost = Affine.of_constant(np.zeros(k * steps))
    return DeviceBlock("shiftable", prosumer, -power, lagging(power, records, steps), cost)


def window(record: Shiftable, steps: int) -> BoolArray:
    """Return in which steps a load may run, shape ``(steps,)``."""
    step = np.arange(1, steps + 1)
    latest = steps if record.latest_step is None else record.latest_step
    inside: BoolArray = (step >= record.earliest_step) & (step <= latest)
    return inside


def unmet_energy(record: Shiftable, context: DeviceContext) -> str | None:
    """Return what a load's window can't hold, whatever the grid allows; None if it can."""
    open_steps = int(window(record, context.steps).sum())
    most = open_steps * context.step_hours * record.power_mw
    if record.energy_mwh <= most * (1.0 + _ROUNDING):
        return None
    return (
        f"the shiftable load needs {record.energy_mwh:.4g} MWh, but {open_steps} steps at {record.power_mw:.4g} MW "
        f"hold {most:.4g} MWh"
    )
