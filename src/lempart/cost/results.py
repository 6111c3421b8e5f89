"""What an evaluated partition costs, and each coalition in it."""

from __future__ import annotations

from dataclasses import dataclass

from lempart.cost.parts import CoalitionParts, PartitionParts
from lempart.partition import Partition


@dataclass(frozen=True, slots=True)
class CoalitionCost:
    """What one coalition pays.

    Attributes
    ----------
    parts
        None where the coalition is not viable.
    price_dependent
        True where the cost depends on which of several optimal nodal prices is taken (a kink of the tax).
    transit_tax
        The part of the tax beyond ``kappa |sum of S_nb|``: paid on what flows through the coalition, not on its own
        net exchange.
    reason
        Why the coalition is not viable; empty otherwise.
    """

    parts: CoalitionParts | None
    price_dependent: bool = False
    transit_tax: float = 0.0
    reason: str = ""

    @property
    def total(self) -> float:
        """Return ``phi``; infinite where the coalition is not viable."""
        return float("inf") if self.parts is None else self.parts.total


@dataclass(frozen=True, slots=True)
class PartitionCost:
    """What one partition costs.

    Attributes
    ----------
    parts
        The parts of ``Phi``; None where a coalition is not viable.
    coalitions
        Costs of the players' coalitions, in the partition's order.
    regular
        Costs of the regular customers, in the family's order.
    network_surplus
        The operator's congestion revenue ``sum(phi) - Phi + unrecovered``: price differences over external edges.
    unrecovered
        Violations on shared elements at steps where no coalition has an imbalance; Eq 8e can't charge them.
    """

    partition: Partition
    parts: PartitionParts | None
    coalitions: tuple[CoalitionCost, ...]
    regular: tuple[CoalitionCost, ...] = ()
    network_surplus: float = 0.0
    unrecovered: float = 0.0

    @property
    def total(self) -> float:
        """Return ``Phi``; infinite where the partition is not viable."""
        return float("inf") if self.parts is None else self.parts.total

    @property
    def internal_violations(self) -> float:
        """Return what violations inside coalitions cost, which those coalitions pay (Eq 5b)."""
        costs = (*self.coalitions, *self.regular)
        return sum(cost.parts.line + cost.parts.voltage for cost in costs if cost.parts is not None)

    @property
    def common_violations(self) -> float:
        """Return what violations on shared edges and nodes cost, which all share by imbalance (Eqs 5c, 8e)."""
        if self.parts is None:
            return 0.0
        return self.parts.line + self.parts.voltage - self.internal_violations

    @property
    def viable(self) -> bool:
        """Return whether every coalition can be dispatched."""
        return self.parts is not None

    @property
    def reason(self) -> str:
        """Return why the partition is not viable; empty where it is."""
        return "; ".join(cost.reason for cost in (*self.coalitions, *self.regular) if cost.reason)
