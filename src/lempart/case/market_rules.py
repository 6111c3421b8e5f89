"""Which markets may form: rules as laws have them, and presets of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from lempart.case.record import NOT_HASHED, Record


@dataclass(frozen=True, slots=True)
class Preset:
    """Rules of a country, as we read them; the law decides.

    Attributes
    ----------
    title
        What they are the rules of.
    keys
        The keys of ``[rules]`` that it stands for.
    source, read
        What was read, and when.
    beyond
        What the law asks for and no key says.
    """

    title: str
    keys: Mapping[str, Any]
    source: str
    read: str
    beyond: str


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "ch-leg-2026": Preset(
            "Switzerland, local electricity communities (LEG) from 2026",
            {"same": ("municipality", "operator", "voltage_level"), "min_production_share": 0.05},
            "Electricity Supply Act, Art. 17d-17e, and its Ordinance, Art. 19e-19h, as network operators explain them",
            "2026-12-01",
            "Smart meters; no grid above 36 kV. Fees are 40 % lower in one transformer's area, else 20 %.",
        ),
        "at-eeg-local": Preset(
            "Austria, local renewable energy communities (EEG)",
            {"same": ("operator", "transformer"), "min_members": 2, "min_producers": 1},
            "Renewable Expansion Act, § 79, as the coordination office and network operators explain it",
            "2026-12-01",
            "No large enterprises (set eligible = false); a legal person without profit as its aim.",
        ),
        "at-eeg-regional": Preset(
            "Austria, regional renewable energy communities (EEG)",
            {"same": ("operator", "substation"), "min_members": 2, "min_producers": 1},
            "Renewable Expansion Act, § 79, as the coordination office and network operators explain it",
            "2026-12-01",
            "No large enterprises (set eligible = false); a legal person without profit as its aim.",
        ),
        "de-42c-2026": Preset(
            "Germany, energy sharing from June 2026",
            {"same": ("operator",), "min_producers": 1},
            "Energy Industry Act (EnWG), § 42c",
            "2026-12-01",
            "One balancing area of one operator, from June 2028 adjacent ones, too; no large enterprises.",
        ),
        "it-cacer": Preset(
            "Italy, widespread self-consumption (CACER)",
            {"same": ("primary_substation",), "min_members": 2, "min_producers": 1, "max_plant_kw": 1000.0},
            "Decree of 7 December 2023, no. 414, as advisers explain it",
            "2026-12-01",
            "Plants from after the community was founded; no large enterprises (set eligible = false).",
        ),
        "es-2km": Preset(
            "Spain, shared self-consumption nearby",
            {"max_distance_m": 2000.0, "min_producers": 1},
            "Royal Decree 244/2019 and its amendments, from general knowledge: not read at the source",
            "2026-12-01",
            "The distance is between plant and consumer; other ways of being near are not asked for.",
        ),
        "pt-2km": Preset(
            "Portugal, collective self-consumption at low voltage",
            {"max_distance_m": 2000.0, "min_producers": 1},
            "Decree-Law 15/2022, from general knowledge: not read at the source",
            "2026-12-01",
            "Behind one transformer any distance will do; at higher voltages it may be larger.",
        ),
    }
)
"""Presets by name."""


@dataclass(frozen=True, eq=False)
class MarketRules(Record):
    """Which coalitions of two or more players may form. A player alone always may.

    What isn't given is no rule, or what the preset says.

    Attributes
    ----------
    preset
        The name of rules to begin with (see ``PRESETS``).
    same
        Areas, columns ``area_<name>`` of the prosumers, that all members share.
    max_distance_m
        The largest distance between any two members, from the coordinates of their buses, in metres.
    max_members, min_members
        Prosumers in a market at the most, and at the least.
    min_producers
        Members with generation at the least.
    min_production_share
        What the members' generation is of what they are connected for, at the least: ``sum of generation_kw >= share x
        sum of connection_kw``.
    max_plant_kw
        The largest generation of any member, in kW.
    """

    preset: str | None = field(default=None, metadata=NOT_HASHED)
    same: tuple[str, ...] = ()
    max_distance_m: float | None = None
    max_members: int | None = None
    min_members: int | None = None
    min_producers: int | None = None
    min_production_share: float | None = None
    max_plant_kw: float | None = None

    def __post_init__(self) -> None:
        known = PRESETS.get(self.preset) if isinstance(self.preset, str) else None
        for name, value in known.keys.items() if known is not None else ():
            if getattr(self, name) in (None, ()):
                object.__setattr__(self, name, value)

    @property
    def given(self) -> dict[str, Any]:
        """Return the rules there are, by their keys, those of the preset too."""
        keys = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "preset"}
        return {name: value for name, value in keys.items() if value not in (None, ())}

    @property
    def from_preset(self) -> Preset | None:
        """Return the preset; None without one, or where there is none of that name."""
        return PRESETS.get(self.preset or "")


NO_RULES = MarketRules()
"""Any coalition may form."""
