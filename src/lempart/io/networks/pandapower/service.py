"""What of a pandapower net is in service, and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import Any

from lempart.errors import InputError, Problem
from lempart.io.networks.network import warning
from lempart.io.networks.pandapower.rows import Element, Tables
from lempart.text import some_of

BUS_COLUMNS = {
    "line": ("from_bus", "to_bus"),
    "trafo": ("hv_bus", "lv_bus"),
    "ext_grid": ("bus",),
    "gen": ("bus",),
    "load": ("bus",),
    "sgen": ("bus",),
    "storage": ("bus",),
    "asymmetric_load": ("bus",),
    "asymmetric_sgen": ("bus",),
}
"""Tables that have a counterpart, and which buses their elements are at. Any other whose rows are in service at a bus
carries power: it is refused unless the user says to ignore it (shunts, wards, three-winding transformers, ...)."""


class InService:
    """The elements of one net that are in service.

    Attributes
    ----------
    tables
        The net.
    buses
        The buses in service.
    place
        The position in :attr:`buses` of each bus's index.
    """

    def __init__(self, tables: Tables, ignore: Set[str]) -> None:
        self.tables = tables
        self.ignore = ignore
        self.buses = [row for row in tables.rows("bus") if row.flag("in_service", True)]
        self.place = {row.index: place for place, row in enumerate(self.buses)}

    def live(self, table: str) -> list[Element]:
        """Return the rows of a table that are in service, whatever they are at."""
        if table in self.ignore:
            return []
        return [row for row in self.tables.rows(table) if row.flag("in_service", True)]

    def active(self, table: str) -> list[Element]:
        """Return the rows of a table that are in service, at buses that are."""
        columns = BUS_COLUMNS[table]
        return [row for row in self.live(table) if all(row.reference(column) in self.place for column in columns)]

    def at(self, row: Element) -> list[int]:
        """Return the positions of the buses that an active element is at."""
        return [self.place[row.reference(column)] for column in BUS_COLUMNS[row.table]]

    def switches(self, kind: str) -> list[Element]:
        """Return the switches of a kind: between buses (``b``), at a line (``l``), at a transformer (``t``)."""
        return [row for row in self.live("switch") if row.values.get("et") == kind]

    def open_at(self, kind: str) -> set[int]:
        """Return the lines (``l``) or transformers (``t``) with an open switch at either end."""
        return {row.reference("element") for row in self.switches(kind) if not row.flag("closed", True)}

    def require_counterparts(self) -> None:
        """Raise ``InputError`` that names all elements which have none here."""
        problems = []
        for table in self.tables.names():
            if table in BUS_COLUMNS or table in ("bus", "switch") or table.startswith(("res_", "_")):
                continue
            rows = self.live(table) if _is_of_elements(self.tables.columns(table)) else []
            if rows:
                names = some_of([row.label for row in rows], 8)
                message = f"{len(rows)} elements have no counterpart in a radial LinDistFlow case: {names}"
                remedy = f"Replace them, or leave them out with ignore_elements=({table!r},)."
                problems.append(Problem(f"net.{table}", message, remedy))
        if problems:
            raise InputError(problems)

    def left_out(self) -> Iterator[Problem]:
        """Yield notes on elements that stand nowhere or at a bus that is out of service."""
        known = {row.index for row in self.tables.rows("bus")}
        for table, columns in BUS_COLUMNS.items():
            ends = [(row, [row.reference(column) for column in columns]) for row in self.live(table)]
            nowhere = [
                f"{row.label} (bus {_missing(found, known)})" for row, found in ends if not known.issuperset(found)
            ]
            if nowhere:
                message = f"{len(nowhere)} elements at buses that don't exist were left out: {some_of(nowhere, 8)}"
                yield warning(f"net.{table}", message, "Correct their buses, or remove them.")
            dark = [row.label for row, found in ends if known.issuperset(found) and not self.place.keys() >= set(found)]
            if dark:
                message = f"{len(dark)} elements at buses out of service were left out: {some_of(dark, 8)}"
                yield warning(f"net.{table}", message, "None needed, unless they should be supplied.")


def _missing(found: list[int], known: Set[int]) -> Any:
    return next(bus for bus in found if bus not in known)


def _is_of_elements(columns: Sequence[str]) -> bool:
    """Return whether a table's rows are in service at a bus."""
    return "in_service" in columns and any("bus" in column.split("_") for column in columns)
