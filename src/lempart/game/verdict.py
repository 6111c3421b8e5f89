"""What is known of the stability of a coalition or partition, with the proof: stable, empty core, or undecided."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from lempart._renamed import renamed_arguments
from lempart.display import amount, html_table, stability_word
from lempart.game.stopping import Ending
from lempart.partition import Partition, members

CoreMethod: TypeAlias = Literal["enumeration", "row generation", "closed form"]


@dataclass(frozen=True, slots=True)
class Block:
    """A group that would be better off on its own under the least-core allocation.

    Attributes
    ----------
    coalition
        The group's players.
    gain
        Its excess: what it is asked to pay minus ``φ̂`` of leaving, positive, in currency.
    """

    coalition: int
    gain: float


@dataclass(frozen=True, slots=True)
class BalancedWeight:
    """A member of a balanced collection, which proves that a core is empty (Bondareva 1963, Shapley 1967).

    Over a collection each player's weights sum to 1. So an allocation that satisfies every member can't
    collect more than the weighted sum of their costs, ``Y``, and ``Y < φ(F)``.
    """

    coalition: int
    weight: float
    cost: float


@dataclass(frozen=True, slots=True)
class LeastCore:
    """An allocation that keeps the largest gain of any leaving group as small as it can be.

    Often it isn't the only one; this is the vertex at which the LP solver ended. For bills, choose a rule
    that singles one out (nucleolus, Shapley value).

    Attributes
    ----------
    epsilon
        That largest gain, in currency; negative where every group would lose by leaving. ``-inf`` where there is no
        lowest one (too few groups can leave).
    allocation
        What each player (or edge) pays, in currency; sums to the coalition's cost.
    """

    epsilon: float
    allocation: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class CoreAllocation:
    """An allocation in the core of which no more is known: what each player (or edge) pays, in currency."""

    allocation: Mapping[int, float]


@renamed_arguments({"shares": "allocation", "stopped": "reason"})
@dataclass(frozen=True, slots=True)
class CoreGap:
    """What is proven of ``Y`` once pricing has ended early: the ``Y`` of all sub-coalitions lies in between.

    Attributes
    ----------
    lowest
        What can be collected for certain, in currency: no sub-coalition, priced or not, is asked for more than it
        costs. ``-inf`` where nothing is known of those without a price.
    highest
        ``Y`` of the sub-coalitions that were priced; more can't be collected.
    allocation
        An allocation that collects ``lowest``, by player (or edge); None where that is ``-inf``.
    reason
        Why pricing ended, in words.
    ending
        The same, to compare.
    """

    lowest: float
    highest: float
    allocation: Mapping[int, float] | None
    reason: str
    ending: Ending = Ending.STOPPED


@dataclass(frozen=True, slots=True)
class NotViable:
    """The coalition's cost is infinite: no allocation collects it."""


@dataclass(frozen=True, slots=True)
class EmptyCore:
    """How far the core is from having a member, known exactly.

    Attributes
    ----------
    value
        ``Y``, the most that can be collected with no group paying more than ``φ̂``, in currency.
    balanced
        The balanced collection that proves it.
    least_core
        The least-core allocation.
    blocking
        Who would leave under it, largest gain first. By row generation the groups among those priced, the one that
        gains most among them.
    """

    value: float
    balanced: tuple[BalancedWeight, ...]
    least_core: LeastCore
    blocking: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class EmptyCoreGap:
    """The core is proven empty; how far it is from having a member is only known to lie in a range.

    Attributes
    ----------
    balanced
        The balanced collection that proves it: ``gap.highest`` is less than the cost.
    gap
        Between what amounts ``Y`` lies.
    """

    balanced: tuple[BalancedWeight, ...]
    gap: CoreGap


@renamed_arguments({"shares": "allocation"})
@dataclass(frozen=True, slots=True)
class CoalitionVerdict:
    """What every verdict on a coalition's core answers; see :class:`Stable`, :class:`Empty` and :class:`Undecided`.

    Attributes
    ----------
    coalition
        ``F``, a mask of players.
    cost
        ``φ(F; P)``, in currency; ``inf`` if the coalition isn't viable.
    method
        How it was decided. By ``"enumeration"`` every sub-coalition was priced, by ``"row generation"`` only some
        were, and bounds exclude the others. By ``"closed form"`` none was.
    priced
        How many sub-coalitions were priced, the coalition itself not counted.
    """

    coalition: int
    cost: float
    method: CoreMethod
    priced: int

    stable: ClassVar[bool | None]
    """Whether ``Y`` equals the cost within the tolerance; None where that isn't known."""

    @property
    def viable(self) -> bool:
        """Return whether the coalition has a finite cost."""
        return self.cost != math.inf

    @property
    def core_value(self) -> float | None:
        """Return ``Y``, the most that can be collected with no group paying more than ``φ̂``, where it is known."""
        return None

    @property
    def shortfall(self) -> float:
        """Return ``φ − Y``: 0 within the tolerance if stable, ``inf`` if not viable, NaN if not known exactly."""
        if not self.viable:
            return math.inf
        return math.nan if self.core_value is None else self.cost - self.core_value

    @property
    def shortfall_range(self) -> tuple[float, float]:
        """Return between what amounts the shortfall lies: twice itself where it is known."""
        if self.gap is None:
            return self.shortfall, self.shortfall
        return self.cost - self.gap.highest, self.cost - self.gap.lowest

    @property
    def allocation(self) -> Mapping[int, float] | None:
        """Return an allocation in the core, by player (or edge), if stable."""
        return None

    @property
    def least_core(self) -> LeastCore | None:
        """Return the least-core allocation where it was computed."""
        return None

    @property
    def margin(self) -> float | None:
        """Return what every group would lose by leaving, at least, under the least-core allocation; None: not known.

        Negative where some group would gain; ``inf`` where nobody can leave.
        """
        return None if self.least_core is None else -self.least_core.epsilon

    @property
    def just(self) -> bool:
        """Return whether the coalition is stable by no more than the tolerance: some group may as well leave."""
        return False

    @property
    def blocking(self) -> tuple[Block, ...]:
        """Return who would leave under the least-core allocation of an empty core, largest gain first."""
        return ()

    @property
    def balanced(self) -> tuple[BalancedWeight, ...]:
        """Return the balanced collection that proves the core empty."""
        return ()

    @property
    def gap(self) -> CoreGap | None:
        """Return between what amounts ``Y`` is proven to lie, where pricing ended before it was known."""
        return None

    def __repr__(self) -> str:
        return f"<CoreVerdict of players {_listed(self.coalition)}: {self._told()}>"

    def _told(self) -> str:
        return self._range_told()

    def _range_told(self) -> str:
        least, most = self.shortfall_range
        known = "undecided" if self.stable is None else "unstable"
        return f"{known}, costs {amount(self.cost)}, of which {amount(least)} to {amount(most)} can't be collected"

    def _repr_html_(self) -> str:
        paid = [] if self.allocation is None else [[str(key), value] for key, value in self.allocation.items()]
        leaving = [[_listed(block.coalition), block.gain] for block in self.blocking]
        headers = ("player", "pays") if self.stable else ("players who would leave", "gain")
        return html_table(repr(self)[1:-1], headers, paid or leaving)


@dataclass(frozen=True, slots=True, repr=False)
class Stable(CoalitionVerdict):
    """The core isn't empty.

    Attributes
    ----------
    value
        ``Y``, the cost within the tolerance.
    certificate
        An allocation in the core: of the least core where every sub-coalition was priced.
    slack
        The tolerance of the verdict, in currency.
    """

    value: float
    certificate: LeastCore | CoreAllocation
    slack: float

    stable: ClassVar[bool] = True

    @property
    def core_value(self) -> float:
        """Return ``Y``."""
        return self.value

    @property
    def allocation(self) -> Mapping[int, float]:
        """Return an allocation in the core, by player (or edge)."""
        return self.certificate.allocation

    @property
    def least_core(self) -> LeastCore | None:
        """Return the least-core allocation where it was computed."""
        return self.certificate if isinstance(self.certificate, LeastCore) else None

    @property
    def just(self) -> bool:
        """Return whether the coalition is stable by no more than the tolerance: some group may as well leave."""
        return self.margin is not None and self.margin <= self.slack

    def _told(self) -> str:
        return f"stable at {amount(self.cost)}"


@dataclass(frozen=True, slots=True, repr=False)
class Empty(CoalitionVerdict):
    """The core is empty: whatever the bills, some group is better off on its own.

    Attributes
    ----------
    certificate
        What proves it.
    """

    certificate: EmptyCore | EmptyCoreGap | NotViable

    stable: ClassVar[bool] = False

    @property
    def core_value(self) -> float | None:
        """Return ``Y`` where it is known exactly."""
        return self.certificate.value if isinstance(self.certificate, EmptyCore) else None

    @property
    def least_core(self) -> LeastCore | None:
        """Return the least-core allocation where it was computed."""
        return self.certificate.least_core if isinstance(self.certificate, EmptyCore) else None

    @property
    def blocking(self) -> tuple[Block, ...]:
        """Return who would leave under the least-core allocation, largest gain first."""
        return self.certificate.blocking if isinstance(self.certificate, EmptyCore) else ()

    @property
    def balanced(self) -> tuple[BalancedWeight, ...]:
        """Return the balanced collection that proves the core empty; empty where the coalition isn't viable."""
        return () if isinstance(self.certificate, NotViable) else self.certificate.balanced

    @property
    def gap(self) -> CoreGap | None:
        """Return between what amounts ``Y`` is proven to lie, where pricing ended before it was known."""
        return self.certificate.gap if isinstance(self.certificate, EmptyCoreGap) else None

    def _told(self) -> str:
        match self.certificate:
            case NotViable():
                return "not viable"
            case EmptyCoreGap():
                return self._range_told()
            case EmptyCore(value, _, _, blocking):
                told = f"unstable, costs {amount(self.cost)} of which {amount(value)} can be collected"
                if not blocking:
                    return told
                return f"{told}; players {_listed(blocking[0].coalition)} gain {amount(blocking[0].gain)} by leaving"


@dataclass(frozen=True, slots=True, repr=False)
class Undecided(CoalitionVerdict):
    """Pricing ended before it was known whether the core is empty.

    Attributes
    ----------
    proven
        Between what amounts ``Y`` lies: the cost is among them.
    """

    proven: CoreGap

    stable: ClassVar[None] = None

    @property
    def gap(self) -> CoreGap:
        """Return between what amounts ``Y`` is proven to lie."""
        return self.proven


CoreVerdict: TypeAlias = Stable | Empty | Undecided
"""The verdict on a coalition's core, with its certificate."""


@dataclass(frozen=True, slots=True)
class PartitionVerdict:
    """The verdicts on all coalitions of a partition, in its order."""

    partition: Partition
    coalitions: tuple[CoreVerdict, ...]

    def __repr__(self) -> str:
        state = stability_word(self.stable, "undecided")
        return f"<PartitionVerdict: {state}; {', '.join(map(repr, self.coalitions))}>"

    @property
    def just(self) -> bool:
        """Return whether the partition is stable, but some coalition of it by no more than the tolerance."""
        return bool(self.stable) and any(verdict.just for verdict in self.coalitions)

    @property
    def stable(self) -> bool | None:
        """Return whether every coalition's core is non-empty (Def. V.2); None where that isn't known."""
        known = {verdict.stable for verdict in self.coalitions}
        return False if False in known else None if None in known else True

    @property
    def gap(self) -> CoreGap | None:
        """Return what was proven of the first coalition whose pricing ended early; None where none did."""
        return next((verdict.gap for verdict in self.coalitions if verdict.gap is not None), None)


def _listed(players: int) -> str:
    return ", ".join(map(str, members(players)))
