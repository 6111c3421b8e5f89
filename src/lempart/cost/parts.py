"""Costs that keep their parts; the total is a property."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self


class _Parts:
    """Addition and total for the frozen records below."""

    @property
    def total(self) -> float:
        """Return the sum of all parts."""
        return float(sum(getattr(self, field.name) for field in fields(self)))  # type: ignore[arg-type]

    def __add__(self, other: Self) -> Self:
        pairs = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}  # type: ignore[arg-type]
        return type(self)(**pairs)

    def as_dict(self) -> dict[str, float]:
        """Return the parts by name, in order; a trailing underscore of a Python name is dropped."""
        return {f.name.rstrip("_"): float(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class PartitionParts(_Parts):
    """The parts of ``Phi`` (Eq 7), in currency over the horizon."""

    flexibility: float = 0.0
    import_: float = 0.0
    tax: float = 0.0
    line: float = 0.0
    voltage: float = 0.0
    imbalance: float = 0.0


@dataclass(frozen=True, slots=True)
class CoalitionParts(_Parts):
    """The parts of ``phi`` (Eq 8) or ``phi_0`` (Eq 9), in currency over the horizon.

    ``energy`` is ``-<lambda_nb, S_nb>``; ``line`` and ``voltage`` are the coalition's own violations; ``imbalance``
    is its share of balancing and of violations common to all (Eq 8e).
    """

    flexibility: float = 0.0
    energy: float = 0.0
    tax: float = 0.0
    line: float = 0.0
    voltage: float = 0.0
    imbalance: float = 0.0
