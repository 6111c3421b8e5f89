"""What is given: frozen, validated records with units in their field names."""

from lempart.case.case import Case
from lempart.case.ev import ElectricVehicle
from lempart.case.flexibility import KINDS, Battery, Convex, Curtailment, Flexibility, Inverter, OwnFlexibility
from lempart.case.hashing import case_hash
from lempart.case.heat_pump import HeatPump, air_source_cop
from lempart.case.market_rules import PRESETS, MarketRules, Preset
from lempart.case.records import (
    CaseFields,
    DispatchOptions,
    Grid,
    Group,
    Horizon,
    Line,
    Market,
    Node,
    Prosumer,
    Scenario,
    TaxOn,
)
from lempart.case.rules import check
from lempart.case.shiftable import Shiftable

__all__ = [
    "KINDS",
    "PRESETS",
    "Battery",
    "Case",
    "CaseFields",
    "Convex",
    "Curtailment",
    "DispatchOptions",
    "ElectricVehicle",
    "Flexibility",
    "Grid",
    "Group",
    "HeatPump",
    "Horizon",
    "Inverter",
    "Line",
    "Market",
    "MarketRules",
    "Node",
    "OwnFlexibility",
    "Preset",
    "Prosumer",
    "Scenario",
    "Shiftable",
    "TaxOn",
    "air_source_cop",
    "case_hash",
    "check",
]
