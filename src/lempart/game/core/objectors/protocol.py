"""What row generation asks of the sub-coalitions that have no price yet."""

from __future__ import annotations

from typing import Protocol

from lempart.game.bounds import Cuts
from lempart.typing import FloatArray


class Objectors(Protocol):
    """The sub-coalitions that have no price yet, and the most that each may gain by leaving (its excess)."""

    @property
    def any_left(self) -> bool:
        """Return whether one has no price yet."""
        ...

    def separate(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return who is to be priced next, each as what it may gain and its mask; an empty list proves there is nobody.

        Parameters
        ----------
        shares
            What payers pay, in currency, by payer's number.
        level
            Only those that may gain more than this, in currency, count.
        """
        ...

    def separate_quickly(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return the same as :meth:`separate` as far as it is quickly found; an empty list is inconclusive."""
        ...

    def largest_gain(self, shares: FloatArray, seconds: float) -> float:
        """Return an upper bound on what any of them gains, in currency, as close as about so many seconds allow."""
        ...

    def lower_bound(self, mask: int) -> float:
        """Return what one of them costs at least, in currency."""
        ...

    def mark_priced(self, mask: int) -> None:
        """Take note that ``mask`` has its price."""
        ...

    def add_cuts(self, cuts: Cuts) -> None:
        """Take note of lower bounds on all costs."""
        ...
