"""The rows of a pandapower net's tables, each value checked when it is asked for.

A net comes from other people's programs, so a cell may hold anything: text for a number, nothing, a list. What can't
be used is collected as a problem that names the element, and a neutral value goes on in its place.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from lempart.case.where import quoted
from lempart.errors import InputError, Problem
from lempart.io.readings import shown

TOO_LARGE = 10**300
LARGEST, SMALLEST = 1e9, 1e-9
"""No quantity of a distribution grid lies beyond, in pandapower's units; what does can't be computed with."""


@dataclass(frozen=True)
class Element:
    """One row of a table.

    Attributes
    ----------
    table, index
        Where it stands in the net.
    values
        Its cells by column; absent ones are None.
    problems
        Where to note what can't be used; the keys of a dict, so that each is told once.
    """

    table: str
    index: int
    values: Mapping[str, Any]
    problems: dict[Problem, None] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """Return its name, empty where it has none."""
        name = self.values.get("name")
        return "" if name is None else str(name).strip()

    @property
    def label(self) -> str:
        """Return its name, or where it stands."""
        return self.name or f"{self.table} {self.index}"

    def has(self, key: str) -> bool:
        """Return whether a cell is filled."""
        return self.values.get(key) is not None

    def number(
        self, key: str, default: float | None = None, *, positive: bool = False, limit: float = LARGEST
    ) -> float:
        """Return a number; ``default`` where the cell is empty, a problem where there is none."""
        found = self.values.get(key)
        if found is None:
            if default is not None:
                return default
            return self._wrong(key, "is empty", "Fill it in.")
        value = _real(found)
        if value is None:
            return self._wrong(key, f"is {shown(found)}, no number", "Write a number.")
        if not abs(value) <= limit:
            return self._wrong(key, f"is {shown(found)}, which no grid has", f"Write a number up to {limit:g}.")
        if positive and not value >= SMALLEST:
            remedy = f"Write a number above 0 (from {SMALLEST:g} on), or take the element out of service."
            return self._wrong(key, f"is {shown(found)}", remedy)
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        """Return a truth value, also one written as 0 or 1; ``default`` where the cell is empty."""
        value = self.values.get(key)
        if value is None:
            return default
        if isinstance(value, bool | np.bool_) or _real(value) in (0, 1):
            return bool(value)
        self._wrong(key, f"is {shown(value)}", "Write True or False.")
        return default

    def reference(self, key: str) -> int:
        """Return the index of another element; -1, which none has, where the cell holds none."""
        value = self.values.get(key)
        index = whole(value)
        if index is None:
            self._wrong(key, f"is {shown(value)}, no index", "Write the index of an element.")
            return -1
        return index

    def _wrong(self, key: str, message: str, remedy: str) -> float:
        self.problems[Problem(f"net.{self.table}[{quoted(self.label)}].{key}", message, remedy)] = None
        return math.nan


class Tables(Protocol):
    """A net as rows."""

    @property
    def name(self) -> str:
        """Return its name, empty where it has none."""
        ...

    @property
    def problems(self) -> dict[Problem, None]:
        """Return what couldn't be used so far."""
        ...

    def names(self) -> list[str]:
        """Return the names of all tables."""
        ...

    def columns(self, table: str) -> Sequence[str]:
        """Return the names of a table's columns."""
        ...

    def rows(self, table: str) -> Sequence[Element]:
        """Return a table's rows; none where there is no such table."""
        ...

    def profile_steps(self) -> int:
        """Return the number of steps of the longest profile that is in the net."""
        ...


class NetTables:
    """The tables of a pandapower net object, which is never changed."""

    def __init__(self, net: Any) -> None:
        if not hasattr(net, "get") or not hasattr(net.get("bus"), "columns"):
            message = f"expected a pandapower net or the path of its JSON file, found {type(net).__name__}"
            raise InputError.of("net", message, "Give what pandapower.create_empty_network made.")
        self._net = net
        self._rows: dict[str, list[Element]] = {}
        self.problems: dict[Problem, None] = {}

    @property
    def name(self) -> str:
        """Return its name, empty where it has none."""
        return str(self._net.get("name") or "")

    def names(self) -> list[str]:
        """Return the names of all tables."""
        return [str(key) for key, table in self._net.items() if hasattr(table, "columns")]

    def columns(self, table: str) -> Sequence[str]:
        """Return the names of a table's columns."""
        return [str(column) for column in self._net[table].columns]

    def rows(self, table: str) -> Sequence[Element]:
        """Return a table's rows; none where there is no such table."""
        if table not in self._rows:
            frame = self._net.get(table)
            self._rows[table] = self._read(table, frame) if hasattr(frame, "columns") else []
        return self._rows[table]

    def profile_steps(self) -> int:
        """Return the number of steps of the longest profile that is in the net."""
        profiles = self._net.get("profiles")
        return max(map(len, profiles.values()), default=0) if isinstance(profiles, Mapping) else 0

    def _read(self, table: str, frame: Any) -> list[Element]:
        columns = [str(column) for column in frame.columns]
        cells = frame.astype(object).where(frame.notna(), None)
        return elements(table, columns, list(frame.index), cells.to_numpy().tolist(), self.problems)


def elements(
    table: str,
    columns: Sequence[str],
    index: Sequence[Any],
    cells: Sequence[Sequence[Any]],
    problems: dict[Problem, None],
) -> list[Element]:
    """Return rows as elements.

    Raises
    ------
    InputError
        If columns or indices repeat, or an index is no whole number.
    """
    numbers = [whole(value) for value in index]
    where = f"net.{table}"
    if None in numbers:
        message = f"its index holds {shown(index[numbers.index(None)])}, no whole number"
        raise InputError.of(where, message, "Number its rows: pandapower.create_continuous_elements_index(net).")
    for kind, found in (("index", numbers), ("column", columns)):
        twice = [value for value, count in Counter(found).items() if count > 1]
        if twice:
            raise InputError.of(where, f"the {kind} {twice[0]} occurs twice", "Keep one of them.")
    return [
        Element(table, number, dict(zip(columns, row, strict=True)), problems)
        for number, row in zip(numbers, cells, strict=True)
        if number is not None
    ]


def whole(value: Any) -> int | None:
    """Return a whole number, also one written as 3.0; None where it is none."""
    number = _real(value)
    if number is None or not abs(number) <= LARGEST:
        return None
    return int(number) if number == int(number) else None


def _real(value: Any) -> float | None:
    """Return a number, of numpy's kinds too, infinite if it is beyond any; None where it is none, or a truth value."""
    plain = value.item() if isinstance(value, np.number) else value
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        return None
    return math.inf if isinstance(plain, int) and abs(plain) > TOO_LARGE else float(plain)
