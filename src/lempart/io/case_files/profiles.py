"""Injections over time: each prosumer's own lists, or tables with one column per prosumer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

import numpy as np

from lempart.case.where import quoted
from lempart.case.wording import Names, listed
from lempart.io.case_files.places import ColumnSource
from lempart.io.case_files.rows import Rows
from lempart.io.case_files.section import Section
from lempart.io.case_files.series import SeriesReader, numbers, wrong_length
from lempart.io.readings import UnreadableError
from lempart.io.tables.load import SUFFIXES
from lempart.io.tables.table import Table
from lempart.typing import FloatArray

QUANTITIES = {
    "forecast_mw": "forecast",
    "forecast_mvar": "forecast_mvar",
    "actual_mw": "actual",
    "actual_mvar": "actual_mvar",
}
"""What is read for each prosumer, and the key that names a table of it."""

TIME_COLUMNS = ("step", "time")
"""Columns of a profile table that are no prosumer's."""


@dataclass
class ProfileTables:
    """The profile tables of one case."""

    rows: Rows
    series: SeriesReader
    tables: dict[str, tuple[str, Table | None]] = field(default_factory=dict)
    opened: dict[str, Table | None] = field(default_factory=dict)
    columns: dict[str, Names] = field(default_factory=dict)

    @classmethod
    def open(cls, top: Section, rows: Rows, series: SeriesReader) -> ProfileTables:
        """Open the tables that the top of the file names: ``forecast = "profiles.parquet"``."""
        profiles = cls(rows, series)
        for quantity, key in QUANTITIES.items():
            if key in top:
                name = top.values[key]
                profiles.tables[quantity] = (key, profiles._table(key, name))
        return profiles

    def report_times(self, top: Section, prosumers: Sequence[str], forecast: FloatArray) -> None:
        """Warn where a table's column of times contradicts the length of a step, or everybody injects at night.

        ``forecast`` in MW, shape ``(prosumers, steps)``.
        """
        horizon = top.values.get("time")
        hours = horizon.get("step_hours") if isinstance(horizon, Mapping) else None
        for quantity, (_, table) in self.tables.items():
            times = times_of(table)
            if table is None or len(times) < 2:
                continue
            apart = (times[1] - times[0]).total_seconds() / 3600.0
            if isinstance(hours, int | float) and apart > 0 and abs(apart - hours) > 0.01 * apart:
                message = f"its times are {apart:g} h apart, and a step has {hours:g} h"
                self.rows.log.warn(
                    f"{table.name}, column time", message, f"Write step_hours = {apart:g}, or correct it."
                )
            night = [at for at, time in enumerate(times) if time.hour < 4]
            if quantity != "forecast_mw" or len(times) != forecast.shape[1] or not 0 < len(night) < len(times):
                continue
            if len(prosumers) > 1 and np.all(forecast[:, night].sum(axis=1) > 0.0):
                message = "everybody injects at night, between 0 and 4 o'clock"
                remedy = "Injection is positive, consumption negative: turn the signs round if consumption was meant."
                self.rows.log.warn(table.name, message, remedy)

    def read(self, section: Section, name: str, quantity: str) -> FloatArray | None:
        """Return ``quantity`` of the prosumer ``name``; None where the file says nothing of it."""
        key = QUANTITIES[quantity]
        if key != quantity and key in section:
            return self._own_table(section, name, quantity, key)
        if quantity in section and _names_table(section.values[quantity]):
            return self._own_table(section, name, quantity, quantity)
        if quantity not in self.tables:
            if quantity == "forecast_mw":
                return section.get(quantity, self.series.per_step_exact)
            return section.get(quantity, self.series.per_step_exact, None)
        key, table = self.tables[quantity]
        if quantity in section:
            remedy = "Keep one of them."
            section.log.error(section.at(quantity), f"given here and by the table that {key} names", remedy)
            return section.get(quantity, self.series.per_step_exact)
        return self._column(section, name, quantity, table)

    def _names_in(self, table: Table) -> Names:
        """Return the columns of a table, to look for names that are meant."""
        if table.name not in self.columns:
            self.columns[table.name] = Names(table.columns)
        return self.columns[table.name]

    def report_unused(self, prosumers: Sequence[str]) -> None:
        """Warn of columns that belong to no prosumer."""
        names = set(prosumers)
        for _, table in self.tables.values():
            unused = [column for column in (table.columns if table else ()) if column not in names]
            unused = [column for column in unused if column not in TIME_COLUMNS]
            if table and unused:
                count = f"{len(unused)} column{'' if len(unused) == 1 else 's'} for no prosumer"
                message = f"{count}: {listed(unused)}"
                self.rows.log.warn(table.name, message, "They are not used; check the names.")

    def _own_table(self, section: Section, name: str, quantity: str, key: str) -> FloatArray:
        if key != quantity and quantity in section:
            section.log.error(section.at(key), f"given here and by {quantity}", "Keep one of them.")
        return self._column(section, name, quantity, self._table(section.at(key), section.values[key]))

    def _column(self, section: Section, name: str, quantity: str, table: Table | None) -> FloatArray:
        """Return the prosumer's column of a profile table."""
        where = section.at(quantity)
        if table is None:
            section.log.unread.add(where)
            return self.series.per_step.placeholder
        if name not in table.columns:
            near = self._names_in(table).suggestion(name)
            hint = f"Did you mean the column {quoted(near)}?" if near else "Add it."
            section.log.unread.add(where)
            section.log.error(table.name, f"there is no column for the prosumer {quoted(name)}", hint)
            return self.series.per_step.placeholder
        first = table.rows[0] if table.rows else 1
        self.rows.places.note(where, ColumnSource(table.name, name, first))
        try:
            return self._exact(numbers(table.columns[name]))
        except UnreadableError as wrong:
            section.log.unreadable(where, wrong.message, wrong.remedy, wrong.at)
            return self.series.per_step.placeholder

    def _exact(self, values: FloatArray) -> FloatArray:
        if self.series.steps is None:
            return np.zeros(1)
        if len(values) != self.series.steps:
            raise wrong_length(len(values), self.series.steps)
        return values

    def _table(self, where: str, name: object) -> Table | None:
        """Return the table ``name``, opened once."""
        if not isinstance(name, str):
            return self.rows.table(where, name)
        if name not in self.opened:
            self.opened[name] = self.rows.table(where, name)
        return self.opened[name]


def _names_table(value: object) -> bool:
    return isinstance(value, str) and PurePath(value).suffix.lower() in SUFFIXES


def times_of(table: Table | None) -> list[datetime]:
    """Return what a table's column of times says; empty where it has none that can be read."""
    found = []
    for value in table.columns.get("time", ()) if table else ():
        try:
            found.append(value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip()))
        except ValueError:
            return []
    return found
