"""The temperatures of a heated building, step by step, exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from lempart.case import HeatPump
from lempart.typing import FloatArray

KW_PER_MW = 1000.0


@dataclass(frozen=True, eq=False)
class ThermalStep:
    """One step of a building: ``x[t] = keep x[t-1] + outdoor T_out[t] + heat q[t]``, ``x[0]`` the air.

    States are temperatures in degC: air, or air and structure. ``q`` is heat in kW, constant over the step, as the
    outdoor temperature is; then the step is exact, however long.

    Attributes
    ----------
    keep
        Shape ``(states, states)``.
    outdoor, heat
        Shape ``(states,)`` each; without unit, and in K/kW.
    share
        Shape ``(states,)``; each state's share of the heat capacity.
    start_c
        Shape ``(states,)``; temperatures before the first step.
    end_c
        Least mean temperature at the end, by capacity; None where there is no such limit.
    """

    keep: FloatArray
    outdoor: FloatArray
    heat: FloatArray
    share: FloatArray
    start_c: FloatArray
    end_c: float | None

    @classmethod
    def of(cls, pump: HeatPump, hours: float) -> ThermalStep:
        """Return the step of a pump's building over ``hours``: ``a = exp(-h/RC)`` with one mass."""
        resistance, capacity = pump.resistance_k_per_kw, pump.capacity_kwh_per_k
        if not pump.has_two_masses:
            a = np.exp(-hours / (resistance * capacity))
            return cls(
                keep=np.array([[a]]),
                outdoor=np.array([1.0 - a]),
                heat=np.array([resistance * (1.0 - a)]),
                share=np.ones(1),
                start_c=np.array([pump.start_c]),
                end_c=pump.end_c,
            )
        air, between = pump.air_capacity_kwh_per_k, pump.air_resistance_k_per_kw
        assert air is not None
        assert between is not None
        # d(air, structure, T_out, q)/dt, the inputs held constant: its exponential holds the exact step.
        flow = np.zeros((4, 4))
        flow[0] = [-1.0 / (between * air), 1.0 / (between * air), 0.0, 1.0 / air]
        inner, outer = 1.0 / (between * capacity), 1.0 / (resistance * capacity)
        flow[1] = [inner, -inner - outer, outer, 0.0]
        step = scipy.linalg.expm(flow * hours)
        share = np.array([air, capacity]) / (air + capacity)
        # Air and structure start at rest with each other and the mean outdoors; so is the end meant.
        inside = resistance / (resistance + between)
        rest = np.array([[1.0, 0.0], [inside, 1.0 - inside]])
        outdoor = float(np.mean(pump.outdoor_c))
        return cls(
            keep=step[:2, :2],
            outdoor=step[:2, 2],
            heat=step[:2, 3],
            share=share,
            start_c=rest @ [pump.start_c, outdoor],
            end_c=None if pump.end_c is None else float(share @ rest @ [pump.end_c, outdoor]),
        )

    def track(self, pump: HeatPump, target_c: FloatArray, *, limited: bool = True) -> tuple[FloatArray, FloatArray]:
        """Heat, step by step, just as much as brings the air to ``target_c``; no cooling, no looking ahead.

        Returns
        -------
        temperatures, heat_kw
            Shapes ``(steps, states)``, at the end of each step, and ``(steps,)``.
        """
        most = KW_PER_MW * pump.cop * pump.power_mw if limited else np.full(len(pump.cop), np.inf)
        state = self.start_c
        states, heats = np.zeros((len(most), len(state))), np.zeros(len(most))
        for t, target in enumerate(target_c):
            unheated = self.keep @ state + self.outdoor * pump.outdoor_c[t] + self.heat * pump.gains_kw[t]
            heats[t] = min(max((target - unheated[0]) / self.heat[0], 0.0), most[t])
            state = unheated + self.heat * heats[t]
            states[t] = state
        return states, heats

    def with_heat(self, pump: HeatPump, power_mw: FloatArray) -> FloatArray:
        """Return the temperatures at the end of each step, shape ``(steps, states)``, at an electrical power."""
        state = self.start_c
        states = np.zeros((len(power_mw), len(state)))
        for t, heat in enumerate(KW_PER_MW * pump.cop * power_mw + pump.gains_kw):
            state = self.keep @ state + self.outdoor * pump.outdoor_c[t] + self.heat * heat
            states[t] = state
        return states


@dataclass(frozen=True, eq=False)
class ComfortBand:
    """Between which temperatures the air may be at the end of each step, and when the pump can't run at all.

    Attributes
    ----------
    lower_c, upper_c
        Shape ``(steps,)`` each.
    unheated_c
        Shape ``(steps, states)``; temperatures without any heating.
    off
        Shape ``(steps,)``; heating in this step would pass the upper limit later.
    """

    lower_c: FloatArray
    upper_c: FloatArray
    unheated_c: FloatArray
    off: FloatArray

    @classmethod
    def of(cls, pump: HeatPump, step: ThermalStep) -> ComfortBand:
        """Return the band: above ``maximum_c`` where the least heating that keeps ``minimum_c`` leads there.

        A step in which that least heating is zero and after which, with no heating in between, the least
        temperature is the limit, has to be without heat: it is taken out of the problem rather than squeezed.
        """
        steps = len(pump.outdoor_c)
        lower = np.full(steps, pump.minimum_c)
        least, heat = step.track(pump, lower)
        unheated, _ = step.track(pump, np.full(steps, -np.inf))
        upper = np.maximum(pump.maximum_c, least[:, 0])
        pinned, off = False, np.zeros(steps, dtype=bool)
        for t in reversed(range(steps)):
            pinned = pinned or least[t, 0] >= pump.maximum_c
            pinned = off[t] = bool(pinned and heat[t] == 0.0)
        return cls(lower, upper, unheated, off)


def comfort_gap(pump: HeatPump, hours: float) -> FloatArray:
    """Return by how many kelvin the band can't be met, shape ``(steps,)``, with all heat the band allows.

    The air below its minimum, at the last step also the mean temperature below ``end_c``.
    """
    step = ThermalStep.of(pump, hours)
    band = ComfortBand.of(pump, step)
    warmest, _ = step.track(pump, band.upper_c)
    gap = np.maximum(band.lower_c - warmest[:, 0], 0.0)
    if step.end_c is not None:
        gap[-1] = max(gap[-1], step.end_c - float(step.share @ warmest[-1]))
    return gap
