"""What a partition costs in many draws, as arrays, and each draw as a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from lempart.cost.equations.settlement import PARTITION_PARTS, PARTS, Settlement, with_losses
from lempart.cost.records import CoalitionCost, PartitionCost, coalition_parts, partition_parts
from lempart.errors import LempartError
from lempart.partition import Partition
from lempart.typing import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class SeriesCounts:
    """How the draws of a partition were dispatched.

    Attributes
    ----------
    apart
        In blocks that no limit of the grid couples.
    whole_grid
        With the limits of the grid, in a batch.
    alone
        One by one: where prices have to be chosen among several, and where limits matter too seldom for a batch.
    failed
        Not at all.
    """

    apart: int
    whole_grid: int
    alone: int
    failed: int


@dataclass(frozen=True, eq=False)
class PartitionSeriesCosts:
    """What a partition costs in every draw, under every reading of the voltage penalty.

    Amounts are in currency over the horizon, NaN in draws without a dispatch.

    Attributes
    ----------
    parts
        The parts of ``Phi`` (Eq 7), in the order of `PartitionParts`, shape ``(readings, draws, parts)``; with losses
        theirs last.
    coalitions
        The parts of every ``phi`` (Eq 8), in the order of `CoalitionParts`, losses likewise: of the players'
        coalitions, then of the regular customers; shape ``(readings, draws, coalitions, parts)``.
    transit_tax, price_dependent, known_to
        As in `CoalitionCost`, shape ``(readings, draws, coalitions)``.
    unrecovered
        As in `PartitionCost`, shape ``(readings, draws)``.
    whole_grid, alone
        Which draws were dispatched so, as `SeriesCounts` has it; shape ``(draws,)``.
    burning
        In which draws batteries burn energy, shape ``(draws,)``.
    errors
        Why a draw has no dispatch: an :class:`InfeasibleError` or a :class:`SolverError`; None where it has one.
    loss_surplus
        As in `PartitionCost`, shape ``(readings, draws)``; None where losses aren't priced.
    """

    partition: Partition
    parts: FloatArray
    coalitions: FloatArray
    transit_tax: FloatArray
    price_dependent: BoolArray
    known_to: FloatArray
    unrecovered: FloatArray
    whole_grid: BoolArray
    alone: BoolArray
    burning: BoolArray
    errors: tuple[LempartError | None, ...]
    loss_surplus: FloatArray | None = None

    @classmethod
    def empty(cls, partition: Partition, readings: int, coalitions: int, draws: int, *, losses: bool = False) -> Self:
        """Return costs in which nothing is known yet; ``losses`` says whether they are priced."""
        of_all, of_each = (len(with_losses(names, losses)) for names in (PARTITION_PARTS, PARTS))
        return cls(
            partition=partition,
            parts=np.full((readings, draws, of_all), np.nan),
            coalitions=np.full((readings, draws, coalitions, of_each), np.nan),
            transit_tax=np.full((readings, draws, coalitions), np.nan),
            price_dependent=np.zeros((readings, draws, coalitions), dtype=bool),
            known_to=np.zeros((readings, draws, coalitions)),
            unrecovered=np.full((readings, draws), np.nan),
            whole_grid=np.zeros(draws, dtype=bool),
            alone=np.zeros(draws, dtype=bool),
            burning=np.zeros(draws, dtype=bool),
            errors=(None,) * draws,
            loss_surplus=np.full((readings, draws), np.nan) if losses else None,
        )

    @property
    def totals(self) -> FloatArray:
        """Return ``Phi``, shape ``(readings, draws)``."""
        total: FloatArray = self.parts.sum(axis=-1)
        return total

    @property
    def coalition_totals(self) -> FloatArray:
        """Return ``phi`` of the players' coalitions, shape ``(readings, draws, coalitions)``."""
        total: FloatArray = self.coalitions[:, :, : len(self.partition)].sum(axis=-1)
        return total

    @property
    def network_surplus(self) -> FloatArray:
        """Return ``sum(phi) - Phi + unrecovered``, as in `PartitionCost`, shape ``(readings, draws)``."""
        paid = self.coalitions.sum(axis=-1).sum(axis=-1)
        surplus: FloatArray = paid - self.totals + self.unrecovered
        return surplus

    @property
    def counts(self) -> SeriesCounts:
        """Return how many draws were dispatched in which way."""
        failed = sum(error is not None for error in self.errors)
        grid, alone = int(self.whole_grid.sum()), int(self.alone.sum())
        return SeriesCounts(len(self.errors) - grid - alone - failed, grid, alone, failed)

    def draw(self, draw: int, reading: int = 0) -> PartitionCost:
        """Return the costs of one draw, as of a case of its own; raises its error where it has one."""
        error = self.errors[draw]
        if error is not None:
            raise error
        at = reading, draw
        columns = (self.coalitions[at], self.price_dependent[at], self.transit_tax[at], self.known_to[at])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        costs = tuple(
            CoalitionCost(coalition_parts(row), dependent, transit, known_to=known_to)
            for row, dependent, transit, known_to in rows
        )
        players = len(self.partition)
        return PartitionCost(
            partition=self.partition,
            parts=partition_parts(self.parts[at].tolist()),
            coalitions=costs[:players],
            regular=costs[players:],
            network_surplus=float(self.network_surplus[at]),
            unrecovered=float(self.unrecovered[at]),
            loss_surplus=None if self.loss_surplus is None else float(self.loss_surplus[at]),
        )

    def take(self, reading: int, draws: IntArray, settlement: Settlement) -> None:
        """Take over what some draws cost under one reading."""
        self.parts[reading, draws] = settlement.parts
        self.coalitions[reading, draws] = settlement.coalitions
        self.transit_tax[reading, draws] = settlement.own.transit_tax
        self.price_dependent[reading, draws] = settlement.own.price_dependent > 0.0
        self.known_to[reading, draws] = settlement.own.known_to
        self.unrecovered[reading, draws] = settlement.unrecovered
        if self.loss_surplus is not None and settlement.losses is not None:
            self.loss_surplus[reading, draws] = settlement.losses.collected_beyond

    def take_one(self, reading: int, draw: int, cost: PartitionCost) -> None:
        """Take over what one draw costs under one reading."""
        assert cost.parts is not None
        at = reading, draw
        self.parts[at] = list(cost.parts.as_dict().values())
        for place, own in enumerate((*cost.coalitions, *cost.regular)):
            assert own.parts is not None
            self.coalitions[(*at, place)] = list(own.parts.as_dict().values())
            self.transit_tax[(*at, place)] = own.transit_tax
            self.price_dependent[(*at, place)] = own.price_dependent
            self.known_to[(*at, place)] = own.known_to
        self.unrecovered[at] = cost.unrecovered
        if self.loss_surplus is not None:
            self.loss_surplus[at] = cost.loss_surplus
        self.burning[draw] |= bool(cost.burning)
