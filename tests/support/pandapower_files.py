"""The JSON file of a small pandapower net, changed cell by cell without pandapower."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TWO_HOMES = Path(__file__).parents[1] / "data" / "networks" / "two-homes.json"
"""20 kV ``mv``, a transformer ``T`` to 0.4 kV ``lv``, lines ``L1`` to ``a`` and ``L2`` on to ``b``, a load at each."""


class NetFile:
    """A net that ``pandapower.to_json`` wrote, as its JSON."""

    def __init__(self) -> None:
        self.whole: dict[str, Any] = json.loads(TWO_HOMES.read_text(encoding="utf-8"))

    @property
    def net(self) -> dict[str, Any]:
        """Return what the net holds."""
        found: dict[str, Any] = self.whole["_object"]
        return found

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table; none where there is no such table."""
        if table not in self.net:
            return []
        data = json.loads(self.net[table]["_object"])
        return [dict(zip(data["columns"], row, strict=True)) for row in data["data"]]

    def put(self, table: str, rows: list[dict[str, Any]], index: list[Any] | None = None) -> None:
        """Write the rows of a table; cells that a row lacks are empty."""
        columns = list(dict.fromkeys(key for row in rows for key in row))
        data = {
            "columns": columns,
            "index": list(range(len(rows))) if index is None else index,
            "data": [[row.get(column) for column in columns] for row in rows],
        }
        frame = {"_module": "pandas.core.frame", "_class": "DataFrame", "orient": "split"}
        self.net[table] = {**frame, "_object": json.dumps(data)}

    def change(self, table: str, row: int, **cells: Any) -> None:
        """Change cells of one row."""
        rows = self.rows(table)
        rows[row] |= cells
        self.put(table, rows)

    def add(self, table: str, **cells: Any) -> None:
        """Add a row; cells that aren't given are those of the table's first row."""
        rows = self.rows(table)
        self.put(table, [*rows, {**(rows[0] if rows else {}), **cells}])

    def write(self, path: Path) -> Path:
        """Write the file."""
        path.write_text(json.dumps(self.whole), encoding="utf-8")
        return path
