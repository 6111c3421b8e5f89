"""Records that stand in the case file or in a table file: the same keys, the same reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lempart.case.where import indexed
from lempart.io.case_files.log import Log
from lempart.io.case_files.places import RowSource, ValueOrigins
from lempart.io.case_files.section import Section
from lempart.io.readings import UnreadableError, shown
from lempart.io.tables.load import load_table
from lempart.io.tables.table import Table


@dataclass(frozen=True)
class Rows:
    """Opens the tables of one case."""

    folder: Path
    log: Log
    places: ValueOrigins

    def of(self, section: Section, key: str, *, required: bool = True) -> list[Section]:
        """Return the records under ``key``: ``[[grid.lines]]``, or the rows of the table that is named there."""
        section.know(key)
        where = section.at(key)
        value = section.values.get(key)
        if key not in section.values:
            if required:
                self.log.unreadable(where, "missing", f'Add [[{where}]], or {key} = "{key}.csv".')
            return []
        if isinstance(value, str):
            return self._of_table(where, value)
        if isinstance(value, list):
            return [part for index, item in enumerate(value) for part in self._inline(indexed(where, index), item)]
        message = f"expected tables [[{where}]] or the name of a table file, found {shown(value)}"
        self.log.unreadable(where, message, f"Write [[{where}]] with double brackets.")
        return []

    def table(self, where: str, name: object) -> Table | None:
        """Return the table file called ``name``, or None with the problem noted."""
        try:
            if not isinstance(name, str):
                raise UnreadableError(f"expected the name of a table file, found {shown(name)}", "Write its name.")
            return load_table(self.folder, name)
        except UnreadableError as wrong:
            self.log.unreadable(where, wrong.message, wrong.remedy)
            return None

    def _inline(self, where: str, item: object) -> list[Section]:
        if isinstance(item, Mapping):
            return [Section(item, where, self.log)]
        self.log.unreadable(where, f"expected a table of keys, found {shown(item)}", "Write it as { key = value }.")
        return []

    def _of_table(self, where: str, name: str) -> list[Section]:
        table = self.table(where, name)
        sections = []
        for index, (row, cells) in enumerate(table.records() if table else ()):
            place = indexed(where, index)
            source = RowSource(name, row)
            self.places.note(place, source)
            sections.append(Section(cells, place, self.log, source, tuple(table.columns) if table else ()))
        return sections
