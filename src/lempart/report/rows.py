"""What a report shows, as plain rows: built here, tested here, and only shown by the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Blocks: TypeAlias = tuple[tuple[int, ...], ...]
"""A partition: the players of each market, by number; markets in the order of their first player."""


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node of the feeder and the edge to its parent.

    Attributes
    ----------
    parent
        Number of the parent; -1 for the PCC.
    player
        The player whose prosumer sits here; None at buses and at regular customers.
    prosumer
        The prosumer's name; None at buses.
    x, row
        Place in the drawing: pixels to the right of the PCC, rows from above.
    """

    name: str
    parent: int
    player: int | None
    prosumer: str | None
    x: float
    row: int


@dataclass(frozen=True, slots=True)
class LeaverRow:
    """A group that would leave its market.

    Attributes
    ----------
    gain
        How much cheaper it is off, in currency; in a study on average, None for a group that gains on some days only.
    share
        In what share of a study's draws it would leave; None in a result.
    asked, alone
        What it pays under the least-core bill (in a study: its bills by the nucleolus), and what after leaving; None
        where that partition wasn't evaluated.
    after
        The partition that its leaving makes; None where the deviation model doesn't say.
    """

    members: tuple[int, ...]
    gain: float | None = None
    share: float | None = None
    asked: float | None = None
    alone: float | None = None
    after: Blocks | None = None


@dataclass(frozen=True, slots=True)
class BillRow:
    """What one member pays, in currency.

    Attributes
    ----------
    parts
        What it is made of, in the order of the page's ``bill_parts``; empty where only the amount is known.
    alone
        What the member would pay on its own; None where it can't be alone or that isn't known.
    best
        The group with which it would do best if that left; ``best_pays`` is what it would pay then.
    """

    player: int
    pays: float
    parts: tuple[float, ...]
    alone: float | None = None
    best: tuple[int, ...] | None = None
    best_pays: float | None = None


@dataclass(frozen=True, slots=True)
class MarketRow:
    """One market (coalition) of a partition.

    Attributes
    ----------
    cost
        Its cost in currency; in a study the mean; None where it isn't viable or not kept.
    shortfall
        By how much every bill that nobody leaves falls short of the cost, at least; None where it wasn't checked.
    bills
        What each member pays, in the order of the members; None where no bills are known.
    rule
        How the cost is shared: ``"nucleolus"``, or ``"core"`` for one of the bills that nobody leaves.
    error
        Half width of the 95 % interval of its mean cost; None in a result.
    """

    members: tuple[int, ...]
    cost: float | None
    stable: bool | None
    shortfall: float | None
    bills: tuple[BillRow, ...] | None
    rule: str
    leavers: tuple[LeaverRow, ...]
    price_dependent: bool = False
    reason: str = ""
    error: float | None = None


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """One evaluated partition.

    Attributes
    ----------
    total
        Network cost in currency; in a study the mean; None where it isn't viable.
    error
        Half width of the 95 % interval of the mean; None in a result.
    dearer, dearer_error
        Paired difference to the partition of least mean cost, and the half width of its 95 % interval.
    stable
        Whether nobody would leave (in a study: in the game of expected costs); None where it wasn't checked.
    shares
        Of a study's draws: ``optimal``, ``stable``, ``optimal_stable``, ``viable``; None in a result. Of a search's
        draws: those that the partition won as ``optimal`` and as ``optimal_stable``.
    intervals
        The 95 % intervals of a search's shares; None in all others.
    """

    blocks: Blocks
    total: float | None
    stable: bool | None
    parts: Mapping[str, float | None] | None
    markets: tuple[MarketRow, ...]
    surplus: float | None = None
    error: float | None = None
    dearer: float | None = None
    dearer_error: float | None = None
    shares: Mapping[str, float] | None = None
    intervals: Mapping[str, tuple[float | None, ...]] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WonRow:
    """What the draws of a search say beside who won them: means over draws, each with its own winner.

    Attributes
    ----------
    total, error
        Mean network cost of the winners in currency, and half the width of its 95 % interval; None where some draw has
        no winner.
    none
        The share of draws without a winner.
    tied
        The share of draws in which another partition costs the same.
    """

    total: float | None
    error: float | None
    parts: Mapping[str, float | None]
    none: float
    tied: float


@dataclass(frozen=True, slots=True)
class SearchRow:
    """A search's draws at one point.

    Attributes
    ----------
    optimal, optimal_stable
        What the winners cost.
    price, price_error
        What stability costs, draw by draw: mean in currency and half the width of its 95 % interval; None where some
        draw has no stable partition.
    proven
        The share of draws whose winners are proven.
    """

    optimal: WonRow
    optimal_stable: WonRow
    price: float | None
    price_error: float | None
    proven: float


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything evaluated under the same circumstances: a result has one scene, a study one for each point.

    Attributes
    ----------
    optimal, optimal_stable
        Indices into ``partitions``; ties included. Of a search those that won most draws.
    answer
        Two sentences.
    search
        Of a search's draws, each with its own winner; None in all others, whose partitions are costed in every draw.
    """

    partitions: tuple[PartitionRow, ...]
    optimal: tuple[int, ...]
    optimal_stable: tuple[int, ...]
    answer: tuple[str, ...]
    why: tuple[str, ...]
    draws: int | None = None
    search: SearchRow | None = None


@dataclass(frozen=True, slots=True)
class AxisRow:
    """What a slider moves over: scenes are the combinations of all axes' values, the last fastest."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart.

    Attributes
    ----------
    description
        Its text alternative.
    spec
        Its Vega-Lite specification with its data, without a theme.
    scene
        The scene it belongs to; None: to all.
    """

    description: str
    spec: Mapping[str, Any]
    scene: int | None = None


@dataclass(frozen=True, slots=True)
class LineLossRow:
    """What a line loses under the answer and without markets, in MWh and in currency; None where that isn't known."""

    line: str
    mwh: float | None
    cost: float | None
    without_mwh: float | None = None
    without_cost: float | None = None


@dataclass(frozen=True, slots=True)
class LossesRow:
    """What lines lose under the answer.

    Attributes
    ----------
    told
        In sentences.
    lines
        Line by line from the PCC outward, and last all together.
    """

    told: tuple[str, ...]
    lines: tuple[LineLossRow, ...]


@dataclass(frozen=True, slots=True)
class FiguresRow:
    """Key figures under the answer, as texts: headers, and a line for each market and for each home."""

    headers: tuple[str, ...]
    markets: tuple[tuple[str, ...], ...]
    homes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole report.

    Attributes
    ----------
    kind
        A ``"result"``; a ``"study"`` that costs the same partitions in every draw; a ``"search"`` of every draw.
    deviation
        What a group that leaves expects of the others.
    single_boundary
        Whether only markets with exactly one boundary node are admissible.
    evaluated, partition_count
        How many partitions were evaluated, and how many there are; None where that isn't known.
    facts
        Where the numbers come from: label and value.
    notes
        What a reader has to know beside it.
    bill_parts
        Names of the parts of a bill.
    losses
        What lines lose under the answer of a result; None where losses aren't priced.
    figures
        Key figures of the answer of a result; None where there are none.
    """

    kind: Literal["result", "study", "search"]
    title: str
    currency: str
    players: tuple[str, ...]
    nodes: tuple[NodeRow, ...]
    single_boundary: bool
    deviation: str
    axes: tuple[AxisRow, ...]
    scenes: tuple[Scene, ...]
    evaluated: int
    partition_count: int | None
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    bill_parts: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    losses: LossesRow | None = None
    figures: FiguresRow | None = None
