"""pandapower's storages: batteries where they may charge and discharge, else fixed powers."""

from __future__ import annotations

import math

from lempart.case.flexibility import Battery
from lempart.errors import Problem
from lempart.io.networks.network import warning
from lempart.io.networks.pandapower.rows import Element

SIZE = "the storage has no power (max_p_mw, min_p_mw or sn_mva) or no capacity (max_e_mwh)"
REMEDY = "Fill them in, or leave storages out with ignore_elements=('storage',)."


def battery_of(row: Element) -> Battery | None:
    """Return a storage as a battery without running cost; None where it can't both charge and discharge.

    A battery has one limit for both directions, so the lower one counts.
    """
    charge, discharge = _limits(row)
    if min(charge, discharge) <= 0:
        return None
    power = min(charge, discharge)
    energy = row.number("max_e_mwh", math.nan)
    if not (power > 0 and energy > 0):
        row.problems[Problem(row.label, SIZE, REMEDY)] = None
        return None
    return Battery(power, energy, initial_soc=row.number("soc_percent", 50.0) / 100)


def storage_notes(row: Element) -> list[Problem]:
    """Say what a battery can't carry of this storage."""
    battery = battery_of(row)
    charge, discharge = _limits(row)
    if battery is None:
        message = f"may not both charge (up to {charge:g} MW) and discharge (up to {discharge:g} MW), so it keeps p_mw"
        return [warning(row.label, message, "Give the prosumer a flexibility of kind convex if it is one.")]
    dropped = [f"its schedule of {row.number('p_mw', 0.0):g} MW"] if row.number("p_mw", 0.0) else []
    dropped += [f"min_e_mwh {row.number('min_e_mwh'):g}"] if row.number("min_e_mwh", 0.0) else []
    dropped += [f"efficiency_percent {row.values['efficiency_percent']}"] if row.has("efficiency_percent") else []
    message = "became a battery without running cost and losses"
    message += f"; not read: {', '.join(dropped)}" if dropped else ""
    if charge != discharge:
        message += (
            f"; it charges and discharges at most {battery.power_mw:g} MW, the lower of {charge:g} and {discharge:g}"
        )
    return [warning(row.label, message, "Edit the battery in the case.")]


def _limits(row: Element) -> tuple[float, float]:
    """Return the most that it may draw and feed in, MW; one that isn't stated is the other, or the rated power."""
    charge, discharge = row.number("max_p_mw", math.nan), -row.number("min_p_mw", math.nan)
    rated = row.number("sn_mva", math.nan)
    charge = discharge if math.isnan(charge) else charge
    discharge = charge if math.isnan(discharge) else discharge
    return (rated, rated) if math.isnan(charge) else (charge, discharge)
