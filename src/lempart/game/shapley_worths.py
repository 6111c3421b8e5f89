"""What every group within a coalition is worth, also those that the family doesn't admit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lempart.errors import UsageError
from lempart.partition import Family, members
from lempart.typing import FloatArray


@dataclass(frozen=True, eq=False)
class GroupWorths:
    """Costs of the groups within a coalition, each priced once.

    An admissible group costs ``φ̂``. Another one works in its maximal admissible parts and costs their sum. ``inf``:
    not viable.

    Raises
    ------
    UsageError
        The coalition isn't an admissible one of the family.
    """

    worth: Callable[[int], float]
    coalition: int
    family: Family
    _known: dict[int, float] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.family.admissible(self.coalition):
            raise UsageError(f"players {members(self.coalition)} aren't an admissible coalition")

    @cached_property
    def players(self) -> tuple[int, ...]:
        """Return the coalition's players, ascending."""
        return members(self.coalition)

    def cost(self, group: int) -> float:
        """Return the cost of a group (a mask of the family's players), ``inf`` where it isn't viable."""
        return math.fsum(map(self._priced, self.family.admissible_parts(group)))

    def table(self) -> FloatArray:
        """Return the costs of all groups, shape ``(2^n,)``: bit ``i`` of the index is the ``i``-th of ``players``."""
        costs = np.zeros(1 << len(self.players))
        for index in range(1, len(costs)):
            costs[index] = self.cost(sum(1 << player for i, player in enumerate(self.players) if index >> i & 1))
        return costs

    def _priced(self, group: int) -> float:
        if group not in self._known:
            price = float(self.worth(group))
            if math.isnan(price) or price == -math.inf:
                raise ValueError(f"the cost of players {members(group)} is {price}")
            self._known[group] = price
        return self._known[group]
