"""Heat pumps: buildings kept within their comfort band (Eq 1f)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from lempart.case import HeatPump
from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch.devices.block import DeviceBlock, DeviceContext, column, lagging, per_step, placed
from lempart.dispatch.devices.building import KW_PER_MW, ComfortBand, ThermalStep, comfort_gap
from lempart.typing import FloatArray, IntArray

_COUNTS_K = 1e-6
"""A missing temperature below this is rounding."""


def heat_pumps(
    builder: ProgramBuilder, prosumer: IntArray, records: Sequence[HeatPump], context: DeviceContext
) -> DeviceBlock:
    """Add all heat pumps: ``T[t] = a T[t-1] + (1-a)(T_out + R(COP P + g))`` between the limits of comfort.

    The variable is the rise over the temperature without heating, for which the step is linear without a constant.
    """
    steps = context.steps
    thermal = [ThermalStep.of(record, context.step_hours) for record in records]
    bands = [ComfortBand.of(record, step) for record, step in zip(records, thermal, strict=True)]
    power = _power(builder, records, bands, context)
    states = np.array([len(step.share) for step in thermal])
    rise = builder.variable("building temperature rise", (int(states.sum()) * steps,), scale=1.0)
    keeping = sp.block_diag([_keeping(step, steps) for step in thermal], format="csr")
    heating = sp.block_diag([_heating(r, s) for r, s in zip(records, thermal, strict=True)], format="csr")
    builder.equal_zero("building heat balance", rise.mapped(keeping) - power.mapped(heating))

    first = np.concatenate([[0], np.cumsum(states)[:-1]]) * steps
    air = rise.take((first[:, None] + states[:, None] * np.arange(steps)).ravel())
    cost = _constraint_comfort(builder, records, bands, air, context)
    cost = cost + _constraint_end(builder, records, thermal, bands, (rise, first), context)
    return DeviceBlock("heat_pump", prosumer, -power, lagging(power, records, steps), cost)


def _power(
    builder: ProgramBuilder, records: Sequence[HeatPump], bands: Sequence[ComfortBand], context: DeviceContext
) -> Affine:
    """Add electrical powers where a pump can run, and return all, size ``k * steps``."""
    on = np.flatnonzero(~np.concatenate([band.off for band in bands]))
    running = builder.variable("heat pump power", (len(on),), scale=context.power_scale_mw)
    limit = Affine.of_constant(per_step(column(records, "power_mw"), context.steps)[on])
    builder.nonnegative("heat pump power at least zero", running, scale=context.power_scale_mw)
    builder.nonnegative("heat pump power limit", limit - running, scale=context.power_scale_mw)
    return placed(running, on, len(records) * context.steps)


def _keeping(step: ThermalStep, steps: int) -> sp.csr_array:
    """Return ``x[t] - keep x[t-1]`` as a matrix over all steps."""
    before = sp.kron(sp.eye_array(steps, k=-1), step.keep)
    return (sp.eye_array(steps * len(step.share)) - before).tocsr()


def _heating(record: HeatPump, step: ThermalStep) -> sp.csr_array:
    """Return what the power of each step adds to the states, K/MW."""
    return sp.kron(sp.diags_array(KW_PER_MW * record.cop), step.heat[:, None]).tocsr()


def _constraint_comfort(
    builder: ProgramBuilder,
    records: Sequence[HeatPump],
    bands: Sequence[ComfortBand],
    air: Affine,
    context: DeviceContext,
) -> Affine:
    """Require the comfort band of the air, where it isn't met by itself; return the cost of falling short."""
    unheated = np.concatenate([band.unheated_c[:, 0] for band in bands])
    lower = np.concatenate([band.lower_c for band in bands]) - unheated
    upper = np.concatenate([band.upper_c for band in bands]) - unheated
    # A rise is never negative, and it is zero where the pump has been off from the start.
    cold = np.flatnonzero(lower > 0.0)
    warm = np.flatnonzero(upper > 0.0)
    builder.nonnegative("comfort maximum", Affine.of_constant(upper[warm]) - air.take(warm))
    missing, cost = _shortfall(builder, "comfort shortfall", records, cold // context.steps, cold, context)
    builder.nonnegative("comfort minimum", air.take(cold) + missing - Affine.of_constant(lower[cold]))
    return cost


def _constraint_end(
    builder: ProgramBuilder,
    records: Sequence[HeatPump],
    thermal: Sequence[ThermalStep],
    bands: Sequence[ComfortBand],
    rise: tuple[Affine, IntArray],
    context: DeviceContext,
) -> Affine:
    """Require the mean temperature at the end, by capacity; return the cost of falling short."""
    ends, steps = [], context.steps
    for index, (step, band) in enumerate(zip(thermal, bands, strict=True)):
        if step.end_c is not None:
            unheated = float(step.share @ band.unheated_c[-1])
            if step.end_c > unheated:
                ends.append((index, step.end_c - unheated))
    if not ends:
        return Affine.of_constant(np.zeros(len(records) * steps))
    device: IntArray = np.array([index for index, _ in ends])
    values, cols, rows = [], [], []
    for row, index in enumerate(device):
        share = thermal[index].share
        last = rise[1][index] + (steps - 1) * len(share)
        rows += [row] * len(share)
        cols += [last + state for state in range(len(share))]
        values += share.tolist()
    mean = rise[0].mapped(sp.csr_array((values, (rows, cols)), shape=(len(device), rise[0].size)))
    at = device * steps + steps - 1
    missing, cost = _shortfall(builder, "end temperature shortfall", records, device, at, context)
    needed = Affine.of_constant(np.array([kelvin for _, kelvin in ends]))
    builder.nonnegative("end temperature", mean + missing - needed)
    return cost


def _shortfall(
    builder: ProgramBuilder,
    name: str,
    records: Sequence[HeatPump],
    device: IntArray,
    at: IntArray,
    context: DeviceContext,
) -> tuple[Affine, Affine]:
    """Return what may be missing (zero under hard limits) and its cost, size ``k * steps``."""
    size = len(records) * context.steps
    if context.limits == "hard":
        return Affine.of_constant(np.zeros(len(at))), Affine.of_constant(np.zeros(size))
    missing = builder.variable(name, (len(at),), scale=1.0)
    builder.nonnegative(f"{name} at least zero", missing)
    rate: FloatArray = column(records, "comfort_penalty_per_kh")[device] * context.step_hours
    return missing, placed(missing.scaled(rate), at, size)


def unmet_comfort(record: HeatPump, context: DeviceContext) -> str | None:
    """Return which hours a home can't be warm enough and by how much, whatever the grid allows; None if it can."""
    if context.limits == "elastic":
        return None
    gap = comfort_gap(record, context.step_hours)
    at = np.flatnonzero(gap > _COUNTS_K)
    if not len(at):
        return None
    worst = int(np.argmax(gap))
    target = record.minimum_c
    if worst == context.steps - 1 and record.end_c is not None:
        target = max(target, record.end_c)
    hours = f"step {at[0] + 1}" if len(at) == 1 else f"{len(at)} steps from {at[0] + 1} to {at[-1] + 1}"
    return (
        f"the heat pump of {record.power_mw * KW_PER_MW:.4g} kW can't keep the building warm in {hours}: "
        f"at most {target - gap[worst]:.2f} degC after step {worst + 1}, {gap[worst]:.2g} K below {target:g}"
    )
