"""A partition of the players into coalitions, as a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from lempart.arguments import Count, checks_arguments
from lempart.errors import UsageError
from lempart.partition.bits import lowest_bit, members


@dataclass(frozen=True, slots=True)
class Partition:
    """A set partition ``P`` of players, canonical and hashable: equal partitions are equal objects.

    Whether the grid admits it is a matter of :class:`~lempart.partition.Family`, not of this record.

    Attributes
    ----------
    coalitions
        Player bitmasks, non-zero and disjoint, sorted by lowest set bit. Build them with :meth:`of`.

    Examples
    --------
    >>> from lempart import Partition
    >>> partition = Partition.of([0b011, 0b100])
    >>> len(partition), str(partition)
    (2, '0,1|2')
    >>> partition.coalition_of(1) == 0b011
    True
    """

    coalitions: tuple[int, ...]
    made_by = "make one with Partition.of"

    @classmethod
    def of(cls, masks: Iterable[int]) -> Partition:
        """Return the partition with these coalitions, in any order.

        Raises
        ------
        UsageError
            A mask is empty or no whole number, or two masks share a player.
        """
        given: object = tuple(masks) if isinstance(masks, Iterable) else masks
        if not isinstance(given, tuple) or any(type(mask) is not int for mask in given):
            like = "whole numbers such as 0b011 for players 0 and 1"
            raise UsageError(f"a partition is made of masks of players, {like}; found {masks!r:.80}")
        coalitions = tuple(sorted(given, key=lowest_bit))
        covered = 0
        for mask in coalitions:
            if mask <= 0:
                raise UsageError("a coalition needs at least one player")
            if covered & mask:
                raise UsageError(f"player {members(covered & mask)[0]} is in two coalitions of one partition")
            covered |= mask
        return cls(coalitions)

    def __iter__(self) -> Iterator[int]:
        return iter(self.coalitions)

    def __len__(self) -> int:
        return len(self.coalitions)

    def __contains__(self, mask: object) -> bool:
        return mask in self.coalitions

    @property
    def union(self) -> int:
        """Return the mask of all players that some coalition covers."""
        return reduce(or_, self.coalitions, 0)

    @checks_arguments
    def coalition_of(self, player: Count) -> int:
        """Return the coalition of ``player``; ``UsageError`` where there is none."""
        for mask in self.coalitions:
            if mask >> player & 1:
                return mask
        raise UsageError(f"player {player} is in no coalition of the partition")

    def replace(self, old: int, new_masks: Iterable[int]) -> Partition:
        """Return the partition in which ``new_masks`` stand in the place of the coalition ``old``.

        Parameters
        ----------
        old
            A coalition of this partition, a mask of players.
        new_masks
            Coalitions of the same players, in any order.

        Raises
        ------
        UsageError
            ``old`` is no coalition of this partition, or the new masks don't cover the same players.
        """
        if old not in self.coalitions:
            raise UsageError(f"players {members(old)} are no coalition of the partition")
        new = tuple(new_masks) if isinstance(new_masks, Iterable) else ()
        if any(type(mask) is not int for mask in new) or reduce(or_, new, 0) != old:
            raise UsageError(f"the replacement of players {members(old)} must cover the same players")
        return Partition.of((*(mask for mask in self.coalitions if mask != old), *new))

    def __str__(self) -> str:
        return "|".join(",".join(str(player) for player in members(mask)) for mask in self.coalitions)
