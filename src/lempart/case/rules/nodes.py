"""Rules on where buses stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from lempart.case.records import CaseFields, Coordinates
from lempart.case.rules.rule import duplicates, rule
from lempart.case.rules.topology import buses
from lempart.case.where import indexed, quoted
from lempart.case.wording import Names, listed
from lempart.errors import Problem


@rule("grid.lines.from", "grid.lines.to", "grid.nodes.name")
def nodes_are_buses(case: CaseFields) -> Iterator[Problem]:
    """Require that each place is that of a bus."""
    known = buses(case)
    held, names = set(known), Names(known)
    for index, node in enumerate(case.grid.nodes):
        if known and node.name not in held:
            message = f"no line begins or ends at {quoted(node.name)}"
            yield Problem(f"{indexed('grid.nodes', index)}.name", message, names.remedy(node.name))


@rule("grid.nodes.name")
def nodes_are_placed_once(case: CaseFields) -> Iterator[Problem]:
    """Require one place per bus."""
    names = [node.name for node in case.grid.nodes]
    for index, first in duplicates(names):
        message = f"{quoted(names[index])} has a place already, in {indexed('grid.nodes', first)}"
        yield Problem(f"{indexed('grid.nodes', index)}.name", message, "Keep one of the two.")


@rule("grid.coordinates")
def coordinates_are_known(case: CaseFields) -> Iterator[Problem]:
    """Require that places are given in something that pictures know."""
    if case.grid.coordinates not in get_args(Coordinates):
        message = f"{quoted(case.grid.coordinates)} is unknown"
        yield Problem("grid.coordinates", message, f"Write one of {listed(get_args(Coordinates))}.")


@rule("grid.coordinates")
def degrees_are_on_earth(case: CaseFields) -> Iterator[Problem]:
    """Require longitudes from -180 to 180 and latitudes from -90 to 90."""
    if case.grid.coordinates != "wgs84":
        return
    for index, node in enumerate(case.grid.nodes):
        for key, value, most, word in (("x", node.x, 180, "longitude"), ("y", node.y, 90, "latitude")):
            if most < abs(value) < float("inf"):
                message = f"{value:g} is no {word} in degrees (-{most} to {most})"
                remedy = 'x is the longitude, y the latitude; for others write coordinates = "metres" or "schematic".'
                yield Problem(f"{indexed('grid.nodes', index)}.{key}", message, remedy)
