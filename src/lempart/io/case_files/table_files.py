"""The large parts of a case as tables beside ``case.toml``: lines, nodes, prosumers, profiles, flexibility."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from lempart.case import Case
from lempart.case.shapes import array_axes
from lempart.io.case_files.document import PROFILE_KEYS, device, document, line, profiles, prosumer
from lempart.io.case_files.profiles import QUANTITIES
from lempart.optional import needed
from lempart.text import as_text_cell

Format = Literal["csv", "parquet"]
Columns = dict[str, list[Any]]
STEMS = ("lines", "nodes", "prosumers", "flexibility", "series", *dict.fromkeys(QUANTITIES.values()))
"""Names of the tables without their ending."""


@dataclass
class TableFiles:
    """Splits a case into ``case.toml`` and tables."""

    case: Case
    format: Format
    files: dict[str, str | bytes] = field(default_factory=dict)

    def split(self) -> dict[str, Any]:
        """Return what stays in ``case.toml``; the tables are in :attr:`files`."""
        whole = document(self.case)
        top = {"format": whole.pop("format"), "name": whole.pop("name")}
        whole["grid"]["lines"] = self._add("lines", _columns([_banded(line(item)) for item in self.case.grid.lines]))
        if self.case.grid.nodes:
            whole["grid"]["nodes"] = self._add("nodes", _columns(whole["grid"]["nodes"]))
        whole["prosumers"] = self._add("prosumers", _columns([prosumer(item) for item in self.case.prosumers]))
        return {**top, **self._profiles(), **self._flexibility(), **whole}

    def _profiles(self) -> dict[str, str]:
        """Write a table of each profile that any prosumer has, a column for every prosumer."""
        found = profiles(self.case)
        named = {}
        for quantity in PROFILE_KEYS:
            if any(quantity in parts for parts in found):
                columns = self._with_step(_all_of(self.case, quantity))
                named[QUANTITIES[quantity]] = self._add(QUANTITIES[quantity], columns)
        return named

    def _flexibility(self) -> dict[str, str]:
        """Write a table of all flexibility; series go into a table of their own, named by their column."""
        series: Columns = {}
        records = []
        for item in self.case.prosumers:
            for index, unit in enumerate(item.flexibility):
                axes = array_axes(type(unit))
                values = {"prosumer": item.name, **device(unit)}
                for name, value in values.items():
                    if not isinstance(value, np.ndarray):
                        continue
                    values[name] = json.dumps(value.tolist())
                    if axes[name] == ("steps",):
                        values[name] = f"{item.name}.{index}.{name}"
                        series[values[name]] = value.tolist()
                records.append(values)
        named = {"flexibility": self._add("flexibility", _columns(records))} if records else {}
        return {"series": self._add("series", self._with_step(series)), **named} if series else named

    def _with_step(self, columns: Columns) -> Columns:
        """Return the columns after one that counts the steps, for the reader's eye."""
        return columns if "step" in columns else {"step": list(range(self.case.horizon.steps)), **columns}

    def _add(self, stem: str, columns: Columns) -> str:
        name = f"{stem}.{self.format}"
        encode: Callable[[Columns], str | bytes] = csv_text if self.format == "csv" else parquet_bytes
        self.files[name] = encode(columns)
        return name


def _all_of(case: Case, quantity: str) -> Columns:
    values = case.scenario.forecast if quantity.startswith("forecast") else case.scenario.realization
    part = values.real if quantity.endswith("_mw") else values.imag
    return {item.name: part[row].tolist() for row, item in enumerate(case.prosumers)}


def _banded(values: dict[str, Any]) -> dict[str, Any]:
    """Return a line with its voltage band as two columns."""
    band = values.pop("voltage_band_pu") or (None, None)
    return {**values, "min_pu": band[0], "max_pu": band[1]}


def _columns(records: Sequence[Mapping[str, Any]]) -> Columns:
    """Return records as columns; those that no record fills are left out."""
    names = list(dict.fromkeys(name for values in records for name, value in values.items() if value is not None))
    return {name: [values.get(name) for values in records] for name in names}


def csv_text(columns: Columns) -> str:
    """Return columns as CSV; floats come back bit for bit, and no text is a formula to a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([as_text_cell(name) for name in columns])
    writer.writerows(zip(*([_cell(value) for value in values] for values in columns.values()), strict=True))
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return as_text_cell(value)
    return "" if value is None else value


def parquet_bytes(columns: Columns) -> bytes:
    """Return columns as a Parquet file.

    Raises
    ------
    InputError
        If pyarrow isn't installed.
    """
    pyarrow, parquet = (needed(name, "parquet", "a Parquet table") for name in ("pyarrow", "pyarrow.parquet"))
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table({name: _typed(values) for name, values in columns.items()}), sink)
    raw: bytes = sink.getvalue().to_pybytes()
    return raw


def _typed(values: list[Any]) -> list[Any]:
    """Return a column of one type: whole numbers and series' names can stand beside floats."""
    present = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in present):
        return [value if value is None or isinstance(value, str) else repr(value) for value in values]
    if any(isinstance(value, float) for value in present):
        return [None if value is None else float(value) for value in values]
    return values
