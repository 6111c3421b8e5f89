"""A load that needs its energy between two steps, whenever that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lempart.case.record import Record


@dataclass(frozen=True, eq=False)
class Shiftable(Record):
    """A shiftable load: ``h sum(P) = energy_mwh``, ``0 <= P <= power_mw`` in its window, else 0; ``u_p = -P``.

    All of its consumption is flexible: the prosumer's forecast and actual must not contain it.

    Attributes
    ----------
    energy_mwh
        What it consumes in all.
    power_mw
        Limit on the power.
    earliest_step, latest_step
        First and last step in which it may run, counted from 1, both included; absent ``latest_step``: the last.
    power_factor
        Lagging: ``u_q = -P tan(arccos(power_factor))``; 1 means no reactive power.
    """

    kind: ClassVar[str] = "shiftable"
    energy_mwh: float
    power_mw: float
    earliest_step: int = 1
    latest_step: int | None = None
    power_factor: float = 1.0
