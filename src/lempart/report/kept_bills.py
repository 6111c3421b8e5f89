"""The bills beside a result, by market; where none were kept, the allocation in the core that the result has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lempart.formats.bills import BillFile, BillsFile, MarketBillsFile
from lempart.formats.result import CoalitionFile
from lempart.partition import Partition, mask_of
from lempart.report.rows import BillRow


@dataclass(frozen=True, eq=False)
class KeptBills:
    """Bills by partition and market, as ``lempart solve --out`` keeps them.

    Attributes
    ----------
    number
        Each player's number.
    kept
        The rule and the bills of a market, by partition and the market's players.
    """

    number: Mapping[str, int]
    kept: Mapping[tuple[Partition, int], tuple[str, MarketBillsFile]]

    @classmethod
    def of_file(cls, told: BillsFile | None, players: tuple[str, ...]) -> KeptBills:
        """Return the bills that a result's folder keeps; none where it has none."""
        number = {name: index for index, name in enumerate(players)}

        def mask(names: Sequence[str]) -> int:
            return mask_of(number[name] for name in names)

        kept = {}
        for one in () if told is None else told.partitions:
            partition = Partition.of(map(mask, one.partition))
            for market in one.markets:
                kept[partition, mask(market.members)] = (one.rule, market)
        return cls(number, kept)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Return the names of a bill's parts; none without bills."""
        return next((tuple(market.bills[0].parts) for _, market in self.kept.values()), ())

    def of(self, whole: Partition, market: int, own: CoalitionFile) -> tuple[str, tuple[BillRow, ...] | None]:
        """Return the rule and the bills of a market whose entry in the result is ``own``."""
        found = self.kept.get((whole, market))
        if found is not None:
            rule, told = found
            return rule, tuple(self._row(bill) for bill in told.bills)
        allocation = own.allocation
        if allocation is None or set(allocation) != set(own.members):  # over edges it is nobody's bill
            return "", None
        return "core", tuple(BillRow(self.number[name], allocation[name], ()) for name in own.members)

    def _row(self, bill: BillFile) -> BillRow:
        best = bill.best_deviation
        return BillRow(
            player=self.number[bill.player],
            pays=bill.amount,
            parts=tuple(bill.parts[name] for name in self.parts),
            alone=bill.alone,
            best=None if best is None else tuple(self.number[name] for name in best.members),
            best_pays=None if best is None else best.pays,
        )
