"""Generation that can be turned down (Eq 1f)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lempart.case import Curtailment
from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch.devices.block import DeviceBlock, DeviceContext, column, per_step
from lempart.typing import IntArray


def curtailments(
    builder: ProgramBuilder, prosumer: IntArray, records: Sequence[Curtailment], context: DeviceContext
) -> DeviceBlock:
    """Add all curtailments: ``0 <= curtailed <= available``, ``u_p = -curtailed``."""
    steps, power = context.steps, context.power_scale_mw
    curtailed = builder.variable("curtailed power", (len(records), steps), scale=power)
    available = Affine.of_constant(np.array([record.available_mw for record in records]))
    builder.nonnegative("curtailed power at least zero", curtailed, scale=power)
    builder.nonnegative("curtailed power limit", available - curtailed, scale=power)
    cost = per_step(column(records, "cost_per_mwh") * context.step_hours, steps)
    return DeviceBlock("curtailment", prosumer, -curtailed, None, curtailed.scaled(cost))
