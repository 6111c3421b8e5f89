"""What a cluster's dispatch says: how everyone in it is dispatched, and what its coalitions pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lempart.cost.equations.settlement import DispatchCosts
from lempart.dispatch import Burning, Dispatch
from lempart.typing import ComplexArray, FloatArray, IntArray


class OwnAmounts(NamedTuple):
    """What one coalition of a dispatched cluster pays whatever the other clusters do: a row of `DispatchCosts`."""

    flexibility: float
    energy: float
    tax: float
    transit_tax: float
    price_dependent: float
    known_to: float

    @classmethod
    def rows(cls, own: DispatchCosts) -> list[OwnAmounts]:
        """Return what each coalition pays."""
        columns = [getattr(own, name).tolist() for name in cls._fields]
        return [cls(*row) for row in zip(*columns, strict=True)]

    @staticmethod
    def together(rows: Sequence[OwnAmounts]) -> DispatchCosts:
        """Return the amounts of coalitions as arrays."""
        return DispatchCosts(*np.array(rows).T)


@dataclass(frozen=True, eq=False, slots=True)
class ClusterCost:
    """A dispatched cluster.

    Attributes
    ----------
    prosumers
        Everyone in it, ascending.
    edges
        Those on which nobody else's power flows: their limits are those of its dispatch.
    flexible_mva
        Their ``u``, complex MVA, shape ``(prosumers, steps)``.
    own
        What each coalition pays, by the mask of its prosumers.
    burning, gap, tie_open
        As in :class:`~lempart.cost.PartitionCost`.
    """

    prosumers: IntArray
    edges: IntArray
    flexible_mva: ComplexArray
    own: Mapping[int, OwnAmounts]
    burning: tuple[Burning, ...] = ()
    gap: float = 0.0
    tie_open: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class ClusterDispatch:
    """How everyone in a cluster is dispatched.

    Attributes
    ----------
    prosumers
        Who they are, ascending.
    flexible_mva
        Their ``u``, complex MVA, shape ``(prosumers, steps)``.
    flexibility_cost
        What that costs them, in currency over the horizon, shape ``(prosumers,)``.
    burning, gap, tie_open
        As in :class:`~lempart.cost.PartitionCost`.
    """

    prosumers: IntArray
    flexible_mva: ComplexArray
    flexibility_cost: FloatArray
    burning: tuple[Burning, ...] = ()
    gap: float = 0.0
    tie_open: bool = False

    @classmethod
    def of(cls, prosumers: IntArray, solved: Dispatch) -> ClusterDispatch:
        """Return what a dispatch of these prosumers says."""
        burning = solved.burning_of(prosumers)
        return cls(prosumers, solved.flexible_mva, solved.flexibility_cost, burning, solved.gap, solved.tie_open)
