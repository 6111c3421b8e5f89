"""Sub-coalitions of which nothing is known, in an order in which an empty core is as a rule soon proven."""

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
    """Sub-coalitions of which nothing is known: each might gain anything. Satisfies ``row_generation.Objectors``.

    They come in doubling batches, since otherwise half of the programs solved in between would be solved for nothing:
    single players and those who leave one player behind first, then pairs and those who leave a pair behind, ...
    They are listed as they are asked for: there can be more than any memory holds.

    Attributes
    ----------
    source
        Those that are in no batch yet.
    batch
        How many come next.
    first
        Some that come before all others.
    """

    source: Iterator[int]
    batch: int
    first: tuple[int, ...] = ()
    _given: dict[int, None] = field(default_factory=dict)

    @classmethod
    def of(
        cls, family: Family, coalition: int, *, likely: Iterable[int] = (), at_once: bool = False
    ) -> ObjectorsWithoutBounds:
        """Return the proper sub-coalitions of ``coalition``, to come in batches or all ``at_once``.

        What is left of the masks ``likely`` in the coalition comes first.
        """
        if at_once:
            return cls((mask for mask in family.subcoalitions(coalition) if mask != coalition), sys.maxsize)
        inside = dict.fromkeys(mask & coalition for mask in likely)
        first = tuple(mask for mask in inside if mask not in (0, coalition) and family.admissible(mask))
        others = (mask for mask in proper_subcoalitions(family, coalition) if mask not in inside)
        return cls(others, 2 * coalition.bit_count(), first)

    def __post_init__(self) -> None:
        self._given.update(dict.fromkeys(self.first))

    @property
    def left(self) -> bool:
        """Return whether one has no price yet."""
        if not self._given:
            self._given.update(dict.fromkeys(islice(self.source, 1)))
        return bool(self._given)

    def above(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:  # noqa: ARG002
        """Return the next batch; each might gain anything."""
        if self.first:  # alone, for what they prove
            self.first = ()
        else:
            self._given.update(dict.fromkeys(islice(self.source, max(self.batch - len(self._given), 0))))
            self.batch = min(2 * self.batch, sys.maxsize)
        return [(math.inf, mask) for mask in self._given]

    def likely(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return the next batch; each might gain anything."""
        return self.above(shares, level)

    def most(self, shares: FloatArray, seconds: float) -> float:  # noqa: ARG002
        """Return that anything may be gained."""
        return math.inf if self.left else -math.inf

    def lower_bound(self, mask: int) -> float:  # noqa: ARG002
        """Return that nothing is known."""
        return -math.inf

    def close(self, mask: int) -> None:
        """Drop ``mask``, one of the last batch."""
        del self._given[mask]

    def tighten(self, cuts: Cuts) -> None:
        """Take no note: where costs have bounds they are compared, not taken in order."""


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
