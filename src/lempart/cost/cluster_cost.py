"""What a cluster's dispatch says: how everyone in it is dispatched, and what its coalitions pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lempart.dispatch import Burning, Dispatch
from lempart.typing import ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Share:
    """What one coalition of a dispatched cluster pays whatever the other clusters do, in currency over the horizon.

    Attributes
    ----------
    flexibility, energy, tax, line
        As in :class:`~lempart.cost.CoalitionParts`; energy at the prices of a grid whose other limits don't bind.
    transit_tax, price_dependent, known_to
        As in :class:`~lempart.cost.CoalitionCost`.
    """

    flexibility: float
    energy: float
    tax: float
    line: float
    transit_tax: float
    price_dependent: bool
    known_to: float


@dataclass(frozen=True, eq=False, slots=True)
class ClusterCost:
    """A dispatched cluster.

    Attributes
    ----------
    prosumers
        Everyone in it, ascending.
    flexible_mva
        Their ``u``, complex MVA, shape ``(prosumers, steps)``.
    shares
        What each coalition pays, by the mask of its prosumers.
    burning, gap
        As in :class:`~lempart.cost.PartitionCost`.
    """

    prosumers: IntArray
    flexible_mva: ComplexArray
    shares: Mapping[int, Share]
    burning: tuple[Burning, ...] = ()
    gap: float = 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """How everyone in a cluster is dispatched.

    Attributes
    ----------
    prosumers
        Who they are, ascending.
    flexible_mva
        Their ``u``, complex MVA, shape ``(prosumers, steps)``.
    flexibility_cost
        What that costs them, in currency over the horizon, shape ``(prosumers,)``.
    burning, gap
        As in :class:`~lempart.cost.PartitionCost`.
    """

    prosumers: IntArray
    flexible_mva: ComplexArray
    flexibility_cost: FloatArray
    burning: tuple[Burning, ...] = ()
    gap: float = 0.0

    @classmethod
    def of(cls, prosumers: IntArray, solved: Dispatch) -> Plan:
        """Return what a dispatch of these prosumers says."""
        burning = solved.burning_of(prosumers)
        return cls(prosumers, solved.flexible_mva, solved.flexibility_cost, burning, solved.gap)
