"""What a dispatch means indoors: the temperatures of heated buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.case import HeatPump
from lempart.dispatch.devices.building import Buildings, ComfortBand
from lempart.dispatch.solution import Dispatch
from lempart.typing import FloatArray, IntArray, frozen_array


@dataclass(frozen=True, eq=False)
class IndoorClimate:
    """The heated buildings of a dispatch, in the order of their prosumers.

    Attributes
    ----------
    prosumer
        Shape ``(pumps,)``; whose building it is.
    power_mw
        Shape ``(pumps, steps)``; electrical power of the heat pump.
    air_c
        Shape ``(pumps, steps)``; temperature of the air at the end of each step.
    lower_c, upper_c
        Shape ``(pumps, steps)``; the comfort band, above its maximum where the sun alone leads there.
    """

    prosumer: IntArray
    power_mw: FloatArray
    air_c: FloatArray
    lower_c: FloatArray
    upper_c: FloatArray


def indoor_climate(solved: Dispatch) -> IndoorClimate | None:
    """Return the temperatures that a dispatch leads to, from its powers; None where no one has a heat pump."""
    problem = solved.problem
    pumps = [item for owner in problem.prosumers for item in owner.flexibility if isinstance(item, HeatPump)]
    blocks = [block for block in solved.model.devices if block.kind == "heat_pump"]
    if not blocks:
        return None
    (block,) = blocks
    power = -solved.solution.evaluate(block.active_mw).reshape(len(pumps), problem.steps)
    buildings = Buildings.of(pumps, problem.step_hours)
    band = ComfortBand.of(pumps, buildings)
    return IndoorClimate(
        prosumer=frozen_array(block.prosumer, np.int64),
        power_mw=frozen_array(power),
        air_c=frozen_array(buildings.with_power(power)[:, :, 0]),
        lower_c=frozen_array(band.lower_c),
        upper_c=frozen_array(band.upper_c),
    )
