"""The temperatures of heated buildings, step by step, exactly; all buildings of a problem at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from lempart.case import HeatPump
from lempart.typing import BoolArray, FloatArray

KW_PER_MW = 1000.0


@dataclass(frozen=True, eq=False)
class _Step:
    """One building over one step: ``x[t] = keep x[t-1] + outdoor T_out[t] + heat q[t]``, ``x[0]`` the air."""

    keep: FloatArray
    outdoor: FloatArray
    heat: FloatArray
    share: FloatArray
    start_c: FloatArray
    end_c: float


def _one_mass(pump: HeatPump, hours: float) -> _Step:
    """Return ``T+ = a T + (1-a)(T_out + R q)``, ``a = exp(-h/RC)``."""
    a = np.exp(-hours / (pump.resistance_k_per_kw * pump.capacity_kwh_per_k))
    return _Step(
        keep=np.array([[a]]),
        outdoor=np.array([1.0 - a]),
        heat=np.array([pump.resistance_k_per_kw * (1.0 - a)]),
        share=np.ones(1),
        start_c=np.array([pump.start_c]),
        end_c=-np.inf if pump.end_c is None else pump.end_c,
    )


def _two_masses(pump: HeatPump, hours: float) -> _Step:
    """Return the step of air and structure, which start and are meant to end at rest with each other."""
    resistance, capacity = pump.resistance_k_per_kw, pump.capacity_kwh_per_k
    air, between = pump.air_capacity_kwh_per_k, pump.air_resistance_k_per_kw
    assert air is not None
    assert between is not None
    # d(air, structure, T_out, q)/dt with the inputs held constant: its exponential holds the exact step.
    flow = np.zeros((4, 4))
    flow[0] = [-1.0 / (between * air), 1.0 / (between * air), 0.0, 1.0 / air]
    inner, outer = 1.0 / (between * capacity), 1.0 / (resistance * capacity)
    flow[1] = [inner, -inner - outer, outer, 0.0]
    step = scipy.linalg.expm(flow * hours)
    share = np.array([air, capacity]) / (air + capacity)
    inside = resistance / (resistance + between)
    rest = np.array([[1.0, 0.0], [inside, 1.0 - inside]])
    outdoor = float(np.mean(pump.outdoor_c))
    end = -np.inf if pump.end_c is None else float(share @ rest @ [pump.end_c, outdoor])
    return _Step(step[:2, :2], step[:2, 2], step[:2, 3], share, rest @ [pump.start_c, outdoor], end)


@dataclass(frozen=True, eq=False)
class Buildings:
    """``k`` buildings over all steps. States are temperatures in degC: the air, and with 2R2C the structure.

    Where some buildings have two masses, the others get a second state that is always 0 and has no share.

    Attributes
    ----------
    keep
        Shape ``(k, states, states)``; what is left of the temperatures after a step.
    heat
        Shape ``(k, states)``; what 1 kW over a step adds, K/kW.
    drift_c
        Shape ``(k, steps, states)``; what weather and gains add.
    share
        Shape ``(k, states)``; each state's share of the heat capacity.
    start_c, end_c
        Shape ``(k, states)`` and ``(k,)``: before the first step; least mean by capacity at the end, -inf for none.
    heat_kw_per_mw, limit_mw
        Shape ``(k, steps)`` and ``(k,)``: heat per electricity, and the pumps' limits.
    """

    keep: FloatArray
    heat: FloatArray
    drift_c: FloatArray
    share: FloatArray
    start_c: FloatArray
    end_c: FloatArray
    heat_kw_per_mw: FloatArray
    limit_mw: FloatArray

    @classmethod
    def of(cls, pumps: Sequence[HeatPump], hours: float) -> Buildings:
        """Return the pumps' buildings at steps of ``hours``."""
        steps = [_two_masses(p, hours) if p.has_two_masses else _one_mass(p, hours) for p in pumps]
        k, states = len(pumps), max(len(step.share) for step in steps)
        keep, by_state = np.zeros((k, states, states)), np.zeros((4, k, states))
        for index, step in enumerate(steps):
            own = len(step.share)
            keep[index, :own, :own] = step.keep
            by_state[:, index, :own] = step.outdoor, step.heat, step.share, step.start_c
        outdoor, heat, share, start = by_state
        outdoor_c, gains_kw, cop = (
            np.array([getattr(pump, name) for pump in pumps]) for name in ("outdoor_c", "gains_kw", "cop")
        )
        return cls(
            keep=keep,
            heat=heat,
            drift_c=outdoor[:, None] * outdoor_c[:, :, None] + heat[:, None] * gains_kw[:, :, None],
            share=share,
            start_c=start,
            end_c=np.array([step.end_c for step in steps]),
            heat_kw_per_mw=KW_PER_MW * cop,
            limit_mw=np.array([pump.power_mw for pump in pumps]),
        )

    def track(self, target_c: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Heat, step by step, just as much as brings the air to ``target_c``; no cooling, no looking ahead.

        Returns
        -------
        temperatures, heat_kw
            Shapes ``(k, steps, states)``, at the end of each step, and ``(k, steps)``.
        """
        most = self.heat_kw_per_mw * self.limit_mw[:, None]
        state, states, heats = self.start_c, np.zeros_like(self.drift_c), np.zeros_like(most)
        for t in range(most.shape[1]):
            unheated = self._unheated(state, t)
            missing = (target_c[:, t] - unheated[:, 0]) / self.heat[:, 0]
            heats[:, t] = np.minimum(np.maximum(missing, 0.0), most[:, t])
            states[:, t] = state = unheated + self.heat * heats[:, t, None]
        return states, heats

    def with_power(self, power_mw: FloatArray) -> FloatArray:
        """Return the temperatures at the end of each step, shape ``(k, steps, states)``, at an electrical power."""
        heat_kw = self.heat_kw_per_mw * power_mw
        state, states = self.start_c, np.zeros_like(self.drift_c)
        for t in range(heat_kw.shape[1]):
            states[:, t] = state = self._unheated(state, t) + self.heat * heat_kw[:, t, None]
        return states

    def mean_c(self, states: FloatArray) -> FloatArray:
        """Return the mean temperature by capacity, shape ``(k,)``, of states of shape ``(k, states)``."""
        mean: FloatArray = (self.share * states).sum(axis=1)
        return mean

    def _unheated(self, state: FloatArray, t: int) -> FloatArray:
        kept: FloatArray = np.einsum("kij,kj->ki", self.keep, state) + self.drift_c[:, t]
        return kept


@dataclass(frozen=True, eq=False)
class ComfortBand:
    """Between which temperatures the air may be at the end of each step, and when the pumps can't run at all.

    Attributes
    ----------
    lower_c, upper_c
        Shape ``(k, steps)`` each.
    unheated_c
        Shape ``(k, steps, states)``; temperatures without any heating.
    off
        Shape ``(k, steps)``; heating in this step would pass the upper limit later.
    """

    lower_c: FloatArray
    upper_c: FloatArray
    unheated_c: FloatArray
    off: BoolArray

    @classmethod
    def of(cls, pumps: Sequence[HeatPump], buildings: Buildings) -> ComfortBand:
        """Return the bands: above ``maximum_c`` where the least heating that keeps ``minimum_c`` leads there.

        A step in which that least heating is zero and after which, with no heating in between, the least
        temperature is the limit, has to be without heat: it is taken out of the problem rather than squeezed.
        """
        shape = buildings.heat_kw_per_mw.shape
        lower, highest = (
            np.broadcast_to(np.array([[getattr(pump, name)] for pump in pumps]), shape)
            for name in ("minimum_c", "maximum_c")
        )
        least, heat = buildings.track(lower)
        unheated = buildings.with_power(np.zeros(shape))
        pinned, off = np.zeros(shape[0], dtype=bool), np.zeros(shape, dtype=bool)
        for t in reversed(range(shape[1])):
            pinned = (pinned | (least[:, t, 0] >= highest[:, t])) & (heat[:, t] == 0.0)
            off[:, t] = pinned
        return cls(lower, np.maximum(highest, least[:, :, 0]), unheated, off)


def comfort_gaps(pumps: Sequence[HeatPump], hours: float) -> FloatArray:
    """Return by how many kelvin the bands can't be met with all heat they allow, shape ``(k, steps)``.

    The air below its minimum, at the last step also the mean temperature below what the end asks for.
    """
    buildings = Buildings.of(pumps, hours)
    band = ComfortBand.of(pumps, buildings)
    warmest, _ = buildings.track(band.upper_c)
    gap = np.maximum(band.lower_c - warmest[:, :, 0], 0.0)
    gap[:, -1] = np.maximum(gap[:, -1], buildings.end_c - buildings.mean_c(warmest[:, -1]))
    return gap
