"""From the place of a value in the case to the place where the user wrote it, a row of a table file for example."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Protocol

from lempart.case.where import prefixes
from lempart.errors import Problem

_KEY = re.compile(r"\.([^.\[]+)(.*)", re.DOTALL)
_INDEX = re.compile(r"\[(\d+)\]")


class FilePlace(Protocol):
    """A place in a file."""

    def render(self, rest: str) -> str:
        """Return the place of ``rest`` (``.r_ohm``, ``[4]`` or nothing) in the file."""
        ...


@dataclass(frozen=True)
class Alias:
    """Another place in the same file."""

    where: str

    def render(self, rest: str) -> str:
        """Return ``flexibility[3].power_mw``."""
        return self.where + rest


@dataclass(frozen=True)
class RowSource:
    """A row of a table file; ``row`` is counted as a spreadsheet shows it."""

    table: str
    row: int

    def render(self, rest: str) -> str:
        """Return ``lines.csv row 7, column r_ohm``."""
        key = _KEY.fullmatch(rest)
        column = f", column {key[1]}{key[2]}" if key else ""
        return f"{self.table} row {self.row}{column}"


@dataclass(frozen=True)
class ColumnSource:
    """A column of a table file with one row per step; ``first_row`` holds step 0."""

    table: str
    column: str
    first_row: int

    def render(self, rest: str) -> str:
        """Return ``profiles.csv row 6, column P1``."""
        index = _INDEX.fullmatch(rest)
        row = f" row {self.first_row + int(index[1])}" if index else ""
        return f"{self.table}{row}, column {self.column}"


@dataclass
class ValueOrigins:
    """Which values of the case come from which table file."""

    sources: dict[str, FilePlace] = field(default_factory=dict)

    def note(self, where: str, source: FilePlace) -> None:
        """Note that the value at ``where`` comes from ``source``; the first note counts."""
        self.sources.setdefault(where, source)

    def locate(self, problem: Problem) -> Problem:
        """Return ``problem`` with its place as the user wrote it."""
        for place in prefixes(problem.where):
            source = self.sources.get(place)
            if source is not None:
                return replace(problem, where=source.render(problem.where[len(place) :]))
        return problem
