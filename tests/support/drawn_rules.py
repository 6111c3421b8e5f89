"""Rules on coalitions drawn at random, each with a plain predicate that shares no code with the package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lempart.partition import Compatible, Restriction, Restrictions, Weighed, mask_of

Predicate = Callable[[Sequence[int]], bool]


@dataclass(frozen=True)
class DrawnRules:
    """Rules as the package takes them, and as predicates of tuples of players, by their names."""

    restrictions: Restrictions
    predicates: dict[str, Predicate]

    def allow(self, players: Sequence[int]) -> bool:
        """Return whether players may form a coalition."""
        return len(players) == 1 or all(keeps(players) for keeps in self.predicates.values())


def drawn_rules(rng: np.random.Generator, count: int) -> DrawnRules:
    """Return one to four kinds of rules for so many players."""
    area = rng.integers(0, 2, count).tolist()
    at = rng.uniform(0.0, 10.0, (count, 2))
    excluded = set(np.flatnonzero(rng.random(count) < 0.2).tolist())
    size = rng.integers(1, 3, count).tolist()
    supply = rng.integers(-2, 4, count).tolist()
    most, least = int(rng.integers(2, count + 3)), int(rng.integers(2, 4))

    def near(one: int, other: int) -> bool:
        return float(np.hypot(*(at[one] - at[other]))) <= 6.0

    def partners(may: Callable[[int, int], bool]) -> tuple[int, ...]:
        return tuple(mask_of(j for j in range(count) if may(i, j)) for i in range(count))

    every: dict[str, tuple[Restriction, Predicate]] = {
        "same": (
            Compatible("same", partners(lambda i, j: area[i] == area[j])),
            lambda who: len({area[i] for i in who}) == 1,
        ),
        "distance": (
            Compatible("distance", partners(near)),
            lambda who: all(near(i, j) for i in who for j in who),
        ),
        "eligible": (
            Compatible("eligible", partners(lambda i, j: not {i, j} & excluded)),
            lambda who: not excluded & set(who),
        ),
        "most": (Weighed("most", tuple(size), most=most), lambda who: sum(size[i] for i in who) <= most),
        "least": (Weighed("least", tuple(size), least=least), lambda who: sum(size[i] for i in who) >= least),
        "supply": (Weighed("supply", tuple(supply), least=0.0), lambda who: sum(supply[i] for i in who) >= 0),
    }
    chosen = rng.permutation(list(every))[: int(rng.integers(1, 5))].tolist()
    rules = Restrictions(tuple(every[name][0] for name in chosen))
    return DrawnRules(rules, {name: every[name][1] for name in chosen})
