"""How many coalitions rules leave, and how many each of them excludes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from lempart.arguments import checks_arguments
from lempart.partition.family import Family

MAX_COALITIONS = 100_000
"""Coalitions up to which it is counted how many each rule excludes."""


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What rules exclude, of all coalitions of two or more players that the grid admits.

    Attributes
    ----------
    coalitions, allowed
        How many there are, and how many of them keep every rule.
    excluded
        How many break each rule, by its name; a coalition may break several.
    """

    coalitions: int
    allowed: int
    excluded: Mapping[str, int]


@checks_arguments
def exclusions(family: Family) -> Exclusions | None:
    """Return what the rules of a family exclude; None without rules, or where coalitions are too many to look at."""
    if family.restrictions is None or (not family.single_boundary and 1 << family.player_count > 2 * MAX_COALITIONS):
        return None
    masks = list(islice(family.connected(family.everyone), 2 * MAX_COALITIONS + 1))
    if len(masks) > 2 * MAX_COALITIONS:
        return None
    several = [mask for mask in masks if mask & (mask - 1)]
    excluded = dict.fromkeys((rule.name for rule in family.restrictions.rules), 0)
    allowed = 0
    for mask in several:
        broken = family.restrictions.broken(mask)
        allowed += not broken
        for name in broken:
            excluded[name] += 1
    return Exclusions(len(several), allowed, excluded)
