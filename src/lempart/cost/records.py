"""What partitions and coalitions cost: records that keep their parts, the total is a property."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

from lempart.dispatch import Burning
from lempart.display import amount, braces, html_table
from lempart.partition import Partition, members


class _Parts:
    """Addition and total for the frozen records below."""

    __slots__: tuple[str, ...] = ()
    __match_args__: tuple[str, ...] = ()  # of a dataclass: the names of all its fields, those it inherits among them

    @property
    def total(self) -> float:
        """Return the sum of all parts."""
        return float(sum(map(self.__getattribute__, self.__match_args__)))

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


@dataclass(frozen=True, slots=True)
class PartitionPartsWithLoss(PartitionParts):
    """The parts of ``Phi`` where losses are priced: ``loss`` is what those of all edges cost."""

    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class CoalitionPartsWithLoss(CoalitionParts):
    """The parts of ``phi`` or ``phi_0`` where losses are priced.

    ``loss`` is the coalition's share of them; with marginal prices, and without externalities, those of its own edges.
    """

    loss: float = 0.0


def partition_parts(amounts: Sequence[float]) -> PartitionParts:
    """Return the parts of ``Phi`` in their order; losses come last, where they are priced."""
    return (PartitionPartsWithLoss if len(amounts) > len(fields(PartitionParts)) else PartitionParts)(*amounts)


def coalition_parts(amounts: Sequence[float]) -> CoalitionParts:
    """Return the parts of ``phi`` or ``phi_0`` in their order; losses come last, where they are priced."""
    return (CoalitionPartsWithLoss if len(amounts) > len(fields(CoalitionParts)) else CoalitionParts)(*amounts)


@dataclass(frozen=True, slots=True)
class CoalitionCost:
    """What one coalition pays.

    Attributes
    ----------
    parts
        None where the coalition is not viable.
    price_dependent
        True where the cost depends on which of several optimal nodal prices is taken (a kink of the tax, or limits that
        can do each other's work).
    transit_tax
        The part of the tax beyond ``kappa |sum of S_nb|``: paid on what flows through the coalition, not on its own
        net exchange.
    reason
        Why the coalition is not viable; empty otherwise.
    known_to
        How far off the cost may be, in currency: 0, but where prices had to be chosen and no solver found them to full
        accuracy.
    burning, gap, tie_open
        As in :class:`PartitionCost`, where a coalition is dispatched on its own.
    """

    parts: CoalitionParts | None
    price_dependent: bool = False
    transit_tax: float = 0.0
    reason: str = ""
    known_to: float = 0.0
    burning: tuple[Burning, ...] = ()
    gap: float = 0.0
    tie_open: bool = False

    @property
    def total(self) -> float:
        """Return ``phi``; infinite where the coalition is not viable."""
        return float("inf") if self.parts is None else self.parts.total


@dataclass(frozen=True, slots=True)
class PartitionOutline:
    """What one partition costs, before prices say who pays it.

    Attributes
    ----------
    parts, burning, gap, tie_open
        As in :class:`PartitionCost`; it was dispatched, so that it is viable.
    """

    partition: Partition
    parts: PartitionParts
    burning: tuple[Burning, ...] = ()
    gap: float = 0.0
    tie_open: bool = False

    @property
    def total(self) -> float:
        """Return ``Phi``."""
        return self.parts.total

    @property
    def viable(self) -> bool:
        """Return True."""
        return True


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
        ``sum(phi) - Phi + unrecovered``: what the operator earns by price differences over external edges. That is
        congestion revenue, and with marginal prices of losses ``loss_surplus``.
    unrecovered
        Violations on shared elements at steps where no coalition has an imbalance; Eq 8e can't charge them.
    burning
        Which batteries charge and discharge at once in the dispatch, and burn energy so; prosumers by their number.
    gap
        By how much a cheaper dispatch without that wasn't ruled out, where one was looked for.
    tie_open
        Whether no solver was precise enough to tell which of several equally cheap dispatches has the least norm:
        ex-post costs are those of one of them.
    loss_surplus
        What marginal prices collect beyond what losses on external edges cost; it is part of the network surplus. 0 by
        the average rule, None where losses aren't priced and where every coalition is on its own.
    """

    partition: Partition
    parts: PartitionParts | None
    coalitions: tuple[CoalitionCost, ...]
    regular: tuple[CoalitionCost, ...] = ()
    network_surplus: float = 0.0
    unrecovered: float = 0.0
    burning: tuple[Burning, ...] = ()
    gap: float = 0.0
    tie_open: bool = False
    loss_surplus: float | None = None

    def __repr__(self) -> str:
        names = braces(map(str, members(mask)) for mask in self.partition)
        if self.parts is None:
            return f"<PartitionCost of players {names}: not viable>"
        parts = ", ".join(f"{name} {amount(value)}" for name, value in self.parts.as_dict().items() if round(value, 2))
        return f"<PartitionCost of players {names}: {amount(self.total)}{f' ({parts})' if parts else ''}>"

    def _repr_html_(self) -> str:
        rows: list[list[object]] = []
        for mask, cost in zip(self.partition, self.coalitions, strict=True):
            parts = [] if cost.parts is None else list(cost.parts.as_dict().values())
            players = ", ".join(map(str, members(mask)))
            rows.append([players, *([cost.total, *parts] if parts else [f"not viable: {cost.reason}"])])
        every = (list(cost.parts.as_dict()) for cost in self.coalitions if cost.parts is not None)
        headers = ("players", "pays", *max(every, key=len, default=list(CoalitionParts().as_dict())))
        return html_table(repr(self)[1:-1], headers, rows)

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
