"""The rules a case must keep."""

from __future__ import annotations

from lempart.case.records import CaseFields
from lempart.errors import InputError, Problem


def check(case: CaseFields) -> list[Problem]:
    """Return every problem of ``case``, errors and warnings."""
    return []


def require_valid(case: CaseFields) -> None:
    """Raise :class:`InputError` with all errors of ``case``; warnings don't stop anything."""
    errors = [problem for problem in check(case) if problem.severity == "error"]
    if errors:
        raise InputError(errors)
