"""Where the programs that bounds are made of are solved: in this process, or shared over several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from lempart.cost import helper
from lempart.cost.bounds.stage_optima import Directions, StageDrafts, StageOptima
from lempart.cost.routes.shared import SharedWork

AT_A_TIME = 4
"""Coalitions that a process is given at a time: their programs differ in size, and none is to wait for the other."""


@dataclass(eq=False)
class BoundPrograms:
    """What all bounds of a case have in common: no answer depends on who solves what, or on what was solved before.

    Attributes
    ----------
    drafts
        What programs have in common that differ in prices.
    shared
        Processes that solve them, as long as there are any.
    """

    drafts: StageDrafts = field(default_factory=StageDrafts)
    shared: SharedWork | None = None

    @property
    def at_once(self) -> int:
        """Return how many programs keep all processes busy; 1 where there is one: none is started for them alone."""
        return 1 if self.shared is None or not self.shared.is_up else 2 * AT_A_TIME * self.shared.workers

    def together(
        self, optima: StageOptima, coalitions: Sequence[Sequence[int]]
    ) -> Iterator[tuple[Sequence[int], tuple[float, Directions]]]:
        """Yield coalitions with their optima, of those that other processes find; none where there are none."""
        if self.at_once > 1:
            work = partial(helper.optima, optima.prices, optima.lines)
            assert self.shared is not None
            found = self.shared.each(work, coalitions, AT_A_TIME)
            yield from ((own, one) for own, one in zip(coalitions, found, strict=True) if one is not None)
