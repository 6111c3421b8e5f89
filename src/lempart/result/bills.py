"""Bills: what every player of every market pays, by a rule, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from lempart._version import __version__
from lempart.case import case_hash
from lempart.conic import SolverSettings
from lempart.cost import Costs
from lempart.errors import InfeasibleError, UsageError
from lempart.game import CoreRows, DeviationModel, KohlbergCertificate, Standing, gains_of, standing
from lempart.partition import Partition
from lempart.result.bills_parts import caused_parts
from lempart.result.bills_rules import BILL_RULES, BillOptions, BillRule, Market, Shares, shares
from lempart.search import Progress, silent

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
    """

    flexibility: float
    energy: float
    tax: float
    trade: float
    line: float
    voltage: float
    imbalance: float
    settlement: float

    @property
    def total(self) -> float:
        """Return the bill."""
        return math.fsum(astuple(self))

    def as_dict(self) -> dict[str, float]:
        """Return the parts by name, in order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


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
    """One player's bill.

    Attributes
    ----------
    amount
        What it pays; negative where it earns.
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
    """

    coalition: int
    members: tuple[str, ...]
    cost: float
    bills: tuple[Bill, ...]
    standing: Standing | None
    note: str = ""
    certificate: KohlbergCertificate | None = None
    price_dependent: bool = False


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
        return f"<Bills of {self.case!r} by {self.rule}: {many}, {self.total:,.2f} {self.currency}, {core}>"

    def _repr_html_(self) -> str:
        from lempart.result.notebook import bills_html

        return bills_html(self)

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame with one row per player; ``InputError`` where pandas isn't installed."""
        from lempart.result.frames import bills_frame

        return bills_frame(self)


def make_bills(
    costs: Costs,
    partition: Partition,
    deviation: DeviationModel,
    *,
    deviation_name: str,
    rule: BillRule = "nucleolus",
    options: BillOptions | None = None,
    settings: SolverSettings | None = None,
    progress: Progress = silent,
) -> Bills:
    """Share the cost of every market of a partition by a rule, and explain every bill.

    Parameters
    ----------
    costs
        The case's costs.
    partition
        Which markets there are.
    deviation, deviation_name
        What a leaving group expects to pay, and how that is called in the result.
    rule, options
        How costs are shared (see ``BillRule``).

    Raises
    ------
    UsageError
        No such rule, the partition isn't admissible, or a market is too large for the rule.
    InfeasibleError
        The partition isn't viable, or the Shapley value doesn't exist.
    """
    if rule not in BILL_RULES:
        raise UsageError(f"no such rule: {rule!r}. Rules are: {', '.join(BILL_RULES)}")
    setting, options = costs.setting, options or BillOptions()
    setting.family.require(partition, players=setting.player_names, nodes=setting.grid.names)
    found = costs.partition(partition)
    if not found.viable:
        raise InfeasibleError(f"there are no bills, the partition is not viable: {found.reason}")
    caused = caused_parts(costs, partition, settings)
    markets = []
    for mask, cost in zip(partition, found.coalitions, strict=True):
        market = Market(mask, partition, setting.family, deviation, caused[mask], cost.total, options, progress)
        rows = market.rows()
        markets.append(_billed(market, rows, shares(rule, market, rows), setting.player_names, cost.price_dependent))
    return Bills(
        case=setting.case.name,
        case_hash=case_hash(setting.case),
        currency=setting.case.market.currency,
        rule=rule,
        options=options,
        deviation=deviation_name,
        players=setting.player_names,
        partition=partition,
        markets=tuple(markets),
    )


def _billed(
    market: Market, rows: CoreRows | None, shared: Shares, names: tuple[str, ...], price_dependent: bool
) -> MarketBills:
    best = {} if rows is None else _best_deviations(rows, shared)
    bills = []
    for place, player in enumerate(market.players):
        caused = {field.name: float(getattr(market.caused, field.name)[place]) for field in fields(BillParts)[:-1]}
        amount = float(shared.amounts[player])
        parts = BillParts(**caused, settlement=amount - math.fsum(caused.values()))
        error = None if shared.standard_errors is None else shared.standard_errors[player]
        bills.append(Bill(names[player], amount, parts, market.worth(1 << player), best.get(player), error))
    return MarketBills(
        coalition=market.coalition,
        members=tuple(names[player] for player in market.players),
        cost=market.cost,
        bills=tuple(bills),
        standing=None if rows is None else standing(rows, shared.amounts),
        note=shared.note,
        certificate=shared.certificate,
        price_dependent=price_dependent,
    )


def _best_deviations(rows: CoreRows, shared: Shares) -> dict[int, BestDeviation]:
    """Return each player's best group: most gain per member; of equals the smallest, then the first listed."""
    gains = gains_of(rows, shared.amounts)
    each = [round(float(gain) / mask.bit_count() / rows.unit, 9) for gain, mask in zip(gains, rows.masks, strict=False)]
    order = sorted(range(len(gains)), key=lambda row: (-each[row], rows.masks[row].bit_count(), rows.masks[row]))
    best: dict[int, BestDeviation] = {}
    for player in rows.payers:
        row = next((row for row in order if rows.masks[row] >> player & 1), None)
        if row is not None:
            mask, gain = rows.masks[row], float(gains[row])
            best[player] = BestDeviation(mask, gain, shared.amounts[player] - gain / mask.bit_count())
    return best
