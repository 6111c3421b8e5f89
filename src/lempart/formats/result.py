"""``result.json``, the result of ``lempart solve``: search, partitions with their costs, and stability with proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from lempart.formats.blocks import Blocks, Names
from lempart.formats.key_figures import KeyFiguresFile
from lempart.formats.typed import Format, Least

FORMAT = 1

PartitionKey: TypeAlias = frozenset[frozenset[str]]


def partition_key(blocks: Sequence[Sequence[str]]) -> PartitionKey:
    """Return what two lists of coalitions share that are the same partition, in whatever order they name it."""
    return frozenset(map(frozenset, blocks))


@dataclass(frozen=True, slots=True)
class PartsFile:
    """The parts of a partition's cost ``Phi``, in currency over the horizon.

    Attributes
    ----------
    flexibility
        What using flexibility costs.
    import_
        What the neighbourhood pays for energy from the grid above; negative where it sells.
    tax
        The tax on what coalitions exchange.
    line, voltage
        What overloaded lines and voltages outside their band cost.
    imbalance
        What balancing forecast errors costs.
    loss
        What losses of the grid cost; absent where they aren't priced.
    """

    flexibility: float
    import_: float
    tax: float
    line: float
    voltage: float
    imbalance: float
    loss: float = 0.0


@dataclass(frozen=True, slots=True)
class BlockFile:
    """A group that would be better off on its own.

    Attributes
    ----------
    members
        Its players.
    gain
        How much less it pays then, under the allocation of the least core, in currency.
    """

    members: Names
    gain: float


@dataclass(frozen=True, slots=True)
class BalancedFile:
    """A group of the balanced collection that proves a core empty: over the collection each player's weights sum to 1.

    Attributes
    ----------
    members
        Its players.
    weight
        Its weight.
    cost
        What it expects to pay on its own, in currency; the weighted sum is less than the coalition's cost.
    """

    members: Names
    weight: float
    cost: float


@dataclass(frozen=True, slots=True)
class CoreGapFile:
    """What is proven of a core whose check was stopped early.

    Attributes
    ----------
    highest
        More than this can't be collected, in currency; null where nothing is known.
    lowest
        What surely can be collected, in currency; null where nothing is known.
    allocation
        Amounts that collect the lowest, by player (or edge); null where they aren't known.
    stopped
        Why it was stopped.
    """

    highest: float | None
    lowest: float | None = None
    allocation: Mapping[str, float] | None = None
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class CoalitionFile:
    """One coalition of a partition: its cost, and where it was checked, its core.

    Attributes
    ----------
    members
        Its players, as the case lists them.
    cost
        ``phi``, in currency; null where it isn't viable, or nobody needed to know it (its partition is viable then).
    price_dependent
        Whether its cost depends on which of several optimal prices are taken.
    core_value
        ``Y``, the most that can be collected so that no group would leave; null where it wasn't checked or isn't known.
    stable
        Whether its core holds an allocation; null where that wasn't checked.
    allocation
        An allocation in the core, by player or, where the search shares over edges, by node; null without one.
    blocking
        Who would leave, largest gain first; empty for a stable one.
    balanced
        The balanced collection that proves an empty core.
    costs
        The parts of its cost by name (flexibility, energy, tax, line, voltage, imbalance, and loss where losses are
        priced); null where its cost is.
    core_gap
        What is proven of a check that was stopped; absent otherwise.
    margin
        What every group would lose by leaving, at least; negative where one gains; null where that isn't known.
    transit_tax
        The part of its tax that is on power carried through it for others.
    reason
        Why it isn't viable; absent where it is.
    known_to
        How far off its cost may be, in currency; absent where it is exact.
    """

    members: Names
    cost: float | None
    price_dependent: bool
    core_value: float | None
    stable: bool | None
    allocation: Mapping[str, float] | None
    blocking: tuple[BlockFile, ...]
    balanced: tuple[BalancedFile, ...]
    costs: Mapping[str, float] | None
    core_gap: CoreGapFile | None = None
    margin: float | None = None
    transit_tax: float = 0.0
    reason: str = ""
    known_to: float = 0.0


@dataclass(frozen=True, slots=True)
class BurningStorageFile:
    """A storage device that charges and discharges at once.

    Attributes
    ----------
    prosumer
        Whose it is.
    steps
        When, counted from 1.
    kind
        Of the device.
    energy_mwh
        How much energy it burns.
    """

    prosumer: str
    steps: Annotated[tuple[int, ...], Least(1)]
    kind: str = "battery"
    energy_mwh: float | None = None


@dataclass(frozen=True, slots=True)
class WithoutBurningFile:
    """What a partition costs where no storage burns energy.

    Attributes
    ----------
    total
        The cost, in currency; null where it isn't known.
    lowers_total_by
        By how much burning makes the partition cheaper; null where that isn't known.
    exact
        Whether no cheaper dispatch without burning can exist.
    reason
        Why nothing is known; null otherwise.
    """

    total: float | None
    lowers_total_by: float | None
    exact: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class BurningFile:
    """Which storage burns energy in a partition's dispatch.

    Attributes
    ----------
    energy_mwh
        How much is burnt in all.
    storage
        Which devices burn it.
    without
        What the partition costs where none does; null where that wasn't looked for.
    """

    energy_mwh: float
    storage: Annotated[tuple[BurningStorageFile, ...], Least(1)]
    without: WithoutBurningFile | None


@dataclass(frozen=True, slots=True)
class PartitionFile:
    """One evaluated partition.

    Attributes
    ----------
    partition
        Its coalitions as lists of players.
    total
        ``Phi``, in currency; null where it isn't viable.
    viable
        Whether every coalition can be dispatched.
    stable
        Whether every coalition's core holds an allocation; null where that wasn't checked.
    network_surplus
        What the operator takes in beyond the costs: price differences over edges outside all coalitions, in currency;
        null where nobody needed to know what coalitions pay.
    costs
        The parts of the cost; null where it isn't viable.
    coalitions
        Its coalitions, in the order of ``partition``.
    unrecovered
        Violations on shared elements that nobody can be charged with, in currency.
    internal_violations, common_violations
        What violations inside coalitions cost, and what those cost that all share; null where the surplus is.
    burning
        Which storage burns energy; null where none does.
    reason
        Why it isn't viable; absent where it is.
    tie_open
        True where no solver was precise enough to tell which of several equally cheap dispatches is meant; else absent.
    loss_surplus
        What of the network surplus marginal prices collect beyond what losses cost; absent where losses aren't priced.
    """

    partition: Blocks
    total: float | None
    viable: bool
    stable: bool | None
    network_surplus: float | None
    costs: PartsFile | None
    coalitions: tuple[CoalitionFile, ...]
    unrecovered: float | None = None
    internal_violations: float | None = None
    common_violations: float | None = None
    burning: BurningFile | None = None
    reason: str = ""
    tie_open: bool = False
    loss_surplus: float | None = None


@dataclass(frozen=True, slots=True)
class BestFile:
    """The best partition of a kind.

    Attributes
    ----------
    partition
        Its coalitions as lists of players.
    total
        ``Phi``, in currency.
    ties
        Other partitions of the same cost.
    """

    partition: Blocks
    total: float
    ties: tuple[Blocks, ...]


@dataclass(frozen=True, slots=True)
class LineLossFile:
    """What one line loses over the horizon; null where nobody is dispatched on it.

    Attributes
    ----------
    node, parent
        Its ends, ``parent`` that towards the PCC.
    mwh
        The energy, under the partition.
    cost
        What that costs at the PCC, in currency.
    without_mwh, without_cost
        The same without markets, under everyone alone; absent where that is the partition or can't be dispatched.
    """

    node: str
    parent: str
    mwh: float | None
    cost: float | None
    without_mwh: float | None = None
    without_cost: float | None = None


@dataclass(frozen=True, slots=True)
class GridLossesFile:
    """What lines lose under a partition, in the realisation.

    Attributes
    ----------
    partition
        Its coalitions as lists of players.
    mwh
        The energy that all lines lose.
    cost
        What that costs at the PCC, in currency: the part ``loss`` of the partition's cost.
    lines
        Every line that has an impedance, from the PCC outward, branch by branch.
    without_mwh, without_cost
        The same without markets, under everyone alone; absent where that is the partition or can't be dispatched.
    """

    partition: Blocks
    mwh: float
    cost: float
    lines: tuple[LineLossFile, ...]
    without_mwh: float | None = None
    without_cost: float | None = None


@dataclass(frozen=True, slots=True)
class RulesFile:
    """What rules on markets exclude.

    Attributes
    ----------
    preset
        The name of the rules of a country that the case begins with; null without one.
    coalitions
        How many coalitions of two or more players the grid admits; null where they are too many to be counted.
    allowed
        How many of them keep every rule; null likewise.
    excluded
        How many of them break each rule, by its name; null likewise. A coalition may break several.
    """

    preset: str | None
    coalitions: int | None
    allowed: int | None
    excluded: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class ResultFile:
    """The result of ``lempart solve``: which partitions were evaluated, and which are the best.

    Attributes
    ----------
    format
        Of this file.
    case
        Name of the case.
    version
        The version of lempart that wrote it.
    case_hash
        SHA-256 of the case that was solved.
    currency
        Of all amounts.
    players
        All players, as the case lists them.
    method
        How partitions were searched.
    deviation
        What a leaving group expects of the others: ``inertia``, ``dissolve``, ``optimistic``, ``pessimistic``, the
        name of a belief of one's own, or ``none`` without externalities.
    proven
        Whether no better answer can exist.
    stopped
        Why the search was stopped early; null where it wasn't.
    partition_count
        How many partitions there are.
    evaluated
        How many of them were costed.
    optimal
        The cheapest partition; null where none is viable.
    optimal_stable
        The cheapest partition that nobody wants to leave; null where none is known.
    partitions
        What was evaluated, cheapest first.
    coalition_count, coalitions_costed
        How many coalitions there are and were costed, of a search that costs coalitions; null otherwise.
    equal_within
        Costs that differ by no more are equal, in currency; null where nothing is viable.
    seed
        Of random numbers; null: there are none.
    lower_bound
        No partition costs less, in currency; null where that isn't known.
    gap
        How far the cheapest lies above the lower bound, as a share of its cost; null where that isn't known.
    gap_of_savings
        The same, as a share of what can be saved at most: of how far everyone alone lies above the lower bound.
    more_ties
        Whether there are more cheapest partitions than are listed.
    price_of_stability
        The cost of the optimal stable partition as a multiple of the optimal one's; null where there is none.
    losses
        What lines lose under the optimal stable partition, or else the cheapest; absent where losses aren't priced, and
        where the time was up.
    rules
        What rules on markets exclude; null or absent without rules.
    key_figures
        Self-consumption, peaks, savings and more under the answer, for each market and home; null or absent where
        there is none, or the search was stopped.
    """

    format: Annotated[int, Format(FORMAT)]
    case: str
    version: str
    case_hash: str
    currency: str
    players: Names
    method: str
    deviation: str
    proven: bool
    stopped: str | None
    partition_count: int
    evaluated: int
    optimal: BestFile | None
    optimal_stable: BestFile | None
    partitions: tuple[PartitionFile, ...]
    coalition_count: int | None = None
    coalitions_costed: int | None = None
    equal_within: float | None = None
    seed: int | None = None
    lower_bound: float | None = None
    gap: float | None = None
    gap_of_savings: float | None = None
    more_ties: bool = False
    price_of_stability: float | None = None
    losses: GridLossesFile | None = None
    rules: RulesFile | None = None
    key_figures: KeyFiguresFile | None = None
