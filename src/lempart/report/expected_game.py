"""The game of expected costs at one point of a study: what a market costs on average, how to share it, who would leave.

A commitment for all days is judged by mean costs. The markets' mean costs, and those of the groups that may leave, are
in the study's statistics; bills are the nucleolus of that game, which lies in the core where there is one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TypeAlias

from lempart.cost import PreparedCase
from lempart.display import braces
from lempart.errors import UsageError
from lempart.formats.statistics import CoalitionStatisticsFile
from lempart.game import (
    DeviationModel,
    Inertia,
    NoExternalities,
    TableGame,
    TablePartitionGame,
    core_membership,
    core_verdict,
    excesses,
    nucleolus,
    priced_rows,
)
from lempart.partition import Partition, members
from lempart.result.evaluated_bills import MAX_GROUPS

TOLERANCE = 1e-6

Amount: TypeAlias = tuple[float, float | None]
"""A mean cost, infinite where it isn't known or not viable, and its standard error."""


@dataclass(frozen=True, slots=True)
class Gain:
    """A group that would be better off on its own for good.

    Attributes
    ----------
    asked, alone
        What its members' bills add up to, and what it would cost on its own, both on average and in currency.
    """

    asked: float
    alone: float


@dataclass(frozen=True, slots=True)
class ExpectedMarket:
    """A market in the game of expected costs.

    Attributes
    ----------
    pays
        Each member's bill by the nucleolus, in the order of the members; None where it can't be computed.
    alone
        What each member would cost on its own; None where it can't leave.
    shortfall
        By how much bills that nobody leaves fall short of the cost; None where that isn't known.
    gains
        Who would leave all the same, by the group's players, largest gain first.
    """

    cost: Amount
    pays: tuple[float, ...] | None = None
    alone: tuple[float | None, ...] = ()
    stable: bool | None = None
    shortfall: float | None = None
    gains: Mapping[int, Gain] | None = None


@dataclass(frozen=True, eq=False)
class ExpectedGame:
    """The game of mean coalition costs.

    Attributes
    ----------
    costs
        By the coalition's players and, with externalities, by partition (None without).
    """

    prepared: PreparedCase
    costs: Mapping[tuple[int, Partition | None], Amount]

    @classmethod
    def of(
        cls, prepared: PreparedCase, partitions: Sequence[Partition], told: Sequence[CoalitionStatisticsFile] | None
    ) -> ExpectedGame:
        """Return the game that a study's statistics tell; without any costs where the study keeps none."""
        kept = {
            entry.coalition: (math.inf if entry.mean is None else entry.mean, entry.standard_error)
            for entry in told or ()
        }
        names = {key: name for key, name in _labels(prepared, partitions) if name in kept}
        return cls(prepared, {key: kept[name] for key, name in names.items()})

    @cached_property
    def deviation(self) -> DeviationModel:
        """Return what a group that leaves may expect of the others."""
        if not self.prepared.case.market.externalities:
            return NoExternalities(TableGame({mask: amount for (mask, _), (amount, _) in self.costs.items()}))
        rows: dict[Partition, dict[int, float]] = {}
        for (mask, whole), (amount, _) in self.costs.items():
            assert whole is not None
            rows.setdefault(whole, {})[mask] = amount
        return Inertia(TablePartitionGame(rows), self.prepared.family)

    @cached_property
    def _known(self) -> dict[tuple[int, Partition | None], ExpectedMarket | None]:
        return {}

    def market(self, whole: Partition, mask: int) -> ExpectedMarket | None:
        """Return a market of a partition; None where the study doesn't keep its cost."""
        key = (mask, whole if self.prepared.case.market.externalities else None)
        if key not in self._known:
            self._known[key] = self._market(whole, mask) if key in self.costs else None
        return self._known[key]

    def _market(self, whole: Partition, mask: int) -> ExpectedMarket:
        external = self.prepared.case.market.externalities
        cost = self.costs[mask, whole if external else None]
        family, turnover = self.prepared.family, self.prepared.turnover(mask)
        if cost[0] == math.inf or any(True for _ in islice(family.subcoalitions(mask), MAX_GROUPS + 1, None)):
            return ExpectedMarket(cost)
        try:
            rows = priced_rows(lambda group: self.deviation.worth(group, mask, whole), mask, family, turnover=turnover)
        except UsageError:  # the study doesn't cost a partition that leaving would make
            return ExpectedMarket(cost)
        assert rows is not None
        bills = nucleolus(rows).allocation
        worth = dict(zip(rows.masks, rows.costs.tolist(), strict=True))
        held = core_membership(rows, bills, tolerance=TOLERANCE).in_core
        gains = excesses(rows, bills)
        leaving = [row for row in rows.largest_first(gains) if not held and gains[row] > TOLERANCE * rows.unit]
        return ExpectedMarket(
            cost=cost,
            pays=tuple(bills[player] for player in members(mask)),
            alone=tuple(worth.get(1 << player) for player in members(mask)),
            stable=held,
            shortfall=0.0
            if held
            else core_verdict(lambda m: worth.get(m, math.inf), mask, family, turnover=turnover).shortfall,
            gains={m: Gain(worth[m] + by, worth[m]) for m, by in ((rows.masks[r], float(gains[r])) for r in leaving)},
        )


def _labels(prepared: PreparedCase, partitions: Sequence[Partition]) -> list[tuple[tuple[int, Partition | None], str]]:
    """Return the coalitions of a study, by players and partition, with the labels that its statistics give them."""

    def label(mask: int) -> str:
        return braces([prepared.names(mask)])

    if prepared.case.market.externalities:
        return [
            ((mask, whole), f"{label(mask)} in {' '.join(map(label, whole))}") for whole in partitions for mask in whole
        ]
    groups = {sub for whole in partitions for mask in whole for sub in prepared.family.subcoalitions(mask)}
    return [((mask, None), label(mask)) for mask in sorted(groups)]
