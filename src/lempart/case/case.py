"""A valid case: the fields, with every rule kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lempart.case.records import CaseFields, Scenario
from lempart.case.rules import require_valid


@dataclass(frozen=True, eq=False)
class Case(CaseFields):
    """A valid case. Making one runs every rule and raises :class:`~lempart.errors.InputError` with all problems."""

    def __post_init__(self) -> None:
        require_valid(self)

    def with_scenario(self, scenario: Scenario) -> Case:
        """Return this case with other forecasts and realisations."""
        return replace(self, scenario=scenario)
