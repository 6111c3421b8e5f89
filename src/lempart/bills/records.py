"""Bills: what every player of every market pays, by a rule, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from lempart._version import __version__
from lempart.bills.market import BillOptions
from lempart.bills.rules import BillRule
from lempart.display import braces, html_table, money
from lempart.game import CoreMembership, KohlbergCertificate
from lempart.optional import needed
from lempart.partition import Partition

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class BillParts:
    """The parts of one bill, in currency over the horizon; positive is paid, negative earned.

    All but the last are what the player causes (see ``CausedParts``), and sum over a market to the parts of its cost.

    Attributes
    ----------
    flexibility
        What its own flexibility costs; borne at home.
    energy
        Its net injection at the nodal price of the market's boundary.
    tax
        Its share of the tax on what the market exchanges.
    trade
        Trade inside the market, at what nodal prices at home differ from boundary price and tax.
    line, voltage
        Its share of violations inside the market.
    imbalance
        Its share of balancing, and of violations common to all.
    settlement
        What the rule adds: the bill less all other parts. Sums to 0 over a market.
    loss
        Its share of what losses cost its market; None where they aren't priced.
    """

    flexibility: float
    energy: float
    tax: float
    trade: float
    line: float
    voltage: float
    imbalance: float
    settlement: float
    loss: float | None = None

    @property
    def total(self) -> float:
        """Return the bill."""
        return math.fsum(self.as_dict().values())

    def as_dict(self) -> dict[str, float]:
        """Return the parts by name, in order; without losses where they aren't priced."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in parts.items() if value is not None}


@dataclass(frozen=True, slots=True)
class BestDeviation:
    """The group in which a player would do best if the group left and shared its gain equally.

    Attributes
    ----------
    group
        Its players as a mask.
    gain
        What the group's bills sum to, less what it would pay on its own; negative where leaving is a loss.
    pays
        What the player would pay then.
    """

    group: int
    gain: float
    pays: float


@dataclass(frozen=True, slots=True)
class Bill:
    """One player's bill; ``amount`` is what it pays, negative where it earns.

    Attributes
    ----------
    alone
        What it would pay on its own; ``inf`` where it can't be alone.
    best
        The best it could do with others or alone; None where no group with it can leave, or groups weren't priced.
    standard_error
        Of an amount that was sampled.
    """

    player: str
    amount: float
    parts: BillParts
    alone: float
    best: BestDeviation | None
    standard_error: float | None = None

    @property
    def transfer(self) -> float:
        """Return what it pays to the market: the bill less the cost of its own flexibility, which it bears at home."""
        return self.amount - self.parts.flexibility


@dataclass(frozen=True, slots=True)
class MarketBills:
    """The bills of one market.

    Attributes
    ----------
    coalition
        Its players as a mask.
    cost
        What it pays in all, ``phi``; the bills sum to it.
    standing
        Whether the bills lie in the core, by what margin, and who decides; None where there are too many groups.
    note
        What is special about how the rule was applied; empty where nothing is.
    certificate
        Kohlberg's criterion, for the nucleolus.
    price_dependent, known_to
        As in `CoalitionCost`, of the market's cost.
    """

    coalition: int
    members: tuple[str, ...]
    cost: float
    bills: tuple[Bill, ...]
    standing: CoreMembership | None
    note: str = ""
    certificate: KohlbergCertificate | None = None
    price_dependent: bool = False
    known_to: float = 0.0


@dataclass(frozen=True, eq=False)
class Bills:
    """The bills of all markets of a partition by one rule; iterating gives every player's bill.

    Attributes
    ----------
    players
        All players' names, as the case lists them.
    deviation
        What a leaving group expects of the others; ``"none"`` without externalities.
    """

    case: str
    case_hash: str
    currency: str
    rule: BillRule
    options: BillOptions
    deviation: str
    players: tuple[str, ...]
    partition: Partition
    markets: tuple[MarketBills, ...]
    version: str = __version__

    def __iter__(self) -> Iterator[Bill]:
        return (bill for market in self.markets for bill in market.bills)

    def __getitem__(self, player: str) -> Bill:
        """Return a player's bill; ``KeyError`` where there is no such player."""
        for bill in self:
            if bill.player == player:
                return bill
        raise KeyError(player)

    @property
    def in_core(self) -> bool | None:
        """Return whether nobody would leave any market; None where that wasn't found out."""
        known = [market.standing.in_core for market in self.markets if market.standing is not None]
        if not all(known):
            return False
        return True if len(known) == len(self.markets) else None

    @property
    def total(self) -> float:
        """Return the sum of all bills."""
        return math.fsum(bill.amount for bill in self)

    def names(self, mask: int) -> tuple[str, ...]:
        """Return the names of a group's players, as the case lists them."""
        return tuple(name for index, name in enumerate(self.players) if mask >> index & 1)

    def __repr__(self) -> str:
        core = {True: "in the core", False: "not in the core", None: "core not checked"}[self.in_core]
        many = f"{len(self.players)} bills in {len(self.markets)} market" + ("s" if len(self.markets) > 1 else "")
        return f"<Bills of {self.case!r} by {self.rule}: {many}, {money(self.total, self.currency)}, {core}>"

    def records(self) -> list[dict[str, Any]]:
        """Return one flat record per player, in the order of the markets: the rows of a CSV file or a data frame."""
        return [self._record(market, bill) for market in self.markets for bill in market.bills]

    def _record(self, market: MarketBills, bill: Bill) -> dict[str, Any]:
        best = bill.best
        return {
            "market": ",".join(market.members),
            "player": bill.player,
            "amount": bill.amount,
            "standard_error": bill.standard_error,
            **bill.parts.as_dict(),
            "transfer": bill.transfer,
            "alone": bill.alone if math.isfinite(bill.alone) else None,
            "best_deviation": None if best is None else ",".join(self.names(best.group)),
            "best_deviation_gain": None if best is None else best.gain,
            "best_deviation_pays": None if best is None else best.pays,
            "in_core": None if market.standing is None else market.standing.in_core,
            "currency": self.currency,
            "rule": self.rule,
        }

    def _repr_html_(self) -> str:
        """Return what each player pays, its parts, and what it would pay alone and elsewhere."""
        rows = []
        for market in self.markets:
            for bill in market.bills:
                alone = bill.alone if math.isfinite(bill.alone) else "not viable"
                elsewhere = None if bill.best is None else bill.best.pays
                rows.append(
                    [
                        braces([market.members]),
                        bill.player,
                        bill.amount,
                        *bill.parts.as_dict().values(),
                        alone,
                        elsewhere,
                    ]
                )
        parts = dict.fromkeys(name for market in self.markets for bill in market.bills for name in bill.parts.as_dict())
        headers = ("market", "player", "pays", *parts, "alone", "best elsewhere")
        return html_table(repr(self)[1:-1], headers, rows, left=2)

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame with one row per player; ``InputError`` where pandas isn't installed."""
        frame: pd.DataFrame = needed("pandas", "notebook", "to_frame").DataFrame(self.records()).set_index("player")
        frame.attrs |= {"case": self.case, "currency": self.currency, "rule": self.rule}
        return frame
