"""The grid of a case file; its lines stand in the file or in a table."""

from __future__ import annotations

import math

from lempart.case import Grid, Line, Node
from lempart.case.records import Coordinates
from lempart.io.case_files.rows import Rows
from lempart.io.case_files.section import Section
from lempart.io.case_files.settings import BELONGS
from lempart.io.readings import BAND, NUMBER, TEXT, UnreadableError, ValueReader, choice

Band = tuple[float, float]
_COORDINATES: ValueReader[Coordinates] = ValueReader(choice("wgs84", "metres", "schematic"), "schematic")


def read_grid(section: Section, rows: Rows) -> Grid:
    """Return ``[grid]``."""
    grid = Grid(
        pcc=section.get("pcc", TEXT),
        base_kv=section.get("base_kv", NUMBER),
        voltage_band_pu=section.get("voltage_band_pu", BAND, None),
        lines=tuple(read_line(line) for line in rows.of(section, "lines")),
        nodes=tuple(read_node(node) for node in rows.of(section, "nodes", required=False)),
        coordinates=section.get("coordinates", _COORDINATES, "wgs84"),
    )
    section.close(BELONGS)
    return grid


def read_line(section: Section) -> Line:
    """Return one line of the grid."""
    line = Line(
        from_node=section.get("from", TEXT),
        to_node=section.get("to", TEXT),
        r_ohm=section.get("r_ohm", NUMBER),
        x_ohm=section.get("x_ohm", NUMBER),
        rating_mva=section.get("rating_mva", NUMBER, None),
        voltage_band_pu=_band(section),
    )
    section.close()
    return line


def read_node(section: Section) -> Node:
    """Return where one bus stands."""
    node = Node(section.get("name", TEXT), section.get("x", NUMBER), section.get("y", NUMBER))
    section.close()
    return node


def _band(section: Section) -> Band | None:
    """Return the far end's own band, from ``voltage_band_pu`` or from the columns ``min_pu`` and ``max_pu``."""
    band = section.get("voltage_band_pu", BAND, None)
    ends = section.get("min_pu", NUMBER, None), section.get("max_pu", NUMBER, None)
    given = [key for key in ("min_pu", "max_pu") if key in section]
    if not given:
        return band
    if "voltage_band_pu" in section:
        wrong = UnreadableError("the voltage band is given twice", "Keep voltage_band_pu, or min_pu and max_pu.")
    elif len(given) == 1:
        wrong = UnreadableError(f"only {given[0]} is given", "Give both min_pu and max_pu, or neither.")
    else:
        return _number_or_nan(ends[0]), _number_or_nan(ends[1])
    section.log.unreadable(section.at("voltage_band_pu"), wrong.message, wrong.remedy)
    return BAND.placeholder


def _number_or_nan(value: float | None) -> float:
    return math.nan if value is None else value
