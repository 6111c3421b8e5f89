"""One table of a case file (``[market]``, a line, a prosumer): typed access by key, every problem noted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Final, TypeVar, overload

from lempart.io.case_files.log import Log
from lempart.io.case_files.places import Alias, RowSource, ValueOrigins
from lempart.io.readings import UnreadableError, ValueReader

T = TypeVar("T")
D = TypeVar("D")


class Missing(Enum):
    """Marks a key without a default."""

    REQUIRED = "required"


REQUIRED: Final = Missing.REQUIRED


class Section:
    """The keys of one table, read one after the other; :meth:`close` reports those missing and those unknown.

    Parameters
    ----------
    values
        The keys found. A row of a table file has a key for each cell that isn't empty.
    where
        The table's place: ``grid.lines[3]``; empty at the top of the file.
    log
        Where problems go.
    row
        Which row of which table file this is, if it is one.
    columns
        The columns of that table file.
    """

    def __init__(
        self,
        values: Mapping[str, object],
        where: str,
        log: Log,
        row: RowSource | None = None,
        columns: Collection[str] = (),
    ) -> None:
        self.values, self.where, self.log = values, where, log
        self.row, self._columns = row, columns
        self._known: dict[str, None] = {}
        self._missing: dict[str, str] = {}

    def move(self, where: str, places: ValueOrigins) -> None:
        """Name this section ``where`` from now on, as the rules will; ``places`` leads back to where it stands."""
        places.note(where, self.row or Alias(self.where))
        self.where = where

    def at(self, key: str) -> str:
        """Return the place of ``key``: ``grid.lines[3].r_ohm``."""
        return f"{self.where}.{key}" if self.where else key

    def __contains__(self, key: str) -> bool:
        self.know(key)
        return key in self.values

    def beginning_with(self, prefix: str) -> tuple[str, ...]:
        """Return the keys that begin so and aren't known, in their order, and accept them."""
        names = self._columns if self.row else self.values
        found = tuple(key for key in names if key.startswith(prefix) and key not in self._known)
        self.know(*found)
        return tuple(key for key in found if key in self.values)

    def know(self, *keys: str) -> None:
        """Accept ``keys`` without reading them."""
        self._known.update(dict.fromkeys(keys))

    @overload
    def get(self, key: str, reading: ValueReader[T]) -> T: ...
    @overload
    def get(self, key: str, reading: ValueReader[T], default: D) -> T | D: ...
    def get(self, key: str, reading: ValueReader[T], default: D | Missing = REQUIRED) -> T | D:
        """Return the value of ``key``, its default, or a neutral value with the problem noted."""
        self.know(key)
        if key not in self.values:
            if not isinstance(default, Missing):
                return default
            self._missing[key] = reading.example
            self.log.unread.add(self.at(key))
            return reading.placeholder
        try:
            return reading.convert(self.values[key])
        except UnreadableError as wrong:
            self.log.unreadable(self.at(key), wrong.message, wrong.remedy, wrong.at)
            return reading.placeholder

    def close(self, elsewhere: Mapping[str, str] | None = None) -> None:
        """Report missing and unknown keys; ``elsewhere`` says to which other table an unknown key belongs."""
        absent = tuple(key for key in self._known if key not in self.values)
        for key in self._unknown():
            near = self.log.names(absent).suggestion(key) or self.log.names(tuple(self._known)).suggestion(key)
            needed = near is not None and self._missing.pop(near, None) is not None
            if near is not None and near in absent:
                self.log.unread.add(self.at(near))
            self._report_unknown(key, near, (elsewhere or {}).get(key), f", and {near} is missing" if needed else "")
        for key in self._missing:
            self._report_missing(key)

    def _unknown(self) -> list[str]:
        return [key for key in (self._columns if self.row else self.values) if key not in self._known]

    def _report_unknown(self, key: str, near: str | None, home: str | None, lacks: str) -> None:
        if near is not None:
            remedy = f"Did you mean {near}?"
        elif home is not None:
            remedy = f"It belongs {home}."
        else:
            remedy = f"Remove it; known here: {', '.join(self._known) or 'nothing'}."
        if self.row:
            self.log.error(self.row.table, f'unknown column "{key}"{lacks}', remedy)
        else:
            self.log.error(self.at(key), f"unknown key{lacks}", remedy)

    def _report_missing(self, key: str) -> None:
        if self.row and key not in self._columns:
            self.log.error(self.row.table, f'there is no column "{key}"', "Add the column, or correct its name.")
        elif self.row:
            self.log.error(self.at(key), "the cell is empty", "Fill it in.")
        else:
            remedy = f"Add {key} here, for example {key} = {self._missing[key]}."
            self.log.error(self.at(key), "missing", remedy)
