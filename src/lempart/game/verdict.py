"""What is known of a coalition's or partition's stability, with the proof."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lempart.display import amount, html_table
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
        What it is asked to pay minus ``φ̂`` of leaving, positive.
    """

    coalition: int
    gain: float


@dataclass(frozen=True, slots=True)
class BalancedWeight:
    """A member of a balanced collection, which proves that a core is empty.

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
        That largest gain; negative where every group would lose by leaving. ``-inf`` where there is no
        lowest one (too few groups can leave).
    allocation
        What each player (or edge) pays; sums to the coalition's cost.
    """

    epsilon: float
    allocation: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class CoreGap:
    """What is proven of a core whose verdict was stopped early: the ``Y`` of all sub-coalitions lies in between.

    Attributes
    ----------
    lowest
        What surely can be collected: no sub-coalition, priced or not, is asked for more than it costs. ``-inf`` where
        nothing is known of those without a price.
    highest
        ``Y`` of the sub-coalitions that were priced; more can't be collected.
    shares
        An allocation that collects ``lowest``, by player (or edge); None where that is ``-inf``.
    stopped
        Why it was stopped.
    """

    lowest: float
    highest: float
    shares: Mapping[int, float] | None
    stopped: str


@dataclass(frozen=True, slots=True)
class CoreVerdict:
    """Whether a coalition's core is empty, with the certificate either way.

    Attributes
    ----------
    coalition
        ``F``.
    cost
        ``φ(F; P)``; ``inf`` if the coalition isn't viable: then it isn't stable and all else is empty.
    core_value
        ``Y``, the most that can be collected with no group paying more than ``φ̂``; at most ``cost``. None where the
        coalition isn't viable, or ``Y`` is known to lie in the ``gap`` and no better.
    stable
        Whether ``Y`` equals the cost within the tolerance; None where the verdict was stopped before that was known.
    least_core
        The least-core allocation, in the core if that isn't empty; None where it wasn't needed (``shares``).
    blocking
        If not stable: who would leave under that allocation, largest gain first.
    balanced
        If not stable: the balanced collection that proves ``Y``.
    method
        How it was decided. By ``"enumeration"`` every sub-coalition was priced. By ``"row generation"`` only some
        were, and bounds exclude the others: ``blocking`` then names those priced that gain, the one that gains most
        among them, and a stable coalition has ``shares`` instead of a least core. By ``"closed form"`` none was.
    priced
        How many sub-coalitions were priced, the coalition itself not counted.
    shares
        An allocation in the core that isn't a least-core allocation; None where that was computed.
    gap
        What was proven when the verdict was stopped early; None where it wasn't. An empty core is then proven by
        ``balanced``, whose value is ``gap.highest``, and who would leave isn't known.
    slack
        The tolerance of the verdict, in currency.
    """

    coalition: int
    cost: float
    core_value: float | None
    stable: bool | None
    least_core: LeastCore | None = None
    blocking: tuple[Block, ...] = ()
    balanced: tuple[BalancedWeight, ...] = ()
    method: CoreMethod = "enumeration"
    priced: int = 0
    shares: Mapping[int, float] | None = None
    gap: CoreGap | None = None
    slack: float = 0.0

    def __repr__(self) -> str:
        players = ", ".join(map(str, members(self.coalition)))
        if not self.viable:
            return f"<CoreVerdict of players {players}: not viable>"
        if self.stable:
            return f"<CoreVerdict of players {players}: stable at {amount(self.cost)}>"
        if self.gap is not None:
            known, (least, most) = "undecided" if self.stable is None else "unstable", self.shortfall_range
            found = f"{known}, costs {amount(self.cost)}, of which {amount(least)} to {amount(most)} can't be collected"
            return f"<CoreVerdict of players {players}: {found}>"
        assert self.core_value is not None
        found = f"unstable, costs {amount(self.cost)} of which {amount(self.core_value)} can be collected"
        leaver = f"; players {', '.join(map(str, members(self.blocking[0].coalition)))}" if self.blocking else ""
        gain = f" gain {amount(self.blocking[0].gain)} by leaving" if self.blocking else ""
        return f"<CoreVerdict of players {players}: {found}{leaver}{gain}>"

    def _repr_html_(self) -> str:
        paid = [] if self.allocation is None else [[str(key), value] for key, value in self.allocation.items()]
        leaving = [[", ".join(map(str, members(block.coalition))), block.gain] for block in self.blocking]
        headers = ("player", "pays") if self.stable else ("players who would leave", "gain")
        return html_table(repr(self)[1:-1], headers, paid or leaving)

    @property
    def viable(self) -> bool:
        """Return whether the coalition has a finite cost."""
        return self.cost != math.inf

    @property
    def shortfall(self) -> float:
        """Return ``φ − Y``: 0 within the tolerance if stable, ``inf`` if not viable, NaN if not known exactly."""
        if not self.viable:
            return math.inf
        return math.nan if self.core_value is None else self.cost - self.core_value

    @property
    def margin(self) -> float | None:
        """Return what every group would lose by leaving, at least, under the least-core allocation; None: not known.

        Negative where some group would gain; ``inf`` where nobody can leave.
        """
        return None if self.least_core is None else -self.least_core.epsilon

    @property
    def just(self) -> bool:
        """Return whether the coalition is stable by no more than the tolerance: some group may as well leave."""
        return bool(self.stable) and self.margin is not None and self.margin <= self.slack

    @property
    def shortfall_range(self) -> tuple[float, float]:
        """Return between what amounts the shortfall lies: twice itself where it is known."""
        if self.gap is None:
            return self.shortfall, self.shortfall
        return self.cost - self.gap.highest, self.cost - self.gap.lowest

    @property
    def allocation(self) -> Mapping[int, float] | None:
        """Return an allocation in the core, by player (or edge); None if the core is empty."""
        if not self.stable:
            return None
        return self.shares if self.least_core is None else self.least_core.allocation


@dataclass(frozen=True, slots=True)
class PartitionVerdict:
    """The verdicts on all coalitions of a partition, in its order."""

    partition: Partition
    coalitions: tuple[CoreVerdict, ...]

    def __repr__(self) -> str:
        state = {True: "stable", False: "unstable", None: "undecided"}[self.stable]
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
