"""What row generation asks of the sub-coalitions that have no price yet."""

from __future__ import annotations

from typing import Protocol

from lempart.game.bounds import Cuts
from lempart.typing import FloatArray


class Objectors(Protocol):
    """The sub-coalitions that have no price yet, by how much they might gain."""

    @property
    def left(self) -> bool:
        """Return whether one has no price yet."""
        ...

    def likely(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return the same as :meth:`above` as far as it is quickly found: nothing doesn't say that there is nobody."""
        ...

    def above(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return those to price next, who may gain more than ``level`` where payers pay ``shares``; nothing: nobody.

        Each with what it may gain.
        """
        ...

    def most(self, shares: FloatArray, seconds: float) -> float:
        """Return what none of them gains more than, as close as that can be told in about so many seconds."""
        ...

    def lower_bound(self, mask: int) -> float:
        """Return what one of them costs at least."""
        ...

    def close(self, mask: int) -> None:
        """Take note that ``mask`` has its price."""
        ...

    def tighten(self, cuts: Cuts) -> None:
        """Take note of lower bounds on all prices."""
        ...
