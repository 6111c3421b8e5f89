"""The general convex flexibility (Eq 1f): bounds, a polyhedron, a circle, a convex cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from lempart.case import Convex
from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch.devices.block import DeviceBlock, DeviceContext, column, per_step
from lempart.typing import IntArray


def convexes(
    builder: ProgramBuilder, prosumer: IntArray, records: Sequence[Convex], context: DeviceContext
) -> DeviceBlock:
    """Add all general flexibilities; reactive power is free within the circle where one is given, else zero."""
    k, steps, hours, power = len(records), context.steps, context.step_hours, context.power_scale_mw
    active = builder.variable("convex active power", (k, steps), scale=power)
    lower = Affine.of_constant(np.array([record.minimum_mw for record in records]))
    upper = Affine.of_constant(np.array([record.maximum_mw for record in records]))
    builder.nonnegative("convex lower bound", active - lower, scale=power)
    builder.nonnegative("convex upper bound", upper - active, scale=power)
    reactive = _reactive(builder, records, active, context)
    _polyhedra(builder, records, active, reactive, context)

    linear = np.array([record.cost_per_mwh if record.cost_per_mwh.size else np.zeros(steps) for record in records])
    cost = active.scaled(linear.ravel() * hours)
    absolute = column(records, "absolute_cost_per_mwh")
    if np.any(absolute):
        modulus = builder.variable("convex modulus", (k, steps), scale=power)
        builder.nonnegative("convex modulus above", modulus - active, scale=power)
        builder.nonnegative("convex modulus below", modulus + active, scale=power)
        cost = cost + modulus.scaled(per_step(absolute * hours, steps))
    quadratic = per_step(column(records, "quadratic_cost_per_mw2h") * hours, steps)
    squares = ((active, quadratic),) if np.any(quadratic) else ()
    return DeviceBlock("convex", prosumer, active, reactive, cost, squares)


def _reactive(
    builder: ProgramBuilder, records: Sequence[Convex], active: Affine, context: DeviceContext
) -> Affine | None:
    steps, power = context.steps, context.power_scale_mw
    radii = [record.apparent_power_mva for record in records]
    circled = np.flatnonzero([radius is not None for radius in radii])
    if not len(circled):
        return None
    free = builder.variable("convex reactive power", (len(circled), steps), scale=power)
    entries = (circled[:, None] * steps + np.arange(steps)).ravel()
    radius = per_step(np.array([radius for radius in radii if radius is not None]), steps)
    builder.modulus_at_most(
        "convex apparent power", Affine.of_constant(radius), active.take(entries), free, scale=power
    )
    return free.summed(entries, len(records) * steps)


def _polyhedra(
    builder: ProgramBuilder,
    records: Sequence[Convex],
    active: Affine,
    reactive: Affine | None,
    context: DeviceContext,
) -> None:
    """Require ``rows_mw @ u_p + rows_mvar @ u_q <= upper`` of each record that has rows."""
    for index, record in enumerate(records):
        if not len(record.upper):
            continue
        own = index * context.steps + np.arange(context.steps)
        slack = Affine.of_constant(record.upper)
        if record.rows_mw.size:
            slack = slack - active.take(own).mapped(sp.csr_array(record.rows_mw))
        if record.rows_mvar.size and reactive is not None:
            slack = slack - reactive.take(own).mapped(sp.csr_array(record.rows_mvar))
        builder.nonnegative(f"convex polyhedron {index}", slack, scale=context.power_scale_mw)
