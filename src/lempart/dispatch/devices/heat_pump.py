"""Heat pumps: buildings kept within their comfort band (Eq 1f)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from lempart.case import HeatPump
from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch.devices.block import DeviceBlock, DeviceContext, column, lagging, per_step
from lempart.dispatch.devices.building import KW_PER_MW, Buildings, ComfortBand, comfort_gaps
from lempart.typing import FloatArray, IntArray

_COUNTS_K = 1e-6
"""A missing temperature below this is rounding."""


def heat_pumps(
    builder: ProgramBuilder, prosumer: IntArray, records: Sequence[HeatPump], context: DeviceContext
) -> DeviceBlock:
    """Add all heat pumps: ``T[t] = a T[t-1] + (1-a)(T_out + R(COP P + g))`` between the limits of comfort.

    The variable is the rise over the temperature without heating, for which the step is linear without a constant.
    """
    buildings = Buildings.of(records, context.step_hours)
    band = ComfortBand.of(records, buildings)
    power = _power(builder, buildings, band, context)
    states = buildings.share.shape[1]
    rise = builder.variable("building temperature rise", band.unheated_c.shape, scale=1.0)
    balance = rise.mapped(_keeping(buildings)) - power.mapped(_heating(buildings))
    builder.equal_zero("building heat balance", balance)
    air = rise.take(np.arange(0, rise.size, states))
    cost = _constraint_comfort(builder, records, band, air, context)
    cost = cost + _constraint_end(builder, records, buildings, band, rise, context)
    return DeviceBlock("heat_pump", prosumer, -power, lagging(power, records, context.steps), cost)


def _power(builder: ProgramBuilder, buildings: Buildings, band: ComfortBand, context: DeviceContext) -> Affine:
    """Add electrical powers where a pump can run, and return all, size ``k * steps``."""
    on = np.flatnonzero(~band.off)
    running = builder.variable("heat pump power", (len(on),), scale=context.power_scale_mw)
    limit = Affine.of_constant(per_step(buildings.limit_mw, context.steps)[on])
    builder.nonnegative("heat pump power at least zero", running, scale=context.power_scale_mw)
    builder.nonnegative("heat pump power limit", limit - running, scale=context.power_scale_mw)
    return running.summed(on, band.off.size)


def _keeping(buildings: Buildings) -> sp.csr_array:
    """Return ``x[t] - keep x[t-1]`` of all buildings as a matrix over ``(k, steps, states)``."""
    shape = buildings.drift_c.shape
    entry = np.arange(np.prod(shape)).reshape(shape)
    # Row (k, t, i), column (k, t-1, j).
    rows, cols, values = np.broadcast_arrays(entry[:, 1:, :, None], entry[:, :-1, None, :], -buildings.keep[:, None])
    kept = sp.csr_array((values.ravel(), (rows.ravel(), cols.ravel())), shape=(entry.size, entry.size))
    matrix: sp.csr_array = (sp.eye_array(entry.size) + kept).tocsr()
    return matrix


def _heating(buildings: Buildings) -> sp.csr_array:
    """Return what each power adds to the states, K/MW: rows ``(k, steps, states)``, columns ``(k, steps)``."""
    added = buildings.heat_kw_per_mw[:, :, None] * buildings.heat[:, None]
    cols = np.repeat(np.arange(buildings.heat_kw_per_mw.size), added.shape[2])
    return sp.csr_array((added.ravel(), (np.arange(added.size), cols)), shape=(added.size, added[..., 0].size))


def _constraint_comfort(
    builder: ProgramBuilder, records: Sequence[HeatPump], band: ComfortBand, air: Affine, context: DeviceContext
) -> Affine:
    """Require the comfort band of the air, where it isn't met by itself; return the cost of falling short."""
    unheated = band.unheated_c[:, :, 0]
    lower, upper = (band.lower_c - unheated).ravel(), (band.upper_c - unheated).ravel()
    # A rise is never negative, and it is zero where the pump has been off from the start.
    cold, warm = np.flatnonzero(lower > 0.0), np.flatnonzero(upper > 0.0)
    builder.nonnegative("comfort maximum", Affine.of_constant(upper[warm]) - air.take(warm))
    missing, cost = _shortfall(builder, "comfort shortfall", records, cold, context)
    builder.nonnegative("comfort minimum", air.take(cold) + missing - Affine.of_constant(lower[cold]))
    return cost


def _constraint_end(
    builder: ProgramBuilder,
    records: Sequence[HeatPump],
    buildings: Buildings,
    band: ComfortBand,
    rise: Affine,
    context: DeviceContext,
) -> Affine:
    """Require the mean temperature at the end, by capacity; return the cost of falling short."""
    needed = buildings.end_c - buildings.mean_c(band.unheated_c[:, -1])
    at = np.flatnonzero(needed > 0.0)
    states = buildings.share.shape[1]
    last = (at * context.steps + context.steps - 1)[:, None] * states + np.arange(states)
    own = np.repeat(np.arange(len(at)), states)
    mean = rise.mapped(sp.csr_array((buildings.share[at].ravel(), (own, last.ravel())), shape=(len(at), rise.size)))
    final = at * context.steps + context.steps - 1
    missing, cost = _shortfall(builder, "end temperature shortfall", records, final, context)
    builder.nonnegative("end temperature", mean + missing - Affine.of_constant(needed[at]))
    return cost


def _shortfall(
    builder: ProgramBuilder, name: str, records: Sequence[HeatPump], at: IntArray, context: DeviceContext
) -> tuple[Affine, Affine]:
    """Return what may be missing in entries ``at`` (zero under hard limits) and its cost, size ``k * steps``."""
    size = len(records) * context.steps
    if context.limits == "hard":
        return Affine.of_constant(np.zeros(len(at))), Affine.of_constant(np.zeros(size))
    missing = builder.variable(name, (len(at),), scale=1.0)
    builder.nonnegative(f"{name} at least zero", missing)
    rate = column(records, "comfort_penalty_per_kh")[at // context.steps] * context.step_hours
    return missing, missing.scaled(rate).summed(at, size)


def unmet_comfort(records: Sequence[HeatPump], context: DeviceContext) -> list[str | None]:
    """Return when homes can't be warm enough and by how much, whatever the grid allows; None where they can."""
    if context.limits == "elastic":
        return [None] * len(records)
    gaps = comfort_gaps(records, context.step_hours)
    return [
        _in_words(record, gap) if gap.max() > _COUNTS_K else None for record, gap in zip(records, gaps, strict=True)
    ]


def _in_words(record: HeatPump, gap: FloatArray) -> str:
    at, worst = np.flatnonzero(gap > _COUNTS_K), int(np.argmax(gap))
    target = record.minimum_c
    if worst == len(gap) - 1 and record.end_c is not None:
        target = max(target, record.end_c)
    steps = f"step {at[0] + 1}" if len(at) == 1 else f"{len(at)} steps from {at[0] + 1} to {at[-1] + 1}"
    return (
        f"the heat pump of {record.power_mw * KW_PER_MW:.4g} kW can't keep the building warm in {steps}: "
        f"at most {target - gap[worst]:.2f} degC after step {worst + 1}, {gap[worst]:.2g} K below {target:g}"
    )
