"""Rules on who may form a coalition, as the theory knows them: no more than masks of players and weights of each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from lempart.partition.bits import members

Row: TypeAlias = tuple[dict[int, float], float, float]
"""A linear condition on who is in a coalition: a coefficient for each player, and what their sum lies between."""


class Restriction(Protocol):
    """One rule on coalitions of two or more players."""

    @property
    def name(self) -> str:
        """Return what the rule is called."""

    @property
    def hereditary(self) -> bool:
        """Return whether every part of a coalition that keeps the rule keeps it, too."""

    def keeps(self, mask: int) -> bool:
        """Return whether a coalition keeps the rule."""

    def rows(self, players: tuple[int, ...]) -> Iterator[Row]:
        """Yield the rule as linear conditions on which of some players are in a coalition of two or more."""


@dataclass(frozen=True, slots=True)
class Compatible:
    """Any two members must be able to be together.

    Attributes
    ----------
    name
        What the rule is called.
    partners
        Per player the mask of those it may be with. It is one of them unless it may be with nobody.
    """

    name: str
    partners: tuple[int, ...]
    hereditary: bool = field(default=True, init=False)

    def keeps(self, mask: int) -> bool:
        """Return whether all members are each other's partners."""
        return all(not mask & ~self.partners[player] for player in members(mask))

    def rows(self, players: tuple[int, ...]) -> Iterator[Row]:
        """Yield ``s_i + s_j <= 1`` for any two that can't be together, ``s_i <= 0`` for who may be with nobody."""
        for place, one in enumerate(players):
            if not self.partners[one] >> one & 1:
                yield {one: 1.0}, -math.inf, 0.0
            else:
                others = (other for other in players[place + 1 :] if self.partners[other] >> other & 1)
                yield from (({one: 1.0, other: 1.0}, -math.inf, 1.0) for other in others if self._apart(one, other))

    def _apart(self, one: int, other: int) -> bool:
        return not self.partners[one] >> other & 1


@dataclass(frozen=True, slots=True)
class Weighed:
    """The members' weights must add up to something between two limits.

    Attributes
    ----------
    name
        What the rule is called.
    weights
        Per player. Where there is no lower limit they are no less than 0: then the rule is hereditary.
    least, most
        The limits, both included.
    """

    name: str
    weights: tuple[float, ...]
    least: float = -math.inf
    most: float = math.inf

    @property
    def hereditary(self) -> bool:
        """Return whether there is no lower limit, so that whoever leaves breaks nothing."""
        return self.least == -math.inf

    def keeps(self, mask: int) -> bool:
        """Return whether the members' weights add up to what they must."""
        return self.least <= math.fsum(self.weights[player] for player in members(mask)) <= self.most

    def rows(self, players: tuple[int, ...]) -> Iterator[Row]:
        """Yield the sum and its limits."""
        yield {player: self.weights[player] for player in players}, self.least, self.most


@dataclass(frozen=True, slots=True)
class Restrictions:
    """All rules on coalitions. A player alone always keeps them."""

    rules: tuple[Restriction, ...]

    def allow(self, mask: int) -> bool:
        """Return whether a coalition may form."""
        return not mask & (mask - 1) or all(rule.keeps(mask) for rule in self.rules)

    def may_grow(self, mask: int) -> bool:
        """Return whether players may be part of one coalition, as far as that depends on them alone."""
        return not mask & (mask - 1) or all(rule.keeps(mask) for rule in self.rules if rule.hereditary)

    def broken(self, mask: int) -> tuple[str, ...]:
        """Return the names of the rules that a coalition breaks."""
        return () if not mask & (mask - 1) else tuple(rule.name for rule in self.rules if not rule.keeps(mask))
