"""What is given: frozen, validated records with units in their field names."""

from lempart.case.case import Case
from lempart.case.flexibility import KINDS, Battery, Convex, Curtailment, Flexibility, Inverter
from lempart.case.records import (
    CaseFields,
    DispatchOptions,
    Grid,
    Group,
    Horizon,
    Line,
    Market,
    Prosumer,
    Scenario,
)
from lempart.case.rules import check

__all__ = [
    "KINDS",
    "Battery",
    "Case",
    "CaseFields",
    "Convex",
    "Curtailment",
    "DispatchOptions",
    "Flexibility",
    "Grid",
    "Group",
    "Horizon",
    "Inverter",
    "Line",
    "Market",
    "Prosumer",
    "Scenario",
    "check",
]
