"""A kind of flexibility of your own: a boiler that may heat its water whenever the day's demand is met by the end.

Nothing in lempart is changed: the kind is a record with a block of the convex program, and case files know it, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lempart import Case, Scenario, solve
from lempart.case import KINDS, Grid, Horizon, Line, Market, OwnFlexibility, Prosumer
from lempart.conic import Affine, ProgramBuilder
from lempart.dispatch import DeviceBlock, DeviceContext
from lempart.errors import Problem


@dataclass(frozen=True, eq=False)
class Boiler(OwnFlexibility):
    """``h sum(P) = energy_mwh``, ``0 <= P <= power_mw``, ``u_p = -P``; heating is worth nothing beyond that."""

    kind: ClassVar[str] = "boiler"
    power_mw: float
    energy_mwh: float

    def problems(self, where: str) -> Iterator[Problem]:
        """Refuse a boiler without power."""
        if self.power_mw <= 0.0:
            yield Problem(f"{where}.power_mw", f"{self.power_mw:g} MW", "Give the power of the boiler, > 0.")

    def block(self, builder: ProgramBuilder, name: str, prosumer: int, context: DeviceContext) -> DeviceBlock:
        """Add the power of every step, its limits and the energy of the day."""
        scale = context.power_scale_mw
        power = builder.variable(name, (context.steps,), scale=scale)
        limit = Affine.of_constant(np.full(context.steps, self.power_mw))
        builder.nonnegative(f"{name}, at least zero", power, scale=scale)
        builder.nonnegative(f"{name}, at most", limit - power, scale=scale)
        energy = power.summed(np.zeros(context.steps, dtype=int), 1).scaled(context.step_hours)
        needed = Affine.of_constant(np.array([self.energy_mwh]))
        builder.equal_zero(f"{name}, energy", energy - needed, scale=context.energy_scale_mwh)
        free = Affine.of_constant(np.zeros(context.steps))
        return DeviceBlock(self.kind, np.array([prosumer]), -power, None, free)


KINDS["boiler"] = Boiler  # only case files need this

steps = 4
case = Case(
    name="boiler",
    horizon=Horizon(steps, 1.0),
    market=Market(
        externalities=True,
        tax_per_mwh=10.0,
        price_per_mwh=np.array([100.0, 20.0, 100.0, 100.0]),
        imbalance_penalty_per_mwh=200.0,
        line_penalty_per_mvah=200.0,
    ),
    grid=Grid("root", 0.4, [Line("root", "house", 0.01, 0.01)]),
    prosumers=[Prosumer("P1", "house", flexibility=[Boiler(power_mw=0.002, energy_mwh=0.002)])],
    scenario=Scenario([0.0]),
)

solution = solve(case)
cost = solution.cost("P1")
print(f"The boiler heats when energy is cheapest: {cost.total:.4f} CHF for 2 kWh")
assert np.isclose(cost.total, 0.002 * (20.0 + 10.0), rtol=1e-5)  # all of it at step 2, price and tax
