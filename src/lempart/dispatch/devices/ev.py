"""Electric vehicles: batteries that come, leave and drive (Eq 1f)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lempart.case import ElectricVehicle
from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch.devices.block import DeviceBlock, DeviceContext, change, column, per_step, storage_powers
from lempart.typing import FloatArray, IntArray

_ROUNDING = 1e-9


def electric_vehicles(
    builder: ProgramBuilder, prosumer: IntArray, records: Sequence[ElectricVehicle], context: DeviceContext
) -> DeviceBlock:
    """Add all vehicles: ``e[t] = e[t-1] + h (eta_c charge - discharge / eta_d) - driven``, ``floor <= e <= C``."""
    k, steps, hours, scale = len(records), context.steps, context.step_hours, context.energy_scale_mwh
    limit = np.array([record.plugged_in * record.power_mw for record in records])
    feeding = limit * np.array([[record.vehicle_to_grid] for record in records])
    charge, discharge = storage_powers(builder, "ev", limit.ravel(), feeding.ravel(), context)
    energy = builder.variable("ev energy", (k, steps), scale=scale)
    floor = Affine.of_constant(np.array([floor_mwh(record) for record in records]))
    full = Affine.of_constant(per_step(column(records, "energy_mwh"), steps))
    builder.nonnegative("ev energy at least what is needed", energy - floor, scale=scale)
    builder.nonnegative("ev energy limit", full - energy, scale=scale)

    given = -np.array([record.driven_mwh for record in records])
    given[:, 0] += column(records, "energy_mwh") * column(records, "initial_soc")
    stored = charge.scaled(per_step(hours * column(records, "charge_efficiency"), steps))
    drawn = discharge.scaled(per_step(hours / column(records, "discharge_efficiency"), steps))
    gained = change(energy, steps) - Affine.of_constant(given)
    builder.equal_zero("ev energy balance", gained - stored + drawn, scale=scale)
    cost = discharge.scaled(per_step(hours * column(records, "discharge_cost_per_mwh"), steps))
    return DeviceBlock("ev", prosumer, discharge - charge, None, cost)


def floor_mwh(record: ElectricVehicle) -> FloatArray:
    """Return the least energy at the end of each step, shape ``(steps,)``: what departures and the end ask for."""
    share = np.where(record.departures, record.departure_soc, 0.0)
    if record.end_soc is not None:
        share[-1] = max(share[-1], record.end_soc)
    floor: FloatArray = share * record.energy_mwh
    return floor


def unmet_charge(record: ElectricVehicle, context: DeviceContext) -> str | None:
    """Return when a vehicle lacks energy though it charges whenever it can; None if it never does."""
    energy, floor = record.energy_mwh * record.initial_soc, floor_mwh(record)
    rate = context.step_hours * record.charge_efficiency * record.power_mw
    for t in range(context.steps):
        # Charged before it is driven within a step, so what is driven in it makes room.
        energy = min(energy + rate * record.plugged_in[t] - record.driven_mwh[t], record.energy_mwh)
        missing = floor[t] - energy
        if missing > _ROUNDING * max(record.energy_mwh, 1e-9):
            return (
                f"the electric vehicle lacks {missing:.4g} MWh at the end of step {t + 1}, "
                "although it charges whenever it is plugged in"
            )
    return None
