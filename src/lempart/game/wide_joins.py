"""Which union of many branches might object most to an allocation, found by a mixed-integer program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from lempart.conic import LinearProgram, solve_mixed_integer
from lempart.partition import members
from lempart.typing import FloatArray


@dataclass(eq=False)
class WideJoins:
    """All unions of more branches than can be listed, with what is known of each union's cost.

    The most that any union without a price can gain is ``max Σ x_j s_j − Σ_parts η`` over ``s`` in {0, 1}, with
    ``η ≥ Σ y_j s_j`` for every bound ``y`` on the part and ``s`` none of the unions that have a price.

    Attributes
    ----------
    branches
        Player masks, disjoint.
    floors
        Per part of the cost, its bounds so far: the sums over each branch, shape ``(branches,)`` each.
    closed
        The unions that have a price, by which branches are in them, shape ``(branches,)`` each.
    """

    branches: tuple[int, ...]
    floors: list[list[FloatArray]] = field(default_factory=list)
    closed: list[FloatArray] = field(default_factory=list)

    def tighten(self, cuts: Sequence[FloatArray]) -> None:
        """Take note of an allocation that no union is asked more by than its cost, part by part."""
        self.floors = self.floors or [[] for _ in cuts]
        for floor, shares in zip(self.floors, cuts, strict=True):
            floor.append(self._by_branch(shares))

    def close(self, mask: int) -> None:
        """Take note that ``mask`` is priced, if it is a union of these branches."""
        chosen = np.array([float(not branch & ~mask) for branch in self.branches])
        union = sum(branch for branch, inside in zip(self.branches, chosen, strict=True) if inside)
        if union == mask:
            self.closed.append(chosen)

    def worst(self, shares: FloatArray) -> list[tuple[float, int]]:
        """Return the union without a price that may gain most, and at most how much; nothing if all have theirs."""
        gain = self._by_branch(shares)
        count, parts = len(self.branches), len(self.floors)
        unit = max(1.0, float(np.abs(gain).max()), *(float(np.abs(y).max()) for floor in self.floors for y in floor))
        rows, lower = [np.append(np.ones(count), np.zeros(parts))], [1.0]
        for part, floor in enumerate(self.floors):
            for bound in floor:
                rows.append(np.append(-bound / unit, np.eye(parts)[part]))
                lower.append(0.0)
        for inside in self.closed:  # at least one branch more or less
            rows.append(np.append(1.0 - 2.0 * inside, np.zeros(parts)))
            lower.append(1.0 - float(inside.sum()))
        program = LinearProgram(
            cost=np.append(-gain / unit, np.ones(parts)),
            matrix=sp.csr_array(np.array(rows)),
            row_lower=np.array(lower),
            row_upper=np.full(len(rows), np.inf),
            lower=np.append(np.zeros(count), np.full(parts, -np.inf)),
            upper=np.append(np.ones(count), np.full(parts, np.inf)),
        )
        found = solve_mixed_integer(program, np.arange(count + parts) < count)
        if found is None:
            return []
        chosen = sum(branch for branch, inside in zip(self.branches, found.x[:count], strict=True) if inside > 0.5)
        return [(-found.bound * unit, chosen)]

    def _by_branch(self, shares: FloatArray) -> FloatArray:
        return np.array([shares[list(members(branch))].sum() for branch in self.branches])
