"""``bills.json``, the bills beside a result, and what ``lempart bill --json`` writes for one partition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from lempart.bills.rules import BillRule
from lempart.formats.blocks import Blocks, Names
from lempart.formats.typed import Format, Least

FORMAT = 1


@dataclass(frozen=True, slots=True)
class BestDeviationFile:
    """The group in which a player would do best if it left and shared its gain equally.

    Attributes
    ----------
    members
        Its players.
    pays
        What the player would pay then, in currency.
    gain
        What the group's bills sum to, less what it would pay on its own; negative where leaving is a loss.
    """

    members: Names
    pays: float
    gain: float | None = None


@dataclass(frozen=True, slots=True)
class BillFile:
    """One player's bill.

    Attributes
    ----------
    player
        Its name.
    amount
        What it pays, in currency over the horizon; negative where it earns.
    parts
        What that is made of, by name (flexibility, energy, tax, trade, line, voltage, imbalance, settlement, and
        loss where losses are priced).
    alone
        What it would pay on its own; null where it can't be alone.
    best_deviation
        The best it could do with others or alone; null where no group with it can leave, or groups weren't priced.
    standard_error
        Of an amount that was sampled; null otherwise.
    transfer
        The amount less the cost of its own flexibility, which it bears at home.
    """

    player: str
    amount: float
    parts: Mapping[str, float]
    alone: float | None
    best_deviation: BestDeviationFile | None
    standard_error: float | None = None
    transfer: float | None = None


@dataclass(frozen=True, slots=True)
class WeightedGroupFile:
    """A group with its weight in a balanced collection.

    Attributes
    ----------
    members
        Its players.
    weight
        Its weight.
    """

    members: Names
    weight: float


@dataclass(frozen=True, slots=True)
class LevelFile:
    """The groups that lose the same by leaving.

    Attributes
    ----------
    gain
        What they gain by leaving, in currency; negative: what they lose.
    groups
        The groups, with weights that balance them.
    """

    gain: float
    groups: tuple[WeightedGroupFile, ...]


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """The proof that amounts are the nucleolus, by Kohlberg's criterion.

    Attributes
    ----------
    kind
        Of proof.
    holds
        Whether every level is balanced.
    unique
        Whether no other amounts have the same gains.
    levels
        Groups by their gain, largest first.
    """

    kind: Literal["kohlberg"]
    holds: bool
    unique: bool
    levels: tuple[LevelFile, ...]


@dataclass(frozen=True, slots=True)
class MarketBillsFile:
    """The bills of one market.

    Attributes
    ----------
    members
        Its players, as the case lists them.
    bills
        What each pays, in the order of the members.
    cost
        What the market pays in all, in currency; the bills sum to it.
    price_dependent
        Whether its cost depends on which of several optimal prices are taken.
    known_to
        How far off its cost may be, in currency; absent where it is exact.
    in_core
        Whether nobody would leave; null where there are too many groups to tell.
    largest_gain
        What the group that gains most by leaving gains; null where that isn't known.
    leaving
        The players of that group; null where there is none.
    note
        What is special about how the rule was applied; null where nothing is.
    certificate
        The proof of the nucleolus; null for other rules.
    """

    members: Names
    bills: Annotated[tuple[BillFile, ...], Least(1)]
    cost: float | None = None
    price_dependent: bool = False
    known_to: float = 0.0
    in_core: bool | None = None
    largest_gain: float | None = None
    leaving: tuple[str, ...] | None = None
    note: str | None = None
    certificate: CertificateFile | None = None


@dataclass(frozen=True, slots=True)
class PartitionBillsFile:
    """The bills of all markets of one partition by one rule.

    Attributes
    ----------
    rule
        How costs are shared.
    partition
        Which markets there are, as lists of players.
    markets
        The bills, in the order of ``partition``.
    format
        Of the document, which ``lempart bill --json`` writes by itself.
    case
        Name of the case.
    version
        The version of lempart that wrote it.
    case_hash
        SHA-256 of the case.
    currency
        Of all amounts.
    seed
        Of the random orders of a sampled Shapley value; null for other rules.
    deviation
        What a leaving group expects of the others: ``inertia``, ``dissolve``, ``optimistic``, ``pessimistic``, the
        name of a belief of one's own, or ``none`` without externalities.
    players
        All players, as the case lists them.
    total
        The sum of all bills.
    in_core
        Whether nobody would leave any market; null where that isn't known.
    """

    rule: BillRule
    partition: Blocks
    markets: tuple[MarketBillsFile, ...]
    format: int = FORMAT
    case: str = ""
    version: str = ""
    case_hash: str = ""
    currency: str = ""
    seed: int | None = None
    deviation: str = "none"
    players: tuple[str, ...] = ()
    total: float | None = None
    in_core: bool | None = None


@dataclass(frozen=True, slots=True)
class BillsFile:
    """The bills beside a result: of every partition whose stability was checked.

    Attributes
    ----------
    format
        Of this file.
    case_hash
        SHA-256 of the case that was solved.
    partitions
        The bills of the optimal stable partitions, then of others that were checked, cheapest first.
    result_sha256
        SHA-256 of the result that they belong to; absent before version 0.2.
    case
        Name of the case.
    version
        The version of lempart that wrote it.
    """

    format: Annotated[int, Format(FORMAT)]
    case_hash: str
    partitions: tuple[PartitionBillsFile, ...]
    result_sha256: str | None = None
    case: str = ""
    version: str = ""
