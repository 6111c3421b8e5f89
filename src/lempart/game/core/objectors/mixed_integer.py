"""Which union of many branches might object most to an allocation, found by a mixed-integer program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from lempart.conic import IntegerSolution, LinearProgram, solve_mixed_integer
from lempart.game.core.objectors.hill_climbing import hill_climb
from lempart.partition import Restrictions, members
from lempart.typing import FloatArray


@dataclass(eq=False)
class UnlistedUnions:
    """All unions of more branches than can be listed, with what is known of each union's cost.

    The most that any union without a price can gain is ``max Σ x_j s_j − Σ_parts η`` over ``s`` in {0, 1}, with
    ``η ≥ Σ y_j s_j`` for every bound ``y`` on the part and ``s`` none of the unions that have a price.

    Attributes
    ----------
    branches
        Player masks, disjoint.
    restrictions
        Rules that sub-coalitions must keep, as rows of the program; None: none. A player alone always keeps them, and
        is compared by itself.
    floors
        Per part of the cost, its bounds so far: the sums over each branch, shape ``(branches,)`` each.
    priced
        The unions that have a price, by which branches are in them, shape ``(branches,)`` each.
    """

    branches: tuple[int, ...]
    restrictions: Restrictions | None = None
    floors: list[list[FloatArray]] = field(default_factory=list)
    priced: list[FloatArray] = field(default_factory=list)

    def add_cuts(self, cuts: Sequence[FloatArray]) -> None:
        """Take note of allocations, one for each part of the cost, under which no union pays more than that part."""
        self.floors = self.floors or [[] for _ in cuts]
        for floor, shares in zip(self.floors, cuts, strict=True):
            floor.append(self._by_branch(shares))

    def mark_priced(self, mask: int) -> None:
        """Take note that ``mask`` is priced, if it is a union of these branches."""
        inside = self._inside(mask)
        if self._union(inside) == mask:
            self.priced.append(inside)

    @property
    def any_left(self) -> bool:
        """Return whether a union has no price yet."""
        return len(self.priced) < (1 << len(self.branches)) - 1

    def lower_bound(self, mask: int) -> float:
        """Return what ``mask`` costs at least; ``-inf`` if it is no union of these branches."""
        inside = self._inside(mask)
        if self._union(inside) != mask or not self.floors:
            return -np.inf
        return float(sum((np.array(bounds) @ inside).max() for bounds in self.floors))

    def most_violated(self, shares: FloatArray) -> list[tuple[float, int]]:
        """Return the union without a price that may gain most, with a bound on how much; empty if all have theirs."""
        return self._chosen(self._optimum(shares), shares, -np.inf)

    def separate_quickly(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return a union without a price that may gain more than ``level``, and how much, if one is quickly found."""
        gain, inside = hill_climb(self._by_branch(shares), [np.array(bounds) for bounds in self.floors], self.priced)
        union = self._union(inside)
        return [(gain, union)] if gain > level and (self.restrictions is None or self.restrictions.allow(union)) else []

    def separate(self, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return a union without a price that may gain more than ``level``, and how much; empty if none may."""
        return self._chosen(self._optimum(shares, level), shares, level)

    def largest_gain(self, shares: FloatArray, seconds: float) -> float:
        """Return an upper bound on what any union without a price gains; the more ``seconds``, the closer."""
        found = self._optimum(shares, seconds=seconds)
        joint = -np.inf if found is None else -found.bound * self._unit(shares)
        return max((joint, *(gain for gain, _ in self._alone(shares))))

    def _chosen(self, found: IntegerSolution | None, shares: FloatArray, level: float) -> list[tuple[float, int]]:
        """Return who may gain most by a program, or alone where rules hold for others."""
        alone = [entry for entry in self._alone(shares) if entry[0] > level]
        joint = [] if found is None or found.x is None else [(-found.bound * self._unit(shares), self._union(found.x))]
        return [max((*joint, *alone))] if joint or alone else []

    def _alone(self, shares: FloatArray) -> list[tuple[float, int]]:
        """Return what players without a price gain alone, where there are rules: the program is of groups then."""
        if self.restrictions is None:
            return []
        known = {self._union(inside) for inside in self.priced}
        single = [mask for mask in self.branches if not mask & (mask - 1) and mask not in known]
        return [(float(shares[list(members(mask))].sum()) - self.lower_bound(mask), mask) for mask in single]

    def _rules(self, parts: int) -> tuple[list[FloatArray], list[float], list[float]]:
        """Return the rules as rows over branches, with their lower and upper limits."""
        players = [members(mask) for mask in self.branches]
        place = {player: at for at, own in enumerate(players) for player in own}
        rows, lower, upper = [], [], []
        for rule in () if self.restrictions is None else self.restrictions.rules:
            for weights, least, most in rule.rows(tuple(place)):
                row = np.zeros(len(self.branches) + parts)
                for player, weight in weights.items():
                    row[place[player]] += weight
                rows.append(row)
                lower.append(least)
                upper.append(most)
        return rows, lower, upper

    def _optimum(self, shares: FloatArray, level: float = -np.inf, seconds: float = np.inf) -> IntegerSolution | None:
        """Return what may gain most, in units, if that is more than ``level``; None if nothing does."""
        gain, unit = self._by_branch(shares), self._unit(shares)
        count, parts = len(self.branches), len(self.floors)
        cost = np.append(-gain / unit, np.ones(parts))
        rows, lower = [np.append(np.ones(count), np.zeros(parts))], [1.0]
        if level > -np.inf:
            rows.append(-cost)
            lower.append(level / unit)
        for part, floor in enumerate(self.floors):
            for bound in floor:
                rows.append(np.append(-bound / unit, np.eye(parts)[part]))
                lower.append(0.0)
        for inside in self.priced:  # at least one branch more or less
            rows.append(np.append(1.0 - 2.0 * inside, np.zeros(parts)))
            lower.append(1.0 - float(inside.sum()))
        rules, least, most = self._rules(parts)
        program = LinearProgram(
            cost=cost,
            matrix=sp.csr_array(np.array([*rows, *rules])),
            row_lower=np.array([*lower, *least]),
            row_upper=np.array([*([np.inf] * len(rows)), *most]),
            lower=np.append(np.zeros(count), np.full(parts, -np.inf)),
            upper=np.append(np.ones(count), np.full(parts, np.inf)),
        )
        return solve_mixed_integer(program, np.arange(count + parts) < count, seconds=seconds)

    def _unit(self, shares: FloatArray) -> float:
        """Return the size of the amounts, by which the program is scaled."""
        bounds = [float(np.abs(y).max()) for floor in self.floors for y in floor]
        return max(float(np.abs(self._by_branch(shares)).max()), *bounds) or 1.0

    def _inside(self, mask: int) -> FloatArray:
        return np.array([float(not branch & ~mask) for branch in self.branches])

    def _union(self, inside: FloatArray) -> int:
        return sum(branch for branch, chosen in zip(self.branches, inside, strict=False) if chosen > 0.5)

    def _by_branch(self, shares: FloatArray) -> FloatArray:
        return np.array([shares[list(members(branch))].sum() for branch in self.branches])
