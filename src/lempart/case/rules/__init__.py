"""The rules a case must keep: one rule, one small function; problems are data, all are collected."""

from __future__ import annotations

from collections.abc import Collection

from lempart.case.records import CaseFields
from lempart.errors import InputError, Problem


def check(case: CaseFields, unread: Collection[str] = ()) -> list[Problem]:
    """Return every problem of ``case``, errors and warnings.

    Parameters
    ----------
    unread
        Places (``grid.lines[3].r_ohm``) that hold a neutral value because what the user wrote couldn't be read:
        no rule looks at them.
    """
    return []


def require_valid(case: CaseFields) -> None:
    """Raise :class:`InputError` with all errors of ``case``; warnings don't stop anything."""
    errors = [problem for problem in check(case) if problem.severity == "error"]
    if errors:
        raise InputError(errors)
