"""Sub-coalitions whose costs have no bounds, in an order in which an empty core is soon proven, as a rule."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, islice

from lempart.game.bounds import Cuts
from lempart.game.core.objectors.branches import branches_within
from lempart.partition import Family
from lempart.typing import FloatArray


@dataclass(eq=False)
class ObjectorsWithoutBounds:
    """Sub-coalitions whose costs have no bounds: each might gain anything. Satisfies ``Objectors``.

    They come in batches of doubling size, so that few linear programs are solved in between: single players and those
    who leave one player behind first, then pairs and those who leave a pair behind, and so on. They are listed as they
    are asked for, since there can be more than any memory holds.

    Attributes
    ----------
    source
        Those that are in no batch yet.
    batch
        The size of the next batch.
    first
        Some that come before all others.
    """

    source: Iterator[int]
    batch: int
    first: tuple[int, ...] = ()
    _given: dict[int, None] = field(default_factory=dict)

    @classmethod
    def of(cls, family: Family, coalition: int, *, try_first: Iterable[int] = ()) -> ObjectorsWithoutBounds:
        """Return the proper sub-coalitions of ``coalition``.

        Parameters
        ----------
        family
            Says which there are.
        coalition
            A mask of players.
        try_first
            Masks of players; what of each is in the coalition comes first.
        """
        inside = dict.fromkeys(mask & coalition for mask in try_first)
        first = tuple(mask for mask in inside if mask not in (0, coalition) and family.admissible(mask))
        allowed = filter(family.allows, proper_subcoalitions(family, coalition))
        others = (mask for mask in allowed if mask not in inside)
        return cls(others, 2 * coalition.bit_count(), first)

    def __post_init__(self) -> None:
        self._given.update(dict.fromkeys(self.first))

    @property
    def any_left(self) -> bool:
        """Return whether one has no price yet."""
        if not self._given:
            self._given.update(dict.fromkeys(islice(self.source, 1)))
        return bool(self._given)

    def separate(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:  # noqa: ARG002
        """Return the next batch; each might gain anything."""
        if self.first:  # alone, for what they prove
            self.first = ()
        else:
            self._given.update(dict.fromkeys(islice(self.source, max(self.batch - len(self._given), 0))))
            self.batch = min(2 * self.batch, sys.maxsize)
        return [(math.inf, mask) for mask in self._given]

    def separate_quickly(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return the same: there is no quicker way."""
        return self.separate(shares, level)

    def largest_gain(self, shares: FloatArray, seconds: float) -> float:  # noqa: ARG002
        """Return infinity: without bounds anything may be gained."""
        return math.inf if self.any_left else -math.inf

    def lower_bound(self, mask: int) -> float:  # noqa: ARG002
        """Return ``-inf``: costs have no bounds."""
        return -math.inf

    def mark_priced(self, mask: int) -> None:
        """Drop ``mask``, one of the last batch."""
        del self._given[mask]

    def add_cuts(self, cuts: Cuts) -> None:
        """Do nothing: costs have no bounds here."""


def proper_subcoalitions(family: Family, coalition: int) -> Iterator[int]:
    """Yield every sub-coalition of ``coalition`` but itself, each once: small ones and who leaves few behind first.

    Single branches at every place, then all but one of a place, then two, all but two, and so on.
    """
    places = branches_within(family, coalition)
    known = {coalition}  # all branches of one place together are one branch of the next
    for size in range(1, max(2, max(map(len, places)) // 2 + 1)):
        for branches in places:
            if len(branches) == size == 1:
                yield from _unions(branches, 1, known)
            elif size <= len(branches) - size:
                for count in sorted({size, len(branches) - size}):
                    yield from _unions(branches, count, known)


def _unions(branches: tuple[int, ...], count: int, known: set[int]) -> Iterator[int]:
    for chosen in combinations(branches, count):
        union = sum(chosen)
        if count == 1:
            if union in known:
                continue
            known.add(union)
        yield union
