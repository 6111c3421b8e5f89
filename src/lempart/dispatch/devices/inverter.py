"""Reactive power of inverters, within the circle that active power leaves (Eq 1f)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lempart.case import Inverter
from lempart.conic import Affine, ProgramBuilder, stacked
from lempart.dispatch.devices.block import DeviceBlock, DeviceContext, column, per_step
from lempart.typing import IntArray


def inverters(
    builder: ProgramBuilder,
    prosumer: IntArray,
    records: Sequence[Inverter],
    context: DeviceContext,
    others: Sequence[DeviceBlock],
) -> DeviceBlock:
    """Add all inverters: ``|p + j u_q| <= apparent_power``, ``p`` the generation less what is curtailed.

    A hybrid inverter also carries its prosumer's batteries.
    """
    k, steps, power = len(records), context.steps, context.power_scale_mw
    reactive = builder.variable("inverter reactive power", (k, steps), scale=power)
    through = []
    for owner, record in zip(prosumer, records, strict=True):
        active = Affine.of_constant(record.generation_mw)
        for block in others:
            if block.kind == "curtailment" or (record.hybrid and block.kind == "battery"):
                for device in np.flatnonzero(block.prosumer == owner):
                    active = active + block.active_mw.take(device * steps + np.arange(steps))
        through.append(active)
    radius = Affine.of_constant(per_step(column(records, "apparent_power_mva"), steps))
    builder.modulus_at_most("inverter apparent power", radius, stacked(through), reactive, scale=power)
    cost = Affine.of_constant(np.zeros(k * steps))
    price = per_step(column(records, "cost_per_mvarh") * context.step_hours, steps)
    if np.any(price):
        modulus = builder.variable("inverter reactive modulus", (k, steps), scale=power)
        builder.nonnegative("inverter reactive modulus above", modulus - reactive, scale=power)
        builder.nonnegative("inverter reactive modulus below", modulus + reactive, scale=power)
        cost = modulus.scaled(price)
    return DeviceBlock("inverter", prosumer, Affine.of_constant(np.zeros(k * steps)), reactive, cost)
