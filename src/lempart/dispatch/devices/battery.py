"""Batteries: two powers, one energy (Eq 1f)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lempart.case import Battery
from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch.devices.block import DeviceBlock, DeviceContext, change, column, per_step, storage_powers
from lempart.typing import IntArray


def batteries(
    builder: ProgramBuilder, prosumer: IntArray, records: Sequence[Battery], context: DeviceContext
) -> DeviceBlock:
    """Add all batteries: ``e[t] = e[t-1] + h (eta_c charge - discharge / eta_d)``, ``0 <= e <= capacity``.

    The cost on ``|u|`` is taken on charge + discharge, which equals ``|u|`` unless a lossy battery burns energy
    by doing both at once; then it pays for both. Directions that are decided keep it from that.
    """
    k, steps, hours = len(records), context.steps, context.step_hours
    limit = per_step(column(records, "power_mw"), steps)
    charge, discharge = storage_powers(builder, "battery", limit, limit, context)
    energy = builder.variable("battery energy", (k, steps), scale=context.energy_scale_mwh)
    capacity = column(records, "energy_mwh")
    start = capacity * column(records, "initial_soc")
    builder.nonnegative("battery energy at least zero", energy, scale=context.energy_scale_mwh)
    full = Affine.of_constant(per_step(capacity, steps))
    builder.nonnegative("battery energy limit", full - energy, scale=context.energy_scale_mwh)

    initial = np.zeros((k, steps))
    initial[:, 0] = start
    stored = charge.scaled(per_step(column(records, "charge_efficiency") * hours, steps))
    drawn = discharge.scaled(per_step(hours / column(records, "discharge_efficiency"), steps))
    gained = change(energy, steps) - Affine.of_constant(initial)
    builder.equal_zero("battery energy balance", gained - stored + drawn, scale=context.energy_scale_mwh)
    cyclic = np.flatnonzero([record.cyclic for record in records])
    if len(cyclic):
        end = energy.take(cyclic * steps + steps - 1) - Affine.of_constant(start[cyclic])
        builder.equal_zero("battery end energy", end, scale=context.energy_scale_mwh)

    injection = discharge - charge
    quadratic = per_step(column(records, "quadratic_cost_per_mw2h") * hours, steps)
    throughput_cost = per_step(column(records, "cost_per_mwh") * hours, steps)
    return DeviceBlock(
        kind="battery",
        prosumer=prosumer,
        active_mw=injection,
        reactive_mvar=None,
        linear_cost=(charge + discharge).scaled(throughput_cost),
        squares=((injection, quadratic),) if np.any(quadratic) else (),
    )
