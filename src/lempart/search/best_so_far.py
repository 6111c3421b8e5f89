"""The best so far, told while a search goes on, to whom wants to hear."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from lempart.game.stopping import Progress

EVERY_SECONDS = 0.2
"""Bounds rise in many small steps; no more of them are told."""


@dataclass(eq=False)
class BestSoFar:
    """What of a search's answer is known by now.

    Attributes
    ----------
    progress
        Told in words by its ``note(text)``, if it has that.
    total, stable, bound
        The least cost so far, of a partition and of one that is known to be stable, and what every partition costs at
        least, in currency; infinite where nothing is known.
    """

    progress: Progress
    total: float = math.inf
    stable: float = math.inf
    bound: float = -math.inf
    _told: float = -math.inf

    def costed(self, total: float) -> None:
        """Take note of a partition's cost, in currency."""
        if total < self.total:
            self.total = total
            self._tell()

    def settled(self, total: float) -> None:
        """Take note of a stable partition's cost, in currency."""
        if total < self.stable:
            self.stable = total
            self._tell()

    def bounded(self, bound: float) -> None:
        """Take note of what every partition costs at least, in currency."""
        if bound > self.bound:
            self.bound = bound
            if time.monotonic() - self._told > EVERY_SECONDS:
                self._tell()

    def _tell(self) -> None:
        note = getattr(self.progress, "note", None)
        if note is not None and self.total < math.inf:
            self._told = time.monotonic()
            note(str(self))

    def __str__(self) -> str:
        if self.total == self.stable:
            text = f"best so far {self.total:,.2f}, stable"
        else:
            stable = f"{self.stable:,.2f}" if self.stable < math.inf else "none known"
            text = f"cheapest so far {self.total:,.2f}, stable {stable}"
        if not -math.inf < self.bound < math.inf:
            return text
        gap = max(self.total - self.bound, 0.0) / (abs(self.total) or 1.0)
        return f"{text}; gap {100.0 * gap:.2g} %"
