"""The rules a case must keep: one rule, one small function; problems are data, all are collected."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from lempart.arguments import checks_arguments
from lempart.case.records import CaseFields
from lempart.case.rules import devices, formation, lines, nodes, numbers, people, ranges, settings, topology, units
from lempart.case.rules.rule import Rule
from lempart.case.rules.types import wrong_types
from lempart.case.where import field_of, prefixes
from lempart.errors import InputError, Problem

RULES: tuple[Rule, ...] = tuple(
    value
    for module in (settings, lines, topology, nodes, people, formation, numbers, ranges, devices, units)
    for value in vars(module).values()
    if isinstance(value, Rule)
)
"""Every rule, in the order in which problems are told: the settings, the grid, who is on it, the numbers."""


@checks_arguments
def check(case: CaseFields, unread: Collection[str] = ()) -> list[Problem]:
    """Return every problem of ``case``, errors and warnings.

    Parameters
    ----------
    case
        The case; no rule changes it.
    unread
        Places (``grid.lines[3].r_ohm``) that hold a neutral value because what the user wrote couldn't be read:
        no problem is told about them, and a rule that needs them isn't asked.

    Examples
    --------
    >>> from lempart import check, read_case, shipped_case_path
    >>> [problem.where for problem in check(read_case(shipped_case_path("example-1")))]
    ['grid.voltage_band_pu']
    """
    places = set(unread)
    fields = {field_of(place) for place in unread}
    if wrong := list(wrong_types(case)):
        return wrong
    with np.errstate(all="ignore"):  # what overflows is told by a rule, not by numpy
        found = [problem for rule in RULES if rule.can_judge(fields) for problem in rule.find(case)]
    return [problem for problem in found if places.isdisjoint(prefixes(problem.where))]


def require_valid(case: CaseFields) -> None:
    """Raise :class:`InputError` with all errors of ``case``; warnings don't stop anything."""
    errors = [problem for problem in check(case) if problem.severity == "error"]
    if errors:
        raise InputError(errors)
