"""A case's rules on who may form a market, as restrictions on coalitions of its players."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lempart.case import Case
from lempart.case.distances import distances_m
from lempart.partition import Compatible, Restriction, Restrictions, Weighed, mask_of

ROUNDING = 1e-9
"""By how much a sum of capacities may miss a limit, as a share of it: sums of decimals are rounded."""


def restrictions_of(case: Case, players: Sequence[Sequence[int]]) -> Restrictions | None:
    """Return the rules on coalitions of players, each given by its prosumers; None where there are none."""
    found = tuple(_rules(case, players))
    return Restrictions(found) if found else None


def _rules(case: Case, players: Sequence[Sequence[int]]) -> Iterator[Restriction]:
    rules, people = case.rules, case.prosumers
    if not all(people[m].eligible for player in players for m in player):
        yield _of_members("eligible", players, lambda m: people[m].eligible)
    for level in rules.same:
        names = [dict(one.areas).get(level) for one in people]
        if any(name is not None for name in names):
            area = np.array([names.index(name) for name in names])
            yield _of_pairs(f"same {level}", players, area[:, None] == area)
    if rules.max_distance_m is not None:
        at = sorted(m for player in players for m in player)
        near = np.zeros((len(people), len(people)), dtype=bool)
        near[np.ix_(at, at)] = distances_m(case, at) <= rules.max_distance_m * (1.0 + ROUNDING)
        yield _of_pairs("max_distance_m", players, near)
    sizes = tuple(len(player) for player in players)
    if rules.max_members is not None:
        yield Weighed("max_members", sizes, most=rules.max_members)
    if rules.max_plant_kw is not None:
        largest = rules.max_plant_kw * (1.0 + ROUNDING)
        yield _of_members("max_plant_kw", players, lambda m: (people[m].generation_kw or 0.0) <= largest)
    if rules.min_members is not None:
        yield Weighed("min_members", sizes, least=rules.min_members)
    if rules.min_producers is not None:
        producing = tuple(sum((people[m].generation_kw or 0.0) > 0.0 for m in player) for player in players)
        yield Weighed("min_producers", producing, least=rules.min_producers)
    if rules.min_production_share is not None:
        yield _share(case, players, rules.min_production_share)


def _share(case: Case, players: Sequence[Sequence[int]], share: float) -> Weighed:
    """Return ``sum of generation >= share x sum of connections``."""
    people = case.prosumers
    beyond = tuple(
        sum((people[m].generation_kw or 0.0) - share * (people[m].connection_kw or 0.0) for m in player)
        for player in players
    )
    total = sum((one.connection_kw or 0.0) for one in people)
    return Weighed("min_production_share", beyond, least=-ROUNDING * share * total)


def _of_members(name: str, players: Sequence[Sequence[int]], may: Callable[[int], bool]) -> Compatible:
    """Return the rule that every member must keep by itself."""
    free = mask_of(index for index, player in enumerate(players) if all(map(may, player)))
    return Compatible(name, tuple(free if free >> index & 1 else 0 for index in range(len(players))))


def _of_pairs(name: str, players: Sequence[Sequence[int]], together: np.ndarray) -> Compatible:
    """Return the rule that any two members keep whose prosumers are ``together``, a matrix over all prosumers."""
    order = [m for player in players for m in player]
    first = np.cumsum([0, *(len(player) for player in players[:-1])])
    each = np.logical_and.reduceat(together[np.ix_(order, order)], first, axis=0)
    partners = np.packbits(np.logical_and.reduceat(each, first, axis=1), axis=1, bitorder="little")
    return Compatible(name, tuple(int.from_bytes(row.tobytes(), "little") for row in partners))
