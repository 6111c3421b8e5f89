"""Prosumers and their forecast and realisation, from the case file or from tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lempart.case import Prosumer, Scenario
from lempart.case.where import indexed
from lempart.io.case_files.flexibility import by_prosumer, read_flexibility_list
from lempart.io.case_files.profiles import QUANTITIES, ProfileTables
from lempart.io.case_files.rows import Rows
from lempart.io.case_files.section import Section
from lempart.io.case_files.series import SeriesReader
from lempart.io.readings import FLAG, NUMBER, TEXT, UnreadableError, ValueReader, text
from lempart.typing import FloatArray

AREA = "area_"
"""Begins the columns that say in which area of a level a prosumer is."""


def _area(value: object) -> str:
    """Return an area's name; a number, such as a municipality's, is one."""
    named = str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)
    if not named.strip():
        raise UnreadableError("an empty name", "Give the area a name.")
    return named


_AREA = ValueReader(_area, "", '"a name"')


@dataclass(frozen=True)
class ProsumerReader:
    """Reads the prosumers of one case; ``top`` is the top of the file."""

    top: Section
    rows: Rows
    series: SeriesReader

    def read(self) -> tuple[tuple[Prosumer, ...], Scenario]:
        """Return the prosumers and their scenario."""
        sections = self.rows.of(self.top, "prosumers")
        profiles = ProfileTables.open(self.top, self.rows, self.series)
        names = [self._name(section, index) for index, section in enumerate(sections)]
        tabled = by_prosumer(self.rows.of(self.top, "flexibility", required=False), names, self.rows.places)
        prosumers, injections = [], []
        for section, name in zip(sections, names, strict=True):
            injections.append({quantity: profiles.read(section, name, quantity) for quantity in QUANTITIES})
            prosumers.append(self._prosumer(section, name, tabled[name]))
            section.close()
        profiles.report_unused(names)
        scenario = self._scenario(injections)
        profiles.report_times(self.top, names, scenario.forecast.real)
        return tuple(prosumers), scenario

    def _name(self, section: Section, index: int) -> str:
        """Return the prosumer's name, or its position where it has none."""
        name = section.get("name", TEXT)
        if section.at("name") in section.log.unread:
            return indexed("prosumers", index)
        if section.row:
            section.move(indexed("prosumers", name), self.rows.places)
        else:
            section.where = indexed("prosumers", name)
        return name

    def _prosumer(self, section: Section, name: str, tabled: list[Section]) -> Prosumer:
        inline = self.rows.of(section, "flexibility", required=False)
        if inline and tabled:
            remedy = "Keep the prosumer's own flexibility, or its records in the table."
            section.log.error(section.at("flexibility"), "given here and in the flexibility table", remedy)
        return Prosumer(
            name=name,
            node=section.get("node", TEXT),
            player=section.get("player", FLAG, True),
            flexibility=read_flexibility_list([*inline, *tabled], section.where, self.series),
            areas=self._areas(section),
            connection_kw=section.get("connection_kw", NUMBER, None),
            generation_kw=section.get("generation_kw", NUMBER, None),
            eligible=section.get("eligible", FLAG, True),
        )

    def _areas(self, section: Section) -> tuple[tuple[str, str], ...]:
        """Return what the columns ``area_<level>`` say; an empty cell says nothing."""
        found = ((key, section.get(key, _AREA)) for key in section.beginning_with(AREA))
        return tuple((key.removeprefix(AREA), name) for key, name in found)

    def _scenario(self, injections: Sequence[Mapping[str, FloatArray | None]]) -> Scenario:
        steps = self.series.steps or 1
        forecast = np.zeros((len(injections), steps), dtype=np.complex128)
        actual = np.zeros_like(forecast)
        for row, found in enumerate(injections):
            for part, quantity in (("real", "mw"), ("imag", "mvar")):
                expected = found[f"forecast_{quantity}"]
                realized = found[f"actual_{quantity}"]
                getattr(forecast, part)[row] = 0.0 if expected is None else expected
                getattr(actual, part)[row] = getattr(forecast, part)[row] if realized is None else realized
        return Scenario(forecast, actual)
