"""The sub-coalitions without a price where costs have lower bounds: who might object most to an allocation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lempart.game.bounds import Cuts
from lempart.game.core.objectors.listed import MAX_LISTED_BRANCHES, ListedUnions
from lempart.game.core.objectors.mixed_integer import UnlistedUnions
from lempart.partition import Restrictions
from lempart.typing import FloatArray


@dataclass(eq=False)
class BoundedObjectors:
    """The sub-coalitions of a coalition that have no price yet, and the most that each can gain by leaving.

    Every sub-coalition is a union of branches of one place. Bounds that add up over players are compared for all
    ``2^branches`` unions at once, place by place, or for many branches by a mixed-integer program.
    """

    places: tuple[ListedUnions | UnlistedUnions, ...]

    @classmethod
    def of(cls, branches: Iterable[tuple[int, ...]], restrictions: Restrictions | None = None) -> BoundedObjectors:
        """Return all sub-coalitions: the unions of each of the lists of ``branches``, of those that keep the rules."""
        return cls(
            tuple(
                (ListedUnions if len(each) <= MAX_LISTED_BRANCHES else UnlistedUnions)(each, restrictions)
                for each in branches
            )
        )

    def add_cuts(self, cuts: Cuts) -> None:
        """Take note of lower bounds on the costs of all sub-coalitions."""
        for place in self.places:
            place.add_cuts(cuts)

    def mark_priced(self, mask: int) -> None:
        """Take note that ``mask`` has its price."""
        for place in self.places:
            place.mark_priced(mask)

    @property
    def any_left(self) -> bool:
        """Return whether one has no price yet."""
        return any(place.any_left for place in self.places)

    def separate_quickly(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return one that may gain more than ``level`` where players pay ``shares``, and how much, if quickly found."""
        found = [entry for place in self.places for entry in place.separate_quickly(shares, level)]
        return [max(found, key=lambda entry: (entry[0], -entry[1]))] if found else []

    def separate(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return one that may gain more than ``level`` where players pay ``shares``, and how much; empty if none may.

        One at a time, since its price sharpens the bounds on the others. Only where none is quickly found does it take
        a proof that there is none.
        """
        for place in () if (found := self.separate_quickly(shares, level)) else self.places:
            found = found or place.separate(shares, level)
        return found

    def largest_gain(self, shares: FloatArray, seconds: float) -> float:
        """Return an upper bound on what any of them gains; takes about so many ``seconds`` at most per place."""
        return max(place.largest_gain(shares, seconds) for place in self.places)

    def lower_bound(self, mask: int) -> float:
        """Return what a sub-coalition costs at least."""
        return max(place.lower_bound(mask) for place in self.places)
