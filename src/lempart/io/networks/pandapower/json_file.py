"""The file that ``pandapower.to_json`` writes, read as plain data: nothing in it is imported, called or opened.

pandapower's own reader makes every object that a file names by importing the module it names, and lets a table lie in
another file. Here a table is the JSON text that stands in its place, and of objects only those of known packages may
occur, unread.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lempart.case.where import quoted
from lempart.errors import InputError, Problem
from lempart.io.networks.pandapower.rows import Element, elements
from lempart.io.opening import read_text
from lempart.io.readings import shown
from lempart.text import some_of

WRITE_IT = "Give the JSON file that pandapower.to_json wrote."
OTHER_FORMATS = {
    ".p": "a pickle, which runs code when it is opened",
    ".pkl": "a pickle, which runs code when it is opened",
    ".pickle": "a pickle, which runs code when it is opened",
    ".xls": "an Excel workbook",
    ".xlsx": "an Excel workbook",
    ".sqlite": "a database",
    ".db": "a database",
}
PACKAGES = ("pandapower", "pandas", "numpy", "networkx", "shapely", "geojson", "geopandas", "builtins")
"""Packages whose objects pandapower.to_json writes; controllers of pandapower's among them."""
OLDEST, NEWEST = 2, 3
"""Major versions of the format that are read; before 2.0 powers were in kW, and consumption positive everywhere."""
MAX_NAMED = 5


def read_tables(path: Path) -> JsonTables:
    """Return the tables of the net in a file.

    Raises
    ------
    InputError
        If there is no such file, it isn't a pandapower network, or it names objects of other packages.
    """
    kind = OTHER_FORMATS.get(path.suffix.lower())
    if kind is not None:
        raise InputError.of(str(path), f"is {kind}; only JSON is read", "Save the net with pandapower.to_json.")
    try:
        text = read_text(path)
    except FileNotFoundError:
        raise InputError.of(str(path), "no such file", WRITE_IT) from None
    except UnicodeDecodeError:
        raise _no_network(path, "it is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError.of(str(path), f"can't be opened: {reason}", WRITE_IT) from None
    try:
        data = parse(text)
        while isinstance(data, Mapping) and data.get("_class") == "pandapowerNet" and "_object" in data:
            data = data["_object"]
            data = parse(data) if isinstance(data, str) else data
    except ValueError as error:
        raise _no_network(path, str(error)) from None
    if not isinstance(data, Mapping) or "bus" not in data or "ext_grid" not in data:
        raise InputError.of(str(path), "holds no pandapower network", "Write it with pandapower.to_json.")
    _require_known_objects(path, data)
    _require_version(path, data)
    return JsonTables(data)


class JsonTables:
    """The tables of a net as JSON; each is parsed when it is asked for."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._tables: dict[str, _Table] = {}
        self._rows: dict[str, list[Element]] = {}
        self.problems: dict[Problem, None] = {}

    @property
    def name(self) -> str:
        """Return its name, empty where it has none."""
        name = self._data.get("name")
        return name if isinstance(name, str) else ""

    def names(self) -> list[str]:
        """Return the names of all tables."""
        return [key for key, value in self._data.items() if _is_table(value)]

    def columns(self, table: str) -> Sequence[str]:
        """Return the names of a table's columns."""
        return self._table(table).columns

    def rows(self, table: str) -> Sequence[Element]:
        """Return a table's rows; none where there is no such table.

        Raises
        ------
        InputError
            If what stands there isn't a complete table.
        """
        if table not in self._rows:
            found = self._table(table)
            self._rows[table] = elements(table, found.columns, found.index, found.data, self.problems)
        return self._rows[table]

    def profile_steps(self) -> int:
        """Return the number of steps of the longest profile that is in the net."""
        profiles = self._data.get("profiles")
        found = profiles.items() if isinstance(profiles, Mapping) else ()
        return max((len(_read(f"net.profiles.{key}", one).data) for key, one in found if _is_table(one)), default=0)

    def _table(self, table: str) -> _Table:
        if table not in self._tables:
            found = self._data.get(table)
            self._tables[table] = _Table([], [], []) if found is None else _read(f"net.{table}", found)
        return self._tables[table]


@dataclass(frozen=True)
class _Table:
    """A table as it is written: its columns' names, its rows' numbers, and its cells row by row."""

    columns: list[str]
    index: list[Any]
    data: list[list[Any]]


def parse(text: str) -> Any:
    """Return what JSON says; ``ValueError`` if it is none, is nested too deeply, or says a thing twice."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_constant)
    except RecursionError:
        raise ValueError("its brackets are nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {quoted(max(keys, key=keys.count))} occurs twice")
    return found


def _constant(text: str) -> float | None:
    """Return an infinity; NaN is an empty cell, as pandapower's own nulls are."""
    return None if text == "NaN" else float(text)


def _no_network(path: Path, reason: str) -> InputError:
    message = f"can't be read as a pandapower network ({reason})"
    return InputError.of(str(path), message, "Write it with pandapower.to_json.")


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("_class") == "DataFrame"


def _read(where: str, found: Any) -> _Table:
    """Return a table, which must stand in its place as JSON text.

    One with several levels of rows or columns, which only results have, counts as empty.
    """
    remedy = "Write the file with pandapower.to_json."
    if not _is_table(found):
        raise InputError.of(where, f"is {shown(found)}, no table", remedy)
    text = found.get("_object")
    if not isinstance(text, str):
        raise InputError.of(where, f"its rows are {shown(text)}, no JSON text", remedy)
    try:
        data = parse(text)
    except ValueError as error:
        message = f"its rows are {shown(text)}, no JSON text ({error})"
        raise InputError.of(where, message, f"{remedy} A table in another file isn't read.") from None
    if found.get("is_multiindex") is True or found.get("is_multicolumn") is True:
        return _Table([], [], [])
    if not _is_split(data):
        raise InputError.of(where, "its rows aren't written as columns, index and data", remedy)
    return _Table([str(column) for column in data["columns"]], data["index"], data["data"])


def _is_split(data: Any) -> bool:
    if not isinstance(data, Mapping) or not all(
        isinstance(data.get(key), list) for key in ("columns", "index", "data")
    ):
        return False
    columns, index, rows = data["columns"], data["index"], data["data"]
    fits = all(isinstance(row, list) and len(row) == len(columns) for row in rows)
    return fits and len(index) == len(rows)


def _require_known_objects(path: Path, data: Mapping[str, Any]) -> None:
    """Refuse a net with objects that pandapower would make by importing somebody else's module."""
    strangers = [
        f"{where} is a {named}" for where, named in dict.fromkeys(_objects(data)) if named.split(".")[0] not in PACKAGES
    ]
    if strangers:
        message = f"holds objects of unknown packages: {some_of(strangers, MAX_NAMED)}"
        raise InputError.of(str(path), message, "Remove them from the net and save it again; nothing was run.")


def _objects(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield where objects stand in a net and what they are, also those in texts that hold JSON themselves."""
    waiting: list[tuple[str, Any]] = list(data.items())
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, Mapping):
            if "_module" in value or "_class" in value:
                named = [str(value[key]) for key in ("_module", "_class") if key in value]
                yield where, ".".join(named)[:100]
            waiting += [(where, inner) for inner in value.values()]
        elif isinstance(value, list):
            waiting += [(where, inner) for inner in value]
        elif isinstance(value, str) and re.search(r"_(module|class)", value):
            try:
                inner = parse(value)
            except ValueError:
                continue
            waiting.append((where, inner))


def _require_version(path: Path, data: Mapping[str, Any]) -> None:
    """Refuse a net of another format: its columns would be taken for what they aren't."""
    stated = data.get("format_version", data.get("version"))
    found = re.match(r"\s*(\d{1,4})(\.|$)", str(stated)) if isinstance(stated, str | int | float) else None
    if stated is None or (found and OLDEST <= int(found[1]) <= NEWEST):
        return
    message = f"its format version is {shown(stated)}, and {OLDEST}.0 to {NEWEST}.x are read"
    remedy = "Open it with pandapower (from_json) and save it again (to_json), if you trust the file."
    raise InputError.of(str(path), message, remedy)
