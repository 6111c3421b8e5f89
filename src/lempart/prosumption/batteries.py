"""Batteries behind the PV of homes."""

from __future__ import annotations

from lempart.case import Battery
from lempart.errors import InputError

HOURS_TO_FULL, ONE_WAY_EFFICIENCY, WEAR_PER_MWH = 2.0, 0.95, 19.0
"""A round trip of 90 %; wear as the batteries of the paper's Example 1."""


def home_battery(pv_kwp: float, kwh_per_kwp: float) -> tuple[Battery, ...]:
    """Return a home's battery, none without PV; it ends the day as it began, so that no energy is for free.

    Raises
    ------
    InputError
        When its size is negative.
    """
    if kwh_per_kwp < 0:
        raise InputError.of("battery_kwh_per_kwp", f"{kwh_per_kwp:g} is negative", "Give 0 or more.")
    energy_mwh = kwh_per_kwp * pv_kwp / 1e3
    if energy_mwh == 0.0:
        return ()
    unit = Battery(
        power_mw=energy_mwh / HOURS_TO_FULL,
        energy_mwh=energy_mwh,
        cost_per_mwh=WEAR_PER_MWH,
        charge_efficiency=ONE_WAY_EFFICIENCY,
        discharge_efficiency=ONE_WAY_EFFICIENCY,
        cyclic=True,
    )
    return (unit,)
