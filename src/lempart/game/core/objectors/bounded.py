"""The sub-coalitions without a price where costs have lower bounds: who might object most to an allocation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lempart.game.bounds import Cuts
from lempart.game.core.objectors.listed import MAX_LISTED_BRANCHES, ListedUnions
from lempart.game.core.objectors.mixed_integer import UnlistedUnions
from lempart.typing import FloatArray


@dataclass(eq=False)
class BoundedObjectors:
    """The sub-coalitions of a coalition that have no price yet, and the most that each can gain by leaving.

    Every sub-coalition is a union of branches of one place. Bounds that add up over players are compared for all
    ``2^branches`` unions at once, place by place, or for many branches by a mixed-integer program.
    """

    joins: tuple[ListedUnions | UnlistedUnions, ...]

    @classmethod
    def of(cls, branches: Iterable[tuple[int, ...]]) -> BoundedObjectors:
        """Return all sub-coalitions: the unions of each of the lists of ``branches``."""
        return cls(
            tuple((ListedUnions if len(each) <= MAX_LISTED_BRANCHES else UnlistedUnions)(each) for each in branches)
        )

    def tighten(self, cuts: Cuts) -> None:
        """Take note of lower bounds on the costs of all sub-coalitions."""
        for join in self.joins:
            join.tighten(cuts)

    def close(self, mask: int) -> None:
        """Take note that ``mask`` has its price."""
        for join in self.joins:
            join.close(mask)

    @property
    def left(self) -> bool:
        """Return whether one has no price yet."""
        return any(join.left for join in self.joins)

    def likely(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return one that may gain more than ``level`` where players pay ``shares``, and how much, if quickly found."""
        found = [entry for join in self.joins for entry in join.likely(shares, level)]
        return [max(found, key=lambda entry: (entry[0], -entry[1]))] if found else []

    def above(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return one that may gain more than ``level`` where players pay ``shares``, and how much; nothing: none may.

        One at a time: its price sharpens the bounds on the others. That there is none takes a proof; that there is
        one, seldom.
        """
        for join in () if (found := self.likely(shares, level)) else self.joins:
            found = found or join.above(shares, level)
        return found

    def most(self, shares: FloatArray, seconds: float) -> float:
        """Return what none of them gains more than; takes about so many ``seconds`` at most per place."""
        return max(join.most(shares, seconds) for join in self.joins)

    def lower_bound(self, mask: int) -> float:
        """Return what a sub-coalition costs at least."""
        return max(join.lower_bound(mask) for join in self.joins)
